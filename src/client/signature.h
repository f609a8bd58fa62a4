/* The signature on an association's requests and answers (ntp/authentication.h).
 * Without an authentication everything passes. */
#ifndef W32TIMED_CLIENT_SIGNATURE_H
#define W32TIMED_CLIENT_SIGNATURE_H

#include <stdbool.h>

#include "ntp/authentication.h"

struct signature {
	struct authentication *authentication; /* owned; NULL: none */
	/* The best enum authentication_result in this exchange; -1: nothing came. */
	int best;
};

/* AUTHENTICATION, which may be NULL, is given over. */
void signature_init(struct signature *signature, struct authentication *authentication);
void signature_destroy(struct signature *signature);

/* An exchange begins: completes the request in DATA, LENGTH bytes so far with room
 * for SIZE.  Returns its length or a negative errno: it must not be sent. */
int signature_protect(struct signature *signature, uint8_t *data, size_t length, size_t size);

/* Whether a datagram that answers the request by its header is the server's. */
enum authentication_result signature_verify(struct signature *signature, const uint8_t *data,
					    size_t length);

/* The exchange is over, by an answer or by its time. */
void signature_end(struct signature *signature);

/* Answers came in this exchange, but none that was signed as it must be. */
bool signature_was_forged(const struct signature *signature);

#endif
