/* What the system's clock remembers so that a time stamp of the kernel's, taken a
 * while ago, finds its place on the raw scale.  Pure. */
#ifndef W32TIMED_PLATFORM_CLOCK_HISTORY_H
#define W32TIMED_PLATFORM_CLOCK_HISTORY_H

#include "platform/clock_reading.h"

struct clock;
struct clock_status;

struct clock_history {
	struct clock_reading changed; /* when the rate changed or UTC was stepped last */
	double rate_before;
};

/* READING, of now, is moved back to the moment when UTC, at RATE, read SYSTEM; see
 * clock_ops.translate for what has no such moment. */
void clock_history_translate(const struct clock_history *history, double rate, utc_ns system,
			     struct clock_reading *reading);

/* What a clock that is only looked at does when asked for more. */
int clock_watched_set_rate(struct clock *clock, double rate, double *actual);
int clock_watched_step(struct clock *clock, double seconds);
int clock_watched_set_status(struct clock *clock, const struct clock_status *status);

#endif
