/* The system's clock as Windows lets one steer it, on a system that is a variable
 * of the test; runs everywhere. */
#include "fake_machine.h"
#include "platform/windows/clock.h"
#include "unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct windows {
	struct clock_adjustment state;
	unsigned changes, settings;
	int64_t late_ns; /* how long the next setting of the time takes */
	int64_t slow_ns; /* and each of them besides */
	bool forbidden;
	struct clock_adjustment kept;
	bool has_kept;
} windows;

static int get(void *context, struct clock_adjustment *adjustment)
{
	ck_assert_ptr_eq(context, &windows);
	*adjustment = windows.state;
	return 0;
}

static int set(void *context, uint64_t adjustment, bool disabled)
{
	ck_assert_ptr_eq(context, &windows);
	if (windows.forbidden)
		return -EPERM;
	windows.changes++;
	windows.state.adjustment = adjustment;
	windows.state.disabled = disabled;
	return 0;
}

/* UTC runs as the system was told. */
static void run(int64_t ns)
{
	machine.raw += ns;
	machine.utc += ns + llrint((double)ns * clock_adjustment_rate(&windows.state));
}

static int set_time(void *context, utc_ns utc)
{
	ck_assert_ptr_eq(context, &windows);
	ck_assert_int_eq(utc % 1000000, 0);
	if (windows.forbidden)
		return -EPERM;
	run(windows.late_ns + windows.slow_ns);
	windows.late_ns = 0;
	windows.settings++;
	machine.utc = utc;
	return 0;
}

/* Reading takes a while. */
static int read_clocks(void *context, struct clock_reading *reading)
{
	ck_assert_ptr_eq(context, &windows);
	run(1000);
	return clock_os_read(reading);
}

static void keep(void *context, const struct clock_adjustment *found)
{
	ck_assert_ptr_eq(context, &windows);
	windows.kept = *found;
	windows.has_kept = true;
}

static bool recall(void *context, struct clock_adjustment *found)
{
	ck_assert_ptr_eq(context, &windows);
	*found = windows.kept;
	return windows.has_kept;
}

static void forget(void *context)
{
	ck_assert_ptr_eq(context, &windows);
	windows.has_kept = false;
}

static const struct clock_windows_calls calls = { get,  set,    set_time, read_clocks,
						  keep, recall, forget,   &windows };

static struct clock *open_again(void)
{
	struct error error = { .text = "" };
	struct clock *clock;

	ck_assert_msg(clock_windows_create(&clock, &calls, &error) == 0, "%s", error.text);
	return clock;
}

static struct clock *open_clock(struct clock_adjustment found)
{
	boot();
	windows = (struct windows){ .state = found };
	return open_again();
}

static const struct clock_adjustment coarse = { 156250, 156250, true };
static const struct clock_adjustment precise = { 10000000, 10000000, true };

START_TEST(rates_become_adjustments)
{
	for (int i = -1000; i <= 1000; i++) {
		struct clock_adjustment set_to = { clock_adjustment_for(i * 1e-4, 10000000),
						   10000000, false };

		if (fabs(clock_adjustment_rate(&set_to) - i * 1e-4) > 0.5001e-7)
			ck_abort_msg("%g became %g", i * 1e-4, clock_adjustment_rate(&set_to));
	}
	ck_assert_uint_eq(clock_adjustment_for(100e-6, 156250), 156266);
	ck_assert_uint_eq(clock_adjustment_for(-0.1, 156250), 140625);
	ck_assert_double_eq(clock_adjustment_rate(&(struct clock_adjustment){ 1, 2, true }), 0);
}
END_TEST

START_TEST(windows_own_synchronisation_stops_and_comes_back)
{
	struct clock *clock = open_clock(coarse);
	double actual;

	ck_assert(!windows.state.disabled);
	ck_assert_uint_eq(windows.state.adjustment, 156250);
	ck_assert_int_eq(clock->ops->set_rate(clock, 0.02, &actual), 0);
	ck_assert_uint_eq(windows.state.adjustment, 159375);
	clock->ops->close(clock);
	ck_assert(windows.state.disabled);
	ck_assert_uint_eq(windows.state.adjustment, 156250);
}
END_TEST

START_TEST(an_adjustment_found_is_kept_and_put_back)
{
	struct clock *clock = open_clock((struct clock_adjustment){ 10000400, 10000000, false });
	double actual;

	ck_assert_double_eq_tol(clock->ops->rate(clock), 40e-6, 1e-15);
	ck_assert_int_eq(clock->ops->set_rate(clock, 0, &actual), 0);
	ck_assert_double_eq(clock->ops->rate(clock), 0);
	clock->ops->close(clock);
	ck_assert_uint_eq(windows.state.adjustment, 10000400);
	ck_assert(!windows.state.disabled);
}
END_TEST

static void crash(struct clock *clock)
{
	free(clock);
}

START_TEST(after_a_crash_what_was_before_it_comes_back)
{
	struct clock *clock = open_clock(precise);
	double actual;

	ck_assert_int_eq(clock->ops->set_rate(clock, 20e-6, &actual), 0);
	crash(clock);
	crash(open_again());
	clock = open_again();
	/* The rate is the best that is known of the oscillator. */
	ck_assert_double_eq_tol(clock->ops->rate(clock), 20e-6, 1e-12);
	windows.forbidden = true;
	clock->ops->close(clock);
	ck_assert(!windows.state.disabled);
	windows.forbidden = false;
	clock = open_again();
	clock->ops->close(clock);
	ck_assert(windows.state.disabled);
	ck_assert_uint_eq(windows.state.adjustment, 10000000);
	/* It is forgotten when it has come back. */
	windows.state = (struct clock_adjustment){ 10000400, 10000000, false };
	clock = open_again();
	clock->ops->close(clock);
	ck_assert(!windows.state.disabled);
	ck_assert_uint_eq(windows.state.adjustment, 10000400);
}
END_TEST

START_TEST(what_was_before_a_crash_may_be_of_no_use)
{
	struct clock *clock = open_clock((struct clock_adjustment){ 10000400, 10000000, false });

	/* Somebody has given Windows its own synchronisation back. */
	crash(clock);
	windows.state = precise;
	clock = open_again();
	clock->ops->close(clock);
	ck_assert(windows.state.disabled);
	/* In other units; beyond all bounds. */
	windows.state = (struct clock_adjustment){ 10000700, 10000000, false };
	keep(&windows, &coarse);
	clock = open_again();
	clock->ops->close(clock);
	ck_assert_uint_eq(windows.state.adjustment, 10000700);
	keep(&windows, &(struct clock_adjustment){ 20000000, 10000000, false });
	clock = open_again();
	clock->ops->close(clock);
	ck_assert_uint_eq(windows.state.adjustment, 10000700);
	ck_assert(!windows.state.disabled);
}
END_TEST

START_TEST(set_rate_tells_what_it_set)
{
	struct clock *clock = open_clock(precise);
	unsigned changes;
	double actual;

	ck_assert_double_eq_tol(clock->rate_resolution, 1e-7, 1e-15);
	ck_assert_int_eq(clock->ops->set_rate(clock, 12.34e-6, &actual), 0);
	ck_assert_double_eq_tol(actual, 12.3e-6, 1e-12);
	changes = windows.changes;
	ck_assert_int_eq(clock->ops->set_rate(clock, actual, &actual), 0);
	ck_assert_uint_eq(windows.changes, changes);
	ck_assert_int_eq(clock->ops->set_rate(clock, 0.1001, &actual), -ERANGE);
	ck_assert_int_eq(clock->ops->set_rate(clock, NAN, &actual), -ERANGE);
	/* Somebody else turned the knob. */
	windows.state.adjustment = 10000100;
	ck_assert_double_eq_tol(clock->ops->rate(clock), 10e-6, 1e-12);
	windows.forbidden = true;
	ck_assert_int_eq(clock->ops->set_rate(clock, 0, &actual), -EPERM);
	clock->ops->close(clock);
}
END_TEST

static void check_step(struct clock *clock, double seconds)
{
	raw_ns raw = machine.raw;
	utc_ns utc = machine.utc;
	double rate = clock_adjustment_rate(&windows.state), error;

	ck_assert_int_eq(clock->ops->step(clock, seconds), 0);
	error = ns_interval(utc, machine.utc) - seconds -
		ns_interval(raw, machine.raw) * (1 + rate);
	ck_assert_double_le(fabs(error), 3e-6);
	ck_assert_int_le(machine.raw - raw, 10 * 1000000);
}

START_TEST(a_step_is_as_exact_as_reading_is)
{
	static const double steps[] = { 30, -30, 0.25, -0.25, 0.0004321, -0.0007, 1e9, -1e9 };
	struct clock *clock = open_clock(precise);
	double actual;

	ck_assert_int_eq(clock->ops->set_rate(clock, 0.05, &actual), 0);
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
		check_step(clock, steps[i]);
	/* Put aside on the way: the error is taken out. */
	windows.late_ns = 5000000;
	check_step(clock, 10);
	/* Always late by the same, and put aside besides. */
	windows.slow_ns = 300000;
	check_step(clock, -10);
	windows.late_ns = 5000000;
	check_step(clock, 10);
	windows.settings = 0;
	ck_assert_int_eq(clock->ops->step(clock, 0), 0);
	ck_assert_uint_eq(windows.settings, 0);
	ck_assert_int_eq(clock->ops->step(clock, -9e9), -EINVAL);
	windows.forbidden = true;
	ck_assert_int_eq(clock->ops->step(clock, 1), -EPERM);
	clock->ops->close(clock);
}
END_TEST

START_TEST(stamps_find_their_place)
{
	struct clock *clock = open_clock(precise);
	struct clock_reading now, then;
	double actual;

	ck_assert_int_eq(clock->ops->set_rate(clock, -0.05, &actual), 0);
	run(NS_PER_SECOND);
	ck_assert_int_eq(clock_read(clock, &now), 0);
	run(2 * NS_PER_SECOND);
	ck_assert_int_eq(clock->ops->set_rate(clock, 0.1, &actual), 0);
	run(NS_PER_SECOND);
	ck_assert_int_eq(clock->ops->translate(clock, now.utc, &then), 0);
	ck_assert_int_le(llabs(then.utc - now.utc), 2);
	ck_assert_int_le(llabs(then.raw - now.raw), 400);
	/* From before a step: it counts as now. */
	ck_assert_int_eq(clock->ops->step(clock, -30), 0);
	ck_assert_int_eq(clock->ops->translate(clock, now.utc, &then), 0);
	ck_assert_int_eq(then.raw, machine.raw);
	clock->ops->close(clock);
}
END_TEST

START_TEST(without_the_right_opening_fails)
{
	struct error error;
	struct clock *clock;

	boot();
	windows = (struct windows){ .state = precise, .forbidden = true };
	ck_assert_int_eq(clock_windows_create(&clock, &calls, &error), -EPERM);
	ck_assert_ptr_nonnull(strstr(error.text, "SeSystemtimePrivilege"));
	ck_assert(!windows.has_kept);
}
END_TEST

START_TEST(a_watched_clock_is_only_looked_at)
{
	struct clock_status status = { .synchronized = true };
	struct error error;
	struct clock *clock;
	double actual;

	boot();
	windows = (struct windows){ .state = precise };
	ck_assert_int_eq(clock_windows_create_watched(&clock, &calls, &error), 0);
	ck_assert_int_eq(clock->ops->set_rate(clock, 1e-6, &actual), -EPERM);
	ck_assert_int_eq(clock->ops->step(clock, 1), -EPERM);
	ck_assert_int_eq(clock->ops->set_status(clock, &status), 0);
	clock->ops->close(clock);
	ck_assert_uint_eq(windows.changes + windows.settings, 0);
	ck_assert(!windows.has_kept);
}
END_TEST

int main(void)
{
	TCase *all = tcase_create("clock");
	TCase *const cases[] = { all, NULL };

	tcase_add_test(all, rates_become_adjustments);
	tcase_add_test(all, windows_own_synchronisation_stops_and_comes_back);
	tcase_add_test(all, an_adjustment_found_is_kept_and_put_back);
	tcase_add_test(all, after_a_crash_what_was_before_it_comes_back);
	tcase_add_test(all, what_was_before_a_crash_may_be_of_no_use);
	tcase_add_test(all, set_rate_tells_what_it_set);
	tcase_add_test(all, a_step_is_as_exact_as_reading_is);
	tcase_add_test(all, stamps_find_their_place);
	tcase_add_test(all, without_the_right_opening_fails);
	tcase_add_test(all, a_watched_clock_is_only_looked_at);
	return unit_run("platform_clock_windows", cases);
}
