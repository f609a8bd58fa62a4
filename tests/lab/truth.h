/* The time that rules in an emulated machine: the raw oscillator, which no
 * daemon steers, read as if it ran DRIFT too slow and had shown ORIGIN at boot. */
#ifndef W32TIMED_TESTS_LAB_TRUTH_H
#define W32TIMED_TESTS_LAB_TRUTH_H

#include <time.h>

struct truth {
	time_t origin;    /* s since 1970 */
	double drift_ppm; /* how much the truth gains on the oscillator */
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
}

static inline void truth_now(const struct truth *truth, struct timespec *time)
{
	struct timespec raw;

	clock_gettime(CLOCK_MONOTONIC_RAW, &raw);
	truth_at(truth, &raw, time);
}

#endif
