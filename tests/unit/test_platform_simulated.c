/* The simulated clock on a machine whose time the test makes pass. */
#include "fake_machine.h"
#include "platform/clock.h"
#include "unit.h"

#include <errno.h>

/* The truth: both system scales run alike. */
static void pass(int64_t ns)
{
	machine.raw += ns;
	machine.utc += ns;
}

static struct clock *simulate(double offset, double drift)
{
	struct clock *clock;

	boot();
	ck_assert_int_eq(clock_open_simulated(&clock, offset, drift, NULL), 0);
	return clock;
}

static int64_t error_ns(struct clock *clock)
{
	struct clock_reading reading;

	ck_assert_int_eq(clock_read(clock, &reading), 0);
	return reading.utc - machine.utc;
}

START_TEST(a_simulated_clock_is_off_and_drifts)
{
	struct clock *clock = simulate(-23.2, 40e-6);
	struct clock_reading start, reading;

	ck_assert_int_eq(error_ns(clock), -23200000000);
	ck_assert_int_eq(clock_read(clock, &start), 0);
	for (int hour = 1; hour <= 24 * 30; hour++) {
		pass(3600 * NS_PER_SECOND);
		ck_assert_int_eq(clock_read(clock, &reading), 0);
		ck_assert_int_le(
			llabs(reading.utc - machine.utc + 23200000000 - hour * INT64_C(144000000)),
			1);
		/* Steered by nobody both scales run alike. */
		ck_assert_int_eq(reading.utc - start.utc, reading.raw - start.raw);
	}
	clock->ops->close(clock);
}
END_TEST

START_TEST(a_simulated_rate_takes_the_drift_out)
{
	struct clock *clock = simulate(0, 40e-6);
	double actual;
	int64_t error_before;

	pass(1000 * NS_PER_SECOND);
	ck_assert_int_eq(clock->ops->set_rate(clock, -40e-6 / (1 + 40e-6), &actual), 0);
	ck_assert_double_eq(clock->ops->rate(clock), actual);
	error_before = error_ns(clock);
	ck_assert_int_eq(error_before, 40000000);
	pass(14 * 86400 * NS_PER_SECOND);
	/* 2^-37 of rounding over two weeks is 9 us */
	ck_assert_int_le(llabs(error_ns(clock) - error_before), 9000);
	clock->ops->close(clock);
}
END_TEST

/* Changes at odd moments, weeks long: every nanosecond is accounted for. */
START_TEST(a_simulated_clock_loses_nothing)
{
	struct clock *clock = simulate(0.5, -13.37e-6);
	struct clock_reading before, after;
	long double expected;
	double actual = 0;

	ck_assert_int_eq(clock_read(clock, &before), 0);
	expected = 0;
	for (int i = 0; i < 20000; i++) {
		raw_ns raw_before;

		/* Check writes down every assertion made: here only those that fail. */
		if (clock->ops->set_rate(clock, (i % 41 - 20) * 1.2345e-5, &actual) != 0 ||
		    clock_read(clock, &after) != 0)
			ck_abort_msg("round %d", i);
		raw_before = after.raw;
		pass(INT64_C(100000000007) + i);
		if (clock_read(clock, &after) != 0)
			ck_abort_msg("round %d", i);
		expected += (long double)(after.raw - raw_before) * (1 + (long double)actual);
	}
	ck_assert_int_le(llabs(after.utc - before.utc - (int64_t)llroundl(expected)), 3);
	clock->ops->close(clock);
}
END_TEST

START_TEST(simulated_time_never_runs_backwards)
{
	struct clock *clock = simulate(0, 100e-6);
	const double limit = clock->maximum_rate;
	struct clock_reading before, after;
	double actual;

	ck_assert_int_eq(clock_read(clock, &before), 0);
	for (int i = 0; i < 200000; i++) {
		if (i % 7 == 0 &&
		    clock->ops->set_rate(clock, i % 14 == 0 ? -limit : limit, &actual) != 0)
			ck_abort_msg("round %d", i);
		pass(i % 3);
		if (i % 1000 == 0)
			pass(INT64_C(1) << 40);
		if (clock_read(clock, &after) != 0 || after.utc < before.utc ||
		    after.raw < before.raw)
			ck_abort_msg("round %d", i);
		before = after;
	}
	clock->ops->close(clock);
}
END_TEST

START_TEST(a_simulated_step_moves_utc_alone)
{
	struct clock *clock = simulate(30, 0);
	struct clock_reading before, after;

	ck_assert_int_eq(clock_read(clock, &before), 0);
	ck_assert_int_eq(clock->ops->step(clock, -29.75), 0);
	ck_assert_int_eq(clock_read(clock, &after), 0);
	ck_assert_int_eq(after.raw, before.raw);
	ck_assert_int_eq(after.utc - before.utc, -29750000000);
	ck_assert_int_eq(error_ns(clock), 250000000);
	clock->ops->close(clock);
}
END_TEST

START_TEST(stamps_find_their_place_in_the_simulation)
{
	struct clock *clock = simulate(-5, 1e-3);
	struct clock_reading then, found, now;
	double actual;
	utc_ns stamp;

	ck_assert_int_eq(clock->ops->set_rate(clock, 0.01, &actual), 0);
	pass(INT64_C(3) << 40);
	ck_assert_int_eq(clock_read(clock, &then), 0);
	stamp = machine.utc;
	pass(1500000);
	ck_assert_int_eq(clock->ops->translate(clock, stamp, &found), 0);
	ck_assert_int_eq(found.raw, then.raw);
	ck_assert_int_eq(found.utc, then.utc);
	ck_assert_int_eq(clock->ops->set_rate(clock, -0.1, &actual), 0);
	pass(1500000);
	ck_assert_int_eq(clock->ops->translate(clock, stamp, &found), 0);
	ck_assert_int_le(llabs(found.raw - then.raw), 1);
	ck_assert_int_le(llabs(found.utc - then.utc), 1);

	/* Stepped since: told on the scale as it is now. */
	ck_assert_int_eq(clock->ops->step(clock, 4), 0);
	ck_assert_int_eq(clock->ops->translate(clock, stamp, &found), 0);
	ck_assert_int_le(llabs(found.utc - then.utc - 4 * NS_PER_SECOND), 1);

	/* A stamp that cannot be is now. */
	ck_assert_int_eq(clock_read(clock, &now), 0);
	ck_assert_int_eq(clock->ops->translate(clock, machine.utc + 1, &found), 0);
	ck_assert_int_eq(found.utc, now.utc);
	ck_assert_int_eq(clock->ops->translate(clock, machine.utc - 6 * NS_PER_SECOND, &found), 0);
	ck_assert_int_eq(found.utc, now.utc);
	clock->ops->close(clock);
}
END_TEST

START_TEST(what_cannot_be_simulated_is_refused)
{
	struct clock *clock;
	struct error error;
	double actual;

	boot();
	ck_assert_int_eq(clock_open_simulated(&clock, 0, 0.2, &error), -EINVAL);
	ck_assert_int_eq(clock_open_simulated(&clock, NAN, 0, &error), -EINVAL);
	ck_assert_int_eq(clock_open_simulated(&clock, 0, NAN, &error), -EINVAL);
	ck_assert_int_eq(clock_open_simulated(&clock, 1e10, 0, &error), -EINVAL);
	clock = simulate(0, 0);
	ck_assert_int_eq(clock->ops->set_rate(clock, 1.01 * clock->maximum_rate, &actual), -ERANGE);
	ck_assert_int_eq(clock->ops->set_rate(clock, NAN, &actual), -ERANGE);
	ck_assert_double_eq(clock->ops->rate(clock), 0);
	clock->ops->close(clock);
	machine.broken = EIO;
	ck_assert_int_eq(clock_open_simulated(&clock, 0, 0, &error), -EIO);
}
END_TEST

int main(void)
{
	TCase *simulated = tcase_create("simulated");
	TCase *const cases[] = { simulated, NULL };

	tcase_set_timeout(simulated, 60);
	tcase_add_test(simulated, a_simulated_clock_is_off_and_drifts);
	tcase_add_test(simulated, a_simulated_rate_takes_the_drift_out);
	tcase_add_test(simulated, a_simulated_clock_loses_nothing);
	tcase_add_test(simulated, simulated_time_never_runs_backwards);
	tcase_add_test(simulated, a_simulated_step_moves_utc_alone);
	tcase_add_test(simulated, stamps_find_their_place_in_the_simulation);
	tcase_add_test(simulated, what_cannot_be_simulated_is_refused);
	return unit_run("platform_simulated", cases);
}
