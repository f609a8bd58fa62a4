#include "discipline/discipline.h"

#include "discipline/mind.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define EXCHANGE_MAX      100.0 /* s, from request to answer */
#define DELAY_MAX         4.0   /* s, round trip */
#define BLUR_MAX          1.0   /* s, of a time stamp */
#define ROOT_DISTANCE_MAX 64.0  /* s; Windows announces 10 s and more */
#define STRATUM_MAX       15
/* Servers fill the bits below their precision at random: a quick answer may
 * seem to leave before the request came. */
#define SERVER_FUZZ 1e-6 /* s */
/* What of a path's delay may be asymmetry, one standard deviation. */
#define ASYMMETRY 0.02
/* What of a server's announced dispersion is taken for its error, and at most. */
#define CLAIM_SHARE 0.1
#define CLAIM_MOST  1e-3 /* s */
/* Nobody needs to be asked more often to be more exact than this, or than the
 * path's likely asymmetry. */
#define ENOUGH          5e-6 /* s */
#define ENOUGH_OF_DELAY 0.002
/* A new path's delay CHANGE may be all on one way: +-CHANGE/2, evenly. */
#define CHANGE_SHARE 0.288675

static struct discipline_settings tame(const struct discipline_settings *settings)
{
	struct discipline_settings tamed = *settings;

	if (!(tamed.maximum_rate > 0))
		tamed.maximum_rate = 0;
	if (tamed.max_poll < tamed.min_poll)
		tamed.max_poll = tamed.min_poll;
	tamed.precision = fmin(fmax(tamed.precision, 1e-9), 1);
	return tamed;
}

struct discipline *discipline_create(const struct discipline_settings *settings,
				     const struct discipline_frequency *frequency)
{
	struct discipline *discipline = calloc(1, sizeof *discipline);
	double known = 0, deviation = ESTIMATOR_FREQUENCY_0;

	if (discipline == NULL)
		return NULL;
	discipline->settings = tame(settings);
	if (frequency != NULL && fabs(frequency->frequency) < 1e-2 && frequency->uncertainty >= 0 &&
	    frequency->uncertainty < ESTIMATOR_FREQUENCY_0) {
		known = -frequency->frequency / (1 + frequency->frequency);
		deviation = fmax(frequency->uncertainty, 1e-9);
	}
	estimator_reset(&discipline->estimator, known, deviation);
	servo_reset(&discipline->servo);
	discipline->servo.base_rate = known;
	discipline->hold_left = settings->hold_period;
	return discipline;
}

void discipline_destroy(struct discipline *discipline)
{
	size_t i;

	if (discipline == NULL)
		return;
	for (i = 0; i < discipline->source_count; i++)
		free(discipline->sources[i]);
	free(discipline);
}

static void source_poll_settings(const struct discipline *discipline, struct poll_settings *poll)
{
	poll->min_poll = discipline->settings.min_poll;
	poll->max_poll = discipline->settings.max_poll;
	poll->adjust_factor = discipline->settings.poll_adjust_factor;
}

void discipline_configure(struct discipline *discipline, const struct discipline_settings *settings)
{
	size_t i;

	discipline->settings = tame(settings);
	for (i = 0; i < discipline->source_count; i++) {
		struct poll *poll = &discipline->sources[i]->poll;

		if (poll->interval < discipline->settings.min_poll)
			poll->interval = discipline->settings.min_poll;
		if (poll->interval > discipline->settings.max_poll)
			poll->interval = discipline->settings.max_poll;
	}
}

/* ------------------------------------------------------------------------- */
/* Sources */

struct source *discipline_find(const struct discipline *discipline, source_id id)
{
	size_t i;

	for (i = 0; i < discipline->source_count; i++)
		if (discipline->sources[i]->id == id)
			return discipline->sources[i];
	return NULL;
}

static struct discipline_source_settings tame_source(
	const struct discipline_source_settings *settings)
{
	struct discipline_source_settings tamed = *settings;

	if (!(tamed.poll_seconds > 0))
		tamed.poll_seconds = 1;
	return tamed;
}

int discipline_add_source(struct discipline *discipline, source_id id,
			  const struct discipline_source_settings *settings)
{
	struct poll_settings poll;
	struct source *source;

	if (discipline_find(discipline, id) != NULL)
		return -EEXIST;
	if (discipline->source_count == DISCIPLINE_SOURCES_MAX)
		return -ENOSPC;
	source = malloc(sizeof *source);
	if (source == NULL)
		return -ENOMEM;
	source_init(source, id);
	source->settings = tame_source(settings);
	source_poll_settings(discipline, &poll);
	poll_reset(&source->poll, &poll);
	source->reachable = true;
	discipline->sources[discipline->source_count++] = source;
	return 0;
}

void discipline_configure_source(struct discipline *discipline, source_id id,
				 const struct discipline_source_settings *settings)
{
	struct source *source = discipline_find(discipline, id);

	if (source != NULL)
		source->settings = tame_source(settings);
}

static void source_release_slots(struct discipline *discipline, struct source *source)
{
	int i;

	for (i = 0; i < PATH_COUNT; i++) {
		if (source->paths.paths[i].slot != ESTIMATOR_PATH_NONE)
			estimator_remove_path(&discipline->estimator, source->paths.paths[i].slot);
		source->paths.paths[i].slot = ESTIMATOR_PATH_NONE;
	}
}

void discipline_remove_source(struct discipline *discipline, source_id id)
{
	size_t i;

	for (i = 0; i < discipline->source_count; i++) {
		if (discipline->sources[i]->id != id)
			continue;
		source_release_slots(discipline, discipline->sources[i]);
		free(discipline->sources[i]);
		discipline->sources[i] = discipline->sources[--discipline->source_count];
		break;
	}
	if (discipline->seen)
		discipline_select(discipline, discipline->last.raw);
}

void discipline_source_unreachable(struct discipline *discipline, source_id id)
{
	struct source *source = discipline_find(discipline, id);

	if (source == NULL)
		return;
	source->reachable = false;
	if (discipline->seen)
		discipline_select(discipline, discipline->last.raw);
}

/* ------------------------------------------------------------------------- */
/* The raw line */

utc_ns discipline_line(const struct discipline *discipline, raw_ns raw)
{
	int64_t passed, utc;

	if (__builtin_sub_overflow(raw, discipline->anchor_raw, &passed))
		passed = raw > 0 ? INT64_MAX : INT64_MIN;
	if (__builtin_add_overflow(discipline->anchor_utc, passed, &utc))
		utc = passed > 0 ? INT64_MAX : INT64_MIN;
	return utc;
}

static void discipline_shift_line(struct discipline *discipline, double seconds)
{
	utc_ns moved = ns_add(discipline->anchor_utc, seconds);
	double really = ns_interval(discipline->anchor_utc, moved);
	size_t i;

	discipline->anchor_utc = moved;
	estimator_shift(&discipline->estimator, really);
	for (i = 0; i < discipline->source_count; i++)
		source_shift(discipline->sources[i], really);
}

/* Small numbers are exact ones: the line is kept near the truth. */
static void discipline_tend_line(struct discipline *discipline)
{
	double phase = discipline->estimator.mean[0];

	if (discipline->estimator.started && fabs(phase) > 1)
		discipline_shift_line(discipline, phase);
}

double discipline_offset(const struct discipline *discipline, const struct clock_reading *now)
{
	struct estimate estimate;

	estimator_predict(&discipline->estimator, now->raw, &estimate);
	return ns_interval(now->utc, discipline_line(discipline, now->raw)) + estimate.phase;
}

void discipline_view(const struct discipline *discipline, raw_ns now, struct source_view *view)
{
	struct estimate estimate;

	estimator_predict(&discipline->estimator, now, &estimate);
	view->raw = now;
	view->frequency = estimate.frequency;
	view->frequency_deviation = estimate.frequency_deviation;
}

void discipline_forget_phase(struct discipline *discipline)
{
	struct estimate estimate;
	size_t i;

	estimator_predict(&discipline->estimator, discipline->last.raw, &estimate);
	for (i = 0; i < discipline->source_count; i++) {
		source_forget_samples(discipline->sources[i]);
		source_release_slots(discipline, discipline->sources[i]);
		discipline->sources[i]->selection = SELECTION_UNUSABLE;
	}
	estimator_reset(&discipline->estimator, estimate.frequency,
			fmin(estimate.frequency_deviation, ESTIMATOR_FREQUENCY_0));
	discipline->samples = 0;
	discipline->outside = 0;
}

/* Numbers that no world has: nothing that came of them is kept. */
static void discipline_forget_all(struct discipline *discipline)
{
	discipline_forget_phase(discipline);
	estimator_reset(&discipline->estimator, 0, ESTIMATOR_FREQUENCY_0);
	servo_reset(&discipline->servo);
	discipline->anchored = false;
}

/* ------------------------------------------------------------------------- */
/* Measurements */

static bool measurement_is_possible(const struct measurement *measurement,
				    const struct clock_reading *now)
{
	return isfinite(measurement->uncertainty) && isfinite(measurement->server_precision) &&
	       isfinite(measurement->root_delay) && isfinite(measurement->root_dispersion) &&
	       measurement->sent <= measurement->received &&
	       measurement->received <= ns_add(now->raw, 1) &&
	       ns_interval(measurement->sent, measurement->received) < EXCHANGE_MAX &&
	       ns_interval(measurement->server_received, measurement->server_sent) >=
		       -2 * fmax(measurement->server_precision, 0) - SERVER_FUZZ &&
	       measurement->stratum >= 1 && measurement->stratum <= STRATUM_MAX &&
	       measurement->leap <= 2;
}

/* The exchange on the raw line; false if no delay can be that short. */
static bool measurement_to_sample(const struct discipline *discipline,
				  const struct measurement *measurement, double frequency,
				  struct source_sample *sample)
{
	double away = ns_interval(measurement->sent, measurement->received);
	double there = ns_interval(measurement->server_received, measurement->server_sent);
	double first = ns_interval(discipline_line(discipline, measurement->sent),
				   measurement->server_received);
	double second = ns_interval(discipline_line(discipline, measurement->received),
				    measurement->server_sent);
	double own = fmin(fmax(measurement->uncertainty, 0), BLUR_MAX) +
		     discipline->settings.precision;
	double theirs = fmin(fmax(measurement->server_precision, 0), BLUR_MAX);

	sample->raw = measurement->sent + (measurement->received - measurement->sent) / 2;
	sample->offset = (first + second) / 2;
	sample->delay = away * (1 + frequency) - there;
	sample->blur = sqrt(own * own + theirs * theirs / 6);
	sample->root_delay = fmax(measurement->root_delay, 0);
	sample->root_dispersion = fmax(measurement->root_dispersion, 0);
	if (!isfinite(sample->delay) || sample->delay < -2 * (own + theirs) - 2e-5 * away)
		return false;
	sample->delay = fmax(sample->delay, 1e-9);
	return true;
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
		source_release_slots(discipline, victim);
}

/* Sees to it that the current path has a slot, if there is one to have. */
static int source_slot(struct discipline *discipline, struct source *source,
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

static void source_open_path(struct discipline *discipline, struct source *source, double change)
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
}

static void sample_observe(struct discipline *discipline, struct source *source,
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

		source_release_slots(discipline, source);
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
		source_release_slots(discipline, replay[i].source);
	estimator_reset(&discipline->estimator, frequency, deviation);
	for (i = 0; i < n; i++) {
		struct source_sample *sample = &replay[i].sample;
		struct source *source = replay[i].source;

		sample->slot = source_slot(discipline, source, sample);
		source->contradicted = 0;
		sample_observe(discipline, source, sample);
		contradicted += source->contradicted > 0;
	}
	return contradicted;
}

static void discipline_start_over(struct discipline *discipline)
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
}

/* ------------------------------------------------------------------------- */
/* Selection */

static bool source_usable(const struct source *source)
{
	return source->reachable && source->count > 0;
}

/* Fills CANDIDATES with those sources that may vote; OF says which they are. */
static size_t gather_candidates(struct discipline *discipline, const struct source_view *view,
				struct select_candidate *candidates, struct source **of)
{
	bool only_fallback = true;
	size_t i, n = 0;

	for (i = 0; i < discipline->source_count; i++)
		if (source_usable(discipline->sources[i]) &&
		    !discipline->sources[i]->settings.fallback)
			only_fallback = false;
	for (i = 0; i < discipline->source_count; i++) {
		struct source *source = discipline->sources[i];

		source->selection = SELECTION_UNUSABLE;
		if (!source_usable(source))
			continue;
		if (source->settings.fallback && !only_fallback) {
			source->selection = SELECTION_FALLBACK;
			continue;
		}
		source_candidate(source, view, &candidates[n]);
		of[n++] = source;
	}
	return n;
}

/* The one with the largest say; the old one unless another is clearly better. */
static void choose_selected(struct discipline *discipline,
			    const struct select_candidate *candidates, struct source **of, size_t n)
{
	double least = INFINITY;
	struct source *best = NULL;
	size_t i;

	for (i = 0; i < n; i++) {
		double cost = candidates[i].distance + 1e-3 * of[i]->stratum;

		if (candidates[i].mark != SELECT_SURVIVOR)
			continue;
		if (of[i]->id == discipline->selected)
			cost *= 0.7;
		if (cost < least) {
			least = cost;
			best = of[i];
		}
	}
	if (best == NULL)
		return;
	best->selection = SELECTION_SELECTED;
	if (best->id != discipline->selected)
		discipline->source_changed = true;
	discipline->selected = best->id;
}

void discipline_select(struct discipline *discipline, raw_ns now)
{
	static const enum discipline_selection marks[] = {
		[SELECT_FALSETICKER] = SELECTION_FALSETICKER,
		[SELECT_OUTLIER] = SELECTION_OUTLIER,
		[SELECT_SURVIVOR] = SELECTION_CANDIDATE,
	};
	struct select_candidate candidates[DISCIPLINE_SOURCES_MAX], own;
	struct source *of[DISCIPLINE_SOURCES_MAX];
	struct select_result result;
	struct estimate estimate;
	struct source_view view;
	size_t n, i;
	double away;

	discipline_view(discipline, now, &view);
	n = gather_candidates(discipline, &view, candidates, of);
	estimator_predict(&discipline->estimator, now, &estimate);
	own.offset = estimate.phase;
	own.distance = 4 * estimate.phase_deviation + 1e-6;
	select_sources(candidates, n, discipline->state == DISCIPLINE_STATE_SYNC ? &own : NULL,
		       &result);
	for (i = 0; i < n; i++)
		of[i]->selection = marks[candidates[i].mark];
	if (!result.found)
		return;
	choose_selected(discipline, candidates, of, n);
	away = fmax(estimate.phase - result.high, result.low - estimate.phase);
	if (discipline->estimator.started && away > 5 * estimate.phase_deviation + 1e-6)
		discipline->outside++;
	else
		discipline->outside = 0;
}

/* ------------------------------------------------------------------------- */

static void sample_use(struct discipline *discipline, struct source *source,
		       struct source_sample *sample, bool renewed)
{
	bool fresh = !discipline->estimator.started;

	discipline_select(discipline, discipline->last.raw);
	if (discipline->outside >= 4 || (discipline->outside > 0 && renewed)) {
		discipline_start_over(discipline);
	} else if (source->selection >= SELECTION_CANDIDATE) {
		sample->slot = source_slot(discipline, source, sample);
		sample_observe(discipline, source, sample);
		if (fresh)
			discipline->first_sample = sample->raw;
	}
	discipline_tend_line(discipline);
	if (source->selection < SELECTION_CANDIDATE)
		return;
	discipline->samples++;
	discipline->last_update_raw = discipline->last.raw;
	discipline->last_update = discipline->last.utc;
	if (discipline->hold_left > 0 && discipline->corrected)
		discipline->hold_left--;
}

/* What a longer interval would cost. */
static void source_adjust_poll(struct discipline *discipline, struct source *source,
			       const struct source_sample *sample)
{
	struct poll_settings settings;
	struct estimate now, later;
	raw_ns then = ns_add(sample->raw, exp2(source->poll.interval));
	double known = estimator_path_deviation(&discipline->estimator, sample->slot), gained;
	double enough = fmax(ENOUGH_OF_DELAY * path_minimum(&source->paths), ENOUGH);

	source_poll_settings(discipline, &settings);
	estimator_predict(&discipline->estimator, sample->raw, &now);
	estimator_predict(&discipline->estimator, then, &later);
	gained = later.phase_deviation * later.phase_deviation -
		 now.phase_deviation * now.phase_deviation;
	poll_adjust(&source->poll, &settings, hypot(known, enough), sqrt(fmax(gained, 0)));
}

enum discipline_verdict discipline_measure(struct discipline *discipline, source_id id,
					   const struct measurement *measurement,
					   const struct clock_reading *now)
{
	struct source *source = discipline_find(discipline, id);
	struct source_sample sample;
	struct path_sample path;
	struct source_view view;
	bool renewed;

	if (source == NULL || !measurement_is_possible(measurement, now))
		return MEASUREMENT_IMPOSSIBLE;
	discipline_observe_clock(discipline, now);
	if (!discipline->anchored) {
		discipline->anchored = true;
		discipline->anchor_raw = now->raw;
		discipline->anchor_utc = measurement->server_sent;
	}
	discipline_view(discipline, now->raw, &view);
	if (!measurement_to_sample(discipline, measurement, view.frequency, &sample))
		return MEASUREMENT_IMPOSSIBLE;
	if (sample.delay > DELAY_MAX)
		return MEASUREMENT_DELAY_TOO_LARGE;
	if (sample.root_delay / 2 + sample.root_dispersion > ROOT_DISTANCE_MAX)
		return MEASUREMENT_ROOT_DISTANCE;

	source->reachable = true;
	source->stratum = measurement->stratum;
	source->leap = measurement->leap;
	path_add(&source->paths, sample.delay, sample.blur, &path);
	sample.excess = path.excess;
	sample.jitter = path.jitter;
	sample.blur = hypot(sample.blur, path.uncertainty / 2);
	sample.slot = ESTIMATOR_PATH_NONE;
	if (path.event == PATH_NEW)
		source_open_path(discipline, source, path.change);
	if (!source_push(source, &sample, &view, &renewed)) {
		discipline_select(discipline, now->raw);
		if (source->selection == SELECTION_SELECTED &&
		    fabs(sample.offset - source_sample(source, source->dissents)->offset) >=
			    discipline->settings.large_phase_offset)
			discipline->spike_held = true;
		return MEASUREMENT_ACCEPTED;
	}
	sample_use(discipline, source, &sample, renewed);
	source_adjust_poll(discipline, source, &sample);
	return MEASUREMENT_ACCEPTED;
}
