/* A Linux kernel of the test's own, on the machine of fake_machine.h: what
 * clock_adjtime() and clock_settime() do to UTC, to the kernel's state and to its
 * leap second.  Only clocks that are made of clock_linux_create() see it. */
#ifndef W32TIMED_TESTS_UNIT_FAKE_KERNEL_H
#define W32TIMED_TESTS_UNIT_FAKE_KERNEL_H

#include "fake_machine.h"
#include "platform/linux/clock.h"
#include "unit.h"

#include <errno.h>

#define DAY_SECONDS 86400

static struct kernel {
	struct timex state;
	long slew_us; /* what adjtime() has left to do */
	bool no_setoffset, forbidden;
	unsigned calls, changes, settings;
	int leap_state;    /* TIME_OK, TIME_INS, TIME_OOP, TIME_WAIT as adjtimex says it */
	int64_t leap_due;  /* the second of UTC at whose start UTC is put back; 0: never */
	unsigned inserted; /* leap seconds */
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
	/* The state stays TIME_INS, as if the second were still to come. */
	kernel.leap_due = 0;
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
	return result < 0                                ? result
	       : (kernel.state.status & STA_UNSYNC) != 0 ? TIME_ERROR
							 : kernel.leap_state;
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

static const struct clock_kernel kernel_calls = { kernel_adjust, kernel_set, kernel_read, &kernel,
						  100 };

/* The start of a second of UTC: the only moment at which the kernel looks at the
 * bits.  Deleted seconds are left out here. */
static void kernel_second(int64_t second)
{
	bool wanted = (kernel.state.status & STA_INS) != 0;

	if (kernel.leap_state == TIME_OK && wanted) {
		kernel.leap_state = TIME_INS;
		kernel.leap_due = (second / DAY_SECONDS + 1) * DAY_SECONDS;
	} else if (kernel.leap_state == TIME_INS && !wanted) {
		kernel.leap_state = TIME_OK;
		kernel.leap_due = 0;
	} else if (kernel.leap_state == TIME_INS && second == kernel.leap_due) {
		kernel.leap_state = TIME_OOP;
		kernel.inserted++;
		machine.utc -= NS_PER_SECOND;
	} else if (kernel.leap_state == TIME_OOP) {
		kernel.leap_state = TIME_WAIT;
		kernel.leap_due = 0;
	} else if (kernel.leap_state == TIME_WAIT && !wanted) {
		kernel.leap_state = TIME_OK;
	}
}

/* UTC runs as the kernel was told. */
static inline void run(int64_t ns)
{
	struct clock_rate_parts parts = { kernel.state.tick, kernel.state.freq };
	int64_t left = ns + llrint((double)ns * clock_rate_join(&parts, 100));

	machine.raw += ns;
	while (left > 0) {
		int64_t until = NS_PER_SECOND - machine.utc % NS_PER_SECOND;

		machine.utc += until < left ? until : left;
		if (until <= left)
			kernel_second(machine.utc / NS_PER_SECOND);
		left -= until;
	}
}

static inline struct clock *open_system(void)
{
	struct clock *clock;
	struct error error = { 0 };

	ck_assert_msg(clock_linux_create(&clock, &kernel_calls, &error) == 0, "%s", error.text);
	return clock;
}

static inline void start_kernel(void)
{
	boot();
	kernel = (struct kernel){ .state = { .tick = 10000, .status = STA_UNSYNC | 0x4000 } };
}

#endif
