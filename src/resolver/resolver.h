/* Names to addresses and to services, without blocking: c-ares on the daemon's
 * event loop.  Literal addresses need no look-up and are answered at once
 * (from the loop, never from within resolver_lookup). */
#ifndef W32TIMED_RESOLVER_RESOLVER_H
#define W32TIMED_RESOLVER_RESOLVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "platform/address.h"
#include "resolver/host_name.h"
#include "resolver/services.h"

struct loop;
struct resolver;
struct resolver_query;

#define RESOLVER_ADDRESSES_MAX 16

/* STATUS: 0 and at least one address; or -ENOENT (no such name), -EAGAIN (no
 * server answered), another negative errno.  ADDRESSES live during the call. */
typedef void resolver_callback(void *context, int status, const struct net_address *addresses,
			       size_t count);

/* The same for SERVICES, in the order in which to try them: by priority, among
 * equals at random by weight. */
typedef void resolver_services_callback(void *context, int status,
					const struct resolver_service *services, size_t count);

int resolver_create(struct resolver **resolver, struct loop *loop, struct error *error);
void resolver_destroy(struct resolver *resolver); /* pending callbacks are not called */

/* The callback comes exactly once unless the query is cancelled before. */
int resolver_lookup(struct resolver *resolver, const char *host, uint16_t port,
		    resolver_callback *callback, void *context, struct resolver_query **query);
/* NAME as it stands in the DNS, "_ldap._tcp.dc._msdcs.corp.example"; no search
 * list is applied. */
int resolver_lookup_services(struct resolver *resolver, const char *name,
			     resolver_services_callback *callback, void *context,
			     struct resolver_query **query);
void resolver_cancel(struct resolver_query *query);

/* The system's resolver settings are read anew and what is under way is asked
 * again (network changed).  Look-ups that begin later read them anyhow. */
void resolver_refresh(struct resolver *resolver);

#endif
