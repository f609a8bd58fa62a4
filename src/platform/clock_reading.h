/* The two scales of time at one moment. */
#ifndef W32TIMED_PLATFORM_CLOCK_READING_H
#define W32TIMED_PLATFORM_CLOCK_READING_H

#include "base/timescale.h"

struct clock_reading {
	raw_ns raw;
	utc_ns utc;           /* at the same moment */
	double uncertainty;   /* s, half the time it took to read both */
	int64_t suspended_ns; /* how long the machine has slept since it booted, to 1 ms */
};

#endif
