/* Whether what was measured is enough to act upon: open at the start, after the
 * reference was lost, and from the first sample that answers a /resync on.  Pure. */
#ifndef W32TIMED_DISCIPLINE_DECISION_H
#define W32TIMED_DISCIPLINE_DECISION_H

#include <stdbool.h>

#include "base/timescale.h"

struct decision {
	bool open;
	raw_ns opened;    /* older samples do not count; INT64_MIN: all do */
	unsigned samples; /* used since then */
	raw_ns since;     /* the first of them */
};

void decision_open(struct decision *decision, raw_ns opened);

/* A sample that was taken at RAW was used. */
void decision_count(struct decision *decision, raw_ns raw);

/* HARMLESS: the clock was right before, and is wrong by little at most.  MAJORITY: no
 * source that has not answered yet can outvote those that have. */
bool decision_is_due(const struct decision *decision, bool harmless, bool majority, raw_ns now);

/* s until time alone makes it due; only with samples. */
double decision_patience(const struct decision *decision, raw_ns now);

#endif
