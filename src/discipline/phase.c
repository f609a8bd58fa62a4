#include "discipline/phase.h"

#include <math.h>

/* "MaxAllowedPhaseOffset", "UpdateInterval" and the divisors are taken as
 * W32Time takes them: a zero counts as one. */
static double phase_at_least_one(uint32_t value)
{
	return value == 0 ? 1 : value;
}

/* What condition 2 compares with half of the clock's tick; both in seconds. */
static double phase_correction(const struct phase_rules *rules, double size, double poll_seconds)
{
	double divisor = phase_at_least_one(rules->phase_correct_rate);
	double interval = phase_at_least_one(rules->update_interval);

	if (rules->model == PHASE_MODEL_2008)
		return size / (divisor * interval);
	if (!(poll_seconds > 0))
		poll_seconds = 1;
	return fmin(size / (16 * divisor * poll_seconds), size / (interval / 100));
}

enum phase_decision phase_decide(const struct phase_rules *rules, double offset,
				 double poll_seconds)
{
	double size = fabs(offset);
	uint32_t limit = offset > 0 ? rules->max_positive_correction
				    : rules->max_negative_correction;

	if (!isfinite(offset) || (limit != PHASE_UNLIMITED && size > limit))
		return PHASE_REFUSE;
	if (size > rules->max_allowed_offset)
		return PHASE_STEP;
	/* The worked figures are exact in decimal: at equality it slews. */
	if (phase_correction(rules, size, poll_seconds) > rules->clock_tick / 2 * (1 + 1e-12))
		return PHASE_STEP;
	return PHASE_SLEW;
}
