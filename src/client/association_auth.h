/* The signature on an association's requests and answers, for associations that
 * have an authentication; with the others nothing happens here. */
#ifndef W32TIMED_CLIENT_ASSOCIATION_AUTH_H
#define W32TIMED_CLIENT_ASSOCIATION_AUTH_H

#include "client/association.h"

/* Completes the request in DATA, LENGTH bytes so far with room for SIZE.  Returns
 * its length or a negative errno: it must not be sent. */
int association_protect(struct association *association, uint8_t *data, size_t length, size_t size);

/* Whether a datagram that answers the request by its header is the server's.  One
 * that is not is counted, and the owner is told. */
bool association_authenticate(struct association *association, const uint8_t *data, size_t length);

/* The exchange ended, by an answer or by its time. */
void association_exchanged(struct association *association);

/* Answers came in this exchange, but none that was signed as it must be. */
bool association_was_cheated(const struct association *association);

#endif
