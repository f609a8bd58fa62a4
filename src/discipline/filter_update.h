/* From a source's samples to the estimate: the paths' places in it, one sample more,
 * and all of it again.  Pure. */
#ifndef W32TIMED_DISCIPLINE_FILTER_UPDATE_H
#define W32TIMED_DISCIPLINE_FILTER_UPDATE_H

#include "discipline/decision.h"
#include "discipline/ensemble.h"

/* The place of the source's current path in the estimator; one is made if there is
 * room, else ESTIMATOR_PATH_NONE. */
int ensemble_assign_path(struct ensemble *ensemble, struct source *source,
			 const struct source_sample *sample);

/* SAMPLE is the first one of a path whose delay differs by CHANGE s from that of the
 * path before. */
void ensemble_open_path(struct ensemble *ensemble, struct source *source,
			const struct source_sample *sample, double change);

/* One sample more.  False: the estimate became impossible, and all is forgotten. */
bool ensemble_update_filter(struct ensemble *ensemble, struct source *source,
			    const struct source_sample *sample);

/* The estimate was wrong: a new one is made of what the accepted sources' registers
 * hold, and DECISION counts those samples. */
void ensemble_restart(struct ensemble *ensemble, raw_ns now, struct decision *decision);

#endif
