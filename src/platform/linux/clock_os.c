#include "config.h"

#include "platform/clock_os.h"

#include <errno.h>
#include <time.h>

static int64_t to_ns(const struct timespec *time)
{
	return time->tv_sec * NS_PER_SECOND + time->tv_nsec;
}

/* UTC between two readings of the raw oscillator: its moment is the middle. */
static int read_bracket(struct clock_reading *reading)
{
	struct timespec before, utc, after;
	int64_t width_ns;

	if (clock_gettime(CLOCK_MONOTONIC_RAW, &before) < 0 ||
	    clock_gettime(CLOCK_REALTIME, &utc) < 0 ||
	    clock_gettime(CLOCK_MONOTONIC_RAW, &after) < 0)
		return -errno;
	width_ns = to_ns(&after) - to_ns(&before);
	reading->raw = to_ns(&before) + width_ns / 2;
	reading->utc = to_ns(&utc);
	reading->uncertainty = (double)width_ns * 0.5e-9;
	return 0;
}

/* What the clock that counts sleep is ahead of the one that does not.  A
 * millisecond is good enough and keeps the noise out; being put aside between
 * the readings must not look like sleep. */
static int64_t read_suspended(void)
{
	enum { ATTEMPTS = 3 };
	const int64_t unit_ns = 1000000, good_ns = 100000;
	int64_t narrowest_ns = INT64_MAX, ahead_ns = 0;

	for (int i = 0; i < ATTEMPTS && narrowest_ns > good_ns; i++) {
		struct timespec before, with, after;
		int64_t width_ns;

		if (clock_gettime(CLOCK_MONOTONIC, &before) < 0 ||
		    clock_gettime(CLOCK_BOOTTIME, &with) < 0 ||
		    clock_gettime(CLOCK_MONOTONIC, &after) < 0)
			return 0;
		width_ns = to_ns(&after) - to_ns(&before);
		if (width_ns < narrowest_ns) {
			narrowest_ns = width_ns;
			ahead_ns = to_ns(&with) - (to_ns(&before) + width_ns / 2);
		}
	}
	return (ahead_ns + unit_ns / 2) / unit_ns * unit_ns;
}

int clock_os_read(struct clock_reading *reading)
{
	enum { ATTEMPTS = 3 };
	const double good = 200e-9;
	struct clock_reading attempt;

	for (int i = 0; i < ATTEMPTS; i++) {
		int result = read_bracket(&attempt);

		if (result < 0)
			return result;
		if (i == 0 || attempt.uncertainty < reading->uncertainty)
			*reading = attempt;
		if (reading->uncertainty < good)
			break;
	}
	reading->suspended_ns = read_suspended();
	return 0;
}

double clock_os_precision(void)
{
	enum { READINGS = 100 };
	struct timespec resolution = { .tv_nsec = 1 }, before, after;
	int64_t smallest = NS_PER_SECOND;

	clock_gettime(CLOCK_REALTIME, &before);
	for (int i = 0; i < READINGS; i++) {
		int64_t difference;

		clock_gettime(CLOCK_REALTIME, &after);
		difference = to_ns(&after) - to_ns(&before);
		if (difference > 0 && difference < smallest)
			smallest = difference;
		before = after;
	}
	/* It stood still: a coarse clock. */
	if (smallest == NS_PER_SECOND && clock_getres(CLOCK_REALTIME, &resolution) == 0)
		smallest = to_ns(&resolution);
	return (double)smallest * 1e-9;
}
