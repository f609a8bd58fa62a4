/* What is done to the clock: step, slew or refuse by W32Time's rules, one slew for
 * each sample, and in between the rate that follows the oscillator.  Pure. */
#ifndef W32TIMED_DISCIPLINE_CORRECTION_H
#define W32TIMED_DISCIPLINE_CORRECTION_H

#include "base/timescale.h"
#include "discipline/action.h"
#include "discipline/estimator.h"
#include "discipline/servo.h"
#include "discipline/settings.h"

struct correction {
	struct servo servo;
	struct servo_order order; /* the latest */
	raw_ns ordered;
	bool fresh;     /* something was learned, or happened, since then */
	bool disturbed; /* by another program since the last correction */
	bool forced;    /* the next one is not refused */
	bool refused;   /* the last one was */
	bool stepping;  /* a step was ordered */
};

/* What is known when a rate is ordered. */
struct correction_basis {
	raw_ns now;
	const struct estimate *estimate; /* at NOW */
	unsigned samples;                /* of which it was made */
	double poll_seconds;             /* of the selected source */
};

/* No slew, nothing new: the rate that follows the oscillator. */
void correction_idle(const struct correction *correction,
		     const struct discipline_settings *settings, struct discipline_action *action);

/* Nothing new is decided: a slew under way goes on, else as before. */
void correction_continue(const struct correction *correction,
			 const struct discipline_settings *settings, raw_ns now,
			 struct discipline_action *action);

/* No slew, not even the one under way. */
void correction_stop(struct correction *correction, const struct discipline_settings *settings,
		     const struct correction_basis *basis, struct discipline_action *action);

/* Carries out what the rules say about OFFSET (s, truth minus UTC).  True: it was
 * made, or none was needed; false: it is refused, or waits for the step. */
bool correction_order(struct correction *correction, const struct discipline_settings *settings,
		      const struct correction_basis *basis, double offset,
		      struct discipline_action *action);

#endif
