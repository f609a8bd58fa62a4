/* The scales on which points in time are counted, and their arithmetic.
 *
 * A point in time is a 64-bit count of nanoseconds; an interval, an offset or
 * a delay is a double in seconds.  A double never holds a point in time: at
 * today's date it could not tell two readings 200 ns apart. */
#ifndef W32TIMED_BASE_TIMESCALE_H
#define W32TIMED_BASE_TIMESCALE_H

#include <math.h>
#include <stdint.h>

#define NS_PER_SECOND INT64_C(1000000000)

/* Nanoseconds since 1970-01-01 00:00:00 UTC, leap seconds not counted (POSIX
 * time).  Covers the years 1678 to 2262. */
typedef int64_t utc_ns;

/* Nanoseconds counted by the machine's oscillator as it runs by itself: never
 * stepped, never steered, origin unknown (Linux: CLOCK_MONOTONIC_RAW).  It
 * stands still while the machine is suspended. */
typedef int64_t raw_ns;

/* Nanoseconds of the event loop's clock (loop_time), which the system slews with UTC
 * but never steps; for waiting, not for measuring. */
typedef int64_t monotonic_ns;

/* to - from in seconds, right for any two points in time. */
static inline double ns_interval(int64_t from, int64_t to)
{
	if ((from < 0) == (to < 0))
		return (double)(to - from) * 1e-9;
	return (double)to * 1e-9 - (double)from * 1e-9;
}

/* The nearest whole number of nanoseconds; saturates, and 0 for a NaN. */
static inline int64_t ns_from_seconds(double seconds)
{
	if (isnan(seconds))
		return 0;
	if (seconds >= 9.2e9)
		return INT64_C(9200000000000000000);
	if (seconds <= -9.2e9)
		return INT64_C(-9200000000000000000);
	return (int64_t)llrint(seconds * 1e9);
}

/* A point in time moved by an interval; saturates at the ends of the scale. */
static inline int64_t ns_add(int64_t point, double seconds)
{
	int64_t interval = ns_from_seconds(seconds);

	if (interval > 0 && point > INT64_MAX - interval)
		return INT64_MAX;
	if (interval < 0 && point < INT64_MIN - interval)
		return INT64_MIN;
	return point + interval;
}

#endif
