#include "config.h"

#include "platform/clock_linux.h"

/* The frequency may make up this much before the tick moves: more than half a
 * tick's worth, less than the 500 ppm that the kernel takes. */
#define FREQUENCY_KEEP_TICKS 0.75

/* The kernel takes ticks within 10 % of nominal, rounded towards nominal. */
static long smallest_tick(long hz)
{
	return (900000 + hz - 1) / hz;
}

static long largest_tick(long hz)
{
	return 1100000 / hz;
}

double clock_rate_maximum(long hz)
{
	double slow = 1 - (double)(smallest_tick(hz) * hz) * 1e-6,
	       fast = (double)(largest_tick(hz) * hz) * 1e-6 - 1;

	return slow < fast ? slow : fast;
}

void clock_rate_split(double rate, long hz, long tick_before, struct clock_rate_parts *parts)
{
	double ticks = (1 + rate) * 1e6 / (double)hz;
	long tick = tick_before;

	if (fabs(ticks - (double)tick) > FREQUENCY_KEEP_TICKS)
		tick = lrint(ticks);
	if (tick < smallest_tick(hz))
		tick = smallest_tick(hz);
	if (tick > largest_tick(hz))
		tick = largest_tick(hz);
	parts->tick = tick;
	/* In units of 1e-6, where the tick's share is a whole number. */
	parts->frequency = lrint((rate * 1e6 - (double)(tick * hz - 1000000)) * 65536);
}

double clock_rate_join(const struct clock_rate_parts *parts, long hz)
{
	return ((double)(parts->tick * hz - 1000000) + (double)parts->frequency / 65536) * 1e-6;
}
