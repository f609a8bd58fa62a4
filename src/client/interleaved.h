/* Interleaved mode, the client's side (RFC 9769 section 2).  Pure.
 *
 * A server can write the time into an answer only before that leaves; what the
 * way out of it takes (some microseconds, and never the same) looks like the
 * network's.  In its next answer it can tell when the one before really left.  To
 * be told, a request names that answer by the server's own receive time stamp, and
 * the answer repeats another one of the request's numbers. */
#ifndef W32TIMED_CLIENT_INTERLEAVED_H
#define W32TIMED_CLIENT_INTERLEAVED_H

#include <stdbool.h>

#include "client/reply.h"
#include "platform/clock.h"

/* A server that never answers so is not asked more often for it. */
#define INTERLEAVED_TRIALS 4
/* s; of an older answer nothing is asked. */
#define INTERLEAVED_AGE_MAX 300.0

struct interleaved {
	/* The last answer, if one came to the last request and gave time. */
	ntp_timestamp server_received; /* by which the server knows it; 0: there is none */
	raw_ns received;               /* when it came */
	double uncertainty;            /* s, of that */
	int64_t suspended_ns;          /* the machine had slept so long when that was asked for */
	unsigned trials;               /* requests that asked for it while it was never granted */
	bool granted;                  /* once at least */
};

/* Before a request: whether it shall ask for it, WANTED or not, at NOW.  Sets what
 * REQUEST says of the answer before; the nonces are the caller's. */
bool interleaved_ask(struct interleaved *interleaved, bool wanted, const struct clock_reading *now,
		     struct reply_request *request);

/* The last request got no answer, or none that gives time. */
void interleaved_forget(struct interleaved *interleaved);

/* Its answer gave time; RECEIVED and UNCERTAINTY are those of its arrival. */
void interleaved_note(struct interleaved *interleaved, const struct reply_request *request,
		      const struct ntp_header *reply, raw_ns received, double uncertainty);

#endif
