#include "discipline/filter_update.h"

#include <math.h>
#include <stdlib.h>

/* What of a path's delay may be asymmetry, one standard deviation. */
#define ASYMMETRY 0.02
/* What of a server's announced dispersion is taken for its error, and at most. */
#define CLAIM_SHARE 0.1
#define CLAIM_MOST  1e-3 /* s */
/* A new path's delay CHANGE may be all on one way: +-CHANGE/2, evenly. */
#define CHANGE_SHARE 0.288675
/* A bias may be wrong, learned from a server that was slewing its own clock. Each packet
 * on the shortest path says so weakly, in units of the first deviation, that there is
 * none; else nothing would ever take it back. */
#define BIAS_REMINDER 10
/* Unmodelled changes of the oscillator's frequency: how long they are remembered; the
 * first sample, the number of standard deviations and the shortest interval between
 * packets from which they are recognized. */
#define UNMODELLED_LIFE  20000.0 /* s */
#define UNMODELLED_FIRST 16
#define UNMODELLED_BOUND 3
#define UNMODELLED_TIME  16.0 /* s */

/* What is not known of a path at first: its asymmetry and its server's error. */
static double filter_update_first_bias_deviation(const struct source_sample *sample)
{
	double asymmetry = ASYMMETRY * (sample->delay + sample->root_delay);
	double claim = fmin(CLAIM_SHARE * sample->root_dispersion, CLAIM_MOST);

	return sqrt(asymmetry * asymmetry + claim * claim);
}

/* Takes a slot from a path that is not needed now. */
static void ensemble_free_path(struct ensemble *ensemble)
{
	struct source *victim = NULL;
	size_t i;

	for (i = 0; i < ensemble->source_count; i++) {
		struct source *source = ensemble->sources[i];
		struct path *idle = &source->paths.paths[1 - source->paths.current];

		if (idle->slot != ESTIMATOR_PATH_NONE) {
			estimator_remove_path(&ensemble->estimator, idle->slot);
			idle->slot = ESTIMATOR_PATH_NONE;
			return;
		}
		if (source->selection < SELECTION_CANDIDATE &&
		    source->paths.paths[source->paths.current].slot != ESTIMATOR_PATH_NONE)
			victim = source;
	}
	if (victim != NULL)
		ensemble_release_paths(ensemble, victim);
}

/* Sees to it that the current path has a slot, if there is one to have. */
int ensemble_assign_path(struct ensemble *ensemble, struct source *source,
			 const struct source_sample *sample)
{
	struct path *path = &source->paths.paths[source->paths.current];

	if (path->slot != ESTIMATOR_PATH_NONE)
		return path->slot;
	path->slot = estimator_add_path(&ensemble->estimator, 0,
					filter_update_first_bias_deviation(sample));
	if (path->slot == ESTIMATOR_PATH_NONE) {
		ensemble_free_path(ensemble);
		path->slot = estimator_add_path(&ensemble->estimator, 0,
						filter_update_first_bias_deviation(sample));
	}
	return path->slot;
}

/* A shorter path has less room for asymmetry: the longer one was the detour. */
static void ensemble_trust_shorter(struct ensemble *ensemble, int slot,
				   const struct source_sample *sample)
{
	estimator_observe_bias(
		&ensemble->estimator, slot,
		hypot(filter_update_first_bias_deviation(sample), sample->stamp_noise));
}

void ensemble_open_path(struct ensemble *ensemble, struct source *source,
			const struct source_sample *sample, double change)
{
	struct path *path = &source->paths.paths[source->paths.current];
	const struct path *before = &source->paths.paths[1 - source->paths.current];

	if (path->slot != ESTIMATOR_PATH_NONE)
		estimator_remove_path(&ensemble->estimator, path->slot);
	path->slot = ESTIMATOR_PATH_NONE;
	if (before->slot == ESTIMATOR_PATH_NONE)
		return;
	path->slot = estimator_fork_path(&ensemble->estimator, before->slot,
					 CHANGE_SHARE * fabs(change));
	if (path->slot == ESTIMATOR_PATH_NONE) {
		ensemble_free_path(ensemble);
		if (before->slot != ESTIMATOR_PATH_NONE)
			path->slot = estimator_fork_path(&ensemble->estimator, before->slot,
							 CHANGE_SHARE * fabs(change));
	}
	if (change < 0 && path->slot != ESTIMATOR_PATH_NONE)
		ensemble_trust_shorter(ensemble, path->slot, sample);
}

/* An oscillator whose frequency jumped may do so again: that is remembered for some
 * time. */
static void ensemble_note_unmodelled(struct ensemble *ensemble, const struct source_sample *sample)
{
	const struct estimator *estimator = &ensemble->estimator;
	double passed = ns_interval(estimator->epoch, sample->raw), seen, bound;
	struct estimate estimate;

	if (!estimator->started || sample->slot == ESTIMATOR_PATH_NONE || passed <= 0)
		return;
	ensemble->unmodelled_frequency *= exp(-passed / UNMODELLED_LIFE);
	if (ensemble->samples < UNMODELLED_FIRST)
		return;
	estimator_predict(estimator, sample->raw, &estimate);
	seen = fabs(sample->offset - estimate.phase - estimator_path_bias(estimator, sample->slot));
	bound = UNMODELLED_BOUND * estimate.phase_deviation + 3 * sample->noise +
		sample->queueing_delay / 2 + 2 * sample->jitter;
	if (seen > bound)
		ensemble->unmodelled_frequency = fmax(ensemble->unmodelled_frequency,
						      (seen - sample->queueing_delay / 2) /
							      fmax(passed, UNMODELLED_TIME));
}

/* The shortest path of SOURCE, which has the least room for asymmetry, is in use. */
static bool filter_update_path_is_shortest(const struct source *source)
{
	const struct path_set *set = &source->paths;
	double minimum = set->paths[set->current].minimum;

	for (int i = 0; i < set->count; i++)
		if (set->paths[i].minimum < minimum)
			return false;
	return true;
}

bool ensemble_update_filter(struct ensemble *ensemble, struct source *source,
			    const struct source_sample *sample)
{
	struct estimator_observation observation = {
		.raw = sample->raw,
		.offset = sample->offset,
		.queueing_delay = sample->queueing_delay,
		.jitter = sample->jitter,
		.noise = sample->noise,
		.path = sample->slot,
	};
	double outlier;

	if (sample->slot == ESTIMATOR_PATH_NONE)
		observation.noise = hypot(sample->noise,
					  filter_update_first_bias_deviation(sample));
	ensemble_note_unmodelled(ensemble, sample);
	outlier = estimator_observe(&ensemble->estimator, &observation);
	if (!estimator_is_sane(&ensemble->estimator)) {
		ensemble_forget_all(ensemble, sample->raw);
		return false;
	}
	source->contradicted = outlier > 0.5 ? source->contradicted + 1 : 0;
	if (source->contradicted >= 6 && sample->slot != ESTIMATOR_PATH_NONE) {
		struct estimate estimate;
		double bias = estimator_path_bias(&ensemble->estimator, sample->slot);

		estimator_predict(&ensemble->estimator, sample->raw, &estimate);
		estimator_loosen_path(&ensemble->estimator, sample->slot,
				      fabs(sample->offset - estimate.phase - bias));
		source->contradicted = 0;
	}
	if (sample->slot != ESTIMATOR_PATH_NONE && filter_update_path_is_shortest(source))
		estimator_observe_bias(&ensemble->estimator, sample->slot,
				       BIAS_REMINDER * ASYMMETRY *
					       (sample->delay + sample->root_delay));
	return true;
}

/* ------------------------------------------------------------------------- */
/* Starting over from what the sources' registers hold */

struct replay {
	struct source *source;
	struct source_sample sample;
};

static int replay_compare(const void *left, const void *right)
{
	const struct replay *a = left, *b = right;

	return (a->sample.raw > b->sample.raw) - (a->sample.raw < b->sample.raw);
}

#define REPLAY_MAX (SELECT_SURVIVORS * SOURCE_SAMPLES)

static size_t replay_gather(struct ensemble *ensemble, struct replay *replay)
{
	size_t i, n = 0;
	int age;

	for (i = 0; i < ensemble->source_count; i++) {
		struct source *source = ensemble->sources[i];

		ensemble_release_paths(ensemble, source);
		if (source->selection < SELECTION_CANDIDATE)
			continue;
		for (age = source->dissents; age < source->count && n < REPLAY_MAX; age++)
			replay[n++] = (struct replay){ source, *source_sample(source, age) };
	}
	qsort(replay, n, sizeof replay[0], replay_compare);
	return n;
}

static unsigned replay_run(struct ensemble *ensemble, struct replay *replay, size_t n,
			   double frequency, double deviation)
{
	unsigned contradicted = 0;
	size_t i;

	for (i = 0; i < n; i++)
		ensemble_release_paths(ensemble, replay[i].source);
	estimator_reset(&ensemble->estimator, frequency, deviation);
	for (i = 0; i < n; i++) {
		struct source_sample *sample = &replay[i].sample;
		struct source *source = replay[i].source;

		sample->slot = ensemble_assign_path(ensemble, source, sample);
		source->contradicted = 0;
		ensemble_update_filter(ensemble, source, sample);
		contradicted += source->contradicted > 0;
	}
	return contradicted;
}

/* What the samples in REPLAY are for a decision that is open. */
static void replay_count(const struct replay *replay, size_t n, struct decision *decision)
{
	bool first = decision->samples == 0;

	decision->samples = 0;
	for (size_t i = 0; i < n; i++) {
		if (replay[i].sample.raw < decision->opened)
			continue;
		if (first && decision->samples == 0)
			decision->since = replay[i].sample.raw;
		decision->samples++;
	}
}

void ensemble_restart(struct ensemble *ensemble, raw_ns now, struct decision *decision)
{
	struct replay replay[REPLAY_MAX];
	size_t n = replay_gather(ensemble, replay);
	struct estimate before;

	estimator_predict(&ensemble->estimator, now, &before);
	if (replay_run(ensemble, replay, n, before.frequency,
		       fmin(before.frequency_deviation, ESTIMATOR_FREQUENCY_0)) > 0 &&
	    n > 2)
		replay_run(ensemble, replay, n, before.frequency, ESTIMATOR_FREQUENCY_0);
	ensemble->contradictions = 0;
	ensemble->samples = (unsigned)n;
	replay_count(replay, n, decision);
}
