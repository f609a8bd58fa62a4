/* The daemon's end of the control interface: connections, bounds, rights, and
 * org.varlink.service.  The methods themselves are the service's.
 *
 * A connection that breaks a bound, or sends anything but a call, is ended.  The
 * process must ignore SIGPIPE. */
#ifndef W32TIMED_CONTROL_CONTROL_SERVER_H
#define W32TIMED_CONTROL_CONTROL_SERVER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/log.h"
#include "control/control_call.h"
#include "platform/local_stream.h"

struct loop;
struct control_server;

#define CONTROL_CONNECTIONS_MAX      64 /* in all */
#define CONTROL_CONNECTIONS_USER_MAX 32 /* of one user */
#define CONTROL_CONNECTIONS_KEPT     8  /* of all, for callers with the right to change */
#define CONTROL_BACKLOG_MAX          (4 * 1048576) /* bytes of answers unread by a client */
#define CONTROL_IDLE_SECONDS         300           /* an idle, half-written or unread connection */

struct control_method {
	const char *name; /* without the interface */
	bool changes;     /* refused unless the peer may change things */
	/* PARAMETERS is an object and borrowed.  Must answer CALL, now or later
	 * (control_call.h); a call made with "more" may be given
	 * control_reply_more() any number of times before. */
	void (*handle)(void *context, struct control_call *call, const json_t *parameters);
};

/* Serves METHODS, COUNT of them, of io.w32timed.TimeService; CONTEXT is handed to
 * each.  LOOP, LOG and METHODS are borrowed and must outlive the server.  PATH NULL:
 * listens nowhere, serves only what control_server_add() brings.  GROUP: whose
 * members may change things too, besides root and this process's user; NULL: nobody
 * else (local_listener_open()).  -ENOMEM, or what local_listener_open() returns. */
int control_server_create(struct control_server **server, struct loop *loop, struct log *log,
			  const char *path, const char *group, const struct control_method *methods,
			  size_t count, void *context, struct error *error);

/* Sends what can be sent at once and ends all connections, which tells "left"
 * for every call not answered yet; what is then still not answered stays valid
 * until it is.  Not to be called by a method.  NULL is allowed. */
void control_server_destroy(struct control_server *server);

/* Serves CONNECTION (taken over) as if it had just been accepted.  -EMFILE when
 * the bounds forbid it, -ENOMEM; the connection is closed then. */
int control_server_add(struct control_server *server, socket_handle connection,
		       const struct local_peer *peer);

/* Another bound in place of CONTROL_IDLE_SECONDS, for connections to come. */
void control_server_set_idle(struct control_server *server, double seconds);

unsigned control_server_connections(const struct control_server *server);

#endif
