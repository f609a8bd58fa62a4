#include "discipline/observed_clock.h"

#include <math.h>

#include "ntp/packet.h"

#define SLEEP_NOTICED 0.01 /* s */
/* UTC differs by more than this from what the rate in force predicts: another program
 * set the clock. */
#define STEP_NOTICED 1e-3 /* s */
#define RATE_SLACK   1e-5 /* of the time passed: rounding, the kernel's ticks */
/* Of a clock that is not ours to steer the rate is not known either. */
#define WATCHED_STEP_NOTICED 0.1  /* s */
#define WATCHED_RATE_SLACK   0.11 /* Linux adjusts by 10 % at most */
#define LEAP_SLACK           0.05 /* s */
#define DAY_NS               (86400 * NS_PER_SECOND)

/* The kernel inserted or left out the pending leap second: by how much UTC moved. */
static double observed_clock_leap(const struct clock_reading *before,
				  const struct clock_reading *now, int leap, double moved)
{
	double leapt = leap == NTP_LEAP_INSERT ? -1 : leap == NTP_LEAP_DELETE ? 1 : 0;

	if (leapt == 0 || !(fabs(moved - leapt) < LEAP_SLACK) ||
	    (ns_add(before->utc, -2) - 1) / DAY_NS == ns_add(now->utc, 2) / DAY_NS)
		return 0;
	return leapt;
}

void observed_clock_read(struct observed_clock *clock, const struct clock_reading *now,
			 bool steered, int leap, struct clock_change *change)
{
	struct clock_reading before = clock->last;
	double passed = ns_interval(before.raw, now->raw);
	double slept = ns_interval(before.suspended_ns, now->suspended_ns);
	double moved = ns_interval(before.utc, now->utc) - passed * (1 + clock->rate);
	double noticed = steered ? STEP_NOTICED + fmax(now->uncertainty, 0) : WATCHED_STEP_NOTICED;
	double slack = steered ? RATE_SLACK : WATCHED_RATE_SLACK;

	*change = (struct clock_change){ 0 };
	clock->last = *now;
	if (!clock->seen) {
		clock->seen = true;
		return;
	}
	/* When the machine woke up, the system set UTC by its battery-backed clock. */
	if (slept > SLEEP_NOTICED) {
		change->slept = slept;
		return;
	}
	change->leapt = observed_clock_leap(&before, now, leap, moved);
	if (change->leapt == 0 && isfinite(moved) && fabs(moved) > noticed + slack * fabs(passed))
		change->stepped = moved;
}

double observed_clock_steered(struct observed_clock *clock, const struct clock_reading *now,
			      double rate)
{
	double slept = clock->seen ? ns_interval(clock->last.suspended_ns, now->suspended_ns) : 0;

	clock->rate = isfinite(rate) ? rate : 0;
	clock->last = *now;
	clock->seen = true;
	return slept > SLEEP_NOTICED ? slept : 0;
}
