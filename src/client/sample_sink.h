/* Where NtpClient's samples go: the seam between the client and what disciplines
 * the clock.  Called from the event loop only. */
#ifndef W32TIMED_CLIENT_SAMPLE_SINK_H
#define W32TIMED_CLIENT_SAMPLE_SINK_H

#include <stdbool.h>
#include <stdint.h>

#include "discipline/measurement.h"
#include "platform/clock.h"

struct sample_source {
	const char *name;      /* as configured; borrowed during the call */
	uint32_t reference_id; /* what our own clients are told while we follow it */
	bool fallback;         /* used only while no other source is usable */
	bool fixed_poll;       /* asked every POLL_SECONDS */
	double poll_seconds;
};

struct sample_outcome {
	enum discipline_verdict verdict;
	int poll;                 /* log2 s, at which the source should be asked now */
	double interleave_within; /* s after the answer in which a request in interleaved
				   * mode (RFC 9769) is worth while; 0: it is not */
};

struct sample_sink {
	/* A source whose address is known and which has not answered yet; a known ID is
	 * changed and keeps its samples.  A negative errno: it is not followed. */
	int (*add)(void *context, source_id id, const struct sample_source *source);
	void (*remove)(void *context, source_id id);
	/* Eight polls without an answer. */
	void (*unreachable)(void *context, source_id id);
	/* A good answer.  NOW: the clock as it was read once for this event. */
	void (*sample)(void *context, source_id id, const struct measurement *measurement,
		       const struct clock_reading *now, struct sample_outcome *outcome);
	/* Whether fallback peers are to be asked: no other source gives time. */
	bool (*fallback_needed)(void *context, const struct clock_reading *now);
	void *context;
};

#endif
