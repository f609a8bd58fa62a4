#include "server/access.h"

bool access_allows(const struct net_prefix *blocks, size_t count, const struct net_address *client)
{
	for (size_t i = 0; i < count; i++) {
		if (net_prefix_contains(&blocks[i], client))
			return true;
	}
	return count == 0;
}
