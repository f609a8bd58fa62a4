/* What is done to the clock: W32Time's rules and state machine, the servo, and
 * what somebody else did to it. */
#include "discipline/mind.h"

#include <math.h>
#include <string.h>

/* UTC moved otherwise than the rate says by more than this: somebody's hand. */
#define STEP_NOTICED 1e-3 /* s */
#define RATE_SLACK   1e-5 /* of the time passed: rounding, the kernel's ticks */
/* Of a clock that is not ours to steer the rate is not known either. */
#define WATCHED_STEP_NOTICED 0.1  /* s */
#define WATCHED_RATE_SLACK   0.11 /* Linux adjusts by 10 % at most */
#define LEAP_SLACK           0.05 /* s */
#define DAY_NS               (86400 * NS_PER_SECOND)
#define HARMLESS_OFFSET      0.1 /* s */
#define AGREEING_SAMPLES     3
#define MAJORITY_PATIENCE    5.0    /* s, for the other sources' opinion */
#define PATIENCE             8.0    /* s, for a second opinion at the start */
#define IDLE                 1024.0 /* s */
#define SLEEP_DISPERSION     16.0   /* s; RFC 5905's MAXDISP */
/* After so long without a packet what has gathered is taken out once more. */
#define REFRESH 500.0 /* s */
/* Of so many packets each frequency is taken over at once. */
#define START_SAMPLES 16
/* And of these only as much as is significant. */
#define BEGINNING_SAMPLES 8

/* ------------------------------------------------------------------------- */
/* The clock seen again */

static void clock_slept(struct discipline *discipline, double slept)
{
	discipline->anchor_utc = ns_add(discipline->anchor_utc, slept);
	discipline_forget_phase(discipline);
	discipline->state = discipline->state == DISCIPLINE_STATE_UNSET ? DISCIPLINE_STATE_UNSET
									: DISCIPLINE_STATE_HOLD;
	discipline->hold_left = discipline->settings.hold_period;
	discipline->disturbed = discipline->fresh = true;
	/* It was set by a battery-backed clock meanwhile. */
	discipline->reference.root_dispersion += SLEEP_DISPERSION;
}

/* The kernel inserted (or left out) the leap second that was announced: the truth
 * did the same. */
static bool clock_leapt(struct discipline *discipline, const struct clock_reading *before,
			const struct clock_reading *now, double moved)
{
	uint8_t leap = discipline->reference.pending_leap;
	double leapt = leap == 1 ? -1 : leap == 2 ? 1 : 0;

	if (leapt == 0 || !(fabs(moved - leapt) < LEAP_SLACK) ||
	    (ns_add(before->utc, -2) - 1) / DAY_NS == ns_add(now->utc, 2) / DAY_NS)
		return false;
	discipline->anchor_utc = ns_add(discipline->anchor_utc, leapt);
	return true;
}

void discipline_observe_clock(struct discipline *discipline, const struct clock_reading *now)
{
	struct clock_reading before = discipline->last;
	double passed, moved, slept, noticed, slack;

	if (!discipline->seen) {
		discipline->seen = true;
		discipline->last = *now;
		return;
	}
	passed = ns_interval(discipline->last.raw, now->raw);
	slept = ns_interval(discipline->last.suspended_ns, now->suspended_ns);
	moved = ns_interval(discipline->last.utc, now->utc) - passed * (1 + discipline->rate);
	discipline->last = *now;
	if (slept > 0.01) {
		clock_slept(discipline, slept);
		return; /* the system set UTC by its battery-backed clock */
	}
	if (clock_leapt(discipline, &before, now, moved))
		return;
	noticed = STEP_NOTICED + fmax(now->uncertainty, 0);
	slack = RATE_SLACK;
	if (discipline->settings.maximum_rate == 0) {
		noticed = WATCHED_STEP_NOTICED;
		slack = WATCHED_RATE_SLACK;
	}
	if (isfinite(moved) && fabs(moved) > noticed + slack * fabs(passed)) {
		discipline->external_step += moved;
		discipline->reference.root_dispersion += fabs(moved);
		discipline->disturbed = discipline->fresh = true;
	}
}

/* ------------------------------------------------------------------------- */
/* W32Time's state machine */

double discipline_poll_seconds(const struct discipline *discipline)
{
	const struct source *source = discipline_find(discipline, discipline->selected);

	if (source == NULL)
		return exp2(discipline->settings.min_poll);
	if (source->settings.fixed_poll)
		return source->settings.poll_seconds;
	return exp2(source->poll.interval);
}

/* At the start: sources that have been asked but have not answered yet may
 * still outvote the ones that have and agree. */
static bool majority_answered(const struct discipline *discipline)
{
	size_t asked = 0, answered = 0, i;

	for (i = 0; i < discipline->source_count; i++) {
		const struct source *source = discipline->sources[i];

		if (source->settings.fallback)
			continue;
		asked++;
		answered += source->selection >= SELECTION_OUTLIER;
	}
	return 2 * answered >= asked;
}

/* Whether OFFSET stands on enough to be acted upon.  A clock that was right
 * before somebody asked for a resync may be corrected a little at once. */
static bool correction_is_due(const struct discipline *discipline, double offset)
{
	double since = ns_interval(discipline->decision.since, discipline->last.raw);

	if (!discipline->decision.open)
		return true;
	if (since >= PATIENCE || (discipline->corrected && fabs(offset) < HARMLESS_OFFSET))
		return true;
	return discipline->decision.samples >= AGREEING_SAMPLES &&
	       (since >= MAJORITY_PATIENCE || majority_answered(discipline));
}

/* The selected source's latest measurements are so far off that they are held
 * back, until one agrees with the older ones again or they are believed. */
static bool spike_is_held(const struct discipline *discipline)
{
	const struct source *source = discipline_find(discipline, discipline->selected);

	return source != NULL && source->dissents > 0 && source->dissents < source->count &&
	       fabs(source_sample(source, 0)->offset -
		    source_sample(source, source->dissents)->offset) >=
		       discipline->settings.large_phase_offset;
}

/* True when a large offset is to be left alone for now. */
static bool spike_watch(struct discipline *discipline, double offset,
			struct discipline_action *action)
{
	bool large = fabs(offset) >= discipline->settings.large_phase_offset;
	bool held = spike_is_held(discipline);

	if (discipline->disturbed || discipline->forced)
		large = false;
	if (discipline->state == DISCIPLINE_STATE_SYNC && (large || held)) {
		discipline->state = DISCIPLINE_STATE_SPIKE;
		discipline->spike_since = discipline->last.raw;
		action->spike_began = true;
	} else if (discipline->state == DISCIPLINE_STATE_SPIKE && !large && !held) {
		discipline->state = DISCIPLINE_STATE_SYNC;
	}
	if (discipline->state != DISCIPLINE_STATE_SPIKE || !large)
		return false;
	if (ns_interval(discipline->spike_since, discipline->last.raw) >=
	    discipline->settings.spike_watch_period) {
		discipline->state = DISCIPLINE_STATE_HOLD;
		discipline->hold_left = discipline->settings.hold_period;
		return false;
	}
	return true;
}

static void state_advance(struct discipline *discipline)
{
	if (discipline->state == DISCIPLINE_STATE_UNSET)
		discipline->state = DISCIPLINE_STATE_HOLD;
	if (discipline->state == DISCIPLINE_STATE_HOLD && discipline->hold_left == 0)
		discipline->state = DISCIPLINE_STATE_SYNC;
}

/* ------------------------------------------------------------------------- */

static void servo_rules(const struct discipline *discipline, struct servo_settings *rules)
{
	rules->maximum_rate = discipline->settings.maximum_rate;
	rules->phase_correct_rate = discipline->settings.phase.phase_correct_rate;
	rules->frequency_correct_rate = discipline->settings.frequency_correct_rate;
	rules->update_interval = discipline->settings.phase.update_interval;
}

/* What of a frequency that is hardly known is taken over: until the next packet
 * comes a wrong one does more harm than none. */
static double significance(const struct estimate *estimate)
{
	double signal = estimate->frequency * estimate->frequency;
	double noise = estimate->frequency_deviation * estimate->frequency_deviation;

	return signal > 0 ? signal / (signal + noise) : 0;
}

/* One slew for each packet: while it lasts it goes on, and afterwards the clock
 * runs at its base rate, though it be a little off by then.  Only what was too
 * much for the clock's limit is taken out further. */
static bool slew_is_under_way(const struct discipline *discipline, double *left)
{
	double since = ns_interval(discipline->ordered, discipline->last.raw);

	*left = discipline->order.duration - since;
	return !discipline->fresh && since >= 0 && *left > 1e-3;
}

/* Nothing new is decided: the slew under way goes on. */
static void order_continue(const struct discipline *discipline, struct discipline_action *action)
{
	double since = ns_interval(discipline->ordered, discipline->last.raw);
	double left = discipline->order.duration - since;

	if (discipline->disturbed || since < 0 || left <= 1e-3 ||
	    fabs(discipline->order.rate) > discipline->settings.maximum_rate)
		return;
	action->rate = discipline->order.rate;
	action->next_update = left;
}

static void order_rate(struct discipline *discipline, double offset,
		       struct discipline_action *action)
{
	double since = ns_interval(discipline->ordered, discipline->last.raw), left;
	bool young = discipline->samples < START_SAMPLES;
	struct servo_settings rules;
	struct estimate estimate;

	if (slew_is_under_way(discipline, &left)) {
		action->rate = discipline->order.rate;
		action->next_update = left;
		return;
	}
	servo_rules(discipline, &rules);
	estimator_predict(&discipline->estimator, discipline->last.raw, &estimate);
	if (discipline->samples < BEGINNING_SAMPLES)
		estimate.frequency *= significance(&estimate);
	if (!discipline->fresh && !discipline->order.limited && since < REFRESH)
		offset = 0;
	servo_steer(&discipline->servo, &rules, estimate.frequency, offset, young,
		    &discipline->order);
	discipline->ordered = discipline->last.raw;
	discipline->fresh = false;
	action->rate = discipline->order.rate;
	action->next_update = discipline->order.duration;
}

/* No slew, not even the one under way. */
static void order_base_rate(struct discipline *discipline, struct discipline_action *action)
{
	discipline->fresh = true;
	order_rate(discipline, 0, action);
}

/* A correction was made or was needless. */
static void correction_made(struct discipline *discipline, const struct clock_reading *now)
{
	discipline->corrected = true;
	discipline->disturbed = false;
	discipline->forced = false;
	discipline_renew_reference(discipline, now);
	if (!reference_is_synchronized(&discipline->reference))
		return;
	discipline->decision.open = false;
	state_advance(discipline);
}

static void correction_refused(struct discipline *discipline)
{
	discipline->refused = true;
	discipline->decision.open = true;
	discipline->state = DISCIPLINE_STATE_UNSET;
	discipline->hold_left = discipline->settings.hold_period;
	reference_withdraw(&discipline->reference);
}

/* Carries out what the rule says about OFFSET. */
static void order_correction(struct discipline *discipline, double offset,
			     const struct clock_reading *now, struct discipline_action *action)
{
	struct phase_rules rules = discipline->settings.phase;
	enum phase_decision decision;

	if (discipline->forced)
		rules.max_positive_correction = rules.max_negative_correction = PHASE_UNLIMITED;
	decision = phase_decide(&rules, offset, discipline_poll_seconds(discipline));
	if (decision == PHASE_REFUSE) {
		action->kind = DISCIPLINE_REFUSE;
		action->step = offset;
		correction_refused(discipline);
		order_base_rate(discipline, action);
		return;
	}
	discipline->refused = false;
	if (decision == PHASE_STEP && discipline->settings.maximum_rate > 0) {
		action->kind = DISCIPLINE_STEP;
		action->step = offset;
		discipline->stepping = true;
		order_base_rate(discipline, action);
		return;
	}
	order_rate(discipline, offset, action);
	correction_made(discipline, now);
}

static void discipline_correct(struct discipline *discipline, const struct clock_reading *now,
			       struct discipline_action *action)
{
	double offset = discipline_offset(discipline, now), since;

	if (!isfinite(offset)) {
		discipline_forget_phase(discipline);
		return;
	}
	if (discipline->decision.samples > 0 && !correction_is_due(discipline, offset)) {
		since = ns_interval(discipline->decision.since, now->raw);
		order_continue(discipline, action);
		action->next_update = fmin(action->next_update, fmax(PATIENCE - since, 0.1));
		return;
	}
	if (spike_watch(discipline, offset, action)) {
		since = ns_interval(discipline->spike_since, now->raw);
		order_base_rate(discipline, action);
		action->next_update = fmin(
			action->next_update,
			fmax(discipline->settings.spike_watch_period - since, 1));
		discipline_renew_reference(discipline, now);
		return;
	}
	order_correction(discipline, offset, now, action);
}

/* Gives the reference up when it is too old; until then looks again in time. */
static void watch_reference(struct discipline *discipline, const struct clock_reading *now,
			    struct discipline_action *action)
{
	double left;

	if (!reference_is_synchronized(&discipline->reference))
		return;
	left = ns_interval(now->raw, discipline->reference.valid_until);
	if (left < 0)
		discipline_lose_reference(discipline);
	else
		action->next_update = fmin(action->next_update, left + 1e-3);
}

void discipline_update(struct discipline *discipline, const struct clock_reading *now,
		       struct discipline_action *action)
{
	memset(action, 0, sizeof *action);
	discipline_observe_clock(discipline, now);
	action->external_step = discipline->external_step;
	discipline->external_step = 0;
	discipline->stepping = false;
	action->rate = fmin(fmax(discipline->servo.base_rate, -discipline->settings.maximum_rate),
			    discipline->settings.maximum_rate);
	action->next_update = IDLE;
	if (discipline->estimator.started)
		discipline_correct(discipline, now, action);
	else
		order_continue(discipline, action);
	discipline_vote_leap(discipline, now->utc);
	watch_reference(discipline, now, action);
}

void discipline_done(struct discipline *discipline, const struct clock_reading *now, double rate,
		     bool stepped)
{
	double slept = 0;

	if (discipline->seen)
		slept = ns_interval(discipline->last.suspended_ns, now->suspended_ns);
	discipline->rate = isfinite(rate) ? rate : 0;
	discipline->last = *now;
	discipline->seen = true;
	if (slept > 0.01)
		clock_slept(discipline, slept);
	if (!stepped)
		return;
	discipline->fresh = true;
	if (discipline->last_update != 0)
		discipline->last_update = now->utc;
	if (discipline->stepping && discipline->estimator.started)
		correction_made(discipline, now);
	discipline->stepping = false;
	discipline_vote_leap(discipline, now->utc);
}

void discipline_resync(struct discipline *discipline, bool force)
{
	discipline->renewal = true;
	discipline->renewal_forced = force;
}

void discipline_resync_failed(struct discipline *discipline)
{
	discipline->renewal = false;
}
