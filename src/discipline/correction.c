#include "discipline/correction.h"

#include <math.h>

#define IDLE 1024.0 /* s */
/* After so long without a packet what has gathered is taken out once more. */
#define REFRESH 500.0 /* s */
/* Of so many packets each frequency is taken over at once. */
#define START_SAMPLES 16
/* And of these only as much as is significant. */
#define BEGINNING_SAMPLES 8

static struct servo_settings correction_servo_settings(const struct discipline_settings *settings)
{
	return (struct servo_settings){
		.maximum_rate = settings->maximum_rate,
		.phase_correct_rate = settings->phase.phase_correct_rate,
		.frequency_correct_rate = settings->frequency_correct_rate,
		.update_interval = settings->phase.update_interval,
	};
}

/* What of a frequency that is hardly known is taken over: until the next packet
 * comes a wrong one does more harm than none. */
static double correction_significance(const struct estimate *estimate)
{
	double signal = estimate->frequency * estimate->frequency;
	double noise = estimate->frequency_deviation * estimate->frequency_deviation;

	return signal > 0 ? signal / (signal + noise) : 0;
}

void correction_idle(const struct correction *correction,
		     const struct discipline_settings *settings, struct discipline_action *action)
{
	action->rate = fmin(fmax(correction->servo.base_rate, -settings->maximum_rate),
			    settings->maximum_rate);
	action->next_update = IDLE;
}

/* s of the slew under way; 0: there is none. */
static double correction_slew_left(const struct correction *correction, raw_ns now)
{
	double since = ns_interval(correction->ordered, now);
	double left = correction->order.duration - since;

	return since >= 0 && left > 1e-3 ? left : 0;
}

void correction_continue(const struct correction *correction,
			 const struct discipline_settings *settings, raw_ns now,
			 struct discipline_action *action)
{
	double left = correction_slew_left(correction, now);

	correction_idle(correction, settings, action);
	if (correction->disturbed || left == 0 ||
	    fabs(correction->order.rate) > settings->maximum_rate)
		return;
	action->rate = correction->order.rate;
	action->next_update = left;
}

/* One slew for each sample: while it lasts it goes on, and afterwards the clock runs
 * at its base rate, though it be a little off by then.  Only what was too much for
 * the clock's limit is taken out further. */
static void correction_slew(struct correction *correction,
			    const struct discipline_settings *settings,
			    const struct correction_basis *basis, double offset,
			    struct discipline_action *action)
{
	struct servo_settings rules = correction_servo_settings(settings);
	double since = ns_interval(correction->ordered, basis->now);
	double left = correction_slew_left(correction, basis->now);
	double frequency = basis->estimate->frequency;

	if (!correction->fresh && left > 0) {
		action->rate = correction->order.rate;
		action->next_update = left;
		return;
	}
	if (basis->samples < BEGINNING_SAMPLES)
		frequency *= correction_significance(basis->estimate);
	if (!correction->fresh && !correction->order.limited && since < REFRESH)
		offset = 0;
	servo_steer(&correction->servo, &rules, frequency, offset, basis->samples < START_SAMPLES,
		    &correction->order);
	correction->ordered = basis->now;
	correction->fresh = false;
	action->rate = correction->order.rate;
	action->next_update = correction->order.duration;
}

void correction_stop(struct correction *correction, const struct discipline_settings *settings,
		     const struct correction_basis *basis, struct discipline_action *action)
{
	correction->fresh = true;
	correction_slew(correction, settings, basis, 0, action);
}

bool correction_order(struct correction *correction, const struct discipline_settings *settings,
		      const struct correction_basis *basis, double offset,
		      struct discipline_action *action)
{
	struct phase_rules rules = settings->phase;
	enum phase_decision decision;

	if (correction->forced)
		rules.max_positive_correction = rules.max_negative_correction = PHASE_UNLIMITED;
	decision = phase_decide(&rules, offset, basis->poll_seconds);
	correction->refused = decision == PHASE_REFUSE;
	correction->stepping = decision == PHASE_STEP && settings->maximum_rate > 0;
	if (correction->refused || correction->stepping) {
		action->kind = correction->refused ? DISCIPLINE_REFUSE : DISCIPLINE_STEP;
		action->step = offset;
		correction_stop(correction, settings, basis, action);
		return false;
	}
	correction_slew(correction, settings, basis, offset, action);
	return true;
}
