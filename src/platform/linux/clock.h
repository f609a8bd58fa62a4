/* The system clock of Linux in two pieces that can be tested without it: how a
 * rate becomes what the kernel wants to hear, and the clock on top of a kernel
 * that need not be the real one. */
#ifndef W32TIMED_PLATFORM_LINUX_CLOCK_H
#define W32TIMED_PLATFORM_LINUX_CLOCK_H

#include "platform/clock.h"

#include <sys/timex.h>
#include <time.h>

/* The kernel adds TICK microseconds for each of HZ ticks a second, and FREQUENCY
 * (2^-16 ppm, within +-500 ppm) of a second on top.  Both count from nominal. */
struct clock_rate_parts {
	long tick;
	long frequency;
};

/* Largest |rate| that both parts make together at HZ ticks a second. */
double clock_rate_maximum(long hz);

/* The parts that come nearest to RATE (within the maximum).  The tick stays at
 * TICK_BEFORE while the frequency can make up the rest with some to spare, so
 * that a rate that wavers does not make the tick flap. */
void clock_rate_split(double rate, long hz, long tick_before, struct clock_rate_parts *parts);

double clock_rate_join(const struct clock_rate_parts *parts, long hz);

/* The system calls; each returns 0 or more, or a negative errno. */
struct clock_kernel {
	int (*adjust)(void *context, struct timex *timex);
	int (*set)(void *context, const struct timespec *utc);
	int (*read)(void *context, struct clock_reading *reading);
	void *context;
	long hz;
};

/* Stops what else steers the clock in the kernel (its phase-locked loop, a slew
 * begun with adjtime) and keeps the rate it finds. */
int clock_linux_create(struct clock **clock, const struct clock_kernel *kernel,
		       struct error *error);

/* Only reads: never calls ADJUST with modes, never calls SET. */
int clock_linux_create_watched(struct clock **clock, const struct clock_kernel *kernel,
			       struct error *error);

#endif
