/* The system clock of Windows in pieces that can be tested without it, and so
 * anywhere: how a rate becomes what the system wants to hear, and the clock on top
 * of a system that need not be the real one.
 *
 * What Windows offers.  Of each INCREMENT of nominal time UTC is made to advance by
 * ADJUSTMENT: SetSystemTimeAdjustmentPrecise() (Windows 10 1607 and later) counts both in
 * units that make some 0.1 ppm of a change by one, SetSystemTimeAdjustment() in 100 ns
 * a clock interrupt of 15.625 ms, that is 6.4 ppm.  Only their quotient is used here,
 * so that the units do not matter.  No limit is documented; 10 % either way, as Linux
 * has it, is far within what both take.  While an adjustment is in force ("enabled") Windows
 * does not synchronise UTC by itself with the hardware clock.
 *
 * A step goes by SetSystemTime(), which takes whole milliseconds: it is made at the
 * moment when the new time is one, within a millisecond of being asked for, so
 * that what the call cuts off is nothing. */
#ifndef W32TIMED_PLATFORM_WINDOWS_CLOCK_H
#define W32TIMED_PLATFORM_WINDOWS_CLOCK_H

#include <stdint.h>

#include "platform/clock.h"

struct clock_adjustment {
	uint64_t adjustment, increment;
	bool disabled; /* Windows keeps UTC as it likes, at about the nominal rate */
};

#define CLOCK_ADJUSTMENT_RATE_MAX 0.1

/* The rate of UTC that it makes; 0 if it is disabled. */
double clock_adjustment_rate(const struct clock_adjustment *adjustment);

/* The adjustment that comes nearest to RATE (within the maximum). */
uint64_t clock_adjustment_for(double rate, uint64_t increment);

/* The system calls; each returns 0 or a negative errno. */
struct clock_windows_calls {
	int (*get)(void *context, struct clock_adjustment *adjustment);
	int (*set)(void *context, uint64_t adjustment, bool disabled);
	int (*set_time)(void *context, utc_ns utc); /* in whole milliseconds */
	int (*read)(void *context, struct clock_reading *reading);
	/* What was found, kept beyond the end of this process (windows/clock_found.h). */
	void (*keep)(void *context, const struct clock_adjustment *found);
	bool (*recall)(void *context, struct clock_adjustment *found);
	void (*forget)(void *context);
	void *context;
};

/* Switches Windows' own synchronisation off and keeps the rate it finds.  Closing
 * puts back what was found, own synchronisation included: unlike Linux's kernel,
 * whose rate is the best that is known of the oscillator, Windows takes a rate that
 * is left in force for the wish to be left alone.  Where a process before this one
 * has not come to that, what it found is put back. */
int clock_windows_create(struct clock **clock, const struct clock_windows_calls *calls,
			 struct error *error);

/* Only reads: never calls SET or SET_TIME. */
int clock_windows_create_watched(struct clock **clock, const struct clock_windows_calls *calls,
				 struct error *error);

#endif
