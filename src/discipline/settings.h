/* What the configuration and the clock say to the discipline. */
#ifndef W32TIMED_DISCIPLINE_SETTINGS_H
#define W32TIMED_DISCIPLINE_SETTINGS_H

#include <stdint.h>

#include "discipline/phase.h"

struct discipline_settings {
	struct phase_rules phase;
	uint32_t frequency_correct_rate; /* divisor, at least 1 */
	uint32_t poll_adjust_factor;
	uint32_t hold_period;      /* samples */
	double large_phase_offset; /* s */
	double spike_watch_period; /* s */
	double holdover_period;    /* s without a sample after which the reference is lost */
	int min_poll, max_poll;    /* log2 s */
	double maximum_rate;       /* of the clock; 0: it cannot be steered */
	double precision;          /* s, of reading the clock */
};

#endif
