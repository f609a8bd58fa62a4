#include "discipline/discipline.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "discipline/correction.h"
#include "discipline/decision.h"
#include "discipline/ensemble.h"
#include "discipline/observed_clock.h"
#include "discipline/sample.h"
#include "discipline/selection.h"

/* When the system woke up, UTC was set by a battery-backed clock: RFC 5905's MAXDISP. */
#define SLEEP_DISPERSION 16.0 /* s */
/* A clock that was right before may be corrected by so little on one sample. */
#define HARMLESS_OFFSET 0.1 /* s */
/* RFC 5905's PHI: by what the error of a clock grows. */
#define DISPERSION_RATE 15e-6

struct discipline {
	struct discipline_settings settings;
	struct observed_clock clock;
	struct ensemble ensemble;
	struct decision decision;
	struct state_machine machine;
	struct correction correction;
	struct reference reference;
	double external_step;         /* still to be told */
	bool corrected;               /* at least one correction was made or needless */
	bool renewal, renewal_forced; /* the next sample starts a new estimate */
};

static struct discipline_settings discipline_limit_settings(
	const struct discipline_settings *settings)
{
	struct discipline_settings limited = *settings;

	if (!(limited.maximum_rate > 0))
		limited.maximum_rate = 0;
	if (limited.max_poll < limited.min_poll)
		limited.max_poll = limited.min_poll;
	limited.precision = fmin(fmax(limited.precision, 1e-9), 1);
	return limited;
}

struct discipline *discipline_create(const struct discipline_settings *settings,
				     const struct discipline_frequency *frequency)
{
	struct discipline *discipline = calloc(1, sizeof *discipline);
	double known = 0, deviation = ESTIMATOR_FREQUENCY_0;

	if (discipline == NULL)
		return NULL;
	discipline->settings = discipline_limit_settings(settings);
	if (frequency != NULL && fabs(frequency->frequency) < 1e-2 && frequency->uncertainty >= 0 &&
	    frequency->uncertainty < ESTIMATOR_FREQUENCY_0) {
		known = -frequency->frequency / (1 + frequency->frequency);
		deviation = fmax(frequency->uncertainty, 1e-9);
	}
	ensemble_init(&discipline->ensemble, &discipline->settings, known, deviation);
	servo_reset(&discipline->correction.servo);
	discipline->correction.servo.base_rate = known;
	state_machine_unset(&discipline->machine, &discipline->settings);
	decision_open(&discipline->decision, INT64_MIN);
	reference_withdraw(&discipline->reference);
	return discipline;
}

void discipline_destroy(struct discipline *discipline)
{
	if (discipline == NULL)
		return;
	ensemble_free(&discipline->ensemble);
	free(discipline);
}

void discipline_configure(struct discipline *discipline, const struct discipline_settings *settings)
{
	discipline->settings = discipline_limit_settings(settings);
	discipline->correction.fresh = true;
	ensemble_configure(&discipline->ensemble, &discipline->settings);
}

/* ------------------------------------------------------------------------- */
/* Sources */

int discipline_add_source(struct discipline *discipline, source_id id,
			  const struct discipline_source_settings *settings)
{
	return ensemble_add(&discipline->ensemble, id, settings);
}

void discipline_configure_source(struct discipline *discipline, source_id id,
				 const struct discipline_source_settings *settings)
{
	ensemble_configure_source(&discipline->ensemble, id, settings);
}

/* Our own clock votes once it is known to be right. */
static bool discipline_own_vote(const struct discipline *discipline)
{
	return discipline->machine.state == DISCIPLINE_STATE_SYNC;
}

static void discipline_select_again(struct discipline *discipline)
{
	if (discipline->clock.seen)
		ensemble_select(&discipline->ensemble, discipline->clock.last.raw,
				discipline_own_vote(discipline));
}

void discipline_remove_source(struct discipline *discipline, source_id id)
{
	ensemble_remove(&discipline->ensemble, id);
	/* Until another one is selected the reference stays as this one made it. */
	if (discipline->reference.source == id)
		discipline->reference.source = 0;
	discipline_select_again(discipline);
}

void discipline_source_unreachable(struct discipline *discipline, source_id id)
{
	struct source *source = ensemble_find(&discipline->ensemble, id);

	if (source == NULL)
		return;
	source->reachable = false;
	discipline_select_again(discipline);
}

/* ------------------------------------------------------------------------- */
/* The reference */

/* The source of which the reference was made, if its samples and the estimate are
 * still those. */
static const struct source *discipline_reference_source(const struct discipline *discipline)
{
	const struct source *source = ensemble_find(&discipline->ensemble,
						    discipline->reference.source);

	return !discipline->decision.open && discipline->ensemble.estimator.started &&
			       source != NULL && source->count > 0
		       ? source
		       : NULL;
}

/* What the selected source makes it, as long as its samples are not too old. */
static void discipline_renew_reference(struct discipline *discipline,
				       const struct clock_reading *now)
{
	const struct ensemble *ensemble = &discipline->ensemble;
	const struct source *source = ensemble_find(ensemble, ensemble->selected);
	struct source_view view = ensemble_view(ensemble, now->raw);
	raw_ns valid_until;

	if (source == NULL || source->count == 0 || ensemble->used_utc == 0)
		return;
	/* A source that is asked more rarely than that is not lost for it. */
	valid_until = ns_add(ensemble->used_raw, fmax(discipline->settings.holdover_period,
						      2.5 * ensemble_poll_seconds(ensemble)));
	if (valid_until < now->raw)
		return;
	discipline->reference = (struct reference){
		.stratum = source->stratum + 1,
		.reference_id = source->settings.reference_id,
		.reference_time = ensemble->used_utc,
		.source = source->id,
		.root_delay = source_sample(source, 0)->root_delay + path_minimum(&source->paths),
		.root_dispersion = ensemble_error_bound(ensemble, source, now),
		.computed_at = now->raw,
		.dispersion_rate = fmax(DISPERSION_RATE, 4 * view.frequency_deviation),
		.valid_until = valid_until,
		.pending_leap = discipline->reference.pending_leap,
	};
}

static void discipline_vote_leap(struct discipline *discipline, utc_ns now)
{
	const struct ensemble *ensemble = &discipline->ensemble;
	struct reference_votes votes = { { 0 } };

	for (size_t i = 0; i < ensemble->source_count; i++) {
		const struct source *source = ensemble->sources[i];

		if (source->selection >= SELECTION_OUTLIER && source->leap < 3)
			votes.leap[source->leap]++;
	}
	reference_vote_leap(&discipline->reference, &votes, now);
}

/* Gives the reference up when it is too old; until then looks again in time. */
static void discipline_watch_reference(struct discipline *discipline,
				       const struct clock_reading *now,
				       struct discipline_action *action)
{
	double left = ns_interval(now->raw, discipline->reference.valid_until);

	if (!reference_is_synchronized(&discipline->reference))
		return;
	if (left >= 0) {
		action->next_update = fmin(action->next_update, left + 1e-3);
		return;
	}
	reference_withdraw(&discipline->reference);
	state_machine_unset(&discipline->machine, &discipline->settings);
	decision_open(&discipline->decision, now->raw);
}

/* ------------------------------------------------------------------------- */
/* The clock seen again */

static void discipline_forget_phase(struct discipline *discipline)
{
	ensemble_forget_phase(&discipline->ensemble, discipline->clock.last.raw);
	discipline->decision.samples = 0;
}

static void discipline_slept(struct discipline *discipline, double slept)
{
	reference_line_shift(&discipline->ensemble.line, slept);
	discipline_forget_phase(discipline);
	state_machine_hold(&discipline->machine, &discipline->settings);
	discipline->correction.disturbed = discipline->correction.fresh = true;
	discipline->reference.root_dispersion += SLEEP_DISPERSION;
}

static void discipline_observe(struct discipline *discipline, const struct clock_reading *now)
{
	struct clock_change change;

	observed_clock_read(&discipline->clock, now, discipline->settings.maximum_rate > 0,
			    discipline->reference.pending_leap, &change);
	if (change.slept != 0)
		discipline_slept(discipline, change.slept);
	if (change.leapt != 0)
		reference_line_shift(&discipline->ensemble.line, change.leapt);
	if (change.stepped != 0) {
		discipline->external_step += change.stepped;
		discipline->reference.root_dispersion += fabs(change.stepped);
		discipline->correction.disturbed = discipline->correction.fresh = true;
	}
}

/* ------------------------------------------------------------------------- */
/* Corrections */

/* At the start: sources that have been asked but have not answered yet may still
 * outvote the ones that have and agree. */
static bool discipline_majority_answered(const struct discipline *discipline)
{
	const struct ensemble *ensemble = &discipline->ensemble;
	size_t asked = 0, answered = 0;

	for (size_t i = 0; i < ensemble->source_count; i++) {
		const struct source *source = ensemble->sources[i];

		if (source->settings.fallback)
			continue;
		asked++;
		answered += source->selection >= SELECTION_OUTLIER;
	}
	return 2 * answered >= asked;
}

/* The selected source's latest measurements are so far off that they are held back,
 * until one agrees with the older ones again or they are believed. */
static bool discipline_spike_is_held(const struct discipline *discipline)
{
	const struct source *source = ensemble_find(&discipline->ensemble,
						    discipline->ensemble.selected);

	return source != NULL && source->dissents > 0 && source->dissents < source->count &&
	       fabs(source_sample(source, 0)->offset -
		    source_sample(source, source->dissents)->offset) >=
		       discipline->settings.large_phase_offset;
}

/* True when a large offset is to be left alone for now. */
static bool discipline_watch_spike(struct discipline *discipline, double offset, raw_ns now,
				   struct discipline_action *action)
{
	bool large = fabs(offset) >= discipline->settings.large_phase_offset &&
		     !discipline->correction.disturbed && !discipline->correction.forced;

	return state_machine_watch_spike(&discipline->machine, &discipline->settings, large,
					 discipline_spike_is_held(discipline), now,
					 &action->spike_began);
}

/* A correction was made or was needless. */
static void discipline_corrected(struct discipline *discipline, const struct clock_reading *now)
{
	discipline->corrected = true;
	discipline->correction.disturbed = false;
	discipline->correction.forced = false;
	discipline_renew_reference(discipline, now);
	if (!reference_is_synchronized(&discipline->reference))
		return;
	discipline->decision.open = false;
	state_machine_corrected(&discipline->machine);
}

/* The correction was larger than allowed, or the clock did not take it: what the clock
 * says is wrong. */
static void discipline_left_uncorrected(struct discipline *discipline)
{
	discipline->decision.open = true;
	state_machine_unset(&discipline->machine, &discipline->settings);
	reference_withdraw(&discipline->reference);
}

static void discipline_correct(struct discipline *discipline, const struct clock_reading *now,
			       struct discipline_action *action)
{
	const struct discipline_settings *settings = &discipline->settings;
	struct correction *correction = &discipline->correction;
	double offset = ensemble_offset(&discipline->ensemble, now);
	bool harmless = discipline->corrected && fabs(offset) < HARMLESS_OFFSET;
	struct correction_basis basis = {
		.now = now->raw,
		.samples = discipline->ensemble.samples,
		.poll_seconds = ensemble_poll_seconds(&discipline->ensemble),
	};
	struct estimate estimate;

	if (!isfinite(offset)) {
		discipline_forget_phase(discipline);
		return;
	}
	if (!decision_is_due(&discipline->decision, harmless,
			     discipline_majority_answered(discipline), now->raw)) {
		correction_continue(correction, settings, now->raw, action);
		action->next_update = fmin(action->next_update,
					   decision_patience(&discipline->decision, now->raw));
		return;
	}
	estimator_predict(&discipline->ensemble.estimator, now->raw, &estimate);
	basis.estimate = &estimate;
	if (discipline_watch_spike(discipline, offset, now->raw, action)) {
		double left = state_machine_spike_left(&discipline->machine, settings, now->raw);

		correction_stop(correction, settings, &basis, action);
		action->next_update = fmin(action->next_update, fmax(left, 1));
		discipline_renew_reference(discipline, now);
	} else if (correction_order(correction, settings, &basis, offset, action)) {
		discipline_corrected(discipline, now);
	} else if (correction->refused) {
		discipline_left_uncorrected(discipline);
	}
}

void discipline_update(struct discipline *discipline, const struct clock_reading *now,
		       struct discipline_action *action)
{
	memset(action, 0, sizeof *action);
	discipline_observe(discipline, now);
	action->external_step = discipline->external_step;
	discipline->external_step = 0;
	discipline->correction.stepping = false;
	correction_idle(&discipline->correction, &discipline->settings, action);
	if (discipline->ensemble.estimator.started)
		discipline_correct(discipline, now, action);
	else
		correction_continue(&discipline->correction, &discipline->settings, now->raw,
				    action);
	discipline_vote_leap(discipline, now->utc);
	discipline_watch_reference(discipline, now, action);
}

void discipline_done(struct discipline *discipline, const struct clock_reading *now, double rate,
		     bool stepped, bool failed)
{
	struct ensemble *ensemble = &discipline->ensemble;
	double slept = observed_clock_steered(&discipline->clock, now, rate);

	if (slept > 0)
		discipline_slept(discipline, slept);
	if (failed) {
		discipline->correction.disturbed = discipline->correction.fresh = true;
		discipline->corrected = false;
		discipline_left_uncorrected(discipline);
	}
	if (!stepped)
		return;
	discipline->correction.fresh = true;
	if (ensemble->used_utc != 0)
		ensemble->used_utc = now->utc;
	if (discipline->correction.stepping && ensemble->estimator.started && !failed)
		discipline_corrected(discipline, now);
	discipline->correction.stepping = false;
	discipline_vote_leap(discipline, now->utc);
}

/* ------------------------------------------------------------------------- */
/* Samples */

void discipline_resync(struct discipline *discipline, bool force)
{
	discipline->renewal = true;
	discipline->renewal_forced = force;
}

void discipline_resync_failed(struct discipline *discipline)
{
	discipline->renewal = false;
}

/* The first sample that answers a /resync: the statistics gathered so far are thrown
 * away. */
static void discipline_begin_renewal(struct discipline *discipline)
{
	discipline_forget_phase(discipline);
	discipline->renewal = false;
	discipline->correction.forced = discipline->renewal_forced;
	decision_open(&discipline->decision, INT64_MIN);
	state_machine_hold(&discipline->machine, &discipline->settings);
}

static enum discipline_verdict discipline_measure(struct discipline *discipline,
						  struct source *source,
						  const struct measurement *measurement,
						  const struct clock_reading *now)
{
	struct sample_use use = { .decision = &discipline->decision };
	struct source_sample sample;
	enum discipline_verdict verdict;

	if (!sample_is_possible(measurement, now))
		return MEASUREMENT_IMPOSSIBLE;
	discipline_observe(discipline, now);
	verdict = sample_make(&discipline->ensemble, measurement, now, &sample);
	if (verdict != MEASUREMENT_ACCEPTED)
		return verdict;
	if (discipline->renewal)
		discipline_begin_renewal(discipline);
	use.own_vote = discipline_own_vote(discipline);
	sample_take(&discipline->ensemble, source, measurement, now, &sample, &use);
	if (!use.sane)
		servo_reset(&discipline->correction.servo);
	if (use.used) {
		discipline->correction.fresh = true;
		if (discipline->corrected)
			state_machine_count(&discipline->machine);
	}
	return MEASUREMENT_ACCEPTED;
}

void discipline_sample(struct discipline *discipline, source_id id,
		       const struct measurement *measurement, const struct clock_reading *now,
		       struct discipline_outcome *outcome)
{
	struct source *source = ensemble_find(&discipline->ensemble, id);

	*outcome = (struct discipline_outcome){ .verdict = MEASUREMENT_IMPOSSIBLE,
						.poll = discipline->settings.min_poll };
	if (source == NULL)
		return;
	outcome->verdict = discipline_measure(discipline, source, measurement, now);
	outcome->poll = source_poll(source);
	if (outcome->verdict != MEASUREMENT_ACCEPTED)
		return;
	outcome->interleave_within = sample_interleave_within(&discipline->ensemble, source,
							      now->raw);
	discipline_update(discipline, now, &outcome->action);
}

/* ------------------------------------------------------------------------- */
/* What it knows */

void discipline_reference(const struct discipline *discipline, const struct clock_reading *now,
			  struct reference *reference)
{
	const struct source *source = discipline_reference_source(discipline);

	*reference = discipline->reference;
	if (!reference_is_synchronized(reference))
		return;
	if (now->raw > reference->valid_until) {
		reference_withdraw(reference);
		return;
	}
	reference->root_dispersion = source != NULL ? ensemble_error_bound(&discipline->ensemble,
									   source, now)
						    : reference_dispersion(reference, now->raw);
	reference->computed_at = now->raw;
}

void discipline_status(const struct discipline *discipline, const struct clock_reading *now,
		       struct discipline_status *status)
{
	const struct ensemble *ensemble = &discipline->ensemble;
	double poll_seconds = ensemble_poll_seconds(ensemble);
	struct estimate estimate;

	estimator_predict(&ensemble->estimator, now->raw, &estimate);
	*status = (struct discipline_status){
		.state = discipline->machine.state,
		.undecided = discipline->decision.open && !discipline->correction.refused,
		.refused = discipline->correction.refused,
		.offset_known = ensemble->estimator.started,
		.frequency = { .frequency = -estimate.frequency / (1 + estimate.frequency),
			       .uncertainty = estimate.frequency_deviation },
		.rate = discipline->clock.rate,
		.since_last_update = -1,
	};
	if (ensemble->used_utc != 0)
		status->since_last_update = fmax(ns_interval(ensemble->used_raw, now->raw), 0);
	if (ensemble->estimator.started) {
		status->offset = ensemble_offset(ensemble, now);
		status->offset_deviation = estimate.phase_deviation;
	}
	while (exp2(status->poll) < poll_seconds && status->poll < 31)
		status->poll++;
}

int discipline_source_status(const struct discipline *discipline, source_id id,
			     const struct clock_reading *now,
			     struct discipline_source_status *status)
{
	const struct ensemble *ensemble = &discipline->ensemble;
	const struct source *source = ensemble_find(ensemble, id);
	struct source_view view = ensemble_view(ensemble, now->raw);
	const struct source_sample *newest;
	struct select_candidate candidate;

	memset(status, 0, sizeof *status);
	if (source == NULL)
		return -ENOENT;
	status->selection = source->selection;
	status->poll = source_poll(source);
	if (source->count == 0)
		return 0;
	newest = source_sample(source, 0);
	source_candidate(source, &view, &candidate);
	status->measurements = (unsigned)source->count;
	status->offset = ns_interval(now->utc, reference_line_utc(&ensemble->line, now->raw)) +
			 newest->offset + view.frequency * ns_interval(newest->raw, now->raw);
	status->delay = newest->delay;
	status->smallest_delay = path_minimum(&source->paths);
	status->jitter = candidate.jitter;
	status->root_distance = candidate.distance + candidate.claimed;
	return 0;
}
