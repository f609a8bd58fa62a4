#include "discipline/ensemble.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* So many standard deviations are given as the bound of an error. */
#define BOUND 4
/* And so many times the unmodelled frequency of late. */
#define UNMODELLED_TIMES 3
#define UNMODELLED_SINCE 8.0 /* s: not all is known right after a packet */

void ensemble_init(struct ensemble *ensemble, const struct discipline_settings *settings,
		   double frequency, double deviation)
{
	memset(ensemble, 0, sizeof *ensemble);
	ensemble->settings = *settings;
	estimator_reset(&ensemble->estimator, frequency, deviation);
}

void ensemble_free(struct ensemble *ensemble)
{
	for (size_t i = 0; i < ensemble->source_count; i++)
		free(ensemble->sources[i]);
	ensemble->source_count = 0;
}

struct poll_settings ensemble_poll_settings(const struct ensemble *ensemble)
{
	return (struct poll_settings){
		.min_poll = ensemble->settings.min_poll,
		.max_poll = ensemble->settings.max_poll,
		.adjust_factor = ensemble->settings.poll_adjust_factor,
	};
}

void ensemble_configure(struct ensemble *ensemble, const struct discipline_settings *settings)
{
	ensemble->settings = *settings;
	for (size_t i = 0; i < ensemble->source_count; i++) {
		struct poll *poll = &ensemble->sources[i]->poll;

		if (poll->interval < settings->min_poll)
			poll->interval = settings->min_poll;
		if (poll->interval > settings->max_poll)
			poll->interval = settings->max_poll;
	}
}

/* ------------------------------------------------------------------------- */
/* Sources */

struct source *ensemble_find(const struct ensemble *ensemble, source_id id)
{
	for (size_t i = 0; i < ensemble->source_count; i++)
		if (ensemble->sources[i]->id == id)
			return ensemble->sources[i];
	return NULL;
}

int ensemble_add(struct ensemble *ensemble, source_id id,
		 const struct discipline_source_settings *settings)
{
	struct poll_settings poll = ensemble_poll_settings(ensemble);
	struct source *source;

	if (ensemble_find(ensemble, id) != NULL)
		return -EEXIST;
	if (ensemble->source_count == DISCIPLINE_SOURCES_MAX)
		return -ENOSPC;
	source = malloc(sizeof *source);
	if (source == NULL)
		return -ENOMEM;
	source_init(source, id, settings);
	poll_reset(&source->poll, &poll);
	ensemble->sources[ensemble->source_count++] = source;
	return 0;
}

void ensemble_configure_source(struct ensemble *ensemble, source_id id,
			       const struct discipline_source_settings *settings)
{
	struct source *source = ensemble_find(ensemble, id);

	if (source != NULL)
		source_configure(source, settings);
}

void ensemble_remove(struct ensemble *ensemble, source_id id)
{
	for (size_t i = 0; i < ensemble->source_count; i++) {
		if (ensemble->sources[i]->id != id)
			continue;
		ensemble_release_paths(ensemble, ensemble->sources[i]);
		free(ensemble->sources[i]);
		ensemble->sources[i] = ensemble->sources[--ensemble->source_count];
		break;
	}
	if (ensemble->selected == id)
		ensemble->selected = 0;
}

void ensemble_release_paths(struct ensemble *ensemble, struct source *source)
{
	int i;

	for (i = 0; i < PATH_COUNT; i++) {
		if (source->paths.paths[i].slot != ESTIMATOR_PATH_NONE)
			estimator_remove_path(&ensemble->estimator, source->paths.paths[i].slot);
		source->paths.paths[i].slot = ESTIMATOR_PATH_NONE;
	}
}

double ensemble_poll_seconds(const struct ensemble *ensemble)
{
	const struct source *source = ensemble_find(ensemble, ensemble->selected);

	if (source == NULL)
		return exp2(ensemble->settings.min_poll);
	if (source->settings.fixed_poll)
		return source->settings.poll_seconds;
	return exp2(source->poll.interval);
}

/* ------------------------------------------------------------------------- */
/* The estimate */

double ensemble_offset(const struct ensemble *ensemble, const struct clock_reading *now)
{
	struct estimate estimate;

	estimator_predict(&ensemble->estimator, now->raw, &estimate);
	return ns_interval(now->utc, reference_line_utc(&ensemble->line, now->raw)) +
	       estimate.phase;
}

struct source_view ensemble_view(const struct ensemble *ensemble, raw_ns now)
{
	struct estimate estimate;

	estimator_predict(&ensemble->estimator, now, &estimate);
	return (struct source_view){
		.raw = now,
		.frequency = estimate.frequency,
		.frequency_deviation = estimate.frequency_deviation,
	};
}

void ensemble_recentre(struct ensemble *ensemble)
{
	double phase = ensemble->estimator.mean[0], moved;

	if (!ensemble->estimator.started || !(fabs(phase) > 1))
		return;
	moved = reference_line_shift(&ensemble->line, phase);
	estimator_shift(&ensemble->estimator, moved);
	for (size_t i = 0; i < ensemble->source_count; i++)
		source_shift(ensemble->sources[i], moved);
}

void ensemble_forget_phase(struct ensemble *ensemble, raw_ns now)
{
	struct estimate estimate;

	estimator_predict(&ensemble->estimator, now, &estimate);
	for (size_t i = 0; i < ensemble->source_count; i++) {
		source_forget_samples(ensemble->sources[i]);
		ensemble_release_paths(ensemble, ensemble->sources[i]);
		ensemble->sources[i]->selection = SELECTION_UNUSABLE;
	}
	estimator_reset(&ensemble->estimator, estimate.frequency,
			fmin(estimate.frequency_deviation, ESTIMATOR_FREQUENCY_0));
	ensemble->samples = 0;
	ensemble->contradictions = 0;
}

void ensemble_forget_all(struct ensemble *ensemble, raw_ns now)
{
	ensemble_forget_phase(ensemble, now);
	estimator_reset(&ensemble->estimator, 0, ESTIMATOR_FREQUENCY_0);
	ensemble->line.placed = false;
}

/* s; what of the phase at RAW is not known apart from the asymmetry of the path, which
 * half of its delay bounds: its deviation as packets see it. */
static double ensemble_deviation_without_path(const struct ensemble *ensemble,
					      const struct source *source, raw_ns raw)
{
	const struct estimator *estimator = &ensemble->estimator;
	int slot = source->paths.paths[source->paths.current].slot;
	struct estimate then, now;
	double seen, gained;

	estimator_predict(estimator, estimator->epoch, &then);
	estimator_predict(estimator, raw, &now);
	if (slot == ESTIMATOR_PATH_NONE)
		return now.phase_deviation;
	seen = estimator_path_deviation(estimator, slot);
	gained = now.phase_deviation * now.phase_deviation -
		 then.phase_deviation * then.phase_deviation;
	return fmin(hypot(seen, sqrt(fmax(gained, 0))) +
			    fabs(estimator_path_bias(estimator, slot)) / BOUND,
		    now.phase_deviation);
}

double ensemble_error_bound(const struct ensemble *ensemble, const struct source *source,
			    const struct clock_reading *now)
{
	const struct source_sample *sample = source_sample(source, 0);
	double since = fmax(ns_interval(ensemble->used_raw, now->raw), 0);
	double bound = fabs(ensemble_offset(ensemble, now)) +
		       BOUND * ensemble_deviation_without_path(ensemble, source, now->raw) +
		       UNMODELLED_TIMES * ensemble->unmodelled_frequency *
			       (since + UNMODELLED_SINCE);

	bound += sample->root_dispersion + sample->noise;
	/* Samples that are held back may still turn out to be right. */
	if (source->dissents > 0)
		bound += fabs(sample->offset - source_sample(source, source->dissents)->offset);
	return bound;
}
