#include "platform/address.h"

#include "base/text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static bool net_address_is_link_local(const struct in6_addr *address)
{
	return IN6_IS_ADDR_LINKLOCAL(address) || IN6_IS_ADDR_MC_LINKLOCAL(address);
}

/* No interface has such a name, or it could not be told where it ends. */
static bool net_address_is_zone(const char *zone)
{
	size_t length = strlen(zone);

	for (size_t i = 0; i < length; i++) {
		if (zone[i] <= ' ' || zone[i] > '~')
			return false;
	}
	return length < NET_ZONE_MAX && strcspn(zone, "%/[],") == length &&
	       strspn(zone, "0") < length;
}

static int net_address_read_v6(char *text, struct net_address *address, char zone[NET_ZONE_MAX])
{
	char *name = strchr(text, '%');
	struct net_address result = { 0 };

	if (name != NULL)
		*name++ = '\0';
	if (inet_pton(AF_INET6, text, &result.u.v6.sin6_addr) != 1 ||
	    (name != NULL &&
	     (!net_address_is_link_local(&result.u.v6.sin6_addr) || !net_address_is_zone(name))))
		return -EINVAL;
	result.u.v6.sin6_family = AF_INET6;
	*address = result;
	strcpy(zone, name == NULL ? "" : name);
	return 0;
}

int net_address_read(const char *text, struct net_address *address, char zone[NET_ZONE_MAX])
{
	struct net_address v4 = { 0 };
	char copy[INET6_ADDRSTRLEN + NET_ZONE_MAX];
	size_t length = strlen(text);

	if (inet_pton(AF_INET, text, &v4.u.v4.sin_addr) == 1) {
		v4.u.v4.sin_family = AF_INET;
		*address = v4;
		zone[0] = '\0';
		return 0;
	}
	if (text[0] == '[') {
		if (length < 2 || text[length - 1] != ']')
			return -EINVAL;
		text++;
		length -= 2;
	}
	if (length >= sizeof copy)
		return -EINVAL;
	memcpy(copy, text, length);
	copy[length] = '\0';
	return net_address_read_v6(copy, address, zone);
}

int net_address_resolve_zone(struct net_address *address, const char *zone)
{
	uint32_t index;

	if (zone[0] == '\0')
		return 0;
	index = if_nametoindex(zone);
	if (index == 0 && text_parse_u32(zone, &index) < 0)
		return -ENODEV;
	address->u.v6.sin6_scope_id = index;
	return 0;
}

int net_address_parse(const char *text, uint16_t port, struct net_address *address)
{
	char zone[NET_ZONE_MAX];
	struct net_address result;

	if (net_address_read(text, &result, zone) < 0 ||
	    net_address_resolve_zone(&result, zone) < 0)
		return -EINVAL;
	net_address_set_port(&result, port);
	*address = result;
	return 0;
}

bool net_address_is_set(const struct net_address *address)
{
	return address->u.any.sa_family != AF_UNSPEC;
}

bool net_address_is_v6(const struct net_address *address)
{
	return address->u.any.sa_family == AF_INET6;
}

socklen_t net_address_length(const struct net_address *address)
{
	return net_address_is_v6(address) ? sizeof address->u.v6 : sizeof address->u.v4;
}

uint16_t net_address_port(const struct net_address *address)
{
	if (net_address_is_v6(address))
		return ntohs(address->u.v6.sin6_port);
	return ntohs(address->u.v4.sin_port);
}

void net_address_set_port(struct net_address *address, uint16_t port)
{
	if (net_address_is_v6(address))
		address->u.v6.sin6_port = htons(port);
	else
		address->u.v4.sin_port = htons(port);
}

void net_address_unmap(struct net_address *address)
{
	struct net_address v4 = { 0 };

	if (!net_address_is_v6(address) || !IN6_IS_ADDR_V4MAPPED(&address->u.v6.sin6_addr))
		return;
	v4.u.v4.sin_family = AF_INET;
	v4.u.v4.sin_port = address->u.v6.sin6_port;
	memcpy(&v4.u.v4.sin_addr, address->u.v6.sin6_addr.s6_addr + 12, 4);
	*address = v4;
}

const uint8_t *net_address_bytes(const struct net_address *address, size_t *length)
{
	if (net_address_is_v6(address)) {
		*length = 16;
		return address->u.v6.sin6_addr.s6_addr;
	}
	*length = 4;
	return (const uint8_t *)&address->u.v4.sin_addr;
}

bool net_address_same_host(const struct net_address *a, const struct net_address *b)
{
	if (a->u.any.sa_family != b->u.any.sa_family)
		return false;
	if (!net_address_is_set(a))
		return true;
	if (!net_address_is_v6(a))
		return a->u.v4.sin_addr.s_addr == b->u.v4.sin_addr.s_addr;
	return memcmp(&a->u.v6.sin6_addr, &b->u.v6.sin6_addr, 16) == 0 &&
	       (!net_address_is_link_local(&a->u.v6.sin6_addr) ||
		a->u.v6.sin6_scope_id == b->u.v6.sin6_scope_id);
}

bool net_address_equal(const struct net_address *a, const struct net_address *b)
{
	return net_address_same_host(a, b) && net_address_port(a) == net_address_port(b);
}

static void net_address_append_host(struct text *text, const struct net_address *address)
{
	char host[INET6_ADDRSTRLEN], interface[IF_NAMESIZE];
	bool v6 = net_address_is_v6(address);

	if (!net_address_is_set(address) ||
	    inet_ntop(address->u.any.sa_family,
		      v6 ? (const void *)&address->u.v6.sin6_addr : &address->u.v4.sin_addr, host,
		      sizeof host) == NULL) {
		text_append(text, "none");
		return;
	}
	text_append(text, "%s", host);
	if (!v6 || address->u.v6.sin6_scope_id == 0 ||
	    !net_address_is_link_local(&address->u.v6.sin6_addr))
		return;
	if (if_indextoname(address->u.v6.sin6_scope_id, interface) != NULL)
		text_append(text, "%%%s", interface);
	else
		text_append(text, "%%%lu", (unsigned long)address->u.v6.sin6_scope_id);
}

const char *net_address_host_text(const struct net_address *address,
				  char buffer[NET_ADDRESS_TEXT_MAX])
{
	struct text text;

	text_init(&text, buffer, NET_ADDRESS_TEXT_MAX);
	net_address_append_host(&text, address);
	return buffer;
}

const char *net_address_text(const struct net_address *address, char buffer[NET_ADDRESS_TEXT_MAX])
{
	struct text text;
	bool v6 = net_address_is_v6(address);

	text_init(&text, buffer, NET_ADDRESS_TEXT_MAX);
	text_append(&text, "%s", v6 ? "[" : "");
	net_address_append_host(&text, address);
	if (net_address_is_set(address))
		text_append(&text, "%s:%u", v6 ? "]" : "", (unsigned)net_address_port(address));
	return buffer;
}

/* Whether A and B agree in their first BITS bits. */
static bool net_address_same_bits(const uint8_t *a, const uint8_t *b, unsigned bits)
{
	unsigned whole = bits / 8, rest = bits % 8;

	return memcmp(a, b, whole) == 0 && (rest == 0 || (a[whole] ^ b[whole]) >> (8 - rest) == 0);
}

int net_prefix_parse(const char *text, struct net_prefix *prefix)
{
	static const uint8_t zero[16];
	struct net_prefix result = { 0 };
	char host[NET_ADDRESS_TEXT_MAX];
	const char *slash = strchr(text, '/');
	size_t host_length = slash != NULL ? (size_t)(slash - text) : strlen(text), length;
	const uint8_t *bytes;
	uint8_t masked[16];
	uint32_t bits;

	if (host_length >= sizeof host)
		return -EINVAL;
	memcpy(host, text, host_length);
	host[host_length] = '\0';
	if (net_address_read(host, &result.address, result.zone) < 0)
		return -EINVAL;
	bytes = net_address_bytes(&result.address, &length);
	memcpy(masked, bytes, length);
	bits = (uint32_t)length * 8;
	if (slash != NULL && (text_parse_u32(slash + 1, &bits) < 0 || bits > length * 8))
		return -EINVAL;
	for (unsigned i = 0; i < bits; i++)
		masked[i / 8] &= (uint8_t) ~(0x80u >> i % 8);
	if (memcmp(masked, zero, length) != 0)
		return -EINVAL;
	result.bits = (uint8_t)bits;
	*prefix = result;
	return 0;
}

bool net_prefix_resolve_zone(struct net_prefix *prefix)
{
	uint32_t before;

	if (prefix->zone[0] == '\0')
		return false;
	before = prefix->address.u.v6.sin6_scope_id;
	if (net_address_resolve_zone(&prefix->address, prefix->zone) < 0)
		prefix->address.u.v6.sin6_scope_id = 0;
	return prefix->address.u.v6.sin6_scope_id != before;
}

bool net_prefix_contains(const struct net_prefix *prefix, const struct net_address *address)
{
	size_t length;

	if (prefix->address.u.any.sa_family != address->u.any.sa_family ||
	    !net_address_is_set(address))
		return false;
	if (net_address_is_v6(address) &&
	    (prefix->zone[0] != '\0' || prefix->address.u.v6.sin6_scope_id != 0) &&
	    prefix->address.u.v6.sin6_scope_id != address->u.v6.sin6_scope_id)
		return false;
	return net_address_same_bits(net_address_bytes(&prefix->address, &length),
				     net_address_bytes(address, &length), prefix->bits);
}
