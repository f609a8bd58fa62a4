/* From one exchange to the estimate: checked, put on the reference line, judged by
 * the source's other samples, and learned from if the source is accepted.  Pure. */
#ifndef W32TIMED_DISCIPLINE_SAMPLE_H
#define W32TIMED_DISCIPLINE_SAMPLE_H

#include "discipline/decision.h"
#include "discipline/ensemble.h"

/* Its numbers are some that an exchange can have. */
bool sample_is_possible(const struct measurement *measurement, const struct clock_reading *now);

/* MEASUREMENT must be possible; SAMPLE is filled in if it is accepted. */
enum discipline_verdict sample_make(struct ensemble *ensemble,
				    const struct measurement *measurement,
				    const struct clock_reading *now, struct source_sample *sample);

struct sample_use {
	struct decision *decision; /* counts it; an estimate is made anew at once while open */
	bool own_vote;             /* as ensemble_select() */
	bool used;                 /* out: the source is accepted, and the estimate has learned */
	bool sane;                 /* out; false: the estimate became impossible */
};

void sample_take(struct ensemble *ensemble, struct source *source,
		 const struct measurement *measurement, const struct clock_reading *now,
		 struct source_sample *sample, struct sample_use *use);

/* s from NOW in which a request in interleaved mode is worth while; 0: it is not. */
double sample_interleave_within(const struct ensemble *ensemble, const struct source *source,
				raw_ns now);

#endif
