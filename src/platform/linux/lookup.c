#include "platform/lookup.h"

#include <errno.h>
#include <netdb.h>
#include <string.h>

int lookup_address(const char *name, int family, uint16_t port, struct net_address *address)
{
	const struct addrinfo hints = { .ai_family = family, .ai_socktype = SOCK_DGRAM };
	struct addrinfo *found, *entry;
	int result = getaddrinfo(name, NULL, &hints, &found);

	if (result == EAI_SYSTEM)
		return -errno;
	if (result == EAI_MEMORY)
		return -ENOMEM;
	if (result != 0)
		return -ENOENT;
	result = -ENOENT;
	for (entry = found; entry != NULL && result < 0; entry = entry->ai_next) {
		if (entry->ai_addrlen > sizeof address->u)
			continue;
		memset(address, 0, sizeof *address);
		memcpy(&address->u, entry->ai_addr, entry->ai_addrlen);
		net_address_set_port(address, port);
		result = 0;
	}
	freeaddrinfo(found);
	return result;
}

int lookup_name(const struct net_address *address, char *name, size_t size)
{
	int result = getnameinfo(&address->u.any, net_address_length(address), name,
				 (socklen_t)size, NULL, 0, NI_NAMEREQD);

	return result == 0 ? 0 : -ENOENT;
}
