/* Which sources are accepted, which one of them is selected, and whether they agree
 * with the estimate.  discipline/select.h has the algorithm.  Pure. */
#ifndef W32TIMED_DISCIPLINE_SELECTION_H
#define W32TIMED_DISCIPLINE_SELECTION_H

#include "discipline/ensemble.h"

/* OWN_VOTE: where the sources have no majority, those that agree with our own clock
 * are accepted. */
void ensemble_select(struct ensemble *ensemble, raw_ns now, bool own_vote);

#endif
