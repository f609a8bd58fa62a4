/* The clock as it was last read, and what happened to it since: sleep, a leap
 * second, a step by another program.  Pure. */
#ifndef W32TIMED_DISCIPLINE_OBSERVED_CLOCK_H
#define W32TIMED_DISCIPLINE_OBSERVED_CLOCK_H

#include <stdbool.h>

#include "platform/clock.h" /* struct clock_reading */

struct observed_clock {
	bool seen;
	struct clock_reading last;
	double rate; /* in force since then */
};

/* s; 0: it did not happen.  One of them at most. */
struct clock_change {
	double slept;
	double leapt;   /* what the kernel, and the truth with it, was put forward */
	double stepped; /* by another program */
};

/* STEERED: the clock is ours, so that its rate is known.  LEAP: enum ntp_leap, which
 * leap second is pending. */
void observed_clock_read(struct observed_clock *clock, const struct clock_reading *now,
			 bool steered, int leap, struct clock_change *change);

/* After our own correction; returns for how long the machine slept meanwhile, in s. */
double observed_clock_steered(struct observed_clock *clock, const struct clock_reading *now,
			      double rate);

#endif
