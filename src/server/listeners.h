/* The sockets on which requests come in, and how one set becomes another. */
#ifndef W32TIMED_SERVER_LISTENERS_H
#define W32TIMED_SERVER_LISTENERS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "platform/address.h"

#define LISTENERS_MAX 16

struct loop;
struct listeners;
struct udp_socket;

/* Called from the event loop when datagrams wait on SOCKET. */
typedef void (*listener_ready)(void *context, struct udp_socket *socket);

/* An empty set; NULL when memory is short.  BASE must outlive it. */
struct listeners *listeners_create(struct loop *loop, listener_ready ready, void *context);
void listeners_destroy(struct listeners *listeners); /* NULL is allowed */

/* From here on there is one socket for each address (with its port) in WANTED,
 * at most LISTENERS_MAX of them; one named twice counts once.  A socket that was
 * open already stays as it is, with what waits in its queue.
 *
 * With ANY_FAMILY an address is left out if the machine does not have its
 * family at all, as long as another is left.
 *
 * On failure the old sockets are there as before.  (One that was in the way of a
 * new one, as 0.0.0.0 is of 127.0.0.1, is closed before and opened again.  If
 * somebody else took its port meanwhile ERROR says so.) */
int listeners_change(struct listeners *listeners, const struct net_address *wanted, size_t count,
		     bool any_family, struct error *error);

size_t listeners_count(const struct listeners *listeners);
const struct net_address *listeners_address(const struct listeners *listeners, size_t index);

#endif
