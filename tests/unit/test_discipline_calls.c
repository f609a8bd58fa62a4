/* The discipline called by hand, exchange by exchange. */
#include "discipline_bench.h"

#include <errno.h>
#include <math.h>

/* ------------------------------------------------------------------------- */

START_TEST(nothing_is_known_at_first)
{
	struct discipline_status now = bench_status();

	ck_assert_int_eq(now.state, DISCIPLINE_STATE_UNSET);
	ck_assert(!now.offset_known);
	ck_assert_uint_eq(bench_reference().leap, 3);
	ck_assert_uint_eq(bench_reference().stratum, 0);
	ck_assert_int_eq(bench_reference().reference_time, 0);
	ck_assert_double_lt(now.since_last_update, 0);
	ck_assert_int_eq(now.poll, 6);
	bench_update();
	ck_assert_int_eq(bench.action.kind, DISCIPLINE_NONE);
	ck_assert_double_eq(bench.action.rate, 0);
}
END_TEST

START_TEST(sources_are_counted)
{
	struct discipline_source_settings settings = { .poll_seconds = 64 };
	struct discipline_source_status source;
	source_id id;

	bench_add(1);
	ck_assert_int_eq(discipline_add_source(bench.discipline, 1, &settings), -EEXIST);
	for (id = 2; id <= DISCIPLINE_SOURCES_MAX; id++)
		bench_add(id);
	ck_assert_int_eq(discipline_add_source(bench.discipline, id, &settings), -ENOSPC);
	discipline_remove_source(bench.discipline, 7);
	ck_assert_int_eq(discipline_source_status(bench.discipline, 7, &bench.now, &source),
			 -ENOENT);
	ck_assert_int_eq(discipline_source_status(bench.discipline, 8, &bench.now, &source), 0);
	ck_assert_int_eq(source.selection, SELECTION_UNUSABLE);
	ck_assert_uint_eq(source.measurements, 0);
	ck_assert_int_eq(discipline_add_source(bench.discipline, id, &settings), 0);
}
END_TEST

START_TEST(impossible_exchanges_are_refused)
{
	struct measurement measurement;

	bench_add(1);
	measurement = bench_exchange(0);
	ck_assert_int_eq(bench_judge(9, &measurement), MEASUREMENT_IMPOSSIBLE);
	measurement.sent = ns_add(measurement.received, 1);
	ck_assert_int_eq(bench_judge(1, &measurement), MEASUREMENT_IMPOSSIBLE);
	measurement = bench_exchange(0);
	measurement.server_sent = ns_add(measurement.server_sent, 0.002);
	ck_assert_int_eq(bench_judge(1, &measurement), MEASUREMENT_IMPOSSIBLE);
	measurement = bench_exchange(0);
	measurement.server_sent = ns_add(measurement.server_received, -0.001);
	ck_assert_int_eq(bench_judge(1, &measurement), MEASUREMENT_IMPOSSIBLE);
	measurement = bench_exchange(0);
	measurement.root_delay = NAN;
	ck_assert_int_eq(bench_judge(1, &measurement), MEASUREMENT_IMPOSSIBLE);
	measurement = bench_exchange(0);
	measurement.stratum = 16;
	ck_assert_int_eq(bench_judge(1, &measurement), MEASUREMENT_IMPOSSIBLE);
	measurement = bench_exchange(0);
	measurement.sent = ns_add(measurement.sent, -5);
	ck_assert_int_eq(bench_judge(1, &measurement), MEASUREMENT_DELAY_TOO_LARGE);
	measurement = bench_exchange(0);
	measurement.root_dispersion = 100;
	ck_assert_int_eq(bench_judge(1, &measurement), MEASUREMENT_ROOT_DISTANCE);
	measurement.root_dispersion = 16.5;
	ck_assert_int_eq(bench_judge(1, &measurement), MEASUREMENT_ACCEPTED);
	/* servers fill the bits below their precision at random */
	measurement = bench_exchange(0);
	measurement.server_sent = ns_add(measurement.server_received, -5e-7);
	ck_assert_int_eq(bench_judge(1, &measurement), MEASUREMENT_ACCEPTED);
}
END_TEST

START_TEST(a_lone_first_packet_steps_nothing)
{
	bench_add(1);
	bench.truth = 30;
	bench_feed(1, 0);
	ck_assert_int_eq(bench.action.kind, DISCIPLINE_NONE);
	ck_assert_double_le(bench.action.next_update, 8);
	bench_wait(2);
	bench_feed(1, 0);
	bench_wait(2);
	bench_feed(1, 0);
	ck_assert_int_eq(bench.action.kind, DISCIPLINE_STEP);
	ck_assert_double_eq_tol(bench.action.step, 30, 1e-3);
	ck_assert_int_eq(bench_status().state, DISCIPLINE_STATE_HOLD);
	ck_assert_uint_ne(bench_reference().stratum, 0);
	ck_assert_uint_eq(bench_reference().stratum, 3);
}
END_TEST

START_TEST(a_lone_packet_is_believed_when_no_other_comes)
{
	bench_add(1);
	bench.truth = 30;
	bench_feed(1, 0);
	bench_wait(9);
	bench_update();
	ck_assert_double_eq_tol(bench.truth, 0, 1e-3);
}
END_TEST

START_TEST(a_first_packet_that_others_deny_does_no_harm)
{
	int i;

	bench_add(1);
	bench_feed(1, 7200);
	for (i = 0; i < 4; i++) {
		bench_wait(2);
		bench_feed(1, 0);
		ck_assert_int_ne(bench.action.kind, DISCIPLINE_STEP);
	}
	ck_assert_double_le(fabs(bench.truth), 1e-3);
}
END_TEST

START_TEST(hold_ends_after_its_samples)
{
	int i;

	bench_add(1);
	for (i = 0; i < 3; i++) {
		bench_feed(1, 0);
		bench_wait(2);
	}
	ck_assert_int_eq(bench_status().state, DISCIPLINE_STATE_HOLD);
	bench_settle(1, 6);
	ck_assert_int_eq(bench_status().state, DISCIPLINE_STATE_SYNC);
}
END_TEST

START_TEST(a_spike_is_watched_before_it_is_believed)
{
	double since = 0;
	bool began = false;

	bench.settings.max_poll = 6; /* as often as it is fed: a step, not a slew */
	discipline_configure(bench.discipline, &bench.settings);
	bench_add(1);
	bench_settle(1, 12);
	ck_assert_int_eq(bench_status().state, DISCIPLINE_STATE_SYNC);
	bench_feed(1, 20);
	ck_assert(bench.action.spike_began);
	ck_assert_int_eq(bench_status().state, DISCIPLINE_STATE_SPIKE);
	/* It is one until another measurement says otherwise. */
	bench_pass(10);
	bench_update();
	ck_assert_int_eq(bench_status().state, DISCIPLINE_STATE_SPIKE);
	bench_wait(54);
	ck_assert_int_eq(bench_status().state, DISCIPLINE_STATE_SPIKE);
	bench_feed(1, 0);
	ck_assert_int_eq(bench_status().state, DISCIPLINE_STATE_SYNC);
	ck_assert_double_le(fabs(bench.truth), 1e-3);
	for (since = 0; since < 3000 && fabs(bench.truth) < 1; since += 64) {
		bench_wait(64);
		bench_feed(1, 20);
		began |= bench.action.spike_began;
	}
	ck_assert(began);
	ck_assert_double_ge(since, 900);
	ck_assert_double_le(since, 1040);
	ck_assert_double_eq_tol(bench.truth, -20, 0.1);
}
END_TEST

START_TEST(a_step_by_somebody_else_is_told_and_undone)
{
	bench_add(1);
	bench_settle(1, 12);
	bench_pass(10);
	bench.now.utc = ns_add(bench.now.utc, 3600);
	bench.truth -= 3600;
	bench_update();
	ck_assert_double_eq_tol(bench.action.external_step, 3600, 1e-3);
	ck_assert_int_eq(bench.action.kind, DISCIPLINE_STEP);
	ck_assert_double_eq_tol(bench.truth, 0, 1e-3);
	bench_pass(10);
	bench_update();
	ck_assert_double_eq(bench.action.external_step, 0);
}
END_TEST

START_TEST(sleep_loses_the_phase_and_keeps_the_frequency)
{
	double known;

	bench_add(1);
	bench_settle(1, 30);
	known = bench_status().frequency.uncertainty;
	bench.now.suspended_ns += 1000 * NS_PER_SECOND;
	bench.now.utc += 1000 * NS_PER_SECOND;
	bench.truth += 0.7; /* as well as a battery-backed clock does */
	bench_update();
	ck_assert_double_eq(bench.action.external_step, 0);
	ck_assert_double_le(bench_status().frequency.uncertainty, 10 * known);
	bench_feed(1, 0);
	bench_wait(2);
	bench_feed(1, 0);
	bench_wait(2);
	bench_feed(1, 0);
	bench_wait(20);
	ck_assert_double_eq_tol(bench.truth, 0, 1e-3);
}
END_TEST

START_TEST(too_large_a_correction_is_refused_unless_forced)
{
	int i;

	bench_add(1);
	bench.truth = 60000;
	for (i = 0; i < 5; i++) {
		bench_feed(1, 0);
		bench_wait(2);
	}
	ck_assert_int_eq(bench.action.kind, DISCIPLINE_REFUSE);
	ck_assert_double_eq_tol(bench.action.step, 60000, 1e-3);
	ck_assert_uint_eq(bench_reference().stratum, 0);
	discipline_resync(bench.discipline, false);
	for (i = 0; i < 5; i++) {
		bench_feed(1, 0);
		bench_wait(2);
	}
	ck_assert_double_eq_tol(bench.truth, 60000, 0.1);
	discipline_resync(bench.discipline, true);
	for (i = 0; i < 5; i++) {
		bench_feed(1, 0);
		bench_wait(2);
	}
	ck_assert_double_eq_tol(bench.truth, 0, 1e-3);
	ck_assert_uint_ne(bench_reference().stratum, 0);
}
END_TEST

START_TEST(a_clock_that_is_not_ours_is_measured_only)
{
	bench.settings.maximum_rate = 0;
	discipline_configure(bench.discipline, &bench.settings);
	bench_add(1);
	bench.truth = 2;
	bench_settle(1, 12);
	ck_assert_int_eq(bench.action.kind, DISCIPLINE_NONE);
	ck_assert_double_eq(bench.action.rate, 0);
	ck_assert_double_eq_tol(bench_status().offset, 2, 1e-3);
}
END_TEST

START_TEST(fallback_sources_wait)
{
	struct discipline_source_settings fallback = { .fallback = true, .poll_seconds = 64 };
	struct discipline_source_status source;

	bench_add(1);
	ck_assert_int_eq(discipline_add_source(bench.discipline, 2, &fallback), 0);
	bench_feed(1, 0);
	bench_feed(2, 0.3);
	discipline_source_status(bench.discipline, 2, &bench.now, &source);
	ck_assert_int_eq(source.selection, SELECTION_FALLBACK);
	discipline_source_unreachable(bench.discipline, 1);
	bench_feed(2, 0.3);
	discipline_source_status(bench.discipline, 2, &bench.now, &source);
	ck_assert_int_eq(source.selection, SELECTION_SELECTED);
	bench_feed(1, 0);
	discipline_source_status(bench.discipline, 2, &bench.now, &source);
	ck_assert_int_eq(source.selection, SELECTION_FALLBACK);
}
END_TEST

START_TEST(a_rarely_asked_source_is_not_lost)
{
	struct discipline_source_settings rarely = { .fixed_poll = true, .poll_seconds = 32768 };

	ck_assert_int_eq(discipline_add_source(bench.discipline, 1, &rarely), 0);
	bench_settle(1, 6);
	bench_wait(40000);
	ck_assert_uint_ne(bench_reference().stratum, 0);
	bench_wait(50000);
	ck_assert_uint_eq(bench_reference().stratum, 0);
}
END_TEST

START_TEST(leap_seconds_go_by_majority)
{
	struct measurement measurement;
	source_id id;

	bench.now.utc = BENCH_LEAP_DAY;
	for (id = 1; id <= 3; id++)
		bench_add(id);
	for (id = 1; id <= 3; id++) {
		measurement = bench_exchange(0);
		measurement.leap = id == 1 ? 0 : 1;
		bench_judge(id, &measurement);
		bench_update();
	}
	ck_assert_uint_eq(bench_reference().leap, 1);
	measurement = bench_exchange(0);
	bench_judge(2, &measurement);
	bench_update();
	ck_assert_uint_eq(bench_reference().leap, 0);
}
END_TEST

START_TEST(a_leap_second_is_no_step)
{
	utc_ns midnight = (BENCH_LEAP_DAY / (86400 * NS_PER_SECOND) + 1) * 86400 * NS_PER_SECOND;
	struct measurement measurement;

	bench_add(1);
	bench.now.utc = ns_add(midnight, -600);
	bench_settle(1, 12);
	bench_pass(ns_interval(bench.now.utc, midnight) - 10);
	measurement = bench_exchange(0);
	measurement.leap = 1;
	bench_judge(1, &measurement);
	bench_update();
	ck_assert_uint_eq(bench_reference().leap, 1);
	bench_pass(12);
	bench.now.utc -= NS_PER_SECOND; /* 23:59:60 was counted as 23:59:59 */
	bench_update();
	ck_assert_double_eq(bench.action.external_step, 0);
	ck_assert_double_le(fabs(bench_status().offset), 1e-3);
	bench_feed(1, 0);
	ck_assert_double_le(fabs(bench_status().offset), 1e-3);
	/* in the middle of the day it is somebody's hand */
	bench_pass(40000);
	bench_feed(1, 0);
	bench.now.utc -= NS_PER_SECOND;
	bench.truth += 1;
	bench_update();
	ck_assert_double_eq_tol(bench.action.external_step, -1, 1e-3);
}
END_TEST

START_TEST(the_last_runs_frequency_is_used)
{
	struct discipline_frequency known = { 30e-6, 1e-7 };

	discipline_destroy(bench.discipline);
	bench.discipline = discipline_create(&bench.settings, &known);
	bench_update();
	ck_assert_double_eq_tol(bench.action.rate, -30e-6, 1e-8);
	ck_assert_double_eq_tol(bench_status().frequency.frequency, 30e-6, 1e-12);
}
END_TEST

TCase *calls_case(void);

TCase *calls_case(void)
{
	TCase *calls = tcase_create("calls");

	tcase_add_checked_fixture(calls, bench_setup, bench_teardown);
	tcase_add_test(calls, nothing_is_known_at_first);
	tcase_add_test(calls, sources_are_counted);
	tcase_add_test(calls, impossible_exchanges_are_refused);
	tcase_add_test(calls, a_lone_first_packet_steps_nothing);
	tcase_add_test(calls, a_lone_packet_is_believed_when_no_other_comes);
	tcase_add_test(calls, a_first_packet_that_others_deny_does_no_harm);
	tcase_add_test(calls, hold_ends_after_its_samples);
	tcase_add_test(calls, a_spike_is_watched_before_it_is_believed);
	tcase_add_test(calls, a_step_by_somebody_else_is_told_and_undone);
	tcase_add_test(calls, sleep_loses_the_phase_and_keeps_the_frequency);
	tcase_add_test(calls, too_large_a_correction_is_refused_unless_forced);
	tcase_add_test(calls, a_clock_that_is_not_ours_is_measured_only);
	tcase_add_test(calls, fallback_sources_wait);
	tcase_add_test(calls, a_rarely_asked_source_is_not_lost);
	tcase_add_test(calls, leap_seconds_go_by_majority);
	tcase_add_test(calls, a_leap_second_is_no_step);
	tcase_add_test(calls, the_last_runs_frequency_is_used);
	return calls;
}
