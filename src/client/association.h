/* One server at one address: its exchanges, its reach register, when it is
 * asked next.  Where the address came from is the peer's business (peer.h).
 *
 * What happened is handed back as a value; the owner carries it on, and tells
 * what became of a sample. */
#ifndef W32TIMED_CLIENT_ASSOCIATION_H
#define W32TIMED_CLIENT_ASSOCIATION_H

#include <stdbool.h>
#include <stdint.h>

#include "client/environment.h"
#include "client/exchange.h"
#include "client/polling.h"
#include "client/reply.h"
#include "client/status.h"
#include "ntp/authentication.h"

struct association;

struct association_settings {
	uint8_t mode; /* NTP_MODE_CLIENT or NTP_MODE_SYMMETRIC_ACTIVE */
	struct reply_rules rules;
	struct polling_settings polling;
	char bind[NET_ADDRESS_TEXT_MAX]; /* as exchange_start() has it */
};

enum association_result {
	ASSOCIATION_NOTHING,  /* nothing is due, or the answer is still waited for */
	ASSOCIATION_SAMPLE,   /* an answer gave time: association_conclude() is to follow */
	ASSOCIATION_ACCEPTED, /* the discipline accepted it */
	ASSOCIATION_UNUSED,   /* an answer that gave no time: see DROP */
	ASSOCIATION_SILENT,   /* no answer in time */
	ASSOCIATION_REFUSED,  /* cannot be sent, or the port is closed: see ERROR */
	ASSOCIATION_LIMITED,  /* RATE: see LIMIT */
	ASSOCIATION_DENIED,   /* DENY, RSTR: must not be asked again */
};

struct association_event {
	enum association_result result;
	struct measurement measurement; /* of a sample */
	/* Datagrams that answered by their header but were not signed, or wrongly; the
	 * true answer may still come.  0 without an authentication. */
	unsigned unsigned_answers, forged_answers;
	/* Of an exchange that is over: */
	int authenticity;    /* the best enum authentication_result; -1: nothing came */
	int error;           /* errno; 0: an answer came */
	enum peer_drop drop; /* why there is no time */
	double limit;        /* s, at which a server that said RATE is asked at most */
};

/* The first request is due at FIRST.  AUTHENTICATION, which may be NULL, is given
 * over.  READY is called from the event loop when association_receive() is to be.
 * NULL when memory is short; then AUTHENTICATION still is the caller's. */
struct association *association_create(const struct ntp_client_environment *environment,
				       const struct association_settings *settings,
				       struct authentication *authentication, source_id source,
				       const struct net_address *remote, raw_ns first,
				       void (*ready)(void *context), void *context);
void association_destroy(struct association *association); /* NULL is allowed */

/* Other flags or intervals; what is known stays, the next poll is brought
 * forward if it would now be too late. */
void association_configure(struct association *association,
			   const struct association_settings *settings, raw_ns now);

/* Does what is due at NOW, and says what came of it. */
void association_run(struct association *association, const struct clock_reading *now,
		     struct association_event *event);
/* Takes what has come; NOW: the clock, read since READY was called. */
void association_receive(struct association *association, const struct clock_reading *now,
			 struct association_event *event);
/* What became of the sample in EVENT, whose result is ACCEPTED or UNUSED then. */
void association_conclude(struct association *association, const struct sample_outcome *outcome,
			  struct association_event *event);

/* Asks up to REQUESTS times, seconds apart, until ANSWERS were good; a burst
 * under way becomes longer.  A server that sent a RATE is asked once only. */
void association_burst(struct association *association, raw_ns now, unsigned requests,
		       unsigned answers);

/* Ends a burst: the next request waits for its poll. */
void association_end_burst(struct association *association);

/* Other addresses of the server gave no time in so many requests: there is no haste
 * to ask this one.  0: there is. */
void association_inherit_misses(struct association *association, raw_ns now, unsigned misses);
void association_forget_inherited_misses(struct association *association);

/* The next request is due at WHEN. */
void association_plan(struct association *association, raw_ns when);

/* What is under way was spoilt (the clock was set): it is asked again. */
void association_restart(struct association *association, raw_ns now);

/* --- What it knows --------------------------------------------------------------- */

raw_ns association_next_due(const struct association *association);
source_id association_source(const struct association *association);
const struct net_address *association_remote(const struct association *association);
/* Where the last request was sent from; AF_UNSPEC: there was none. */
const struct net_address *association_local(const struct association *association);

/* It is not decided yet whether it gives time: a burst or an exchange is under way. */
bool association_is_settling(const struct association *association);
/* It gave time at least once. */
bool association_has_answered(const struct association *association);
/* Requests in a row that gave no time. */
unsigned association_misses(const struct association *association);
uint8_t association_reachability(const struct association *association);

/* Its clock against the raw oscillator: *PHASE s beyond a constant that is the same
 * for all, *TAKEN when.  False: it gave no time yet. */
bool association_phase(const struct association *association, double *phase, raw_ns *taken);

/* Fills in what an association adds to a peer's status. */
void association_status(const struct association *association, raw_ns now,
			struct peer_status *status);

/* For tests: the exchange, the last request. */
const struct exchange *association_exchange(const struct association *association);
const struct reply_request *association_request(const struct association *association);

#endif
