/* The reference id by which a server names its source (RFC 5905 section 7.3). */
#ifndef W32TIMED_CLIENT_REFERENCE_ID_H
#define W32TIMED_CLIENT_REFERENCE_ID_H

#include <stdint.h>

#include "platform/address.h"

/* Of a server that follows ADDRESS: an IPv4 address itself, the first four bytes of
 * an IPv6 address' MD5; 0 where the system refuses to compute that. */
uint32_t reference_id_of_address(const struct net_address *address);

#endif
