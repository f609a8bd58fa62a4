/* From samples to the clock and the log, in time of the test's own: what is done
 * and which of W32Time's events tell of it. */
#include "tests/event_loop.h"
#include "unit.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "w32timed/timekeeping.h"

#define TODAY (INT64_C(1795302000) * NS_PER_SECOND)
#define ONE   1

struct bench {
	struct clock clock;
	struct clock_reading now;
	double rate;
	double truth; /* s, truth minus UTC of the clock */
	uint8_t leap; /* what the source warns of */
	struct loop *loop;
	struct log *log;
	struct log_sink sink;
	unsigned events[300], errors;
	char texts[300][256];
	struct timekeeping_settings settings;
	struct timekeeping *timekeeping;
	struct sample_sink samples;
	int step_result, rate_result; /* what the clock answers */
	unsigned readings;            /* of the clock */
	unsigned silent;
	struct announcement announcement;
	struct clock_status kernel; /* as it was last told */
	unsigned leap_steps;        /* ... that clock_status.was_set was told */
	int status_again;           /* what setting the status answers */
	unsigned statuses;
};

static struct bench bench;

static int read_now(struct clock *clock, struct clock_reading *reading)
{
	(void)clock;
	*reading = bench.now;
	bench.readings++;
	return 0;
}

static double rate_now(struct clock *clock)
{
	(void)clock;
	return bench.rate;
}

static int set_rate(struct clock *clock, double rate, double *actual)
{
	(void)clock;
	if (bench.rate_result == 0)
		bench.rate = *actual = rate;
	return bench.rate_result;
}

static int step_clock(struct clock *clock, double seconds)
{
	(void)clock;
	if (bench.step_result == 0) {
		bench.now.utc = ns_add(bench.now.utc, seconds);
		bench.truth -= seconds;
	}
	return bench.step_result;
}

static int set_status(struct clock *clock, const struct clock_status *status)
{
	(void)clock;
	bench.kernel = *status;
	bench.leap_steps += status->was_set;
	bench.statuses++;
	return bench.status_again;
}

static const struct clock_ops clock_ops = {
	.name = "bench",
	.read = read_now,
	.rate = rate_now,
	.set_rate = set_rate,
	.step = step_clock,
	.set_status = set_status,
};

static void write_record(void *context, const struct log_record *record)
{
	(void)context;
	bench.errors += record->level == LOG_LEVEL_ERROR;
	if (record->event >= 300)
		return;
	bench.events[record->event]++;
	snprintf(bench.texts[record->event], sizeof bench.texts[0], "%s", record->text);
}

static void announced(void *context, const struct announcement *announcement)
{
	(void)context;
	bench.announcement = *announcement;
}

static void changed(void *context)
{
	(void)context;
}

static void disturbed(void *context, bool slept)
{
	(void)context;
	(void)slept;
}

static void silent(void *context)
{
	(void)context;
	bench.silent++;
}

static const struct timekeeping_settings usual = {
	.discipline = {
		.phase = {
			.model = PHASE_MODEL_2016,
			.max_allowed_offset = 1,
			.max_positive_correction = 3600,
			.max_negative_correction = 3600,
			.phase_correct_rate = 1,
			.update_interval = 100,
			.clock_tick = 0.015625,
		},
		.frequency_correct_rate = 1,
		.poll_adjust_factor = 5,
		.hold_period = 2,
		.large_phase_offset = 5,
		.spike_watch_period = 900,
		.holdover_period = 9000,
		.min_poll = 6,
		.max_poll = 6,
		.maximum_rate = 0.1,
		.precision = 1e-7,
	},
	.announce = {
		.flags = ANNOUNCE_AUTO_TIME_SERVER | ANNOUNCE_AUTO_RELIABLE,
		.local_clock_dispersion = 10,
		.server_enabled = true,
		.precision = -20,
	},
	.events = {
		.rate_audit_limit = 800e-6,
		.jump_audit_limit = 1000,
		.log_source_changes = true,
	},
	.silence_period = 1000,
};

static void setup(void)
{
	bench = (struct bench){
		.clock = { .ops = &clock_ops,
			   .maximum_rate = 0.1,
			   .precision = 1e-7,
			   .tick = 0.015625 },
		.now = { .raw = 5000 * NS_PER_SECOND, .utc = TODAY, .uncertainty = 1e-7 },
		.loop = event_loop_create(),
		.log = log_create(),
		.sink = { .threshold = LOG_LEVEL_INFORMATION, .write = write_record },
		.settings = usual,
	};
	log_add_sink(bench.log, &bench.sink);
}

static void teardown(void)
{
	timekeeping_destroy(bench.timekeeping);
	loop_destroy(bench.loop);
	log_destroy(bench.log);
}

static void check(void)
{
	timekeeping_check(bench.timekeeping);
	event_base_loop(event_loop_base(bench.loop), EVLOOP_NONBLOCK);
}

static void add_source(source_id id, const char *name)
{
	struct sample_source source = { .name = name, .reference_id = id, .poll_seconds = 64 };

	ck_assert_int_eq(bench.samples.add(bench.samples.context, id, &source), 0);
}

/* The answer came just now. */
static enum discipline_verdict use(source_id id, const struct measurement *measurement)
{
	struct sample_outcome outcome;
	struct clock_reading now;

	clock_read(&bench.clock, &now);
	bench.samples.sample(bench.samples.context, id, measurement, &now, &outcome);
	return outcome.verdict;
}

static void start(void)
{
	struct timekeeping_environment environment = {
		.loop = bench.loop,
		.clock = &bench.clock,
		.log = bench.log,
		.announced = announced,
		.changed = changed,
		.disturbed = disturbed,
		.silent = silent,
	};

	bench.timekeeping = timekeeping_create(&environment, &bench.settings, NULL);
	ck_assert_ptr_nonnull(bench.timekeeping);
	bench.samples = timekeeping_sink(bench.timekeeping);
	add_source(ONE, "one,0x8");
	check();
}

static void pass(double seconds)
{
	bench.now.raw = ns_add(bench.now.raw, seconds);
	bench.now.utc = ns_add(bench.now.utc, seconds * (1 + bench.rate));
	bench.truth -= seconds * bench.rate;
}

/* COUNT exchanges with the source, SPACING apart. */
static void exchange(unsigned count, double spacing)
{
	for (; count > 0; count--) {
		struct measurement measurement = {
			.server_precision = 1e-7,
			.root_dispersion = 1e-4,
			.uncertainty = 1e-7,
			.stratum = 1,
			.leap = bench.leap,
		};

		pass(spacing);
		measurement.sent = bench.now.raw;
		pass(5e-4);
		measurement.server_received = measurement.server_sent = ns_add(bench.now.utc,
									       bench.truth);
		pass(5e-4);
		measurement.received = bench.now.raw;
		ck_assert_int_eq(use(ONE, &measurement), MEASUREMENT_ACCEPTED);
		event_base_loop(event_loop_base(bench.loop), EVLOOP_NONBLOCK);
	}
}

static struct timekeeping_status status_now(void)
{
	struct timekeeping_status status;

	timekeeping_status(bench.timekeeping, &status);
	return status;
}

static void configure(void)
{
	timekeeping_configure(bench.timekeeping, &bench.settings);
}

/* ------------------------------------------------------------------------- */

START_TEST(a_source_is_followed)
{
	start();
	ck_assert_int_eq(status_now().last_result, SYNC_RESULT_NO_DATA);
	ck_assert_str_eq(status_now().source, "Local CMOS Clock");
	exchange(6, 2);
	ck_assert_int_eq(status_now().last_result, SYNC_RESULT_SUCCESS);
	ck_assert_str_eq(status_now().source, "one,0x8");
	ck_assert_uint_eq(bench.events[EVENT_SYNCHRONIZING], 1);
	ck_assert_uint_eq(bench.events[EVENT_SOURCE_CHANGED], 1);
	ck_assert_uint_eq(bench.events[EVENT_ADVERTISED], 1);
	ck_assert_uint_eq(bench.events[EVENT_CLOCK_STEPPED], 0);
}
END_TEST

START_TEST(source_changes_are_logged_as_the_flags_say)
{
	bench.settings.events.log_source_changes = false;
	start();
	exchange(6, 2);
	ck_assert_uint_eq(bench.events[EVENT_SYNCHRONIZING], 0);
	ck_assert_uint_eq(bench.events[EVENT_SOURCE_CHANGED], 1);
}
END_TEST

START_TEST(a_step_is_told_with_old_and_new_time)
{
	start();
	bench.truth = 20;
	exchange(6, 2);
	ck_assert_double_eq_tol(bench.truth, 0, 1e-3);
	ck_assert_uint_eq(bench.events[EVENT_CLOCK_STEPPED], 1);
	ck_assert_uint_eq(bench.events[EVENT_CLOCK_SET], 1);
	ck_assert_msg(strstr(bench.texts[EVENT_CLOCK_SET], " from 2026-11-21 ") != NULL, "%s",
		      bench.texts[EVENT_CLOCK_SET]);
	ck_assert_uint_eq(bench.events[EVENT_CLOCK_JUMPED], 0);
}
END_TEST

START_TEST(jumps_are_told_when_large_or_wanted)
{
	bool wanted = _i == 1;

	bench.settings.events.log_jumps = wanted;
	start();
	bench.truth = wanted ? -20 : -2000;
	exchange(6, 2);
	ck_assert_uint_eq(bench.events[EVENT_CLOCK_STEPPED], 1);
	ck_assert_uint_eq(bench.events[EVENT_CLOCK_JUMPED], 1);
}
END_TEST

START_TEST(a_large_correction_is_refused_until_it_is_forced)
{
	start();
	bench.truth = 4000;
	exchange(6, 2);
	ck_assert_double_eq_tol(bench.truth, 4000, 1);
	ck_assert_uint_eq(bench.events[EVENT_CORRECTION_REFUSED], 1);
	ck_assert_msg(strstr(bench.texts[EVENT_CORRECTION_REFUSED],
			     "+4000 seconds, more than MaxPosPhaseCorrection = 3600") != NULL &&
			      strstr(bench.texts[EVENT_CORRECTION_REFUSED], "one,0x8") != NULL,
		      "%s", bench.texts[EVENT_CORRECTION_REFUSED]);
	ck_assert_int_eq(status_now().last_result, SYNC_RESULT_CHANGE_TOO_BIG);

	timekeeping_resync(bench.timekeeping, false);
	exchange(4, 2);
	ck_assert_int_eq(timekeeping_resync_result(bench.timekeeping, 1),
			 SYNC_RESULT_CHANGE_TOO_BIG);
	ck_assert_uint_eq(bench.events[EVENT_CORRECTION_REFUSED], 2);

	timekeeping_resync(bench.timekeeping, true);
	exchange(4, 2);
	ck_assert_int_eq(timekeeping_resync_result(bench.timekeeping, 1), SYNC_RESULT_SUCCESS);
	ck_assert_double_eq_tol(bench.truth, 0, 1e-3);
	ck_assert_uint_eq(bench.events[EVENT_NO_TIME_FOR_LONG], 0);
}
END_TEST

START_TEST(a_large_offset_needs_more_than_one_sample)
{
	start();
	bench.truth = 20;
	exchange(6, 2);
	timekeeping_resync(bench.timekeeping, false);
	bench.truth += 20;
	exchange(1, 2);
	ck_assert(timekeeping_is_undecided(bench.timekeeping));
	exchange(3, 2);
	ck_assert(!timekeeping_is_undecided(bench.timekeeping));
	ck_assert_int_eq(timekeeping_resync_result(bench.timekeeping, 1), SYNC_RESULT_SUCCESS);
}
END_TEST

START_TEST(a_large_offset_must_last)
{
	unsigned polls = 0;
	raw_ns began;

	start();
	exchange(6, 2);
	exchange(4, 64);
	ck_assert_int_eq(status_now().discipline.state, DISCIPLINE_STATE_SYNC);
	bench.truth += 30;
	began = bench.now.raw;
	while (bench.events[EVENT_CLOCK_STEPPED] == 0) {
		exchange(1, 64);
		ck_assert_uint_lt(++polls, 30);
	}
	ck_assert_double_ge(ns_interval(began, bench.now.raw), 900);
	ck_assert_uint_eq(bench.events[EVENT_LARGE_OFFSET_LASTS], 1);
	ck_assert_msg(strstr(bench.texts[EVENT_LARGE_OFFSET_LASTS], "5000 ms") != NULL, "%s",
		      bench.texts[EVENT_LARGE_OFFSET_LASTS]);
	ck_assert_int_eq(status_now().discipline.state, DISCIPLINE_STATE_HOLD);
}
END_TEST

START_TEST(a_spike_that_passes_is_forgotten)
{
	start();
	exchange(6, 2);
	exchange(4, 64);
	bench.truth += 30;
	exchange(2, 64);
	bench.truth -= 30;
	exchange(20, 64);
	ck_assert_uint_eq(bench.events[EVENT_LARGE_OFFSET_LASTS], 0);
	ck_assert_uint_eq(bench.events[EVENT_CLOCK_STEPPED], 0);
	ck_assert_int_eq(status_now().discipline.state, DISCIPLINE_STATE_SYNC);
}
END_TEST

START_TEST(sources_that_fall_silent_are_sought_anew)
{
	start();
	exchange(6, 2);
	pass(990);
	check();
	ck_assert_uint_eq(bench.silent, 0);
	pass(20);
	check();
	check();
	ck_assert_uint_eq(bench.silent, 1);
	pass(1010);
	check();
	ck_assert_uint_eq(bench.silent, 2);
	ck_assert_uint_eq(bench.events[EVENT_NO_TIME_FOR_LONG], 0);
	ck_assert_int_eq(status_now().last_result, SYNC_RESULT_SUCCESS);

	pass(8000);
	check();
	check();
	ck_assert_uint_eq(bench.events[EVENT_NO_TIME_FOR_LONG], 1);
	ck_assert_uint_eq(bench.events[EVENT_NOT_ADVERTISED_UNSYNCHRONIZED], 1);
	ck_assert_int_eq(status_now().last_result, SYNC_RESULT_NO_DATA);
	ck_assert_str_eq(status_now().source, "Free-running System Clock");

	exchange(4, 2);
	ck_assert_uint_eq(bench.events[EVENT_SYNCHRONIZING], 2);
	ck_assert_uint_eq(bench.events[EVENT_ADVERTISED], 2);
}
END_TEST

/* Who asks every 64 s is not silent after 100. */
START_TEST(no_sample_is_missed_before_two_polls_have_passed)
{
	bench.settings.silence_period = 1;
	start();
	exchange(6, 2);
	pass(120);
	check();
	ck_assert_uint_eq(bench.silent, 0);
	pass(10);
	check();
	ck_assert_uint_eq(bench.silent, 1);
}
END_TEST

START_TEST(the_role_is_told_with_its_reason)
{
	start();
	exchange(6, 2);
	ck_assert_uint_eq(bench.events[EVENT_ADVERTISED_RELIABLE], 0);
	bench.settings.announce.flags = ANNOUNCE_ALWAYS_TIME_SERVER | ANNOUNCE_ALWAYS_RELIABLE;
	configure();
	ck_assert_uint_eq(bench.events[EVENT_ADVERTISED_RELIABLE], 1);
	bench.settings.announce.flags = 0;
	configure();
	ck_assert_uint_eq(bench.events[EVENT_NOT_RELIABLE], 1);
	ck_assert_uint_eq(bench.events[EVENT_NOT_ADVERTISED], 1);
	bench.settings.announce.flags = ANNOUNCE_AUTO_TIME_SERVER;
	configure();
	bench.settings.announce.server_enabled = false;
	configure();
	ck_assert_uint_eq(bench.events[EVENT_NOT_ADVERTISED_NO_PROVIDER], 1);
	ck_assert_uint_eq(bench.events[EVENT_NOT_ADVERTISED_UNSYNCHRONIZED], 0);
}
END_TEST

START_TEST(large_changes_of_the_rate_are_told)
{
	bench.settings.discipline.phase.max_allowed_offset = 300;
	start();
	bench.truth = 0.01;
	exchange(6, 2);
	ck_assert_uint_eq(bench.events[EVENT_CLOCK_STEPPED], 0);
	ck_assert_uint_eq(bench.events[EVENT_CLOCK_RATE_CHANGED] > 0, true);
}
END_TEST

START_TEST(somebody_elses_step_is_told)
{
	start();
	exchange(6, 2);
	bench.now.utc = ns_add(bench.now.utc, 3);
	bench.truth -= 3;
	check();
	ck_assert_uint_eq(bench.events[EVENT_CLOCK_JUMPED], 1);
	ck_assert_msg(strstr(bench.texts[EVENT_CLOCK_JUMPED], "somebody else") != NULL, "%s",
		      bench.texts[EVENT_CLOCK_JUMPED]);
}
END_TEST

/* ------------------------------------------------------------------------- */
/* One reference */

/* The clock is 0.9 s off and being slewed when an administrator asks, but no server
 * answers. */
START_TEST(a_failed_resync_changes_nothing)
{
	struct announcement before;
	enum discipline_state state;

	start();
	bench.truth = 0.9;
	exchange(3, 2);
	ck_assert_double_gt(bench.rate, 0.05);
	before = bench.announcement;
	state = status_now().discipline.state;
	ck_assert_uint_eq(before.stratum, 2);

	timekeeping_resync(bench.timekeeping, false);
	pass(0.5);
	check();
	ck_assert_uint_eq(bench.announcement.stratum, 2);
	ck_assert_int_eq(timekeeping_resync_result(bench.timekeeping, 0), SYNC_RESULT_NO_DATA);
	ck_assert_double_gt(bench.rate, 0.05);
	for (int i = 0; i < 20; i++) {
		pass(1);
		check();
		ck_assert_uint_eq(bench.announcement.leap, 0);
		ck_assert_uint_eq(bench.announcement.stratum, 2);
		ck_assert_uint_eq(bench.announcement.reference_id, before.reference_id);
		ck_assert_int_eq(bench.announcement.reference_time, before.reference_time);
		ck_assert(bench.kernel.synchronized);
		ck_assert_str_eq(status_now().source, "one,0x8");
	}
	ck_assert_double_eq_tol(bench.truth, 0, 1e-3);
	ck_assert_int_eq(status_now().discipline.state, state);
	ck_assert_int_eq(status_now().last_result, SYNC_RESULT_NO_DATA);
	ck_assert_uint_eq(bench.events[EVENT_NO_TIME_FOR_LONG], 0);
	ck_assert_uint_eq(bench.events[EVENT_SYNCHRONIZING], 1);
	ck_assert_uint_eq(bench.events[EVENT_SOURCE_CHANGED], 1);
}
END_TEST

static void check_agreement(void)
{
	struct timekeeping_status status = status_now();
	bool synchronized = reference_is_synchronized(&status.reference);

	ck_assert_uint_eq(status.announcement.stratum, status.reference.stratum);
	ck_assert_uint_eq(status.announcement.leap, status.reference.leap);
	ck_assert_uint_eq(status.announcement.stratum, bench.announcement.stratum);
	ck_assert_uint_eq(status.announcement.leap, bench.announcement.leap);
	ck_assert_uint_eq(status.announcement.reference_id, bench.announcement.reference_id);
	ck_assert(bench.kernel.synchronized == synchronized);
	ck_assert(synchronized == (status.discipline.state != DISCIPLINE_STATE_UNSET));
	ck_assert(synchronized == (status.announcement.leap != 3));
	ck_assert(!synchronized || status.reference.source == 0 || status.discipline.offset_known);
}

/* At every moment of a resync that succeeds, and without a source. */
START_TEST(all_that_is_said_agrees)
{
	start();
	check_agreement();
	exchange(6, 2);
	check_agreement();
	bench.truth = 0.9;
	timekeeping_resync(bench.timekeeping, false);
	check_agreement();
	for (int i = 0; i < 4; i++) {
		exchange(1, 2);
		check_agreement();
	}
	bench.samples.remove(bench.samples.context, ONE);
	check();
	check_agreement();
	ck_assert_uint_eq(bench.announcement.stratum, 2);
	ck_assert_str_eq(status_now().source, "Free-running System Clock");
	pass(9100);
	check();
	check_agreement();
	ck_assert_uint_eq(bench.announcement.stratum, 0);
	ck_assert_uint_eq(bench.events[EVENT_NO_TIME_FOR_LONG], 1);
}
END_TEST

/* 2026-11-21: the source's flag is stuck. */
START_TEST(a_stuck_leap_flag_is_told_to_nobody)
{
	bench.leap = 1;
	start();
	exchange(6, 2);
	ck_assert_uint_eq(bench.announcement.leap, 0);
	ck_assert_int_eq(bench.kernel.leap, NTP_LEAP_NONE);
}
END_TEST

/* 2026-12-31, 12:00 */
static void start_on_leap_day(void)
{
	bench.now.utc = INT64_C(1798718400) * NS_PER_SECOND;
	bench.leap = 1;
	start();
	exchange(6, 2);
	ck_assert_uint_eq(bench.announcement.leap, 1);
	ck_assert_int_eq(bench.kernel.leap, NTP_LEAP_INSERT);
}

START_TEST(an_announced_leap_second_comes_without_its_sources)
{
	start_on_leap_day();
	bench.samples.unreachable(bench.samples.context, ONE);
	check();
	ck_assert_uint_eq(bench.announcement.leap, 1);
	ck_assert_int_eq(bench.kernel.leap, NTP_LEAP_INSERT);
	pass(9100);
	check();
	ck_assert_uint_eq(bench.announcement.leap, 3);
	ck_assert_int_eq(bench.kernel.leap, NTP_LEAP_INSERT);
	ck_assert(!bench.kernel.synchronized);
	pass(43200 - 9100);
	check();
	ck_assert_int_eq(bench.kernel.leap, NTP_LEAP_UNSYNCHRONIZED);
}
END_TEST

/* Whoever moved the clock: it has to be armed anew, and that takes two calls. */
START_TEST(a_moved_clock_is_told_to_the_kernel)
{
	unsigned statuses;

	start_on_leap_day();
	bench.leap_steps = 0;
	bench.now.utc = ns_add(bench.now.utc, 3);
	bench.truth -= 3;
	bench.status_again = 1;
	exchange(1, 2);
	ck_assert_uint_eq(bench.leap_steps, 1);
	bench.status_again = 0;
	statuses = bench.statuses;
	pass(2);
	loop_run_once(bench.loop, true);
	ck_assert_uint_eq(bench.statuses, statuses + 1);
	ck_assert_uint_eq(bench.leap_steps, 1);
	ck_assert_int_eq(bench.kernel.leap, NTP_LEAP_INSERT);
}
END_TEST

/* The answer's arrival, and again after the rate was set or the clock stepped. */
START_TEST(the_clock_is_read_twice_a_sample)
{
	start();
	bench.truth = 20;
	for (int i = 0; i < 20; i++) {
		bench.readings = 0;
		exchange(1, i < 6 ? 2 : 64);
		ck_assert_uint_le(bench.readings, 2);
	}
	ck_assert_uint_eq(bench.events[EVENT_CLOCK_STEPPED], 1);
}
END_TEST

/* 0: it is stepped; 1: it is slewed; 2: it was right and is set by somebody. */
START_TEST(a_clock_that_cannot_be_corrected_is_not_synchronized)
{
	start();
	if (_i == 2)
		exchange(6, 2);
	bench.step_result = bench.rate_result = -EPERM;
	if (_i == 2)
		bench.now.utc = ns_add(bench.now.utc, -2e9);
	bench.truth = _i == 1 ? 0.3 : 2e9;
	bench.settings.discipline.phase.max_positive_correction = PHASE_UNLIMITED;
	bench.settings.discipline.phase.phase_correct_rate = 8; /* slews outlast the exchanges */
	configure();
	exchange(20, 16);
	ck_assert_uint_eq(bench.announcement.leap, NTP_LEAP_UNSYNCHRONIZED);
	ck_assert(!bench.kernel.synchronized);
	ck_assert_uint_eq(bench.errors, 1);
	ck_assert_int_ne(timekeeping_resync_result(bench.timekeeping, 1), SYNC_RESULT_SUCCESS);

	bench.step_result = bench.rate_result = 0;
	exchange(60, 2);
	ck_assert_double_eq_tol(bench.truth, 0, 1e-3);
	ck_assert_uint_eq(bench.announcement.leap, NTP_LEAP_NONE);
	ck_assert(bench.kernel.synchronized);
	ck_assert_uint_eq(bench.errors, 1);
}
END_TEST

static void exchange_with(source_id id, double lie)
{
	struct measurement measurement = {
		.server_precision = 1e-7,
		.root_dispersion = 1e-4,
		.uncertainty = 1e-7,
		.stratum = 1,
	};

	pass(0.05);
	measurement.sent = bench.now.raw;
	pass(5e-4);
	measurement.server_received = measurement.server_sent = ns_add(bench.now.utc,
								       bench.truth + lie);
	pass(5e-4);
	measurement.received = bench.now.raw;
	use(id, &measurement);
}

START_TEST(the_first_to_answer_may_lie)
{
	start();
	add_source(2, "two");
	add_source(3, "three");
	bench.truth = 20;
	for (int i = 0; i < 6; i++) {
		exchange_with(3, 4);
		exchange_with(1, 0);
		exchange_with(2, 0);
		pass(2);
	}
	ck_assert_uint_eq(bench.events[EVENT_CLOCK_STEPPED], 1);
	ck_assert_double_eq_tol(bench.truth, 0, 1e-3);
}
END_TEST

int main(void)
{
	TCase *events = tcase_create("events"), *reference = tcase_create("reference");
	TCase *const cases[] = { events, reference, NULL };

	tcase_add_checked_fixture(events, setup, teardown);
	tcase_add_test(events, a_source_is_followed);
	tcase_add_test(events, source_changes_are_logged_as_the_flags_say);
	tcase_add_test(events, a_step_is_told_with_old_and_new_time);
	tcase_add_loop_test(events, jumps_are_told_when_large_or_wanted, 0, 2);
	tcase_add_test(events, a_large_correction_is_refused_until_it_is_forced);
	tcase_add_test(events, a_large_offset_needs_more_than_one_sample);
	tcase_add_test(events, a_large_offset_must_last);
	tcase_add_test(events, a_spike_that_passes_is_forgotten);
	tcase_add_test(events, sources_that_fall_silent_are_sought_anew);
	tcase_add_test(events, no_sample_is_missed_before_two_polls_have_passed);
	tcase_add_test(events, the_role_is_told_with_its_reason);
	tcase_add_test(events, large_changes_of_the_rate_are_told);
	tcase_add_test(events, somebody_elses_step_is_told);
	tcase_add_test(events, the_first_to_answer_may_lie);
	tcase_add_checked_fixture(reference, setup, teardown);
	tcase_add_test(reference, a_failed_resync_changes_nothing);
	tcase_add_test(reference, all_that_is_said_agrees);
	tcase_add_test(reference, a_stuck_leap_flag_is_told_to_nobody);
	tcase_add_test(reference, an_announced_leap_second_comes_without_its_sources);
	tcase_add_test(reference, a_moved_clock_is_told_to_the_kernel);
	tcase_add_test(reference, the_clock_is_read_twice_a_sample);
	tcase_add_loop_test(reference, a_clock_that_cannot_be_corrected_is_not_synchronized, 0, 3);
	return unit_run("timekeeping", cases);
}
