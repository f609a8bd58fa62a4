#include "client/polling.h"

#include <math.h>

#define SILENT_FIRST  5
#define SILENT_LAST   10
#define MISSES_A_STEP 4
#define FEW_MISSES    4 /* in a row, as any network has them */
#define RANDOM_LEAST  0.001
#define RANDOM_SHARE  0.02

static double clamp(double value, double low, double high)
{
	return fmin(fmax(value, low), high);
}

static double special_interval(const struct polling_settings *settings)
{
	return clamp(settings->special_interval, ldexp(1, settings->min_poll),
		     ldexp(1, settings->max_poll));
}

/* For a server that gives no time at present. */
static int silent_exponent(const struct polling_settings *settings,
			   const struct polling_state *state)
{
	int first = state->answered ? settings->min_poll : SILENT_FIRST;
	int last = settings->max_poll < SILENT_LAST ? settings->max_poll : SILENT_LAST;
	unsigned misses = state->misses + state->earlier_misses, steps = 0;

	if (misses >= POLLING_MISSES_MAX)
		steps = 1 + (misses - POLLING_MISSES_MAX) / MISSES_A_STEP;
	if (first >= last)
		return first;
	return steps >= (unsigned)(last - first) ? last : first + (int)steps;
}

double polling_interval(const struct polling_settings *settings, const struct polling_state *state)
{
	double interval;

	if (state->answered &&
	    (state->misses == 0 || (state->misses <= FEW_MISSES && !settings->fixed)))
		interval = settings->fixed
				   ? special_interval(settings)
				   : ldexp(1, (int)clamp(state->wanted - (int)state->misses,
							 settings->min_poll, settings->max_poll));
	else
		interval = ldexp(1, silent_exponent(settings, state));
	if (settings->fixed)
		interval = fmin(interval, special_interval(settings));
	return fmax(interval, ldexp(1, state->floor));
}

int polling_exponent(const struct polling_settings *settings, const struct polling_state *state)
{
	return (int)lrint(clamp(log2(polling_interval(settings, state)), POLLING_EXPONENT_MIN,
				POLLING_EXPONENT_MAX));
}

int polling_raise_floor(int floor, int exponent)
{
	int raised = (floor > exponent ? floor : exponent) + 1;

	return raised < POLLING_EXPONENT_MAX ? raised : POLLING_EXPONENT_MAX;
}

int polling_lower_floor(const struct polling_settings *settings, int floor)
{
	return floor - 1 > settings->min_poll ? floor - 1 : 0;
}

double polling_randomize(double interval, uint32_t random)
{
	return interval * (1 + RANDOM_LEAST + RANDOM_SHARE * (random / 4294967296.0));
}
