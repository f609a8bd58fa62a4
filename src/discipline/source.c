#include "discipline/source.h"

#include <math.h>
#include <string.h>

/* An oscillator wanders even if its frequency seems well known. */
#define FREQUENCY_FLOOR 2e-6

void source_configure(struct source *source, const struct discipline_source_settings *settings)
{
	source->settings = *settings;
	if (!(source->settings.poll_seconds > 0))
		source->settings.poll_seconds = 1;
}

void source_init(struct source *source, source_id id,
		 const struct discipline_source_settings *settings)
{
	int i;

	memset(source, 0, sizeof *source);
	source->id = id;
	source->reachable = true;
	source_configure(source, settings);
	path_reset(&source->paths);
	for (i = 0; i < PATH_COUNT; i++)
		source->paths.paths[i].slot = ESTIMATOR_PATH_NONE;
}

int source_poll(const struct source *source)
{
	return source->settings.fixed_poll ? (int)lround(log2(source->settings.poll_seconds))
					   : source->poll.interval;
}

void source_forget_samples(struct source *source)
{
	source->count = 0;
	source->dissents = 0;
	source->contradicted = 0;
}

const struct source_sample *source_sample(const struct source *source, int age)
{
	return &source->samples[(source->newest - age + SOURCE_SAMPLES) % SOURCE_SAMPLES];
}

/* Where the sample puts the phase at RAW, and how far off that may be. */
static double source_sample_offset(const struct source_sample *sample,
				   const struct source_view *view, raw_ns raw)
{
	return sample->offset + view->frequency * ns_interval(sample->raw, raw);
}

static double source_sample_half_width(const struct source_sample *sample,
				       const struct source_view *view, raw_ns raw)
{
	double age = fabs(ns_interval(sample->raw, raw));

	return sample->delay / 2 + 3 * sample->noise +
	       age * (3 * view->frequency_deviation + FREQUENCY_FLOOR);
}

/* The sample, from the one FROM back on, that says most at RAW. */
static int source_best_sample(const struct source *source, const struct source_view *view,
			      raw_ns raw, int from)
{
	int age, best = from;

	for (age = from + 1; age < source->count; age++)
		if (source_sample_half_width(source_sample(source, age), view, raw) <
		    source_sample_half_width(source_sample(source, best), view, raw))
			best = age;
	return best;
}

static bool source_samples_agree(const struct source_sample *one, const struct source_sample *other,
				 const struct source_view *view)
{
	double apart = fabs(one->offset - source_sample_offset(other, view, one->raw));

	return apart <=
	       one->delay / 2 + 3 * one->noise + source_sample_half_width(other, view, one->raw);
}

/* The newest ones, which contradicted the rest, were wrong. */
static void source_drop_dissents(struct source *source)
{
	source->newest = (source->newest - source->dissents + SOURCE_SAMPLES) % SOURCE_SAMPLES;
	source->count -= source->dissents;
	source->dissents = 0;
}

/* Whether the newest ones, which contradict the older ones, have become so many
 * that they are believed: two against one, three that agree with each other, or
 * a row that fits nothing, which a wrong frequency makes. */
static bool source_dissent_prevails(const struct source *source, const struct source_view *view)
{
	int age;

	if (2 * source->dissents > source->count || source->dissents >= SOURCE_DISSENTS_MOST)
		return true;
	if (source->dissents < SOURCE_DISSENTS)
		return false;
	for (age = 0; age + 1 < SOURCE_DISSENTS; age++)
		if (!source_samples_agree(source_sample(source, age),
					  source_sample(source, age + 1), view))
			return false;
	return true;
}

bool source_push(struct source *source, const struct source_sample *sample,
		 const struct source_view *view, bool *renewed)
{
	bool agrees = true;

	*renewed = false;
	if (source->count > source->dissents) {
		const struct source_sample *older = source_sample(
			source, source_best_sample(source, view, sample->raw, source->dissents));

		agrees = source_samples_agree(sample, older, view);
	}
	if (agrees)
		source_drop_dissents(source);
	source->newest = (source->newest + 1) % SOURCE_SAMPLES;
	source->samples[source->newest] = *sample;
	if (source->count < SOURCE_SAMPLES)
		source->count++;
	if (agrees)
		return true;
	source->dissents++;
	if (!source_dissent_prevails(source, view))
		return false;
	source->count = source->dissents;
	source->dissents = 0;
	*renewed = true;
	return true;
}

void source_candidate(const struct source *source, const struct source_view *view,
		      struct select_candidate *candidate)
{
	int from = source->dissents < source->count ? source->dissents : 0;
	const struct source_sample *best = source_sample(
		source, source_best_sample(source, view, view->raw, from));

	candidate->offset = source_sample_offset(best, view, view->raw);
	candidate->distance = source_sample_half_width(best, view, view->raw) +
			      best->root_delay / 2;
	candidate->claimed = best->root_dispersion;
	candidate->jitter = source_jitter(source, view);
}

void source_shift(struct source *source, double seconds)
{
	int i;

	for (i = 0; i < SOURCE_SAMPLES; i++)
		source->samples[i].offset -= seconds;
}

double source_jitter(const struct source *source, const struct source_view *view)
{
	const struct source_sample *best;
	double sum = 0;
	int age;

	if (source->count < 2)
		return source->count == 0 ? 0 : source_sample(source, 0)->noise;
	best = source_sample(source, source_best_sample(source, view, view->raw, 0));
	for (age = 0; age < source->count; age++) {
		double apart = source_sample_offset(source_sample(source, age), view, best->raw) -
			       best->offset;

		sum += apart * apart;
	}
	return sqrt(sum / (source->count - 1));
}
