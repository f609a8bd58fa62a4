/* When the reference changes, and when it does not: one value for our clients, for
 * /query, for the kernel and for the events. */
#include "discipline_bench.h"

#include <math.h>

#define ID(id) (UINT32_C(0x7F000000) + (id))

/* A clock in HOLD or SYNC whose source ID is followed. */
static void start_following(source_id id)
{
	bench_add(id);
	bench_settle(id, 12);
	ck_assert_uint_eq(bench_reference().stratum, 3);
	ck_assert_uint_eq(bench_reference().source, id);
}

/* The same, 2 s off when it started and still slewing. */
static void start_slewing(source_id id)
{
	bench_add(id);
	bench.truth = 2;
	for (int i = 0; i < 3; i++) {
		bench_feed(id, 0);
		bench_wait(2);
	}
	ck_assert_uint_eq(bench_reference().stratum, 3);
	ck_assert_double_gt(bench.rate, 0.09);
}

/* BEFORE is still true; its root dispersion has grown at most. */
static void check_same(const struct reference *before)
{
	struct reference now = bench_reference();

	ck_assert_uint_eq(now.leap, before->leap);
	ck_assert_uint_eq(now.stratum, before->stratum);
	ck_assert_uint_eq(now.reference_id, before->reference_id);
	ck_assert_int_eq(now.reference_time, before->reference_time);
	ck_assert_double_eq(now.root_delay, before->root_delay);
}

START_TEST(a_reference_says_what_its_source_makes_it)
{
	struct measurement measurement;
	struct reference reference;

	bench_add(1);
	bench_settle(1, 5);
	bench_pass(64);
	measurement = bench_exchange(0);
	measurement.stratum = 4;
	measurement.root_delay = 0.02;
	measurement.root_dispersion = 0.005;
	bench_use(1, &measurement);
	reference = bench_reference();
	ck_assert_uint_eq(reference.leap, 0);
	ck_assert_uint_eq(reference.stratum, 5);
	ck_assert_uint_eq(reference.reference_id, ID(1));
	ck_assert_int_eq(reference.reference_time, bench.now.utc);
	ck_assert_uint_eq(reference.source, 1);
	ck_assert_double_eq_tol(reference.root_delay, 0.021, 1e-4);
	ck_assert_double_ge(reference.root_dispersion, 0.005);
	ck_assert_double_le(reference.root_dispersion, 0.0055);
	ck_assert_double_ge(reference.dispersion_rate, 15e-6);
	ck_assert_double_eq_tol(ns_interval(bench.now.raw, reference.valid_until), 7800, 1);
}
END_TEST

/* An administrator asks for a resync, but no source answers. */
START_TEST(a_resync_that_brings_nothing_changes_nothing)
{
	enum discipline_state state;
	struct reference before;

	start_slewing(1);
	before = bench_reference();
	state = bench_status().state;

	discipline_resync(bench.discipline, false);
	bench_update();
	check_same(&before);
	ck_assert_double_gt(bench.rate, 0.09);
	discipline_resync_failed(bench.discipline);
	bench_wait(30);
	bench_update();
	check_same(&before);
	ck_assert_int_eq(bench_status().state, state);
	ck_assert(bench_status().offset_known);
	ck_assert_double_le(fabs(bench.truth), 1e-3);
	/* Nor is it remembered: the next sample is one like others. */
	bench_feed(1, 0);
	ck_assert(!bench_status().undecided);
	ck_assert_int_eq(bench_status().state, state);
}
END_TEST

START_TEST(a_renewed_estimate_is_decided_upon_before_the_reference_changes)
{
	struct reference before;

	start_following(1);
	before = bench_reference();
	bench.truth = 2;
	discipline_resync(bench.discipline, false);
	bench_feed(1, 0);
	ck_assert(bench_status().undecided);
	ck_assert_int_eq(bench_status().state, DISCIPLINE_STATE_HOLD);
	check_same(&before);
	ck_assert_double_eq_tol(bench_status().offset, 2, 1e-3);
	bench_wait(2);
	bench_feed(1, 0);
	check_same(&before);
	bench_wait(2);
	bench_feed(1, 0);
	ck_assert(!bench_status().undecided);
	ck_assert_int_gt(bench_reference().reference_time, before.reference_time);
	bench_wait(60);
	ck_assert_double_le(fabs(bench.truth), 1e-2);
}
END_TEST

/* The slew of before goes on until the new estimate is decided upon. */
START_TEST(a_slew_goes_on_while_the_estimate_is_renewed)
{
	double before;

	start_slewing(1);
	before = bench.truth;
	discipline_resync(bench.discipline, false);
	bench_feed(1, 0);
	ck_assert(bench_status().undecided);
	bench_wait(2);
	ck_assert_double_eq_tol(bench.truth, before - 0.2, 1e-2);
}
END_TEST

START_TEST(a_removed_source_leaves_one_truth)
{
	struct reference before;

	start_following(1);
	before = bench_reference();
	discipline_remove_source(bench.discipline, 1);
	bench_update();
	check_same(&before);
	ck_assert_uint_eq(bench_reference().source, 0);
	bench_wait(3600);
	bench_update();
	check_same(&before);
	ck_assert_double_gt(bench_reference().root_dispersion, before.root_dispersion + 0.05);
	bench_wait(4300);
	bench_update();
	ck_assert_uint_eq(bench_reference().stratum, 0);
	ck_assert_uint_eq(bench_reference().leap, 3);
	ck_assert_int_eq(bench_status().state, DISCIPLINE_STATE_UNSET);
}
END_TEST

START_TEST(another_source_takes_over)
{
	start_following(1);
	bench_add(2);
	discipline_remove_source(bench.discipline, 1);
	bench_update();
	bench_feed(2, 0);
	ck_assert_uint_eq(bench_reference().source, 2);
	ck_assert_uint_eq(bench_reference().reference_id, ID(2));
}
END_TEST

START_TEST(a_lost_reference_comes_back_with_a_sample)
{
	start_following(1);
	bench_wait(7900);
	bench_update();
	ck_assert_uint_eq(bench_reference().stratum, 0);
	ck_assert_int_eq(bench_status().state, DISCIPLINE_STATE_UNSET);
	/* Nobody else has corrected it meanwhile: small is believed at once. */
	bench_feed(1, 0);
	ck_assert_uint_eq(bench_reference().stratum, 3);
	ck_assert_int_eq(bench_status().state, DISCIPLINE_STATE_HOLD);
}
END_TEST

START_TEST(a_large_offset_after_the_loss_needs_more_than_one_sample)
{
	struct measurement measurement;

	start_following(1);
	bench_wait(7900);
	bench_update();
	bench.truth = 400;
	for (int i = 0; i < 8 && bench.action.kind != DISCIPLINE_STEP; i++) {
		ck_assert_uint_eq(bench_reference().stratum, 0);
		measurement = bench_exchange(0);
		bench_use(1, &measurement);
		ck_assert(i >= 2 || bench.action.kind != DISCIPLINE_STEP);
		if (bench.action.kind != DISCIPLINE_STEP)
			bench_wait(2);
	}
	ck_assert_double_le(fabs(bench.truth), 1e-2);
	ck_assert_uint_eq(bench_reference().stratum, 3);
}
END_TEST

/* A correction that is refused withdraws what was said. */
START_TEST(a_refused_correction_withdraws_the_reference)
{
	start_following(1);
	bench.settings.phase.max_positive_correction = 10;
	bench.settings.spike_watch_period = 1;
	discipline_configure(bench.discipline, &bench.settings);
	bench.truth = 20;
	for (int i = 0; i < 12 && bench_reference().stratum != 0; i++) {
		bench_wait(64);
		bench_feed(1, 0);
	}
	ck_assert_int_eq(bench.action.kind, DISCIPLINE_REFUSE);
	ck_assert_uint_eq(bench_reference().stratum, 0);
	ck_assert_uint_eq(bench_reference().leap, 3);
	ck_assert(bench_status().refused);
	ck_assert_int_eq(bench_status().state, DISCIPLINE_STATE_UNSET);
}
END_TEST

/* A step that could not be made is no correction. */
START_TEST(a_step_that_failed_makes_no_reference)
{
	struct measurement measurement;

	bench_add(1);
	bench.truth = 400;
	for (int i = 0; i < 6; i++) {
		measurement = bench_exchange(0);
		discipline_sample(bench.discipline, 1, &measurement, &bench.now, &bench.outcome);
		bench.action = bench.outcome.action;
		discipline_done(bench.discipline, &bench.now, bench.action.rate, false, false);
		bench_pass(2);
	}
	ck_assert_int_eq(bench.action.kind, DISCIPLINE_STEP);
	ck_assert_uint_eq(bench_reference().stratum, 0);
}
END_TEST

/* ------------------------------------------------------------------------- */
/* Rings of servers */

START_TEST(a_source_of_stratum_15_is_not_followed)
{
	struct measurement measurement;

	bench_add(1);
	bench_settle(1, 4);
	measurement = bench_exchange(0);
	measurement.stratum = 15;
	ck_assert_int_eq(bench_judge(1, &measurement), MEASUREMENT_STRATUM);
	bench_update();
	ck_assert_uint_eq(bench_reference().stratum, 3);
	measurement.stratum = 14;
	bench_use(1, &measurement);
	ck_assert_uint_eq(bench_reference().stratum, 15);
}
END_TEST

#define RING 3

/* One exchange of machine ONE with its neighbour, if that has the time. */
static void ask_neighbour(struct discipline *const *ring, int one)
{
	struct measurement measurement = bench_exchange(0);
	struct discipline_outcome outcome;
	struct discipline_action action;
	struct reference neighbour;

	discipline_reference(ring[(one + 1) % RING], &bench.now, &neighbour);
	measurement.stratum = neighbour.stratum;
	measurement.root_delay = neighbour.root_delay;
	measurement.root_dispersion = neighbour.root_dispersion;
	if (neighbour.stratum != 0)
		discipline_sample(ring[one], 2, &measurement, &bench.now, &outcome);
	discipline_update(ring[one], &bench.now, &action);
	discipline_done(ring[one], &bench.now, 0, false, false);
}

/* Each follows a server outside, and its neighbour when that server is gone. */
START_TEST(a_ring_ends_when_its_server_does)
{
	struct discipline_source_settings source = { .poll_seconds = 64 };
	struct discipline_outcome outcome;
	struct measurement measurement;
	struct discipline *ring[RING];
	struct reference reference;
	unsigned highest = 0;

	for (int i = 0; i < RING; i++) {
		ring[i] = discipline_create(&bench.settings, NULL);
		discipline_add_source(ring[i], 1, &source);
		discipline_add_source(ring[i], 2, &source);
	}
	for (int round = 0; round < 400; round++) {
		bench_pass(64);
		measurement = bench_exchange(0);
		for (int i = 0; i < RING; i++) {
			if (round < 10)
				discipline_sample(ring[i], 1, &measurement, &bench.now, &outcome);
			if (round == 18)
				discipline_source_unreachable(ring[i], 1);
			ask_neighbour(ring, i);
			discipline_reference(ring[i], &bench.now, &reference);
			highest = reference.stratum > highest ? reference.stratum : highest;
		}
	}
	ck_assert_uint_eq(highest, 15);
	for (int i = 0; i < RING; i++) {
		discipline_reference(ring[i], &bench.now, &reference);
		ck_assert_uint_eq(reference.stratum, 0);
		discipline_destroy(ring[i]);
	}
}
END_TEST

/* ------------------------------------------------------------------------- */
/* Leap seconds */

static void feed_leap(source_id id, uint8_t leap)
{
	struct measurement measurement = bench_exchange(0);

	measurement.leap = leap;
	bench_use(id, &measurement);
}

static void start_on(utc_ns day, int sources)
{
	bench.now.utc = day;
	for (source_id id = 1; id <= (source_id)sources; id++)
		bench_add(id);
	for (int i = 0; i < 6; i++) {
		for (source_id id = 1; id <= (source_id)sources; id++)
			feed_leap(id, 1);
		bench_wait(2);
	}
}

/* One server's leap flag is stuck. */
START_TEST(a_leap_second_in_november_is_not_passed_on)
{
	start_on(BENCH_START, 1);
	ck_assert_uint_eq(bench_reference().leap, 0);
	ck_assert_uint_eq(bench_reference().pending_leap, 0);
}
END_TEST

START_TEST(leap_seconds_come_in_june_and_december)
{
	/* 2024: the days before and after, and the days themselves */
	static const struct {
		int64_t day;
		uint8_t leap;
	} days[] = { { 19903, 0 }, { 19904, 1 }, { 19905, 0 },
		     { 20087, 0 }, { 20088, 1 }, { 20089, 0 } };

	start_on(days[_i].day * 86400 * NS_PER_SECOND, 1);
	ck_assert_uint_eq(bench_reference().leap, days[_i].leap);
	ck_assert_uint_eq(bench_reference().pending_leap, days[_i].leap);
}
END_TEST

START_TEST(an_announced_leap_second_outlasts_its_sources)
{
	start_on(BENCH_LEAP_DAY, 2);
	ck_assert_uint_eq(bench_reference().leap, 1);
	discipline_source_unreachable(bench.discipline, 1);
	discipline_source_unreachable(bench.discipline, 2);
	bench_wait(3600);
	bench_update();
	ck_assert_uint_eq(bench_reference().leap, 1);
	ck_assert_uint_eq(bench_reference().pending_leap, 1);
	/* We are no longer synchronized; the kernel keeps it. */
	bench_wait(4300);
	bench_update();
	ck_assert_uint_eq(bench_reference().leap, 3);
	ck_assert_uint_eq(bench_reference().pending_leap, 1);
	/* 2024-01-01 */
	bench_wait(43200 - 7900);
	bench_update();
	ck_assert_uint_eq(bench_reference().pending_leap, 0);
}
END_TEST

START_TEST(a_leap_second_that_most_deny_is_taken_back)
{
	start_on(BENCH_LEAP_DAY, 3);
	discipline_source_unreachable(bench.discipline, 3);
	feed_leap(1, 0);
	/* One of two is no majority. */
	ck_assert_uint_eq(bench_reference().leap, 1);
	feed_leap(2, 0);
	ck_assert_uint_eq(bench_reference().leap, 0);
	ck_assert_uint_eq(bench_reference().pending_leap, 0);
}
END_TEST

TCase *reference_case(void);

TCase *reference_case(void)
{
	TCase *reference = tcase_create("reference");

	tcase_add_checked_fixture(reference, bench_setup, bench_teardown);
	tcase_add_test(reference, a_reference_says_what_its_source_makes_it);
	tcase_add_test(reference, a_resync_that_brings_nothing_changes_nothing);
	tcase_add_test(reference, a_renewed_estimate_is_decided_upon_before_the_reference_changes);
	tcase_add_test(reference, a_slew_goes_on_while_the_estimate_is_renewed);
	tcase_add_test(reference, a_removed_source_leaves_one_truth);
	tcase_add_test(reference, another_source_takes_over);
	tcase_add_test(reference, a_lost_reference_comes_back_with_a_sample);
	tcase_add_test(reference, a_large_offset_after_the_loss_needs_more_than_one_sample);
	tcase_add_test(reference, a_refused_correction_withdraws_the_reference);
	tcase_add_test(reference, a_step_that_failed_makes_no_reference);
	tcase_add_test(reference, a_source_of_stratum_15_is_not_followed);
	tcase_add_test(reference, a_ring_ends_when_its_server_does);
	tcase_add_test(reference, a_leap_second_in_november_is_not_passed_on);
	tcase_add_loop_test(reference, leap_seconds_come_in_june_and_december, 0, 6);
	tcase_add_test(reference, an_announced_leap_second_outlasts_its_sources);
	tcase_add_test(reference, a_leap_second_that_most_deny_is_taken_back);
	return reference;
}
