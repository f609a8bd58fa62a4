/* Names and addresses, looked up while the caller waits. */
#ifndef W32TIMED_PLATFORM_LOOKUP_H
#define W32TIMED_PLATFORM_LOOKUP_H

#include <stddef.h>

#include "platform/address.h"

/* The first address of NAME (a literal address is one), of FAMILY or, with
 * AF_UNSPEC, of any; its port is PORT.  Returns 0, -ENOENT: no such host, or
 * another negative errno. */
int lookup_address(const char *name, int family, uint16_t port, struct net_address *address);

/* The name of ADDRESS: 0, or -ENOENT: it has none. */
int lookup_name(const struct net_address *address, char *name, size_t size);

#endif
