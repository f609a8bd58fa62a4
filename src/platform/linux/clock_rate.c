#include "config.h"

#include "platform/linux/clock.h"

/* What the frequency can make up, in ppm. */
#define FREQUENCY_MAX_PPM 500.0

/* The frequency makes up this part of a tick's worth before the tick moves:
 * more than a half, so that the tick does not move back at once. */
#define KEEP_TICK 0.75

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
	long slow_ppm = 1000000 - smallest_tick(hz) * hz,
	     fast_ppm = largest_tick(hz) * hz - 1000000;

	return (double)(slow_ppm < fast_ppm ? slow_ppm : fast_ppm) / 1e6;
}

void clock_rate_split(double rate, long hz, long tick_before, struct clock_rate_parts *parts)
{
	double rate_ppm = rate * 1e6, rest_ppm = rate_ppm - (double)(tick_before * hz - 1000000);
	long tick = tick_before;

	if (fabs(rest_ppm) > fmin(KEEP_TICK * (double)hz, FREQUENCY_MAX_PPM))
		tick = lrint((1e6 + rate_ppm) / (double)hz);
	if (tick < smallest_tick(hz))
		tick = smallest_tick(hz);
	if (tick > largest_tick(hz))
		tick = largest_tick(hz);
	parts->tick = tick;
	/* In ppm the tick's share is a whole number. */
	rest_ppm = rate_ppm - (double)(tick * hz - 1000000);
	rest_ppm = fmax(-FREQUENCY_MAX_PPM, fmin(rest_ppm, FREQUENCY_MAX_PPM));
	parts->frequency = lrint(rest_ppm * 65536);
}

double clock_rate_join(const struct clock_rate_parts *parts, long hz)
{
	return ((double)(parts->tick * hz - 1000000) + (double)parts->frequency / 65536) / 1e6;
}
