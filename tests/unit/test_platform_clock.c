/* How a rate becomes what the kernel wants to hear, and the system's clock on a
 * kernel that is a variable of the test. */
#include "fake_machine.h"
#include "platform/clock.h"
#include "platform/linux/clock.h"
#include "unit.h"

#include <errno.h>
#include <string.h>

/* --- Rates as the kernel wants them ---------------------------------------- */

static void check_split(double rate, long hz, long tick_before)
{
	struct clock_rate_parts parts;
	long nominal = 1000000 / hz;
	double reached;

	clock_rate_split(rate, hz, tick_before, &parts);
	reached = clock_rate_join(&parts, hz);
	/* Check writes down every assertion made, and this makes many. */
	if (fabs(reached - rate) <= 0.5001e-6 / 65536 && labs(parts.frequency) <= 500 * 65536 &&
	    labs(parts.tick - nominal) <= nominal / 10)
		return;
	ck_assert_msg(fabs(reached - rate) <= 0.5001e-6 / 65536, "%.15g became %.15g at tick %ld",
		      rate, reached, tick_before);
	ck_assert_msg(labs(parts.frequency) <= 500 * 65536, "rate %.15g: frequency %ld", rate,
		      parts.frequency);
	ck_assert(parts.tick >= nominal - nominal / 10 && parts.tick <= nominal + nominal / 10);
}

START_TEST(every_rate_is_reached)
{
	for (int i = -100000; i <= 100000; i++)
		check_split(i * 1e-6, 100, 10000);
	for (int i = -9999; i <= 9999; i++) {
		check_split(i * 1.00003e-5, 100, 10000 + i / 10);
		check_split(i * 1e-5, 1000, 1000);
		check_split(i * 1e-8, 100, 9999);
		check_split(i * 1.01e-11, 100, 10001);
	}
	check_split(0.1, 100, 9000);
	check_split(-0.1, 100, 11000);
}
END_TEST

START_TEST(a_larger_rate_is_never_slower)
{
	struct clock_rate_parts parts = { 10000, 0 };
	double before = -1;

	for (int i = -500000; i <= 500000; i++) {
		double reached;

		clock_rate_split(i * 2e-7 + 1e-13, 100, parts.tick, &parts);
		reached = clock_rate_join(&parts, 100);
		if (reached <= before)
			ck_abort_msg("%.15g after %.15g", reached, before);
		before = reached;
	}
}
END_TEST

START_TEST(the_tick_does_not_flap)
{
	struct clock_rate_parts parts = { 10000, 0 };
	unsigned moves = 0;

	/* 50 ppm is the middle between two ticks. */
	for (int i = 0; i < 1000; i++) {
		long before = parts.tick;

		clock_rate_split(50e-6 + (i % 2 ? 20e-6 : -20e-6), 100, before, &parts);
		moves += parts.tick != before;
	}
	ck_assert_uint_le(moves, 1);
	/* Where it goes it stays, and not for ever. */
	clock_rate_split(80e-6, 100, 10000, &parts);
	ck_assert_int_eq(parts.tick, 10001);
	clock_rate_split(40e-6, 100, 10001, &parts);
	ck_assert_int_eq(parts.tick, 10001);
	clock_rate_split(0, 100, 10001, &parts);
	ck_assert_int_eq(parts.tick, 10000);
	ck_assert_int_eq(parts.frequency, 0);
}
END_TEST

START_TEST(the_largest_rate_is_what_the_tick_can_do)
{
	ck_assert_double_eq_tol(clock_rate_maximum(100), 0.1, 1e-15);
	ck_assert_double_eq_tol(clock_rate_maximum(1000), 0.1, 1e-15);
	ck_assert_double_eq_tol(clock_rate_maximum(1024), 0.099904, 0.0005);
}
END_TEST

/* --- The system's clock on a kernel of ours --------------------------------- */

static struct kernel {
	struct timex state;
	long slew_us; /* what adjtime() has left to do */
	bool no_setoffset, forbidden;
	unsigned calls, changes, settings;
} kernel;

static int kernel_modes(struct timex *timex)
{
	if ((timex->modes & ADJ_STATUS) != 0)
		kernel.state.status = (kernel.state.status & STA_NANO) |
				      (timex->status & ~(STA_NANO | STA_CLK));
	if ((timex->modes & ADJ_NANO) != 0)
		kernel.state.status |= STA_NANO;
	if ((timex->modes & ADJ_FREQUENCY) != 0) {
		if (labs(timex->freq) > 500 * 65536)
			return -EINVAL;
		kernel.state.freq = timex->freq;
	}
	if ((timex->modes & ADJ_TICK) != 0) {
		if (timex->tick < 9000 || timex->tick > 11000)
			return -EINVAL;
		kernel.state.tick = timex->tick;
	}
	if ((timex->modes & ADJ_OFFSET) != 0 && (kernel.state.status & STA_PLL) != 0)
		kernel.state.offset = timex->offset;
	if ((timex->modes & ADJ_MAXERROR) != 0)
		kernel.state.maxerror = timex->maxerror;
	if ((timex->modes & ADJ_ESTERROR) != 0)
		kernel.state.esterror = timex->esterror;
	return 0;
}

static void kernel_forgets(void)
{
	kernel.state.status |= STA_UNSYNC;
	kernel.state.maxerror = 16000000;
}

static int kernel_adjust(void *context, struct timex *timex)
{
	int result = 0;

	ck_assert_ptr_eq(context, &kernel);
	kernel.calls++;
	if (timex->modes != 0 && timex->modes != ADJ_OFFSET_SS_READ) {
		kernel.changes++;
		if (kernel.forbidden)
			return -EPERM;
	}
	if (timex->modes == ADJ_OFFSET_SS_READ || timex->modes == ADJ_OFFSET_SINGLESHOT) {
		long left = kernel.slew_us;

		if (timex->modes == ADJ_OFFSET_SINGLESHOT)
			kernel.slew_us = timex->offset;
		*timex = kernel.state;
		timex->offset = left;
		return TIME_OK;
	}
	if ((timex->modes & ADJ_SETOFFSET) != 0) {
		if (kernel.no_setoffset || timex->time.tv_usec < 0 ||
		    timex->time.tv_usec >= NS_PER_SECOND || (timex->modes & ADJ_NANO) == 0)
			return -EINVAL;
		machine.utc += timex->time.tv_sec * NS_PER_SECOND + timex->time.tv_usec;
		kernel_forgets();
	}
	result = kernel_modes(timex);
	*timex = kernel.state;
	return result < 0 ? result : (kernel.state.status & STA_UNSYNC) != 0 ? TIME_ERROR : TIME_OK;
}

static int kernel_set(void *context, const struct timespec *utc)
{
	ck_assert_ptr_eq(context, &kernel);
	kernel.settings++;
	machine.utc = utc->tv_sec * NS_PER_SECOND + utc->tv_nsec;
	kernel_forgets();
	return 0;
}

static int kernel_read(void *context, struct clock_reading *reading)
{
	ck_assert_ptr_eq(context, &kernel);
	return clock_os_read(reading);
}

static const struct clock_kernel calls = { kernel_adjust, kernel_set, kernel_read, &kernel, 100 };

/* UTC runs as the kernel was told. */
static void run(int64_t ns)
{
	struct clock_rate_parts parts = { kernel.state.tick, kernel.state.freq };

	machine.raw += ns;
	machine.utc += ns + llrint((double)ns * clock_rate_join(&parts, 100));
}

static struct clock *open_system(void)
{
	struct clock *clock;
	struct error error = { 0 };

	ck_assert_msg(clock_linux_create(&clock, &calls, &error) == 0, "%s", error.text);
	return clock;
}

static void start_kernel(void)
{
	boot();
	kernel = (struct kernel){ .state = { .tick = 10000, .status = STA_UNSYNC | 0x4000 } };
}

START_TEST(the_rate_found_is_kept)
{
	struct clock *clock;

	start_kernel();
	kernel.state.tick = 10002;
	kernel.state.freq = -10 * 65536;
	clock = open_system();
	ck_assert_double_eq_tol(clock->ops->rate(clock), 190e-6, 1e-15);
	ck_assert_int_eq(kernel.state.tick, 10002);
	ck_assert_int_eq(kernel.state.freq, -10 * 65536);
	ck_assert_double_eq_tol(clock->maximum_rate, 0.1, 1e-12);
	ck_assert_int_eq(clock_measure_precision(clock), -24);
	clock->ops->close(clock);
}
END_TEST

START_TEST(the_kernels_own_steering_stops)
{
	struct clock *clock;

	start_kernel();
	kernel.state.status = STA_PLL | STA_INS | 0x4000;
	kernel.state.offset = 12345;
	kernel.slew_us = -500;
	clock = open_system();
	ck_assert_int_eq(kernel.state.offset, 0);
	ck_assert_int_eq(kernel.slew_us, 0);
	ck_assert_int_eq(kernel.state.status & (STA_PLL | STA_FLL), 0);
	/* What is none of this business stays. */
	ck_assert_int_eq(kernel.state.status & STA_INS, STA_INS);
	clock->ops->close(clock);
}
END_TEST

START_TEST(without_the_right_opening_fails)
{
	struct clock *clock;
	struct error error;

	start_kernel();
	kernel.forbidden = true;
	ck_assert_int_eq(clock_linux_create(&clock, &calls, &error), -EPERM);
	ck_assert_ptr_nonnull(strstr(error.text, "CAP_SYS_TIME"));
	machine.broken = EINVAL;
	ck_assert_int_eq(clock_linux_create(&clock, &calls, &error), -EINVAL);
}
END_TEST

START_TEST(set_rate_tells_what_it_set)
{
	struct clock *clock;
	double actual;
	unsigned changes;

	start_kernel();
	clock = open_system();
	ck_assert_int_eq(clock->ops->set_rate(clock, 40.0000001e-6, &actual), 0);
	ck_assert_double_eq_tol(actual, 40e-6, 1.6e-11);
	ck_assert_double_eq(clock->ops->rate(clock), actual);
	ck_assert_int_eq(kernel.state.tick, 10000);
	changes = kernel.changes;
	ck_assert_int_eq(clock->ops->set_rate(clock, actual, &actual), 0);
	ck_assert_uint_eq(kernel.changes, changes);
	ck_assert_int_eq(clock->ops->set_rate(clock, -0.1, &actual), 0);
	ck_assert_int_eq(kernel.state.tick, 9000);
	ck_assert_double_eq_tol(actual, -0.1, 1.6e-11);
	ck_assert_int_eq(clock->ops->set_rate(clock, actual, &actual), 0);
	ck_assert_int_eq(clock->ops->set_rate(clock, 0.1001, &actual), -ERANGE);
	ck_assert_int_eq(clock->ops->set_rate(clock, NAN, &actual), -ERANGE);
	ck_assert_double_eq_tol(clock->ops->rate(clock), -0.1, 1.6e-11);
	kernel.forbidden = true;
	ck_assert_int_eq(clock->ops->set_rate(clock, 0, &actual), -EPERM);
	clock->ops->close(clock);
}
END_TEST

static void check_steps(struct clock *clock)
{
	static const double steps[] = { 30, -30, 0.25, -0.25, -1e-9, 1e9, -1e9, 0.999999999, -2 };

	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
		utc_ns before = machine.utc;

		ck_assert_int_eq(clock->ops->step(clock, steps[i]), 0);
		ck_assert_int_eq(machine.utc - before, ns_from_seconds(steps[i]));
	}
}

START_TEST(a_step_is_exact)
{
	struct clock *clock;

	start_kernel();
	clock = open_system();
	check_steps(clock);
	ck_assert_uint_eq(kernel.settings, 0);
	kernel.no_setoffset = true;
	check_steps(clock);
	ck_assert_uint_eq(kernel.settings, 9);
	ck_assert_int_lt(clock->ops->step(clock, -9e9), 0);
	kernel.no_setoffset = false;
	kernel.forbidden = true;
	ck_assert_int_eq(clock->ops->step(clock, 1), -EPERM);
	clock->ops->close(clock);
}
END_TEST

START_TEST(the_kernel_is_told_the_status)
{
	struct clock_status status = { .synchronized = true,
				       .leap = NTP_LEAP_INSERT,
				       .maximum_error = 0.0123451,
				       .expected_error = 0.001 };
	struct clock *clock;
	unsigned changes;

	start_kernel();
	clock = open_system();
	ck_assert_int_eq(clock->ops->set_status(clock, &status), 0);
	ck_assert_int_eq(kernel.state.status & (STA_UNSYNC | STA_INS | STA_DEL), STA_INS);
	ck_assert_int_eq(kernel.state.status & 0x4000, 0); /* read-only bits are not written */
	ck_assert_int_eq(kernel.state.maxerror, 12346);
	ck_assert_int_eq(kernel.state.esterror, 1000);

	/* The bound grows in the kernel: the same status is news. */
	kernel.state.maxerror = 20000;
	ck_assert_int_eq(clock->ops->set_status(clock, &status), 0);
	ck_assert_int_eq(kernel.state.maxerror, 12346);

	/* A step does not make it forgotten, by either way. */
	ck_assert_int_eq(clock->ops->step(clock, 5), 0);
	ck_assert_int_eq(kernel.state.status & STA_UNSYNC, 0);
	ck_assert_int_eq(kernel.state.maxerror, 12346);
	kernel.no_setoffset = true;
	ck_assert_int_eq(clock->ops->step(clock, 5), 0);
	ck_assert_int_eq(kernel.state.status & STA_UNSYNC, 0);

	status = (struct clock_status){ .leap = NTP_LEAP_DELETE,
					.maximum_error = INFINITY,
					.expected_error = NAN };
	ck_assert_int_eq(clock->ops->set_status(clock, &status), 0);
	ck_assert_int_eq(kernel.state.status & (STA_UNSYNC | STA_INS | STA_DEL),
			 STA_UNSYNC | STA_DEL);
	ck_assert_int_eq(kernel.state.maxerror, 16000000);
	ck_assert_int_eq(kernel.state.esterror, 16000000);
	changes = kernel.changes;
	ck_assert_int_eq(clock->ops->set_status(clock, &status), 0);
	ck_assert_uint_eq(kernel.changes, changes);
	clock->ops->close(clock);
}
END_TEST

START_TEST(stamps_find_their_place)
{
	struct clock *clock;
	struct clock_reading now, then;
	double actual;

	start_kernel();
	clock = open_system();
	ck_assert_int_eq(clock->ops->set_rate(clock, -0.05, &actual), 0);
	run(NS_PER_SECOND);
	ck_assert_int_eq(clock_read(clock, &now), 0);
	run(2 * NS_PER_SECOND);
	ck_assert_int_eq(clock->ops->translate(clock, now.utc, &then), 0);
	ck_assert_int_eq(then.utc, now.utc);
	ck_assert_int_le(llabs(then.raw - now.raw), 2);

	/* The rate changed in between. */
	ck_assert_int_eq(clock->ops->set_rate(clock, 0.1, &actual), 0);
	run(NS_PER_SECOND);
	ck_assert_int_eq(clock->ops->translate(clock, now.utc, &then), 0);
	ck_assert_int_eq(then.utc, now.utc);
	ck_assert_int_le(llabs(then.raw - now.raw), 4);
	clock->ops->close(clock);
}
END_TEST

START_TEST(stamps_from_before_a_step_count_as_now)
{
	struct clock *clock;
	struct clock_reading now, then;
	utc_ns stamp;

	start_kernel();
	clock = open_system();
	stamp = machine.utc;
	ck_assert_int_eq(clock->ops->step(clock, -30), 0);
	run(1000);
	ck_assert_int_eq(clock_read(clock, &now), 0);
	ck_assert_int_eq(clock->ops->translate(clock, stamp, &then), 0);
	ck_assert_mem_eq(&then, &now, sizeof then);
	ck_assert_int_eq(clock->ops->step(clock, 60), 0);
	ck_assert_int_eq(clock_read(clock, &now), 0);
	ck_assert_int_eq(clock->ops->translate(clock, stamp, &then), 0);
	ck_assert_mem_eq(&then, &now, sizeof then);
	ck_assert_int_eq(clock->ops->translate(clock, 0, &then), 0);
	ck_assert_mem_eq(&then, &now, sizeof then);
	clock->ops->close(clock);
}
END_TEST

START_TEST(a_watched_clock_is_only_looked_at)
{
	struct clock_status status = { .synchronized = true };
	struct clock *clock;
	struct clock_reading reading;
	struct error error;
	double actual;

	start_kernel();
	kernel.state.freq = 7 * 65536;
	kernel.state.status = STA_PLL;
	ck_assert_int_eq(clock_linux_create_watched(&clock, &calls, &error), 0);
	ck_assert_double_eq(clock->maximum_rate, 0);
	ck_assert_int_eq(clock->ops->set_rate(clock, 1e-6, &actual), -EPERM);
	ck_assert_int_eq(clock->ops->step(clock, 1), -EPERM);
	ck_assert_int_eq(clock->ops->set_status(clock, &status), 0);
	ck_assert_int_eq(clock->ops->read(clock, &reading), 0);
	ck_assert_int_eq(reading.utc, machine.utc);
	ck_assert_int_eq(clock->ops->translate(clock, reading.utc - 5, &reading), 0);
	ck_assert_double_eq_tol(clock->ops->rate(clock), 7e-6, 1e-15);
	kernel.state.freq = 8 * 65536; /* by somebody else */
	ck_assert_double_eq_tol(clock->ops->rate(clock), 8e-6, 1e-15);
	clock->ops->close(clock);
	ck_assert_uint_eq(kernel.changes + kernel.settings, 0);
}
END_TEST

int main(void)
{
	TCase *rate = tcase_create("rate"), *system = tcase_create("system");
	TCase *const cases[] = { rate, system, NULL };

	tcase_set_timeout(rate, 60);
	tcase_add_test(rate, every_rate_is_reached);
	tcase_add_test(rate, a_larger_rate_is_never_slower);
	tcase_add_test(rate, the_tick_does_not_flap);
	tcase_add_test(rate, the_largest_rate_is_what_the_tick_can_do);
	tcase_add_test(system, the_rate_found_is_kept);
	tcase_add_test(system, the_kernels_own_steering_stops);
	tcase_add_test(system, without_the_right_opening_fails);
	tcase_add_test(system, set_rate_tells_what_it_set);
	tcase_add_test(system, a_step_is_exact);
	tcase_add_test(system, the_kernel_is_told_the_status);
	tcase_add_test(system, stamps_find_their_place);
	tcase_add_test(system, stamps_from_before_a_step_count_as_now);
	tcase_add_test(system, a_watched_clock_is_only_looked_at);
	return unit_run("platform_clock", cases);
}
