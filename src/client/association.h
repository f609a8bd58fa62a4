/* One server at one address: its exchanges, its reach register, when it is
 * asked next.  Where the address came from is the peer's business (peer.h). */
#ifndef W32TIMED_CLIENT_ASSOCIATION_H
#define W32TIMED_CLIENT_ASSOCIATION_H

#include <stdbool.h>
#include <stdint.h>

#include "client/exchange.h"
#include "client/interleaved.h"
#include "client/ntp_client.h"
#include "client/polling.h"
#include "client/reply.h"
#include "ntp/authentication.h"

struct association;

enum association_outcome {
	ASSOCIATION_GOOD,    /* a measurement was accepted */
	ASSOCIATION_UNUSED,  /* an answer that gave no measurement: see last_drop */
	ASSOCIATION_SILENT,  /* no answer in time */
	ASSOCIATION_REFUSED, /* cannot be sent, or the port is closed: see last_error */
	ASSOCIATION_LIMITED, /* RATE */
	ASSOCIATION_DENIED,  /* DENY, RSTR: must not be asked again */
};

struct association_owner {
	/* An exchange ended.  The association may be destroyed in the call. */
	void (*ended)(void *context, enum association_outcome outcome);
	/* A datagram that would have been the answer was not signed, or wrongly; the
	 * true one is still waited for.  Without an authentication never called. */
	void (*rejected)(void *context, enum authentication_result result);
	void *context;
};

struct association_settings {
	uint8_t mode; /* NTP_MODE_CLIENT or NTP_MODE_SYMMETRIC_ACTIVE */
	struct reply_rules rules;
	struct polling_settings polling;
	struct net_address bind;
};

struct association {
	const struct ntp_client_environment *environment;
	struct association_owner owner;
	struct association_settings settings;
	source_id source;
	struct net_address remote;
	struct exchange exchange;
	struct authentication *authentication; /* owned; NULL: none */
	/* The best enum authentication_result in this exchange; -1: nothing came. */
	int authenticity;

	/* While an exchange is open when it times out, else when to ask next. */
	raw_ns due;
	raw_ns last_sent;
	bool ever_sent;
	unsigned burst_requests; /* still to be sent in quick succession */
	unsigned burst_answers;  /* good ones after which the burst is over */
	unsigned burst_misses;   /* in a row, in this burst */

	struct reply_request request; /* the last one */
	struct reply_memory memory;
	struct interleaved interleaved;
	enum reply_verdict verdict; /* on the answer to it */
	struct ntp_header reply;    /* the last answer */
	bool replied;               /* REPLY is one */

	struct polling_state polling;
	unsigned answers_since_rate; /* or since the floor was lowered */
	unsigned requests;
	uint8_t version; /* of the first request that gave time; 0: none yet */
	uint8_t reachability;
	utc_ns last_success;
	double phase;       /* s, server's time minus raw scale, of the last good answer */
	raw_ns phase_taken; /* when */
	int last_error;
	enum peer_drop last_drop;
	struct peer_counters counters;
};

/* PHASE counts from here, so that a double holds it to a microsecond. */
#define ASSOCIATION_PHASE_EPOCH (INT64_C(1750000000) * NS_PER_SECOND)

/* The first request is due at FIRST.  AUTHENTICATION, which may be NULL, is given
 * over.  NULL when memory is short; then it still is the caller's. */
struct association *association_create(const struct ntp_client_environment *environment,
				       const struct association_owner *owner,
				       const struct association_settings *settings,
				       struct authentication *authentication, source_id source,
				       const struct net_address *remote, raw_ns first);
void association_destroy(struct association *association); /* NULL is allowed */

/* Other flags or intervals; what is known stays, the next poll is brought
 * forward if it would now be too late. */
void association_configure(struct association *association,
			   const struct association_settings *settings);

/* Does what is due at NOW. */
void association_run(struct association *association, raw_ns now);

/* Asks up to REQUESTS times, seconds apart, until ANSWERS were good; a burst
 * under way becomes longer.  A server that sent a RATE is asked once only. */
void association_burst(struct association *association, raw_ns now, unsigned requests,
		       unsigned answers);

/* Ends a burst: the next request waits for its poll. */
void association_calm(struct association *association);

/* Other addresses of the server gave no time in so many requests: no haste. */
void association_succeed(struct association *association, raw_ns now, unsigned misses);

/* It has not said its word yet: a burst or an exchange is under way. */
bool association_is_settling(const struct association *association);

/* What is under way was spoilt (the clock was set): it is asked again. */
void association_restart(struct association *association, raw_ns now);

/* Present interval, log2 s. */
int association_poll(const struct association *association);

#endif
