/* Tells when this machine's addresses, links or routes change. */
#ifndef W32TIMED_PLATFORM_NETWORK_WATCH_H
#define W32TIMED_PLATFORM_NETWORK_WATCH_H

#include <stdbool.h>

#include "base/error.h"
#include "platform/address.h"

struct network_watch;

int network_watch_open(struct network_watch **watch, struct error *error);
void network_watch_close(struct network_watch *watch);
socket_handle network_watch_handle(const struct network_watch *watch);

/* Reads all that is waiting; true if an address, a link or a default route
 * came or went since the last call. */
bool network_watch_changed(struct network_watch *watch);

/* Whether ADDRESS is one of this machine's own. */
bool network_is_own_address(const struct net_address *address);

#endif
