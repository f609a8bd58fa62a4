/* From a source's samples to the estimate: the paths' places in it, one sample
 * more, and starting over. */
#include "discipline/mind.h"

#include <math.h>
#include <stdlib.h>

/* What of a path's delay may be asymmetry, one standard deviation. */
#define ASYMMETRY 0.02
/* What of a server's announced dispersion is taken for its error, and at most. */
#define CLAIM_SHARE 0.1
#define CLAIM_MOST  1e-3 /* s */
/* A new path's delay CHANGE may be all on one way: +-CHANGE/2, evenly. */
#define CHANGE_SHARE 0.288675
/* How long an oscillator's surprises are remembered; from which sample on, beyond how
 * many standard deviations and from how late a packet they are believed to be that. */
#define SURPRISE_LIFE  20000.0 /* s */
#define SURPRISE_FIRST 16
#define SURPRISE_BOUND 3
#define SURPRISE_TIME  16.0 /* s */

void discipline_release_slots(struct discipline *discipline, struct source *source)
{
	int i;

	for (i = 0; i < PATH_COUNT; i++) {
		if (source->paths.paths[i].slot != ESTIMATOR_PATH_NONE)
			estimator_remove_path(&discipline->estimator, source->paths.paths[i].slot);
		source->paths.paths[i].slot = ESTIMATOR_PATH_NONE;
	}
}

/* What is not known of a path at first: its asymmetry and its server's error. */
static double first_bias_deviation(const struct source_sample *sample)
{
	double asymmetry = ASYMMETRY * (sample->delay + sample->root_delay);
	double claim = fmin(CLAIM_SHARE * sample->root_dispersion, CLAIM_MOST);

	return sqrt(asymmetry * asymmetry + claim * claim);
}

/* Takes a slot from a path that is not needed now. */
static void discipline_free_slot(struct discipline *discipline)
{
	struct source *victim = NULL;
	size_t i;

	for (i = 0; i < discipline->source_count; i++) {
		struct source *source = discipline->sources[i];
		struct path *idle = &source->paths.paths[1 - source->paths.current];

		if (idle->slot != ESTIMATOR_PATH_NONE) {
			estimator_remove_path(&discipline->estimator, idle->slot);
			idle->slot = ESTIMATOR_PATH_NONE;
			return;
		}
		if (source->selection < SELECTION_CANDIDATE &&
		    source->paths.paths[source->paths.current].slot != ESTIMATOR_PATH_NONE)
			victim = source;
	}
	if (victim != NULL)
		discipline_release_slots(discipline, victim);
}

/* Sees to it that the current path has a slot, if there is one to have. */
int discipline_slot(struct discipline *discipline, struct source *source,
		    const struct source_sample *sample)
{
	struct path *path = &source->paths.paths[source->paths.current];

	if (path->slot != ESTIMATOR_PATH_NONE)
		return path->slot;
	path->slot = estimator_add_path(&discipline->estimator, 0, first_bias_deviation(sample));
	if (path->slot == ESTIMATOR_PATH_NONE) {
		discipline_free_slot(discipline);
		path->slot = estimator_add_path(&discipline->estimator, 0,
						first_bias_deviation(sample));
	}
	return path->slot;
}

/* A shorter path has less room for asymmetry: the longer one was the detour. */
static void discipline_trust_shorter(struct discipline *discipline, int slot,
				     const struct source_sample *sample)
{
	estimator_observe_bias(&discipline->estimator, slot,
			       hypot(first_bias_deviation(sample), sample->stamps));
}

void discipline_open_path(struct discipline *discipline, struct source *source,
			  const struct source_sample *sample, double change)
{
	struct path *path = &source->paths.paths[source->paths.current];
	const struct path *before = &source->paths.paths[1 - source->paths.current];

	if (path->slot != ESTIMATOR_PATH_NONE)
		estimator_remove_path(&discipline->estimator, path->slot);
	path->slot = ESTIMATOR_PATH_NONE;
	if (before->slot == ESTIMATOR_PATH_NONE)
		return;
	path->slot = estimator_fork_path(&discipline->estimator, before->slot,
					 CHANGE_SHARE * fabs(change));
	if (path->slot == ESTIMATOR_PATH_NONE) {
		discipline_free_slot(discipline);
		if (before->slot != ESTIMATOR_PATH_NONE)
			path->slot = estimator_fork_path(&discipline->estimator, before->slot,
							 CHANGE_SHARE * fabs(change));
	}
	if (change < 0 && path->slot != ESTIMATOR_PATH_NONE)
		discipline_trust_shorter(discipline, path->slot, sample);
}

/* An oscillator that did what was thought impossible may do so again: that is
 * remembered for some time. */
static void discipline_note_surprise(struct discipline *discipline,
				     const struct source_sample *sample)
{
	const struct estimator *estimator = &discipline->estimator;
	double passed = ns_interval(estimator->epoch, sample->raw), seen, bound;
	struct estimate estimate;

	if (!estimator->started || sample->slot == ESTIMATOR_PATH_NONE || passed <= 0)
		return;
	discipline->surprise *= exp(-passed / SURPRISE_LIFE);
	if (discipline->samples < SURPRISE_FIRST)
		return;
	estimator_predict(estimator, sample->raw, &estimate);
	seen = fabs(sample->offset - estimate.phase - estimator_path_bias(estimator, sample->slot));
	bound = SURPRISE_BOUND * estimate.phase_deviation + 3 * sample->blur + sample->excess / 2 +
		2 * sample->jitter;
	if (seen > bound)
		discipline->surprise = fmax(discipline->surprise,
					    (seen - sample->excess / 2) /
						    fmax(passed, SURPRISE_TIME));
}

void discipline_learn(struct discipline *discipline, struct source *source,
		      const struct source_sample *sample)
{
	struct estimator_observation observation = {
		.raw = sample->raw,
		.offset = sample->offset,
		.excess = sample->excess,
		.jitter = sample->jitter,
		.blur = sample->blur,
		.path = sample->slot,
	};
	double outlier;

	if (sample->slot == ESTIMATOR_PATH_NONE)
		observation.blur = hypot(sample->blur, first_bias_deviation(sample));
	discipline_note_surprise(discipline, sample);
	outlier = estimator_observe(&discipline->estimator, &observation);
	if (!estimator_is_sane(&discipline->estimator)) {
		discipline_forget_all(discipline);
		return;
	}
	source->contradicted = outlier > 0.5 ? source->contradicted + 1 : 0;
	if (source->contradicted >= 6 && sample->slot != ESTIMATOR_PATH_NONE) {
		struct estimate estimate;
		double bias = estimator_path_bias(&discipline->estimator, sample->slot);

		estimator_predict(&discipline->estimator, sample->raw, &estimate);
		estimator_loosen_path(&discipline->estimator, sample->slot,
				      fabs(sample->offset - estimate.phase - bias));
		source->contradicted = 0;
	}
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

static size_t replay_gather(struct discipline *discipline, struct replay *replay)
{
	size_t i, n = 0;
	int age;

	for (i = 0; i < discipline->source_count; i++) {
		struct source *source = discipline->sources[i];

		discipline_release_slots(discipline, source);
		if (source->selection < SELECTION_CANDIDATE)
			continue;
		for (age = source->dissents; age < source->count && n < REPLAY_MAX; age++)
			replay[n++] = (struct replay){ source, *source_sample(source, age) };
	}
	qsort(replay, n, sizeof replay[0], replay_compare);
	return n;
}

static unsigned replay_run(struct discipline *discipline, struct replay *replay, size_t n,
			   double frequency, double deviation)
{
	unsigned contradicted = 0;
	size_t i;

	for (i = 0; i < n; i++)
		discipline_release_slots(discipline, replay[i].source);
	estimator_reset(&discipline->estimator, frequency, deviation);
	for (i = 0; i < n; i++) {
		struct source_sample *sample = &replay[i].sample;
		struct source *source = replay[i].source;

		sample->slot = discipline_slot(discipline, source, sample);
		source->contradicted = 0;
		discipline_learn(discipline, source, sample);
		contradicted += source->contradicted > 0;
	}
	return contradicted;
}

/* What the samples in REPLAY are for a decision that is open. */
static void discipline_recount_decision(struct decision *decision, const struct replay *replay,
					size_t n)
{
	unsigned before = decision->samples;

	decision->samples = 0;
	for (size_t i = 0; i < n; i++) {
		if (replay[i].sample.raw < decision->opened)
			continue;
		if (before == 0 && decision->samples == 0)
			decision->since = replay[i].sample.raw;
		decision->samples++;
	}
}

void discipline_start_over(struct discipline *discipline)
{
	struct replay replay[REPLAY_MAX];
	size_t n = replay_gather(discipline, replay);
	struct estimate before;

	estimator_predict(&discipline->estimator, discipline->last.raw, &before);
	if (replay_run(discipline, replay, n, before.frequency,
		       fmin(before.frequency_deviation, ESTIMATOR_FREQUENCY_0)) > 0 &&
	    n > 2)
		replay_run(discipline, replay, n, before.frequency, ESTIMATOR_FREQUENCY_0);
	discipline->outside = 0;
	discipline->samples = (unsigned)n;
	discipline_recount_decision(&discipline->decision, replay, n);
}
