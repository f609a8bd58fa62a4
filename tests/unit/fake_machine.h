/* A machine of the test's own: its oscillator and its UTC are variables, so that
 * weeks pass at once and no real clock can be touched.  What is defined here
 * stands in for the system's (linux/clock_os.c), which is then not linked. */
#ifndef W32TIMED_TESTS_UNIT_FAKE_MACHINE_H
#define W32TIMED_TESTS_UNIT_FAKE_MACHINE_H

#include "platform/clock_os.h"

static struct machine {
	raw_ns raw;
	utc_ns utc;
	int64_t suspended_ns;
	int broken; /* errno of a read */
} machine;

int clock_os_read(struct clock_reading *reading)
{
	if (machine.broken != 0)
		return -machine.broken;
	*reading = (struct clock_reading){ .raw = machine.raw,
					   .utc = machine.utc,
					   .uncertainty = 2e-8,
					   .suspended_ns = machine.suspended_ns };
	return 0;
}

double clock_os_precision(void)
{
	return 3e-8;
}

#define TODAY (INT64_C(1795302000) * NS_PER_SECOND)

static inline void boot(void)
{
	machine = (struct machine){ .raw = 1234567890123, .utc = TODAY };
}

#endif
