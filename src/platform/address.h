/* Network addresses with a port: IPv4, IPv6, nothing else. */
#ifndef W32TIMED_PLATFORM_ADDRESS_H
#define W32TIMED_PLATFORM_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "platform/sockets.h"

struct net_address {
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} u;
};

/* "[" IPv6 "%interface]:" port NUL */
#define NET_ADDRESS_TEXT_MAX 80

/* An interface's name or number, and NUL. */
#define NET_ZONE_MAX 16

/* A literal IPv4 or IPv6 address, the latter with or without brackets and, if it is
 * link-local, with an optional %ZONE, which stays text ("": none): whether there is
 * such an interface does not matter.  Port 0.  Pure; returns 0 or -EINVAL. */
int net_address_read(const char *text, struct net_address *address, char zone[NET_ZONE_MAX]);

/* ZONE as the interface that has that name now, or as a number; "": nothing to do.
 * -ENODEV: there is none, ADDRESS is as it was. */
int net_address_resolve_zone(struct net_address *address, const char *zone);

/* Both in one, no name but a zone's is looked up.  Returns 0 or -EINVAL. */
int net_address_parse(const char *text, uint16_t port, struct net_address *address);

/* AF_UNSPEC is "nothing there": an all-zero struct net_address. */
bool net_address_is_set(const struct net_address *address);
bool net_address_is_v6(const struct net_address *address);
socklen_t net_address_length(const struct net_address *address);
uint16_t net_address_port(const struct net_address *address);
void net_address_set_port(struct net_address *address, uint16_t port);

/* An IPv4 address written as IPv6 (::ffff:a.b.c.d) becomes IPv4. */
void net_address_unmap(struct net_address *address);

/* The address bytes in network order: *LENGTH is 4 or 16. */
const uint8_t *net_address_bytes(const struct net_address *address, size_t *length);

/* Family, address bytes and (for link-local ones) zone; the port too or not. */
bool net_address_equal(const struct net_address *a, const struct net_address *b);
bool net_address_same_host(const struct net_address *a, const struct net_address *b);

/* "192.0.2.1", "2001:db8::1"; with the port "192.0.2.1:123", "[2001:db8::1]:123". */
const char *net_address_host_text(const struct net_address *address,
				  char buffer[NET_ADDRESS_TEXT_MAX]);
const char *net_address_text(const struct net_address *address, char buffer[NET_ADDRESS_TEXT_MAX]);

/* A block of addresses, "192.0.2.0/24", "2001:db8::/32"; a bare address is a
 * block of one.  Bits behind the prefix must be zero (-EINVAL). */
struct net_prefix {
	struct net_address address;
	uint8_t bits;
	char zone[NET_ZONE_MAX]; /* "": none is given */
};

/* Pure; returns 0 or -EINVAL.  With a zone it contains nothing until that is resolved. */
int net_prefix_parse(const char *text, struct net_prefix *prefix);
/* The interface that has the zone's name now; none: the prefix contains nothing.  True
 * if that is another one than before. */
bool net_prefix_resolve_zone(struct net_prefix *prefix);
bool net_prefix_contains(const struct net_prefix *prefix, const struct net_address *address);

#endif
