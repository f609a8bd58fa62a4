/* Who may ask. */
#ifndef W32TIMED_SERVER_ACCESS_H
#define W32TIMED_SERVER_ACCESS_H

#include <stdbool.h>
#include <stddef.h>

#include "platform/address.h"

/* Whether CLIENT is in one of the blocks; without a block everybody is. */
bool access_allows(const struct net_prefix *blocks, size_t count, const struct net_address *client);

#endif
