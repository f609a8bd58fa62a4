/* How an association makes sure that an answer is its server's: the seam for
 * MS-SNTP (domain time) and NTS.  An association without one asks plainly. */
#ifndef W32TIMED_NTP_AUTHENTICATION_H
#define W32TIMED_NTP_AUTHENTICATION_H

#include <errno.h>
#include <stddef.h>
#include <stdint.h>

#include "ntp/packet.h"

#ifndef ENOKEY /* not every system has it */
#define ENOKEY EACCES
#endif

enum authentication_result {
	AUTHENTICATION_GOOD,
	AUTHENTICATION_MISSING, /* it carries no signature, or one of another form */
	AUTHENTICATION_WRONG,   /* the signature does not fit */
};

struct authentication {
	const char *name;    /* as `w32tm /query /peers /verbose` shows it: "NtDigest " */
	uint32_t message_id; /* [MS-W32T] message id of it: 0x5B */
	uint8_t version;     /* NTP version that requests must have; 0: any */

	/* Completes the request in DATA (header written, LENGTH bytes so far, room
	 * for SIZE); returns its new length or a negative errno (-ENOKEY: there is
	 * no key now, nothing must be sent). */
	int (*protect)(struct authentication *authentication, uint8_t *data, size_t length,
		       size_t size);

	/* Judges a datagram that answers that request. */
	enum authentication_result (*verify)(struct authentication *authentication,
					     const uint8_t *data, size_t length);

	/* The exchange is over: BEST is the best judgement on any datagram of it,
	 * -1 when none came.  To choose the next request's form and key by. */
	void (*ended)(struct authentication *authentication, int best);

	void (*destroy)(struct authentication *authentication);
};

#endif
