#include "discipline/announce.h"
#include "discipline/discipline.h"
#include "discipline/interval.h"
#include "discipline/phase.h"
#include "discipline/select.h"
#include "unit.h"

#include <errno.h>
#include <math.h>

/* ------------------------------------------------------------------------- */
/* Step or slew: the worked figures */

static struct phase_rules rules_2008(uint32_t allowed, uint32_t rate, uint32_t interval,
				     double tick)
{
	return (struct phase_rules){
		.model = PHASE_MODEL_2008,
		.max_allowed_offset = allowed,
		.max_positive_correction = PHASE_UNLIMITED,
		.max_negative_correction = PHASE_UNLIMITED,
		.phase_correct_rate = rate,
		.update_interval = interval,
		.clock_tick = tick,
	};
}

static const struct {
	uint32_t allowed, rate, interval;
	double tick, slews, steps;
} figures[] = {
	{ 300, 7, 100, 0.015, 5.249, 5.251 }, /* domain controller */
	{ 300, 7, 100, 0.010, 3.499, 3.501 },
	{ 300, 1, 30000, 0.015, 224.9, 225.1 }, /* domain member */
	{ 300, 1, 30000, 0.010, 149.9, 150.1 },
	{ 1, 1, 360000, 0.015, 0.999, 1.001 }, /* workgroup */
	{ 1, 1, 360000, 0.010, 0.999, 1.001 },
	{ 9999, 1, 360000, 0.015, 2699, 2701 }, /* its second condition alone */
	{ 9999, 1, 360000, 0.010, 1799, 1801 },
	{ 600, 1, 30000, 0.0156, 180, 240 }, /* four minutes and three */
};

START_TEST(phase_older_rule_has_the_worked_figures)
{
	struct phase_rules rules = rules_2008(figures[_i].allowed, figures[_i].rate,
					      figures[_i].interval, figures[_i].tick);

	ck_assert_int_eq(phase_decide(&rules, figures[_i].slews, 64), PHASE_SLEW);
	ck_assert_int_eq(phase_decide(&rules, -figures[_i].slews, 64), PHASE_SLEW);
	ck_assert_int_eq(phase_decide(&rules, figures[_i].steps, 64), PHASE_STEP);
	ck_assert_int_eq(phase_decide(&rules, -figures[_i].steps, 64), PHASE_STEP);
}
END_TEST

START_TEST(phase_slews_at_equality)
{
	struct phase_rules rules = rules_2008(300, 7, 100, 0.015);

	ck_assert_int_eq(phase_decide(&rules, 5.25, 64), PHASE_SLEW);
	rules = rules_2008(1, 1, 360000, 0.015);
	ck_assert_int_eq(phase_decide(&rules, 1, 64), PHASE_SLEW);
}
END_TEST

START_TEST(phase_newer_rule_takes_the_smaller)
{
	struct phase_rules rules = rules_2008(300, 1, 100, 0.015625);

	rules.model = PHASE_MODEL_2016;
	/* off / (16 * 1 * 64) <= 0.0078125, or off / 1 <= 0.0078125 */
	ck_assert_int_eq(phase_decide(&rules, 7.9, 64), PHASE_SLEW);
	ck_assert_int_eq(phase_decide(&rules, 8.1, 64), PHASE_STEP);
	/* a longer interval and a larger divisor let more be slewed */
	ck_assert_int_eq(phase_decide(&rules, 127, 1024), PHASE_SLEW);
	ck_assert_int_eq(phase_decide(&rules, 129, 1024), PHASE_STEP);
	rules.phase_correct_rate = 7;
	ck_assert_int_eq(phase_decide(&rules, 55, 64), PHASE_SLEW);
	ck_assert_int_eq(phase_decide(&rules, 57, 64), PHASE_STEP);
	/* with an hour's UpdateInterval the second term decides */
	rules.phase_correct_rate = 1;
	rules.update_interval = 360000;
	ck_assert_int_eq(phase_decide(&rules, 28, 64), PHASE_SLEW);
	ck_assert_int_eq(phase_decide(&rules, 29, 64), PHASE_STEP);
	rules.update_interval = 0; /* counts as 1 */
	ck_assert_int_eq(phase_decide(&rules, 7.9, 64), PHASE_SLEW);
}
END_TEST

START_TEST(phase_refuses_what_is_too_large)
{
	struct phase_rules rules = rules_2008(300, 1, 100, 0.015625);

	rules.max_positive_correction = 54000;
	rules.max_negative_correction = 3600;
	ck_assert_int_eq(phase_decide(&rules, 54001, 64), PHASE_REFUSE);
	ck_assert_int_eq(phase_decide(&rules, 54000, 64), PHASE_STEP);
	ck_assert_int_eq(phase_decide(&rules, -3601, 64), PHASE_REFUSE);
	ck_assert_int_eq(phase_decide(&rules, -3599, 64), PHASE_STEP);
	rules.max_positive_correction = 0;
	ck_assert_int_eq(phase_decide(&rules, 0.001, 64), PHASE_REFUSE);
	rules.max_positive_correction = PHASE_UNLIMITED;
	ck_assert_int_eq(phase_decide(&rules, 1e10, 64), PHASE_STEP);
	ck_assert_int_eq(phase_decide(&rules, NAN, 64), PHASE_REFUSE);
	ck_assert_int_eq(phase_decide(&rules, INFINITY, 64), PHASE_REFUSE);
	ck_assert_int_eq(phase_decide(&rules, 0.001, NAN), PHASE_SLEW);
}
END_TEST

/* ------------------------------------------------------------------------- */
/* The cut normal distribution, against plain numerical integration */

static void integrate(const struct interval_likelihood *likelihood, double mean, double variance,
		      struct interval_posterior *posterior)
{
	double half = likelihood->half_width, step = half / 20000, x, norm = 0, mass = 0;
	double first = 0, second = 0;

	for (x = -half + step / 2; x < half; x += step) {
		double share = exp(likelihood->slope * x), prior, away;

		if (likelihood->core > 0)
			share = exp(-x * x / (2 * likelihood->core * likelihood->core));
		away = likelihood->centre + x - mean;
		prior = exp(-away * away / (2 * variance)) / sqrt(2 * M_PI * variance);
		norm += share * step;
		mass += share * prior * step;
		first += share * prior * x * step;
		second += share * prior * x * x * step;
	}
	posterior->mean = likelihood->centre + first / mass;
	posterior->variance = second / mass - first / mass * (first / mass);
	posterior->log_evidence = log(mass / norm);
}

static const struct {
	struct interval_likelihood likelihood;
	double mean, variance;
} cuts[] = {
	{ { 0, 1, 0, 0 }, 0, 1 },      { { 0, 1, 0, 0 }, 3, 1 },     { { 0, 1, 0, 0 }, -5, 0.5 },
	{ { 2, 0.5, 0, 0 }, 0, 0.3 },  { { 0, 4, 3, 0 }, 1, 1 },     { { 0, 4, -3, 0 }, 1, 0.01 },
	{ { 1, 2, 0, 0.4 }, 0, 2 },    { { 1, 2, 0, 9 }, -3, 0.5 },  { { 0, 0.3, 0.7, 0 }, 0, 900 },
	{ { 0, 1e-2, 0, 0 }, 0.2, 4 }, { { 0, 5, 0, 0 }, -1, 0.01 },
};

START_TEST(interval_has_the_right_moments)
{
	struct interval_posterior have, want;

	interval_cut(&cuts[_i].likelihood, cuts[_i].mean, cuts[_i].variance, &have);
	integrate(&cuts[_i].likelihood, cuts[_i].mean, cuts[_i].variance, &want);
	ck_assert_double_eq_tol(have.mean, want.mean, 2e-4 * cuts[_i].likelihood.half_width);
	ck_assert_double_eq_tol(have.variance / want.variance, 1, 2e-3);
	ck_assert_double_eq_tol(have.log_evidence, want.log_evidence, 1e-3);
}
END_TEST

START_TEST(interval_stays_finite_far_out)
{
	static const double far[] = { 1e-9, 1e-3, 1, 40, 1e3, 1e6, 1e12 };
	size_t a, b, c;

	for (a = 0; a < 7; a++)
		for (b = 0; b < 7; b++)
			for (c = 0; c < 7; c++) {
				struct interval_likelihood likelihood = { far[a], far[b], 0, 0 };
				struct interval_posterior have;

				interval_cut(&likelihood, 0, far[c], &have);
				ck_assert(isfinite(have.mean) && isfinite(have.variance));
				ck_assert(!isnan(have.log_evidence));
				ck_assert_double_ge(have.variance, 0);
				likelihood.slope = -far[c];
				interval_cut(&likelihood, 0, far[a], &have);
				ck_assert(isfinite(have.mean) && isfinite(have.variance));
				ck_assert(!isnan(have.log_evidence));
			}
}
END_TEST

/* ------------------------------------------------------------------------- */
/* Whom to believe */

static struct select_candidate candidate(double offset, double distance, double claimed)
{
	return (struct select_candidate){
		.offset = offset, .distance = distance, .claimed = claimed, .jitter = distance / 10
	};
}

START_TEST(select_outvotes_one_liar_of_three)
{
	struct select_candidate three[] = { candidate(0.001, 0.005, 0), candidate(1, 0.005, 0),
					    candidate(-0.001, 0.004, 0) };
	struct select_result result;

	select_sources(three, 3, NULL, &result);
	ck_assert(result.found);
	ck_assert_int_eq(three[0].mark, SELECT_SURVIVOR);
	ck_assert_int_eq(three[1].mark, SELECT_FALSETICKER);
	ck_assert_int_eq(three[2].mark, SELECT_SURVIVOR);
	ck_assert_uint_eq(result.survivors, 2);
}
END_TEST

START_TEST(select_proves_a_liar_behind_a_wide_claim)
{
	struct select_candidate three[] = { candidate(0.001, 0.005, 10), candidate(1, 0.005, 10),
					    candidate(-0.001, 0.004, 10) };
	struct select_result result;

	select_sources(three, 3, NULL, &result);
	ck_assert(result.found);
	ck_assert_int_eq(three[1].mark, SELECT_FALSETICKER);
}
END_TEST

START_TEST(select_lets_honest_bad_servers_agree)
{
	struct select_candidate three[] = { candidate(0.03, 1e-4, 10), candidate(-0.02, 1e-4, 10),
					    candidate(0.001, 1e-4, 10) };
	struct select_result result;

	select_sources(three, 3, NULL, &result);
	ck_assert(result.found);
	ck_assert_uint_eq(result.survivors, 3);
}
END_TEST

/* A server that says of itself that it is bad, and is: its own offset lies outside
 * of what the others measured, its interval does not. */
START_TEST(select_needs_no_middle_of_a_bad_server)
{
	struct select_candidate three[] = { candidate(0.001, 1e-5, 3), candidate(0, 1e-5, 0),
					    candidate(4, 1e-5, 0) };
	struct select_candidate both[] = { candidate(0, 1e-5, 10), candidate(15, 1e-5, 10) };
	struct select_candidate torn[] = { candidate(2.1, 1e-5, 3), candidate(0, 1e-5, 0),
					   candidate(9, 1e-5, 0), candidate(4, 1e-5, 0) };
	struct select_result result;

	select_sources(three, 3, NULL, &result);
	ck_assert(result.found);
	ck_assert_int_eq(three[0].mark, SELECT_OUTLIER);
	ck_assert_int_eq(three[1].mark, SELECT_SURVIVOR);
	ck_assert_int_eq(three[2].mark, SELECT_FALSETICKER);
	ck_assert_uint_eq(result.survivors, 1);
	ck_assert_double_eq(result.low, -1e-5);
	ck_assert_double_eq(result.high, 1e-5);
	/* two alone */
	select_sources(three, 2, NULL, &result);
	ck_assert(result.found);
	ck_assert_int_eq(three[0].mark, SELECT_OUTLIER);
	ck_assert_int_eq(three[1].mark, SELECT_SURVIVOR);
	/* what only claims have in common nobody has measured */
	select_sources(both, 2, NULL, &result);
	ck_assert(!result.found);
	ck_assert_int_eq(both[0].mark, SELECT_FALSETICKER);
	/* it reaches to two that deny each other: no majority of four */
	select_sources(torn, 4, NULL, &result);
	ck_assert(!result.found);
}
END_TEST

START_TEST(select_finds_none_between_two_that_disagree)
{
	struct select_candidate two[] = { candidate(0, 0.01, 0), candidate(1, 0.01, 0) };
	struct select_candidate own = candidate(0.002, 0.001, 0);
	struct select_result result;

	select_sources(two, 2, NULL, &result);
	ck_assert(!result.found);
	ck_assert_int_eq(two[0].mark, SELECT_FALSETICKER);
	/* but a clock that has been kept right for long knows better */
	select_sources(two, 2, &own, &result);
	ck_assert(result.found);
	ck_assert_int_eq(two[0].mark, SELECT_SURVIVOR);
	ck_assert_int_eq(two[1].mark, SELECT_FALSETICKER);
}
END_TEST

START_TEST(select_combines_a_handful_of_many)
{
	static struct select_candidate many[SELECT_MAX];
	struct select_result result;
	size_t i, survivors = 0;

	for (i = 0; i < SELECT_MAX; i++)
		many[i] = candidate(1e-4 * (double)(i % 7), 0.01 + 1e-4 * (double)i, 0);
	select_sources(many, SELECT_MAX, NULL, &result);
	ck_assert(result.found);
	for (i = 0; i < SELECT_MAX; i++)
		survivors += many[i].mark == SELECT_SURVIVOR;
	ck_assert_uint_eq(survivors, result.survivors);
	ck_assert_uint_le(survivors, SELECT_SURVIVORS);
	ck_assert_int_eq(many[0].mark, SELECT_SURVIVOR);
	select_sources(many, 0, NULL, &result);
	ck_assert(!result.found);
}
END_TEST

/* ------------------------------------------------------------------------- */
/* What the clients are told */

static const struct clock_reading reading = { .raw = 5, .utc = INT64_C(1700000000000000000) };

static struct announcement announce(uint32_t flags, bool server, bool root, bool synchronized)
{
	struct announce_settings settings = { .flags = flags,
					      .local_clock_dispersion = 10,
					      .server_enabled = server,
					      .root_controller = root,
					      .precision = -23 };
	struct reference reference = { .leap = 1,
				       .stratum = 3,
				       .reference_id = 0x14653909,
				       .reference_time = 77,
				       .root_delay = 0.03,
				       .root_dispersion = 0.01 };
	struct announcement announcement;

	if (!synchronized)
		reference_withdraw(&reference);
	announce_compose(&settings, &reference, 6, &reading, &announcement);
	return announcement;
}

START_TEST(announce_unsynchronized)
{
	struct announcement said = announce(10, true, false, false);

	ck_assert_uint_eq(said.leap, 3);
	ck_assert_uint_eq(said.stratum, 0);
	ck_assert_uint_eq(said.reference_id, 0);
	ck_assert_double_eq(said.root_dispersion, 0);
	ck_assert_int_eq(said.reference_time, 0);
	ck_assert_uint_eq(said.role, 0);
	ck_assert_int_eq(said.poll, 6);
}
END_TEST

START_TEST(announce_reliable_local_clock)
{
	struct announcement said = announce(5, true, false, false);

	ck_assert_uint_eq(said.leap, 0);
	ck_assert_uint_eq(said.stratum, 1);
	ck_assert_uint_eq(said.reference_id, 0x4C4F434C);
	ck_assert_double_eq(said.root_dispersion, 10);
	ck_assert_double_eq(said.root_delay, 0);
	ck_assert_int_eq(said.reference_time, reading.utc);
	ck_assert_uint_eq(said.role, 576);
	/* automatically reliable: the forest root's PDC emulator alone */
	ck_assert_uint_eq(announce(10, true, true, false).stratum, 1);
	ck_assert_uint_eq(announce(10, true, false, false).stratum, 0);
}
END_TEST

START_TEST(announce_synchronized_server)
{
	struct announcement said = announce(10, true, false, true);

	ck_assert_uint_eq(said.leap, 1);
	ck_assert_uint_eq(said.stratum, 3);
	ck_assert_uint_eq(said.reference_id, 0x14653909);
	ck_assert_double_eq(said.root_delay, 0.03);
	ck_assert_int_eq(said.reference_time, 77);
	ck_assert_uint_eq(said.role, 64);
	ck_assert_uint_eq(announce(10, false, false, true).role, 0);
	ck_assert_uint_eq(announce(0, true, false, true).role, 0);
}
END_TEST

TCase *calls_case(void);     /* test_discipline_calls.c */
TCase *reference_case(void); /* test_discipline_reference.c */

int main(void)
{
	TCase *phase = tcase_create("phase"), *interval = tcase_create("interval"),
	      *select = tcase_create("select"), *announced = tcase_create("announce");
	TCase *const cases[] = { phase,        interval,         select, announced,
				 calls_case(), reference_case(), NULL };

	tcase_add_loop_test(phase, phase_older_rule_has_the_worked_figures, 0,
			    (int)(sizeof figures / sizeof figures[0]));
	tcase_add_test(phase, phase_slews_at_equality);
	tcase_add_test(phase, phase_newer_rule_takes_the_smaller);
	tcase_add_test(phase, phase_refuses_what_is_too_large);
	tcase_add_loop_test(interval, interval_has_the_right_moments, 0,
			    (int)(sizeof cuts / sizeof cuts[0]));
	tcase_add_test(interval, interval_stays_finite_far_out);
	tcase_add_test(select, select_outvotes_one_liar_of_three);
	tcase_add_test(select, select_proves_a_liar_behind_a_wide_claim);
	tcase_add_test(select, select_lets_honest_bad_servers_agree);
	tcase_add_test(select, select_needs_no_middle_of_a_bad_server);
	tcase_add_test(select, select_finds_none_between_two_that_disagree);
	tcase_add_test(select, select_combines_a_handful_of_many);
	tcase_add_test(announced, announce_unsynchronized);
	tcase_add_test(announced, announce_reliable_local_clock);
	tcase_add_test(announced, announce_synchronized_server);
	return unit_run("discipline", cases);
}
