/* SRV answers: read with c-ares, put into the order in which to try them. */
#ifndef W32TIMED_RESOLVER_SERVICES_H
#define W32TIMED_RESOLVER_SERVICES_H

#include <stddef.h>
#include <stdint.h>

#include "resolver/host_name.h"

#define RESOLVER_SERVICES_MAX 64

/* A server of a service, an SRV record (RFC 2782). */
struct resolver_service {
	char host[RESOLVER_NAME_MAX + 1]; /* a host name, no dot at its end */
	uint16_t port, priority, weight;
};

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
