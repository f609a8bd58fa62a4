/* What the clocks of this folder read from the operating system. */
#ifndef W32TIMED_PLATFORM_CLOCK_OS_H
#define W32TIMED_PLATFORM_CLOCK_OS_H

#include "platform/clock_reading.h"

/* The raw oscillator and the system's UTC at one moment.  0 or a negative
 * errno. */
int clock_os_read(struct clock_reading *reading);

/* s, the smallest interval by which two readings of UTC in a row differ:
 * its resolution or the time it takes to read it, whichever is longer. */
double clock_os_precision(void);

/* How long before the reading NOW a kernel time stamp was taken, in s of UTC.
 * One from the future or more than CLOCK_STAMP_AGE_MAX seconds old was taken
 * before UTC was stepped: it has no place any more and counts as taken now. */
#define CLOCK_STAMP_AGE_MAX 5.0
double clock_os_stamp_age(const struct clock_reading *now, utc_ns stamp);

#endif
