/* Is this datagram the answer to our request, and is it fit for use?  Pure:
 * RFC 5905 section 8 (sanity tests), RFC 1305 section 3.4.4 (the tests that
 * W32Time's message ids 0x5E to 0x65 are named after), RFC 5905 section 7.4
 * (kiss-o'-death), RFC 9769 section 2 (interleaved mode). */
#ifndef W32TIMED_CLIENT_REPLY_H
#define W32TIMED_CLIENT_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ntp/packet.h"

/* A server that last heard of its own source this long ago is stale (s). */
#define REPLY_REFERENCE_AGE_MAX 86400
/* Windows servers announce many seconds; from here on it is no time at all. */
#define REPLY_ROOT_MAX 16.0
/* s; no server takes longer from a request to its answer's leaving. */
#define REPLY_LAG_MAX 8

struct reply_request {
	ntp_timestamp nonce; /* our random transmit time stamp, never 0 */
	/* If interleaved mode was asked for (RFC 9769): the server's receive time
	 * stamp of its last answer, and our random receive time stamp, never 0 nor
	 * NONCE, which an answer in that mode repeats.  Else both 0. */
	ntp_timestamp server_received, interleaved_nonce;
	uint8_t version;
	uint8_t mode; /* NTP_MODE_CLIENT or NTP_MODE_SYMMETRIC_ACTIVE */
};

struct reply_rules {
	bool nonstandard_modes;       /* a mode 4 answer to a mode 1 request is one */
	bool ignore_dispersion;       /* CompatibilityFlags 0x1 */
	bool ignore_future_reference; /* CompatibilityFlags 0x2 */
};

/* The requests that were answered last: a second answer is a duplicate. */
struct reply_memory {
	ntp_timestamp answered[16]; /* 0: unused */
	unsigned next;
};

enum reply_verdict {
	REPLY_GOOD,
	/* Not the answer to the request: keep waiting for that. */
	REPLY_BOGUS,     /* malformed, or wrong version, mode or origin */
	REPLY_DUPLICATE, /* answers a request that has its answer already */
	/* The answer, but no time. */
	REPLY_KISS_RATE, /* ask less often */
	REPLY_KISS_DENY, /* DENY or RSTR: do not ask again */
	REPLY_KISS_OTHER,
	REPLY_UNSYNCHRONIZED, /* leap 3 or stratum 0 or above 15 */
	REPLY_OUT_OF_ORDER,   /* it left before our request had come in */
	REPLY_STALE,          /* reference time in the future or a day old */
	REPLY_ROOT_DISTANCE,  /* unreasonable root delay or dispersion */
};

/* Whether the verdict is on an answer to the request. */
bool reply_is_answer(enum reply_verdict verdict);

/* HEADER is filled for every verdict but REPLY_BOGUS and REPLY_DUPLICATE; a
 * negative root delay (RFC 1305 has it signed) and a dispersion that the rules
 * ignore become 0. */
enum reply_verdict reply_check(const struct reply_request *request,
			       const struct reply_memory *memory, const struct reply_rules *rules,
			       const uint8_t *data, size_t length, struct ntp_header *header);

/* The answer to REQUEST came; there can be no second, in whichever mode. */
void reply_remember(struct reply_memory *memory, const struct reply_request *request);

/* Whether an answer to REQUEST is in interleaved mode: its transmit time stamp is
 * then that of the server's answer before. */
bool reply_is_interleaved(const struct reply_request *request, const struct ntp_header *reply);

#endif
