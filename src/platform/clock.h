/* The machine's clock: reading it, steering it, setting it.
 *
 * Two scales are read at once: the raw oscillator, which nobody steers, and
 * UTC as the machine serves it.  Between steps
 *
 *     d(utc) / d(raw) = 1 + rate
 *
 * where rate is what set_rate() was told, so everything that the daemon does
 * to UTC is known to it, and what it learns from servers is learned of the raw
 * oscillator alone.
 *
 * What that is on each system:
 *
 *   Linux    raw: CLOCK_MONOTONIC_RAW.  Rate: tick and frequency of clock_adjtime, 10 %
 *            either way in steps of 2^-16 ppm.  Step: ADJ_SETOFFSET.
 *   Windows  raw: QueryUnbiasedInterruptTimePrecise, or before Windows 10
 *            QueryPerformanceCounter: both count the processor's or the chip set's
 *            oscillator and neither follows SetSystemTimeAdjustment; the first also
 *            leaves out the time asleep.  Rate: platform/windows/clock.h, 10 % in steps of
 *            0.1 ppm (6.4 ppm before Windows 10).  Step: SetSystemTime, well timed.
 *
 * There are three clocks: the system's (clock_open_system), the system's but
 * only looked at (clock_open_watched, for --no-clock-control), and a simulated
 * one with an error of its own (clock_open_simulated), which disciplines as
 * the real one does and touches nothing. */
#ifndef W32TIMED_PLATFORM_CLOCK_H
#define W32TIMED_PLATFORM_CLOCK_H

#include <stdbool.h>

#include "base/error.h"
#include "base/ntp_fields.h"
#include "base/timescale.h"
#include "platform/clock_reading.h"

/* What the kernel tells programs that ask it (ntp_adjtime). */
struct clock_status {
	bool synchronized;
	enum ntp_leap leap;
	double maximum_error;  /* s, bound of the error of UTC */
	double expected_error; /* s, standard deviation */
	/* Another program has or may have set UTC since the last call: a kernel forgets
	 * a pending leap second then. */
	bool was_set;
};

struct clock {
	const struct clock_ops *ops;
	double maximum_rate;    /* largest |rate|, 0.1; 0: cannot be steered */
	double rate_resolution; /* smallest change of rate that has an effect */
	double precision;       /* s, smallest interval by which two readings of UTC differ */
	double tick;            /* s, W32Time's ClockRate at nominal speed: 0.015625 */
	bool privileged;        /* steering it needs the right to set the system's clock */
};

struct clock_ops {
	const char *name; /* "system", "watched", "simulated" */

	int (*read)(struct clock *clock, struct clock_reading *reading);

	/* Both scales at the moment when the *system's* UTC clock read SYSTEM,
	 * as a packet's kernel time stamp does; at most some seconds ago.  The
	 * simulated clock reads differently from the system's, hence this.  A
	 * stamp from the future or older than 5 s was taken before UTC was
	 * stepped, has no place on the scale any more, and counts as taken now. */
	int (*translate)(struct clock *clock, utc_ns system, struct clock_reading *reading);

	/* The rate in force; at the start the one that was found. */
	double (*rate)(struct clock *clock);

	/* Sets the rate, rounded to rate_resolution, and stores what was really
	 * set in *ACTUAL.  -ERANGE beyond maximum_rate. */
	int (*set_rate)(struct clock *clock, double rate, double *actual);

	/* UTC += SECONDS at once; rate and status stay.  -EINVAL for a time that
	 * the system does not know (before 1970). */
	int (*step)(struct clock *clock, double seconds);

	/* To be repeated while synchronised: the kernel lets the maximum error
	 * grow by 500 ppm and calls UTC unsynchronised when it reaches 16 s.  It
	 * also sets the hardware clock every 11 minutes while synchronised.  Returns 0,
	 * a negative errno, or in how many seconds it is to be called again: a leap
	 * second is armed anew after a step. */
	int (*set_status)(struct clock *clock, const struct clock_status *status);

	/* Linux: leaves the rate in force as it is, the best that is known of the
	 * oscillator.  Windows: puts back what was found, since an adjustment that stays
	 * would keep Windows from synchronising by itself. */
	void (*close)(struct clock *clock);
};

/* All return 0 or a negative errno with ERROR set; *CLOCK belongs to the
 * caller and is given back with (*clock)->ops->close().
 *
 * Opening the system's stops what else steers it in the kernel (its own
 * phase-locked loop, a slew begun with adjtime) and fails with -EPERM if this
 * process may not steer it.  A watched clock is only ever read: set_rate and
 * step return -EPERM, set_status does nothing, rate() tells what another
 * program has set. */
int clock_open_system(struct clock **clock, struct error *error);
int clock_open_watched(struct clock **clock, struct error *error);

/* OFFSET: s, what the clock reads minus the truth at the start; the truth is
 * the system's clock.  DRIFT: how much too fast its oscillator runs, as a
 * fraction (40e-6 for 40 ppm). */
int clock_open_simulated(struct clock **clock, double offset, double drift, struct error *error);

static inline int clock_read(struct clock *clock, struct clock_reading *reading)
{
	return clock->ops->read(clock, reading);
}

/* The clock's precision as a power of two seconds, rounded up (RFC 5905
 * section 7.3, "Precision"); -32..-1. */
int clock_measure_precision(struct clock *clock);

#endif
