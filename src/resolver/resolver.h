/* Names to addresses without blocking: c-ares on the daemon's event loop.
 * Literal addresses need no look-up and are answered at once (from the loop,
 * never from within resolver_lookup). */
#ifndef W32TIMED_RESOLVER_RESOLVER_H
#define W32TIMED_RESOLVER_RESOLVER_H

#include <stddef.h>

#include "base/error.h"
#include "platform/address.h"

struct event_base;
struct resolver;
struct resolver_query;

#define RESOLVER_ADDRESSES_MAX 16

/* STATUS: 0 and at least one address; or -ENOENT (no such name), -EAGAIN (no
 * server answered), another negative errno.  ADDRESSES live during the call. */
typedef void resolver_callback(void *context, int status, const struct net_address *addresses,
			       size_t count);

int resolver_create(struct resolver **resolver, struct event_base *base, struct error *error);
void resolver_destroy(struct resolver *resolver); /* pending callbacks are not called */

/* The callback comes exactly once unless the query is cancelled before. */
int resolver_lookup(struct resolver *resolver, const char *host, uint16_t port,
		    resolver_callback *callback, void *context, struct resolver_query **query);
void resolver_cancel(struct resolver_query *query);

/* The system's resolver settings are read anew and what is under way is asked
 * again (network changed).  Look-ups that begin later read them anyhow. */
void resolver_refresh(struct resolver *resolver);

#endif
