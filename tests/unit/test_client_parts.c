/* The parts of a peer that are pure: the addresses behind a name, the trial of the
 * domain's controller, when an address is asked next. */
#include "client/address_book.h"
#include "client/controller_trial.h"
#include "client/schedule.h"
#include "unit.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define DAY 86400.0

static struct net_address address(unsigned host)
{
	struct net_address made;
	char text[20];

	snprintf(text, sizeof text, "192.0.2.%u", host);
	ck_assert_int_eq(net_address_parse(text, 123, &made), 0);
	return made;
}

/* ------------------------------------------------------------------------- */
/* The address book */

static struct address_book book;

static void setup(void)
{
	memset(&book, 0, sizeof book);
}

static void set_addresses(unsigned first, unsigned count)
{
	struct net_address list[RESOLVER_ADDRESSES_MAX + 4];

	for (unsigned i = 0; i < count; i++)
		list[i] = address(first + i);
	address_book_set(&book, list, count);
}

/* The order in which addresses are tried at NOW, "3 4 1", when the host IN_USE is in
 * use (0: none is). */
static const char *order(unsigned in_use, raw_ns now)
{
	const struct net_address *candidates[RESOLVER_ADDRESSES_MAX];
	struct net_address used = address(in_use);
	static char text[200];
	size_t count = address_book_candidates(&book, in_use == 0 ? NULL : &used, now, candidates);

	text[0] = '\0';
	for (size_t i = 0; i < count; i++)
		snprintf(text + strlen(text), sizeof text - strlen(text), "%s%u", i == 0 ? "" : " ",
			 (unsigned)(ntohl(candidates[i]->u.v4.sin_addr.s_addr) & 0xff));
	return text;
}

START_TEST(the_best_address_is_tried_first_and_then_the_next)
{
	ck_assert_str_eq(order(0, 0), "");
	set_addresses(1, 4);
	ck_assert_str_eq(order(0, 0), "1 2 3 4");
	ck_assert_str_eq(order(2, 0), "3 4 1 2");
	ck_assert_str_eq(order(4, 0), "1 2 3 4");
	/* One that the name has lost: from the start. */
	ck_assert_str_eq(order(9, 0), "1 2 3 4");
}
END_TEST

START_TEST(an_address_that_denied_is_left_alone_for_a_day)
{
	const struct net_address second = address(2);
	raw_ns begin = 1000 * NS_PER_SECOND;

	set_addresses(1, 3);
	address_book_deny(&book, &second, begin);
	ck_assert_str_eq(order(0, begin), "1 3");
	ck_assert_str_eq(order(1, ns_add(begin, DAY - 1)), "3 1");
	ck_assert_str_eq(order(0, ns_add(begin, DAY)), "1 2 3");
	/* Another look-up does not change that, an administrator does. */
	set_addresses(2, 3);
	ck_assert_str_eq(order(0, begin), "3 4");
	address_book_forget_denials(&book);
	ck_assert_str_eq(order(0, begin), "2 3 4");
}
END_TEST

START_TEST(the_oldest_denial_gives_way)
{
	raw_ns begin = 1000 * NS_PER_SECOND;

	for (unsigned i = 0; i <= RESOLVER_ADDRESSES_MAX; i++) {
		const struct net_address host = address(1 + i);

		address_book_deny(&book, &host, ns_add(begin, i));
	}
	set_addresses(1, 3);
	ck_assert_str_eq(order(0, ns_add(begin, 100)), "1");
}
END_TEST

START_TEST(an_address_is_new_once)
{
	const struct net_address first = address(1), third = address(3), other = address(9);

	set_addresses(1, 2);
	ck_assert(address_book_take_untried(&book, &first));
	ck_assert(!address_book_take_untried(&book, &first));
	ck_assert(!address_book_take_untried(&book, &other));
	/* The name has it still, and a further one. */
	set_addresses(1, 3);
	ck_assert(!address_book_take_untried(&book, &first));
	ck_assert(address_book_take_untried(&book, &third));
	/* It had lost it. */
	set_addresses(2, 2);
	ck_assert(!address_book_has(&book, &first));
	set_addresses(1, 3);
	ck_assert(address_book_has(&book, &first));
	ck_assert(address_book_take_untried(&book, &first));
}
END_TEST

START_TEST(no_more_addresses_are_kept_than_there_is_room_for)
{
	const struct net_address last = address(RESOLVER_ADDRESSES_MAX),
				 beyond = address(RESOLVER_ADDRESSES_MAX + 1);

	set_addresses(1, RESOLVER_ADDRESSES_MAX + 4);
	ck_assert_uint_eq(book.count, RESOLVER_ADDRESSES_MAX);
	ck_assert(address_book_has(&book, &last));
	ck_assert(!address_book_has(&book, &beyond));
}
END_TEST

START_TEST(an_outage_is_when_all_were_given_up)
{
	set_addresses(1, 2);
	ck_assert(address_book_has_another(&book));
	address_book_give_up(&book, 3);
	ck_assert(!address_book_has_another(&book));
	ck_assert(!address_book_is_exhausted(&book));
	address_book_give_up(&book, 8);
	ck_assert(address_book_is_exhausted(&book));
	ck_assert_uint_eq(book.misses, 11);
	address_book_start_over(&book);
	ck_assert(address_book_has_another(&book));
	ck_assert_uint_eq(book.misses, 11);
	address_book_give_up(&book, 1);
	address_book_note_good(&book);
	ck_assert(address_book_has_another(&book));
	ck_assert_uint_eq(book.misses, 0);
}
END_TEST

/* ------------------------------------------------------------------------- */
/* The trial */

static struct controller_trial trial;

/* A request of a burst that gave no time. */
static struct controller_attempt attempt(int authenticity, unsigned misses)
{
	return (struct controller_attempt){ .authenticity = authenticity,
					    .misses = misses,
					    .settling = true };
}

static enum controller_step miss(int authenticity, unsigned misses)
{
	const struct controller_attempt made = attempt(authenticity, misses);

	return controller_trial_missed(&trial, &made);
}

static void begin(void)
{
	memset(&trial, 0, sizeof trial);
	controller_trial_begin(&trial);
}

START_TEST(four_requests_decide)
{
	begin();
	for (unsigned i = 1; i <= 3; i++)
		ck_assert_int_eq(miss(-1, i), CONTROLLER_KEEP);
	ck_assert_int_eq(miss(-1, 4), CONTROLLER_FAIL);
	ck_assert_uint_eq(trial.attempts, 4);
	ck_assert_int_eq(trial.why, DOMAIN_FAILURE_SILENT);
}
END_TEST

START_TEST(a_closed_port_decides_sooner)
{
	struct controller_attempt refused = attempt(-1, 1);

	begin();
	refused.refused = true;
	ck_assert_int_eq(controller_trial_missed(&trial, &refused), CONTROLLER_KEEP);
	refused.misses = 2;
	ck_assert_int_eq(controller_trial_missed(&trial, &refused), CONTROLLER_FAIL);
}
END_TEST

START_TEST(the_end_of_the_burst_decides)
{
	struct controller_attempt last = attempt(-1, 2);

	begin();
	ck_assert_int_eq(miss(-1, 1), CONTROLLER_KEEP);
	last.settling = false;
	ck_assert_int_eq(controller_trial_missed(&trial, &last), CONTROLLER_FAIL);
}
END_TEST

START_TEST(every_address_has_its_four_requests)
{
	struct controller_attempt last = attempt(-1, 4);

	begin();
	last.another_address = true;
	for (unsigned i = 1; i <= 3; i++)
		miss(-1, i);
	ck_assert_int_eq(controller_trial_missed(&trial, &last), CONTROLLER_NEXT_ADDRESS);
	/* The trial goes on. */
	ck_assert(!controller_trial_new_address(&trial));
	for (unsigned i = 1; i <= 3; i++)
		ck_assert_int_eq(miss(-1, i), CONTROLLER_KEEP);
	ck_assert_int_eq(miss(-1, 4), CONTROLLER_FAIL);
	ck_assert_uint_eq(trial.attempts, 8);
}
END_TEST

START_TEST(the_best_that_came_says_why)
{
	begin();
	miss(-1, 1);
	miss(AUTHENTICATION_WRONG, 2);
	ck_assert_int_eq(trial.why, DOMAIN_FAILURE_UNAUTHENTICATED);
	miss(AUTHENTICATION_GOOD, 3);
	miss(AUTHENTICATION_MISSING, 4);
	ck_assert_int_eq(trial.why, DOMAIN_FAILURE_UNSYNCHRONIZED);
}
END_TEST

START_TEST(a_controller_that_gave_time_is_tried_at_its_first_miss)
{
	begin();
	controller_trial_answered(&trial);
	ck_assert_int_eq(miss(AUTHENTICATION_WRONG, 1), CONTROLLER_BEGIN);
	ck_assert(trial.running);
	ck_assert_uint_eq(trial.attempts, 1);
	ck_assert_int_eq(trial.why, DOMAIN_FAILURE_UNAUTHENTICATED);
	/* That one does not count in the burst. */
	for (unsigned i = 2; i <= 4; i++)
		ck_assert_int_eq(miss(-1, i), CONTROLLER_KEEP);
	ck_assert_int_eq(miss(-1, 5), CONTROLLER_FAIL);
}
END_TEST

START_TEST(a_controller_that_failed_is_tried_from_time_to_time)
{
	begin();
	controller_trial_fail(&trial);
	ck_assert(!trial.silent);
	for (unsigned i = 5; i <= 7; i++)
		ck_assert_int_eq(miss(-1, i), CONTROLLER_KEEP);
	ck_assert(trial.silent);
	ck_assert_int_eq(miss(-1, 8), CONTROLLER_BEGIN);
	ck_assert(!trial.failed);
	controller_trial_answered(&trial);
	ck_assert(!trial.silent);
}
END_TEST

START_TEST(a_denial_is_part_of_a_trial)
{
	begin();
	ck_assert(!controller_trial_denied(&trial, AUTHENTICATION_GOOD));
	ck_assert_int_eq(trial.why, DOMAIN_FAILURE_UNSYNCHRONIZED);
	controller_trial_answered(&trial);
	ck_assert(controller_trial_denied(&trial, AUTHENTICATION_GOOD));
	ck_assert(trial.running);
	ck_assert_uint_eq(trial.attempts, 1);
}
END_TEST

/* ------------------------------------------------------------------------- */
/* The schedule */

static struct schedule schedule;

static void begin_schedule(void)
{
	const struct polling_settings settings = { .min_poll = 6, .max_poll = 10 };

	schedule_init(&schedule, &settings, 0);
}

static double due(void)
{
	return ns_interval(0, schedule.due);
}

/* A request when it is due, with what came of it right away: GOOD or nothing. */
static double exchange(bool good)
{
	raw_ns now = schedule.due;

	schedule_asked(&schedule, now);
	if (good)
		schedule_answered(&schedule);
	else
		schedule_missed(&schedule, false);
	schedule_next(&schedule, 0);
	return ns_interval(now, schedule.due);
}

START_TEST(a_burst_ends_with_its_answers)
{
	begin_schedule();
	schedule_burst(&schedule, 0, 6, 4);
	for (int i = 0; i < 3; i++)
		ck_assert_double_eq(exchange(true), POLLING_BURST_SPACING);
	ck_assert_double_eq_tol(exchange(true), 64, 0.1);
	ck_assert(!schedule_is_bursting(&schedule));
}
END_TEST

START_TEST(a_burst_ends_with_its_requests)
{
	begin_schedule();
	schedule_burst(&schedule, 0, 6, 4);
	for (int i = 0; i < 5; i++)
		ck_assert_double_eq(exchange(false), POLLING_BURST_SPACING);
	ck_assert_double_eq_tol(exchange(false), 32, 0.1);
}
END_TEST

START_TEST(a_burst_ends_when_answers_stop_unless_it_is_stubborn)
{
	begin_schedule();
	exchange(true);
	schedule_burst(&schedule, schedule.last_asked, 6, 4);
	ck_assert_double_eq(due(), POLLING_BURST_SPACING);
	exchange(false);
	ck_assert_double_gt(exchange(false), POLLING_BURST_SPACING);
	schedule_burst(&schedule, schedule.last_asked, 6, 4);
	for (int i = 0; i < 4; i++) {
		schedule_asked(&schedule, schedule.due);
		schedule_missed(&schedule, true);
		schedule_next(&schedule, 0);
		ck_assert(schedule_is_bursting(&schedule));
	}
}
END_TEST

START_TEST(an_answer_is_not_waited_for_longer_than_the_interval_bears)
{
	begin_schedule();
	schedule_asked(&schedule, 0);
	ck_assert_double_eq(due(), POLLING_PATIENCE);
	/* There is haste now. */
	schedule_burst(&schedule, NS_PER_SECOND, 4, 4);
	ck_assert_double_eq(due(), 1 + POLLING_BURST_PATIENCE);
	schedule_restart(&schedule, NS_PER_SECOND);
	ck_assert_double_eq(due(), 1 + POLLING_BURST_SPACING);
	schedule_asked(&schedule, schedule.due);
	ck_assert_double_eq(due(), 1 + POLLING_BURST_SPACING + POLLING_BURST_PATIENCE);
}
END_TEST

START_TEST(other_settings_bring_the_next_request_forward_only)
{
	struct polling_settings settings = { .min_poll = 6, .max_poll = 10 };

	begin_schedule();
	schedule.polling.wanted = 10;
	exchange(true);
	ck_assert_double_gt(due(), 1024);
	settings.max_poll = 8;
	schedule_configure(&schedule, &settings, 0, 0);
	ck_assert_double_eq_tol(due(), 256, 1);
	settings.max_poll = 10;
	schedule_configure(&schedule, &settings, 0, 0);
	ck_assert_double_eq_tol(due(), 256, 1);
	settings.max_poll = 6;
	schedule_configure(&schedule, &settings, 100 * NS_PER_SECOND, 0);
	ck_assert_double_eq(due(), 100);
}
END_TEST

START_TEST(a_limited_server_has_no_bursts)
{
	begin_schedule();
	exchange(true);
	schedule_asked(&schedule, schedule.due);
	schedule_burst(&schedule, schedule.last_asked, 4, 4);
	schedule_limited(&schedule);
	schedule_next(&schedule, 0);
	ck_assert(!schedule_is_bursting(&schedule));
	ck_assert_int_eq(schedule_exponent(&schedule), 7);
	schedule_burst(&schedule, schedule.last_asked, 4, 4);
	ck_assert(!schedule_is_bursting(&schedule));
	ck_assert_double_eq(ns_interval(schedule.last_asked, schedule.due), 8);
	/* Borne for a while, the limit falls. */
	for (int i = 0; i < 8; i++)
		exchange(true);
	ck_assert_int_eq(schedule_exponent(&schedule), 6);
}
END_TEST

START_TEST(misses_at_other_addresses_take_away_the_haste)
{
	begin_schedule();
	schedule_inherit_misses(&schedule, 0, 16);
	ck_assert_double_ge(due(), 128);
	schedule_inherit_misses(&schedule, 0, UINT32_MAX);
	ck_assert_double_eq(due(), 1024);
}
END_TEST

int main(void)
{
	TCase *addresses = tcase_create("addresses"), *trials = tcase_create("trial"),
	      *times = tcase_create("schedule");
	TCase *const cases[] = { addresses, trials, times, NULL };

	tcase_add_checked_fixture(addresses, setup, NULL);
	tcase_add_test(addresses, the_best_address_is_tried_first_and_then_the_next);
	tcase_add_test(addresses, an_address_that_denied_is_left_alone_for_a_day);
	tcase_add_test(addresses, the_oldest_denial_gives_way);
	tcase_add_test(addresses, an_address_is_new_once);
	tcase_add_test(addresses, no_more_addresses_are_kept_than_there_is_room_for);
	tcase_add_test(addresses, an_outage_is_when_all_were_given_up);
	tcase_add_test(trials, four_requests_decide);
	tcase_add_test(trials, a_closed_port_decides_sooner);
	tcase_add_test(trials, the_end_of_the_burst_decides);
	tcase_add_test(trials, every_address_has_its_four_requests);
	tcase_add_test(trials, the_best_that_came_says_why);
	tcase_add_test(trials, a_controller_that_gave_time_is_tried_at_its_first_miss);
	tcase_add_test(trials, a_controller_that_failed_is_tried_from_time_to_time);
	tcase_add_test(trials, a_denial_is_part_of_a_trial);
	tcase_add_test(times, a_burst_ends_with_its_answers);
	tcase_add_test(times, a_burst_ends_with_its_requests);
	tcase_add_test(times, a_burst_ends_when_answers_stop_unless_it_is_stubborn);
	tcase_add_test(times, an_answer_is_not_waited_for_longer_than_the_interval_bears);
	tcase_add_test(times, other_settings_bring_the_next_request_forward_only);
	tcase_add_test(times, a_limited_server_has_no_bursts);
	tcase_add_test(times, misses_at_other_addresses_take_away_the_haste);
	return unit_run("client parts", cases);
}
