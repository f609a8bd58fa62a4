/* Who asks for which domain controllers, what they are worth, and when to stop:
 * the tables of "How the Windows Time Service Works", row by row. */
#include "domain/netlogon.h"
#include "domain/queries.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>

#define MEMBER     CONFIG_ROLE_MEMBER
#define CONTROLLER CONFIG_ROLE_CONTROLLER

#define PLAIN    NETLOGON_TIME_SERVICE
#define PDC      (PLAIN | NETLOGON_PDC)
#define RELIABLE (PLAIN | NETLOGON_GOOD_TIME_SERVICE)
#define CLOSEST  NETLOGON_CLOSEST

/* The numbers of what MACHINE asks: "1 2* 4", a star: PDC emulators only. */
static const char *plan_text(const struct queries_machine *machine)
{
	static char text[64];
	struct query queries[QUERIES_MAX];
	size_t count = queries_plan(machine, queries), used = 0;

	ck_assert_uint_le(count, QUERIES_MAX);
	text[0] = '\0';
	for (size_t i = 0; i < count; i++)
		used += (size_t)snprintf(text + used, sizeof text - used, "%s%u%s",
					 i > 0 ? " " : "", queries[i].number,
					 queries[i].pdc ? "*" : "");
	return text;
}

static const struct plan_row {
	struct queries_machine machine;
	const char *plan;
} plan_rows[] = {
	/* role, PDC emulator, reliable, RODC, parent, site known, CrossSiteSyncFlags */
	{ { CONTROLLER, false, false, false, true, true, CROSS_SITE_ALL }, "1 2 3* 4 5 6*" },
	{ { CONTROLLER, true, false, false, true, true, CROSS_SITE_ALL }, "1 2 4 5" },
	{ { CONTROLLER, false, true, false, true, true, CROSS_SITE_ALL }, "1 4" },
	{ { CONTROLLER, true, true, false, true, true, CROSS_SITE_ALL }, "1 4" },
	{ { CONTROLLER, false, false, true, true, true, CROSS_SITE_ALL }, "1 3* 4 6*" },
	{ { CONTROLLER, false, true, true, true, true, CROSS_SITE_ALL }, "1 4" },
	/* in the forest's root domain */
	{ { CONTROLLER, false, false, false, false, true, CROSS_SITE_ALL }, "2 3* 5 6*" },
	{ { CONTROLLER, true, false, false, false, true, CROSS_SITE_ALL }, "2 5" },
	{ { CONTROLLER, false, true, false, false, true, CROSS_SITE_ALL }, "" },
	{ { CONTROLLER, true, true, false, false, true, CROSS_SITE_ALL }, "" },
	{ { CONTROLLER, false, false, true, false, true, CROSS_SITE_ALL }, "3* 6*" },
	/* without a site of its own */
	{ { CONTROLLER, false, false, false, true, false, CROSS_SITE_ALL }, "4 5 6*" },
	{ { CONTROLLER, true, false, false, true, false, CROSS_SITE_ALL }, "4 5" },
	{ { CONTROLLER, false, false, false, true, false, CROSS_SITE_NONE }, "" },
	/* CrossSiteSyncFlags */
	{ { CONTROLLER, false, false, false, true, true, CROSS_SITE_NONE }, "1 2 3*" },
	{ { CONTROLLER, false, false, false, true, true, CROSS_SITE_PDC }, "1 2 3* 4* 6*" },
	{ { CONTROLLER, true, false, false, true, true, CROSS_SITE_PDC }, "1 2 4*" },
	{ { CONTROLLER, false, true, false, true, true, CROSS_SITE_PDC }, "1 4*" },
	{ { CONTROLLER, false, false, true, true, true, CROSS_SITE_PDC }, "1 3* 4* 6*" },
	{ { CONTROLLER, true, false, false, false, true, CROSS_SITE_PDC }, "2" },
	/* members */
	{ { MEMBER, false, false, false, false, true, CROSS_SITE_ALL }, "1 4" },
	{ { MEMBER, false, false, false, true, true, CROSS_SITE_ALL }, "1 4" },
	{ { MEMBER, false, true, false, false, true, CROSS_SITE_ALL }, "1 4" },
	{ { MEMBER, false, false, false, false, true, CROSS_SITE_PDC }, "1 4*" },
	{ { MEMBER, false, false, false, false, true, CROSS_SITE_NONE }, "1" },
	{ { MEMBER, false, false, false, false, false, CROSS_SITE_ALL }, "4" },
	{ { MEMBER, false, false, false, false, false, CROSS_SITE_PDC }, "4*" },
	{ { MEMBER, false, false, false, false, false, CROSS_SITE_NONE }, "" },
	{ { CONFIG_ROLE_STANDALONE, false, false, false, true, true, CROSS_SITE_ALL }, "" },
};

START_TEST(each_machine_leaves_out_what_it_must)
{
	const struct plan_row *row = &plan_rows[_i];

	ck_assert_str_eq(plan_text(&row->machine), row->plan);
}
END_TEST

static const struct queries_machine child_controller = {
	CONTROLLER, false, false, false, true, true, CROSS_SITE_ALL,
};
static const struct queries_machine member = {
	MEMBER, false, false, false, false, true, CROSS_SITE_ALL,
};

START_TEST(the_six_queries_are_the_articles)
{
	static const struct query expected[QUERIES_MAX] = {
		{ 1, QUERY_PARENT_DOMAIN, true, false, false, 15 },
		{ 2, QUERY_OWN_DOMAIN, true, false, true, 13 },
		{ 3, QUERY_OWN_DOMAIN, true, true, false, 13 },
		{ 4, QUERY_PARENT_DOMAIN, false, false, false, 7 },
		{ 5, QUERY_OWN_DOMAIN, false, false, true, 5 },
		{ 6, QUERY_OWN_DOMAIN, false, true, false, 5 },
	};
	struct query queries[QUERIES_MAX];

	ck_assert_uint_eq(queries_plan(&child_controller, queries), QUERIES_MAX);
	for (size_t i = 0; i < QUERIES_MAX; i++) {
		ck_assert_uint_eq(queries[i].number, expected[i].number);
		ck_assert_int_eq(queries[i].domain, expected[i].domain);
		ck_assert_int_eq(queries[i].in_site, expected[i].in_site);
		ck_assert_int_eq(queries[i].pdc, expected[i].pdc);
		ck_assert_int_eq(queries[i].reliable, expected[i].reliable);
		ck_assert_uint_eq(queries[i].ceiling, expected[i].ceiling);
	}
	ck_assert_uint_eq(queries_plan(&member, queries), 2);
	ck_assert_uint_eq(queries[0].ceiling, 13);
	ck_assert_uint_eq(queries[1].ceiling, 5);
}
END_TEST

static const struct score_row {
	unsigned query;
	uint32_t flags;
	unsigned score;        /* of a controller's candidate */
	unsigned member_score; /* of a member's */
} score_rows[] = {
	{ 1, PLAIN | CLOSEST, 10, 8 },
	{ 2, PLAIN | CLOSEST, 8, 8 }, /* same site */
	{ 5, RELIABLE, 4, 4 },        /* reliable */
	{ 4, PLAIN, 2, 0 },           /* in the parent domain */
	{ 6, PDC, 1, 1 },             /* PDC emulator */
	{ 3, PDC | CLOSEST, 9, 9 },   /* the article's example */
	{ 1, RELIABLE | PDC | CLOSEST, 15, 13 },
	{ 2, RELIABLE | CLOSEST, 12, 12 },
	{ 3, RELIABLE | PDC | CLOSEST, 13, 13 },
	{ 4, RELIABLE | PDC, 7, 5 },
	{ 6, RELIABLE | PDC, 5, 5 },
	/* what else a controller says of itself is worth nothing */
	{ 6, PLAIN | NETLOGON_WRITABLE | NETLOGON_READ_ONLY | NETLOGON_DS_8, 0, 0 },
};

START_TEST(scores_add_up)
{
	const struct score_row *row = &score_rows[_i];
	struct query queries[QUERIES_MAX];

	queries_plan(&child_controller, queries);
	ck_assert_uint_eq(query_score(&child_controller, &queries[row->query - 1], row->flags),
			  row->score);
	ck_assert_uint_eq(query_score(&member, &queries[row->query - 1], row->flags),
			  row->member_score);
}
END_TEST

static const struct accept_row {
	uint32_t flags;
	const char *queries; /* whose answer it is */
} accept_rows[] = {
	{ PLAIN, "4" },
	{ PLAIN | CLOSEST, "14" },
	{ RELIABLE, "45" },
	{ RELIABLE | CLOSEST, "1245" },
	{ PDC, "46" },
	{ PDC | CLOSEST, "1346" },
	{ RELIABLE | PDC | CLOSEST, "123456" },
	/* no time service, no candidate */
	{ NETLOGON_GOOD_TIME_SERVICE | NETLOGON_PDC | CLOSEST, "" },
	{ 0, "" },
};

START_TEST(queries_take_what_they_ask_for)
{
	const struct accept_row *row = &accept_rows[_i];
	struct query queries[QUERIES_MAX];

	queries_plan(&child_controller, queries);
	for (size_t i = 0; i < QUERIES_MAX; i++)
		ck_assert_int_eq(query_accepts(&queries[i], row->flags),
				 strchr(row->queries, (int)('1' + i)) != NULL);
}
END_TEST

START_TEST(away_from_its_site_a_careful_machine_takes_pdc_emulators_only)
{
	struct queries_machine machine = member;
	struct query queries[QUERIES_MAX];

	machine.cross_site = CROSS_SITE_PDC;
	ck_assert_uint_eq(queries_plan(&machine, queries), 2);
	ck_assert(query_accepts(&queries[0], PLAIN | CLOSEST));
	ck_assert(!query_accepts(&queries[1], RELIABLE));
	ck_assert(query_accepts(&queries[1], PDC));
}
END_TEST

/* The query (its place in the plan) before which the search ends, where each one
 * finds SCORES. */
static size_t search_end(const struct queries_machine *machine, const unsigned *scores)
{
	struct query queries[QUERIES_MAX];
	size_t count = queries_plan(machine, queries), next;
	unsigned best = 0;

	for (next = 0; next < count && queries_may_improve(queries, count, next, best); next++)
		best = scores[next] > best ? scores[next] : best;
	return next;
}

START_TEST(the_search_stops_at_the_best_that_can_be_had)
{
	const struct {
		const struct queries_machine *machine;
		unsigned scores[QUERIES_MAX];
		size_t end;
	} rows[] = {
		/* A member, a plain controller in its site: no other site is asked. */
		{ &member, { 8, 0 }, 1 },
		/* That one is down: the PDC emulator elsewhere. */
		{ &member, { 0, 5 }, 2 },
		/* The parent's plain one, the own reliable one, the own PDC emulator. */
		{ &child_controller, { 10, 12, 9, 0, 0, 0 }, 3 },
		{ &child_controller, { 15 }, 1 },
		{ &child_controller, { 0, 13 }, 2 },
		{ &child_controller, { 12, 0, 0 }, 3 },
		{ &child_controller, { 13 }, 1 },
		{ &child_controller, { 0, 0, 9 }, 3 },
		{ &child_controller, { 0, 0, 0, 7 }, 4 },
		{ &child_controller, { 0, 0, 0, 3, 4, 1 }, 6 },
		{ &child_controller, { 0, 0, 0, 2, 5 }, 5 },
		{ &child_controller, { 0 }, 6 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		ck_assert_uint_eq(search_end(rows[i].machine, rows[i].scores), rows[i].end);
	ck_assert(!queries_may_improve(NULL, 0, 0, 0));
}
END_TEST

int main(void)
{
	TCase *plan = tcase_create("plan"), *score = tcase_create("score");
	TCase *const cases[] = { plan, score, NULL };

	tcase_add_loop_test(plan, each_machine_leaves_out_what_it_must, 0,
			    sizeof plan_rows / sizeof plan_rows[0]);
	tcase_add_test(plan, the_six_queries_are_the_articles);
	tcase_add_loop_test(plan, queries_take_what_they_ask_for, 0,
			    sizeof accept_rows / sizeof accept_rows[0]);
	tcase_add_test(plan, away_from_its_site_a_careful_machine_takes_pdc_emulators_only);
	tcase_add_loop_test(score, scores_add_up, 0, sizeof score_rows / sizeof score_rows[0]);
	tcase_add_test(score, the_search_stops_at_the_best_that_can_be_had);
	return unit_run("domain queries", cases);
}
