/* The sockets on which requests come in, and how one set becomes another. */
#ifndef W32TIMED_SERVER_LISTENERS_H
#define W32TIMED_SERVER_LISTENERS_H

#include <stddef.h>

#include "base/error.h"
#include "platform/address.h"

#define LISTENERS_MAX 16

struct loop;
struct listeners;
struct udp_socket;

struct listeners_handler {
	/* Called from the event loop when datagrams wait on SOCKET. */
	void (*ready)(void *context, struct udp_socket *socket);
	/* SOCKET is about to be closed. */
	void (*closing)(void *context, struct udp_socket *socket);
	void *context;
};

/* An empty set; NULL when memory is short.  LOOP must outlive it. */
struct listeners *listeners_create(struct loop *loop, const struct listeners_handler *handler);
void listeners_destroy(struct listeners *listeners); /* NULL is allowed */

struct listener_wish {
	struct net_address address; /* with its port */
	/* What is in the way; code 0: nothing is.  One that is not 0 before: it is left out. */
	struct error error;
};

/* From here on there is one socket for each address in WANTED at which there can be
 * one, at most LISTENERS_MAX of them; one named twice counts once.  A socket that was
 * open already stays as it is, with what waits in its queue; the others of before are
 * closed.  What is in the way of one is no matter of the others: it is written into its
 * wish, and the same call again may find that it has gone. */
void listeners_change(struct listeners *listeners, struct listener_wish *wanted, size_t count);

size_t listeners_count(const struct listeners *listeners);
const struct net_address *listeners_address(const struct listeners *listeners, size_t index);

#endif
