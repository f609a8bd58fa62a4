#include "config.h"

#include "platform/lookup.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "platform/windows/socket.h"
#include "platform/windows/text.h"

/* The resolver takes and gives names in UTF-16: those of the home network may
 * have letters of any language. */
static int find(const char *name, int family, ADDRINFOW **found)
{
	const ADDRINFOW hints = { .ai_family = family, .ai_socktype = SOCK_DGRAM };
	wchar_t *wide = text_to_wide(name);
	int result;

	if (wide == NULL)
		return errno == ENOMEM ? -ENOMEM : -ENOENT;
	result = GetAddrInfoW(wide, NULL, &hints, found);
	free(wide);
	if (result == WSA_NOT_ENOUGH_MEMORY)
		return -ENOMEM;
	return result == 0 ? 0 : -ENOENT;
}

int lookup_address(const char *name, int family, uint16_t port, struct net_address *address)
{
	ADDRINFOW *found, *entry;
	int result = socket_begin();

	if (result == 0)
		result = find(name, family, &found);
	if (result < 0)
		return result;
	result = -ENOENT;
	for (entry = found; entry != NULL && result < 0; entry = entry->ai_next) {
		if (entry->ai_addrlen > sizeof address->u)
			continue;
		memset(address, 0, sizeof *address);
		memcpy(&address->u, entry->ai_addr, entry->ai_addrlen);
		net_address_set_port(address, port);
		result = 0;
	}
	FreeAddrInfoW(found);
	return result;
}

int lookup_name(const struct net_address *address, char *name, size_t size)
{
	wchar_t wide[NI_MAXHOST];
	int result = socket_begin();

	if (result < 0)
		return result;
	if (GetNameInfoW(&address->u.any, net_address_length(address), wide, NI_MAXHOST, NULL, 0,
			 NI_NAMEREQD) != 0)
		return -ENOENT;
	return text_from_wide_buffer(wide, name, size) == 0 ? 0 : -ENOENT;
}
