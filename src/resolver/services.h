/* SRV answers: read with c-ares, put into the order in which to try them. */
#ifndef W32TIMED_RESOLVER_SERVICES_H
#define W32TIMED_RESOLVER_SERVICES_H

#include "resolver/resolver.h"

/* An answer as it came from the network.  Returns how many SERVICES it holds,
 * at most RESOLVER_SERVICES_MAX, in the order of services_order(); or -ENOENT
 * (none, or the service is said not to exist), -EBADMSG, -ENOMEM.  Targets that
 * are no host names are left out. */
int services_decode(const uint8_t *data, size_t length,
		    struct resolver_service services[RESOLVER_SERVICES_MAX]);

/* RFC 2782: ascending priority; within one, drawn with a chance in proportion
 * to the weight.  DRAW: any number from 0 to LIMIT, both included. */
typedef uint32_t services_draw(void *context, uint32_t limit);
void services_order(struct resolver_service *services, size_t count, services_draw *draw,
		    void *context);

#endif
