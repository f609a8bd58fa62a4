#include "discipline/decision.h"

#include <math.h>

#define AGREEING_SAMPLES  3
#define MAJORITY_PATIENCE 5.0 /* s, for the other sources' opinion */
#define PATIENCE          8.0 /* s, for a second opinion */

void decision_open(struct decision *decision, raw_ns opened)
{
	*decision = (struct decision){ .open = true, .opened = opened };
}

void decision_count(struct decision *decision, raw_ns raw)
{
	if (decision->samples++ == 0)
		decision->since = raw;
}

bool decision_is_due(const struct decision *decision, bool harmless, bool majority, raw_ns now)
{
	double since = ns_interval(decision->since, now);

	/* Without a sample nothing new is to be decided. */
	if (!decision->open || decision->samples == 0 || since >= PATIENCE || harmless)
		return true;
	return decision->samples >= AGREEING_SAMPLES && (since >= MAJORITY_PATIENCE || majority);
}

double decision_patience(const struct decision *decision, raw_ns now)
{
	return fmax(PATIENCE - ns_interval(decision->since, now), 0.1);
}
