/* What the discipline wants to be done to the clock. */
#ifndef W32TIMED_DISCIPLINE_ACTION_H
#define W32TIMED_DISCIPLINE_ACTION_H

#include <stdbool.h>

enum discipline_action_kind {
	DISCIPLINE_NONE,   /* nothing to do but what RATE says */
	DISCIPLINE_STEP,   /* UTC += step, then set RATE */
	DISCIPLINE_REFUSE, /* the needed correction is larger than allowed */
};

struct discipline_action {
	enum discipline_action_kind kind;
	double step;          /* s; for REFUSE what would have been needed */
	double rate;          /* for clock_ops.set_rate, from now on */
	double next_update;   /* s from now, call again then even without a measurement */
	double external_step; /* s, != 0: somebody else moved UTC by this (event 33) */
	bool spike_began;     /* event 50 is due when it lasts; the sample is held back */
};

#endif
