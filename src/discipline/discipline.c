#include "discipline/discipline.h"

#include "discipline/mind.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ntp/packet.h"

#define EXCHANGE_MAX      100.0 /* s, from request to answer */
#define INTERLEAVED_MAX   600.0 /* s, from an answer to the next request */
#define DELAY_MAX         4.0   /* s, round trip */
#define BLUR_MAX          1.0   /* s, of a time stamp */
#define ROOT_DISTANCE_MAX 64.0  /* s; Windows announces 10 s and more */
/* Servers fill the bits below their precision at random: a quick answer may
 * seem to leave before the request came. */
#define SERVER_FUZZ 1e-6 /* s */
/* Nobody needs to be asked more often to be more exact than this, or than the
 * path's likely asymmetry, or than so much of its noise. */
#define ENOUGH          5e-6 /* s */
#define ENOUGH_OF_DELAY 0.002
#define ENOUGH_OF_NOISE 0.2
#define ENOUGH_AT_MOST  5e-5 /* s, for the noise's sake */
/* Interleaved mode: where the network's own noise is larger than this, nobody sees
 * the server's; after so long what it tells is too old; what half a poll interval
 * may cost in units of what is known of the phase, and when that does not matter in
 * any case. */
#define INTERLEAVED_NOISE  2e-4 /* s */
#define INTERLEAVED_OLDEST 32.0 /* s */
#define INTERLEAVED_SHARE  0.1
#define INTERLEAVED_ENOUGH 5e-7 /* s */

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
	discipline->decision = (struct decision){ .open = true, .opened = INT64_MIN };
	reference_withdraw(&discipline->reference);
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
	discipline->fresh = true;
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

void discipline_remove_source(struct discipline *discipline, source_id id)
{
	size_t i;

	for (i = 0; i < discipline->source_count; i++) {
		if (discipline->sources[i]->id != id)
			continue;
		discipline_release_slots(discipline, discipline->sources[i]);
		free(discipline->sources[i]);
		discipline->sources[i] = discipline->sources[--discipline->source_count];
		break;
	}
	/* Until another one is selected the reference stays as it made it. */
	if (discipline->selected == id)
		discipline->selected = 0;
	if (discipline->reference.source == id)
		discipline->reference.source = 0;
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
		discipline_release_slots(discipline, discipline->sources[i]);
		discipline->sources[i]->selection = SELECTION_UNUSABLE;
	}
	estimator_reset(&discipline->estimator, estimate.frequency,
			fmin(estimate.frequency_deviation, ESTIMATOR_FREQUENCY_0));
	discipline->samples = 0;
	discipline->decision.samples = 0;
	discipline->outside = 0;
}

/* Numbers that no world has: nothing that came of them is kept. */
void discipline_forget_all(struct discipline *discipline)
{
	discipline_forget_phase(discipline);
	estimator_reset(&discipline->estimator, 0, ESTIMATOR_FREQUENCY_0);
	servo_reset(&discipline->servo);
	discipline->anchored = false;
}

/* ------------------------------------------------------------------------- */
/* Measurements */

/* Our two time stamps, and the server's, in the order in which they were made. */
static bool measurement_is_ordered(const struct measurement *measurement)
{
	double ours = ns_interval(measurement->sent, measurement->received);
	double theirs = ns_interval(measurement->server_received, measurement->server_sent);
	double blur = 2 * fmax(measurement->server_precision, 0) + SERVER_FUZZ;

	if (measurement->interleaved)
		return ours <= 0 && ours > -INTERLEAVED_MAX && theirs <= blur;
	return measurement->sent <= measurement->received && ours < EXCHANGE_MAX && theirs >= -blur;
}

static bool measurement_is_possible(const struct measurement *measurement,
				    const struct clock_reading *now)
{
	return isfinite(measurement->uncertainty) && isfinite(measurement->server_precision) &&
	       isfinite(measurement->root_delay) && isfinite(measurement->root_dispersion) &&
	       measurement_is_ordered(measurement) && measurement->sent <= ns_add(now->raw, 1) &&
	       measurement->received <= ns_add(now->raw, 1) && measurement->stratum >= 1 &&
	       measurement->stratum <= NTP_STRATUM_MAX && measurement->leap <= 2;
}

/* The exchange on the raw line; false if no delay can be that short.  In
 * interleaved mode the two halves are far apart: their mean tells of the moment in
 * the middle just as well, but the frequency must be known for the delay. */
static bool measurement_to_sample(const struct discipline *discipline,
				  const struct measurement *measurement,
				  const struct source_view *view, struct source_sample *sample)
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
	sample->delay = away * (1 + view->frequency) - there;
	sample->blur = sample->stamps = sqrt(own * own + theirs * theirs / 6);
	if (measurement->interleaved)
		sample->blur = hypot(sample->blur, away / 2 * view->frequency_deviation);
	sample->root_delay = fmax(measurement->root_delay, 0);
	sample->root_dispersion = fmax(measurement->root_dispersion, 0);
	if (!isfinite(sample->delay) || sample->delay < -2 * (own + theirs) - 2e-5 * fabs(away))
		return false;
	sample->delay = fmax(sample->delay, 1e-9);
	return true;
}

/* ------------------------------------------------------------------------- */

/* The first sample that answers a /resync: the statistics gathered so far are
 * thrown away. */
static void discipline_begin_renewal(struct discipline *discipline)
{
	discipline_forget_phase(discipline);
	discipline->renewal = false;
	discipline->forced = discipline->renewal_forced;
	discipline->decision = (struct decision){ .open = true, .opened = INT64_MIN };
	discipline->hold_left = discipline->settings.hold_period;
	if (discipline->state != DISCIPLINE_STATE_UNSET)
		discipline->state = DISCIPLINE_STATE_HOLD;
}

static void sample_use(struct discipline *discipline, struct source *source,
		       struct source_sample *sample, bool renewed)
{
	bool quickly;

	discipline_select(discipline, discipline->last.raw);
	/* At the start the estimate may be that of a liar who answered first. */
	quickly = renewed || discipline->decision.open;
	if (discipline->outside >= 4 || (discipline->outside > 0 && quickly)) {
		discipline_start_over(discipline);
	} else if (source->selection >= SELECTION_CANDIDATE) {
		sample->slot = discipline_slot(discipline, source, sample);
		discipline_learn(discipline, source, sample);
	}
	discipline_tend_line(discipline);
	if (source->selection < SELECTION_CANDIDATE)
		return;
	if (discipline->decision.samples++ == 0)
		discipline->decision.since = sample->raw;
	discipline->samples++;
	discipline->fresh = true;
	discipline->last_update_raw = discipline->last.raw;
	discipline->last_update = discipline->last.utc;
	if (discipline->hold_left > 0 && discipline->corrected)
		discipline->hold_left--;
}

/* Sources that the estimate learns from; at least 1. */
static unsigned discipline_accepted(const struct discipline *discipline)
{
	unsigned accepted = 0;
	size_t i;

	for (i = 0; i < discipline->source_count; i++)
		accepted += discipline->sources[i]->selection >= SELECTION_CANDIDATE;
	return accepted > 0 ? accepted : 1;
}

/* What nobody needs to be more exact than. */
static double source_enough(const struct source *source)
{
	double noise = path_usual_excess(&source->paths);
	double enough = fmax(ENOUGH_OF_DELAY * path_minimum(&source->paths), ENOUGH);

	return noise < INFINITY ? fmax(enough, fmin(ENOUGH_OF_NOISE * noise, ENOUGH_AT_MOST))
				: enough;
}

/* What a longer interval would cost: with several sources the next packet comes so
 * much sooner. */
static void source_adjust_poll(struct discipline *discipline, struct source *source,
			       const struct source_sample *sample)
{
	double known = estimator_path_deviation(&discipline->estimator, sample->slot), gained;
	double wait = exp2(source->poll.interval) / discipline_accepted(discipline);
	struct poll_settings settings;
	struct estimate now, later;

	source_poll_settings(discipline, &settings);
	estimator_predict(&discipline->estimator, sample->raw, &now);
	estimator_predict(&discipline->estimator, ns_add(sample->raw, wait), &later);
	gained = later.phase_deviation * later.phase_deviation -
		 now.phase_deviation * now.phase_deviation;
	poll_adjust(&source->poll, &settings, hypot(known, source_enough(source)),
		    sqrt(fmax(gained, 0)));
}

static enum discipline_verdict discipline_measure(struct discipline *discipline,
						  struct source *source,
						  const struct measurement *measurement,
						  const struct clock_reading *now)
{
	struct source_sample sample;
	struct path_sample path;
	struct source_view view;
	bool renewed;

	if (!measurement_is_possible(measurement, now))
		return MEASUREMENT_IMPOSSIBLE;
	discipline_observe_clock(discipline, now);
	if (!discipline->anchored) {
		discipline->anchored = true;
		discipline->anchor_raw = now->raw;
		discipline->anchor_utc = measurement->server_sent;
	}
	discipline_view(discipline, now->raw, &view);
	if (!measurement_to_sample(discipline, measurement, &view, &sample))
		return MEASUREMENT_IMPOSSIBLE;
	if (sample.delay > DELAY_MAX)
		return MEASUREMENT_DELAY_TOO_LARGE;
	if (sample.root_delay / 2 + sample.root_dispersion > ROOT_DISTANCE_MAX)
		return MEASUREMENT_ROOT_DISTANCE;

	if (measurement->stratum == NTP_STRATUM_MAX)
		return MEASUREMENT_STRATUM;

	if (discipline->renewal)
		discipline_begin_renewal(discipline);
	source->reachable = true;
	source->stratum = measurement->stratum;
	source->leap = measurement->leap;
	path_add(&source->paths, sample.delay, sample.blur, measurement->interleaved, &path);
	sample.excess = path.excess;
	sample.jitter = path.jitter;
	sample.blur = hypot(sample.blur, path.uncertainty / 2);
	sample.slot = ESTIMATOR_PATH_NONE;
	if (path.event == PATH_NEW)
		discipline_open_path(discipline, source, &sample, path.change);
	if (!source_push(source, &sample, &view, &renewed)) {
		discipline_select(discipline, now->raw);
		return MEASUREMENT_ACCEPTED;
	}
	sample_use(discipline, source, &sample, renewed);
	source_adjust_poll(discipline, source, &sample);
	return MEASUREMENT_ACCEPTED;
}

/* The age that the newest sample may reach before what half of it costs is more
 * than what is known of the phase. */
static double discipline_interleave_age(const struct discipline *discipline,
					const struct source *source, raw_ns at)
{
	int slot = source->paths.paths[source->paths.current].slot;
	double known = estimator_path_deviation(&discipline->estimator, slot);
	struct source_view view;

	discipline_view(discipline, at, &view);
	return fmin(2 * fmax(INTERLEAVED_SHARE * known, INTERLEAVED_ENOUGH) /
			    view.frequency_deviation,
		    INTERLEAVED_OLDEST);
}

static double discipline_interleave_within(const struct discipline *discipline,
					   const struct source *source, raw_ns now)
{
	raw_ns taken;
	double age;

	if (source->count < 2 || source->dissents > 0 ||
	    path_usual_excess(&source->paths) >= INTERLEAVED_NOISE)
		return 0;
	taken = source_sample(source, 0)->raw;
	age = discipline_interleave_age(discipline, source, now);
	/* Until then the frequency will be known a little less. */
	age = discipline_interleave_age(discipline, source, ns_add(taken, age));
	return fmax(age - ns_interval(taken, now), 0);
}

int discipline_source_poll(const struct source *source)
{
	return source->settings.fixed_poll ? (int)lround(log2(source->settings.poll_seconds))
					   : source->poll.interval;
}

void discipline_sample(struct discipline *discipline, source_id id,
		       const struct measurement *measurement, const struct clock_reading *now,
		       struct discipline_outcome *outcome)
{
	struct source *source = discipline_find(discipline, id);

	*outcome = (struct discipline_outcome){ .verdict = MEASUREMENT_IMPOSSIBLE,
						.poll = discipline->settings.min_poll };
	if (source == NULL)
		return;
	outcome->verdict = discipline_measure(discipline, source, measurement, now);
	outcome->poll = discipline_source_poll(source);
	if (outcome->verdict != MEASUREMENT_ACCEPTED)
		return;
	outcome->interleave_within = discipline_interleave_within(discipline, source, now->raw);
	discipline_update(discipline, now, &outcome->action);
}
