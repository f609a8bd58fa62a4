/* Step, slew or refuse: W32Time's published rules for one offset.  Pure.
 * Source: "Windows Time service tools and settings" (both generations of the
 * rule), MS support article 2722681 (worked figures). */
#ifndef W32TIMED_DISCIPLINE_PHASE_H
#define W32TIMED_DISCIPLINE_PHASE_H

#include <stdint.h>

enum phase_model {
	PHASE_MODEL_2008 = 2008, /* 2012 R2 and earlier */
	PHASE_MODEL_2016 = 2016, /* 2016 and later */
};

#define PHASE_UNLIMITED UINT32_C(0xFFFFFFFF)

struct phase_rules {
	enum phase_model model;
	uint32_t max_allowed_offset;      /* s; MaxAllowedPhaseOffset */
	uint32_t max_positive_correction; /* s; PHASE_UNLIMITED: none */
	uint32_t max_negative_correction; /* s */
	uint32_t phase_correct_rate;      /* divisor, at least 1 */
	uint32_t update_interval;         /* 10 ms, at least 1 */
	double clock_tick;                /* s, SystemClockRate: 0.015625 */
};

enum phase_decision {
	PHASE_SLEW,
	PHASE_STEP,
	PHASE_REFUSE,
};

/* OFFSET: s, truth minus clock.  POLL_SECONDS: of the source, for the newer
 * rule.  A NaN or infinite offset is refused. */
enum phase_decision phase_decide(const struct phase_rules *rules, double offset,
				 double poll_seconds);

#endif
