/* The timekeeping as NtpClient's sample sink, in the calls that it has today.  It goes
 * as soon as the timekeeping implements client/sample_sink.h itself. */
#include <math.h>

#include "w32timed/service_internal.h"

/* s; interleaved mode is not asked for longer after an answer.  A little more than a
 * poll interval, as polls are. */
#define INTERLEAVED_LONGEST (512 * 1.05)

static int adapter_add(void *context, source_id id, const struct sample_source *source)
{
	const struct discipline_source_settings settings = {
		.fallback = source->fallback,
		.fixed_poll = source->fixed_poll,
		.poll_seconds = source->poll_seconds,
	};

	return timekeeping_add_source(context, id, source->name, &settings);
}

static void adapter_remove(void *context, source_id id)
{
	timekeeping_remove_source(context, id);
}

static void adapter_unreachable(void *context, source_id id)
{
	timekeeping_source_unreachable(context, id);
}

/* The longest of some intervals after which interleaved mode would still pay. */
static double adapter_interleave_within(struct timekeeping *timekeeping, source_id id, raw_ns now)
{
	for (double age = INTERLEAVED_LONGEST; age > 1; age /= M_SQRT2) {
		if (timekeeping_wants_interleaved(timekeeping, id, ns_add(now, age)))
			return age;
	}
	return 0;
}

static void adapter_sample(void *context, source_id id, const struct measurement *measurement,
			   const struct clock_reading *now, struct sample_outcome *outcome)
{
	outcome->verdict = timekeeping_measure(context, id, measurement);
	outcome->poll = timekeeping_poll(context, id);
	outcome->interleave_within = adapter_interleave_within(context, id, now->raw);
}

static bool adapter_fallback_needed(void *context, const struct clock_reading *now)
{
	(void)now;
	return timekeeping_fallback_needed(context);
}

struct sample_sink service_sample_sink(struct timekeeping *timekeeping)
{
	return (struct sample_sink){
		.add = adapter_add,
		.remove = adapter_remove,
		.unreachable = adapter_unreachable,
		.sample = adapter_sample,
		.fallback_needed = adapter_fallback_needed,
		.context = timekeeping,
	};
}
