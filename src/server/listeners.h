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

/* An empty set; NULL when memory is short.  LOOP must outlive it. */
struct listeners *listeners_create(struct loop *loop, listener_ready ready, void *context);
void listeners_destroy(struct listeners *listeners); /* NULL is allowed */

/* What it means if the machine does not have an address. */
enum listener_need {
	LISTENER_NEEDED,        /* an error */
	LISTENER_ONE_OF_THEM,   /* it is left out as long as another is there */
	LISTENER_WHEN_IT_COMES, /* it is left out; listeners_change() again may have it */
};

struct listener_wish {
	struct net_address address; /* with its port */
	enum listener_need need;
};

/* From here on there is one socket for each address in WANTED that the machine has,
 * at most LISTENERS_MAX of them; one named twice counts once.  A socket that was
 * open already stays as it is, with what waits in its queue.
 *
 * On failure the old sockets are there as before.  (One that was in the way of a
 * new one, as 0.0.0.0 is of 127.0.0.1, is closed before and opened again.  If
 * somebody else took its port meanwhile ERROR says so.) */
int listeners_change(struct listeners *listeners, const struct listener_wish *wanted, size_t count,
		     struct error *error);

size_t listeners_count(const struct listeners *listeners);
const struct net_address *listeners_address(const struct listeners *listeners, size_t index);

#endif
