/* Where NtpClient's samples go: the seam between NtpClient and the timekeeping,
 * which implements it.  Everything that follows from a sample comes back as a
 * value of the same call. */
#ifndef W32TIMED_CLIENT_SAMPLE_SINK_H
#define W32TIMED_CLIENT_SAMPLE_SINK_H

#include <stdbool.h>
#include <stdint.h>

#include "discipline/discipline.h"

struct sample_source {
	const char *name;      /* as configured, flags and all; copied */
	uint32_t reference_id; /* what our own clients are told while we follow it */
	bool fallback;         /* used only while no other source is usable */
	bool fixed_poll;       /* asked at a fixed interval, which is POLL_SECONDS */
	double poll_seconds;
};

struct sample_outcome {
	enum discipline_verdict verdict;
	int poll; /* log2 s, at which the source is asked from now on */
	/* s after this answer in which a request in interleaved mode (RFC 9769) is
	 * likely to tell more than a plain one; 0: it is not. */
	double interleave_within;
};

struct sample_sink {
	/* A source whose address is known; it has not answered yet.  A source that is
	 * known already has got other settings, what it gave stays.  A negative errno:
	 * it is not followed. */
	int (*add)(void *context, source_id id, const struct sample_source *source);
	void (*remove)(void *context, source_id id);
	/* The source has stopped to give time; it does again with its next sample. */
	void (*unreachable)(void *context, source_id id);
	/* One exchange that gave time.  NOW: the clock, read when the answer came.
	 * OUTCOME is filled in. */
	void (*sample)(void *context, source_id id, const struct measurement *measurement,
		       const struct clock_reading *now, struct sample_outcome *outcome);
	/* Whether fallback sources are to be asked: no other source gives time. */
	bool (*fallback_needed)(void *context, const struct clock_reading *now);
	void *context;
};

#endif
