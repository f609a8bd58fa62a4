/* The time that rules in an emulated machine: the raw oscillator, which no
 * daemon steers, read as if it ran DRIFT too slow and had shown ORIGIN at boot.
 * Its second before LEAP may be there twice. */
#ifndef W32TIMED_TESTS_LAB_TRUTH_H
#define W32TIMED_TESTS_LAB_TRUTH_H

#include <stdbool.h>
#include <time.h>

struct truth {
	time_t origin;    /* s since 1970 */
	double drift_ppm; /* how much the truth gains on the oscillator */
	time_t leap;      /* the midnight before which a second is inserted; 0: none */
};

static inline void truth_at(const struct truth *truth, const struct timespec *raw,
			    struct timespec *time)
{
	double gained = 1e-6 * truth->drift_ppm *
			((double)raw->tv_sec + 1e-9 * (double)raw->tv_nsec);
	long long ns = raw->tv_nsec + (long long)(1e9 * gained);

	time->tv_sec = truth->origin + raw->tv_sec + ns / 1000000000;
	time->tv_nsec = ns % 1000000000;
	if (time->tv_nsec < 0) {
		time->tv_nsec += 1000000000;
		time->tv_sec--;
	}
	if (truth->leap != 0 && time->tv_sec >= truth->leap)
		time->tv_sec--;
}

static inline void truth_now(const struct truth *truth, struct timespec *time)
{
	struct timespec raw;

	clock_gettime(CLOCK_MONOTONIC_RAW, &raw);
	truth_at(truth, &raw, time);
}

/* The inserted second is still to come. */
static inline bool truth_will_leap(const struct truth *truth)
{
	const struct truth uniform = { truth->origin, truth->drift_ppm, 0 };
	struct timespec now;

	truth_now(&uniform, &now);
	return now.tv_sec < truth->leap;
}

#endif
