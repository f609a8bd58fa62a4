/* Where NtpServer answers: the addresses that it is told, as far as this machine has
 * them and nobody else has their port.  What is in the way of one is said once, is no
 * matter of the others, and is looked at again now and then. */
#ifndef W32TIMED_SERVER_SERVED_H
#define W32TIMED_SERVER_SERVED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/log.h"
#include "platform/address.h"
#include "server/listeners.h"

#define SERVED_MAX LISTENERS_MAX

struct served;

struct served_settings {
	bool enabled;
	uint16_t port;
	/* None: all addresses, IPv4 and IPv6, or what the machine has of them.  One with a
	 * zone is that of an interface, under whatever number it comes. */
	struct net_address bind[SERVED_MAX];
	char bind_zone[SERVED_MAX][NET_ZONE_MAX]; /* "": none */
	size_t bind_count;
};

/* Nothing is served yet.  NULL when memory is short. */
struct served *served_create(struct loop *loop, struct log *log,
			     const struct listeners_handler *handler);
void served_destroy(struct served *served); /* NULL is allowed */

/* Sockets that stay wanted stay open.  With ERROR: a port that is new and taken, or not
 * to be had by us, changes nothing and is an error.  Without, it is waited for, as an
 * address that this machine does not have is in either case. */
int served_change(struct served *served, const struct served_settings *settings,
		  struct error *error);

/* Looks again: interfaces or addresses have come or gone. */
void served_look_again(struct served *served);

/* Whether requests to ADDRESS and its port come to this machine's server. */
bool served_is_at(const struct served *served, const struct net_address *address);

#endif
