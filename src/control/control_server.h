/* The daemon's end of the control interface: connections, bounds, rights, and
 * org.varlink.service.  What a method does is the service's business.
 *
 * A connection that breaks a bound, or sends what is no call, is ended.  The
 * process must ignore SIGPIPE. */
#ifndef W32TIMED_CONTROL_CONTROL_SERVER_H
#define W32TIMED_CONTROL_CONTROL_SERVER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/log.h"
#include "platform/local_stream.h"

struct loop;
struct control_server;
struct control_call;

/* Bounds: connections in all and of one user, the last ones of which are kept
 * for those who may change things; bytes waiting to be read by a slow client;
 * seconds that an idle, half-written or unread connection may last. */
#define CONTROL_CONNECTIONS_MAX      64
#define CONTROL_CONNECTIONS_USER_MAX 32
#define CONTROL_CONNECTIONS_KEPT     8
#define CONTROL_BACKLOG_MAX          (4 * 1048576)
#define CONTROL_IDLE_SECONDS         300

struct control_method {
	const char *name; /* without the interface */
	bool changes;     /* refused unless the peer may change things */
	/* PARAMETERS is borrowed.  Must answer CALL, now or later, with
	 * control_reply() or control_reply_error(); a call made with "more" may be
	 * given control_reply_more() any number of times before. */
	void (*handle)(void *context, struct control_call *call, const json_t *parameters);
};

/* Everything is borrowed and must outlive the server.  PATH NULL: listens
 * nowhere, serves only what control_server_add() brings. */
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

/* PARAMETERS is taken over (may be NULL for an empty object); CALL is gone
 * afterwards.  A call whose client has left may still be answered: nothing
 * happens. */
void control_reply(struct control_call *call, json_t *parameters);
void control_reply_error(struct control_call *call, const char *error, json_t *parameters);
/* org.varlink.service.InvalidParameter */
void control_reply_invalid(struct control_call *call, const char *parameter);

/* False when the client has left or did not ask for more; CALL stays valid
 * either way. */
bool control_reply_more(struct control_call *call, json_t *parameters);
/* Has LEFT called when the client of a CALL that was kept leaves before it is
 * answered: the moment to answer it, which then only frees it.  Whatever keeps
 * a call for long needs this, or clients that come and go fill the memory. */
void control_on_left(struct control_call *call,
		     void (*left)(void *context, struct control_call *call), void *context);

bool control_wants_more(const struct control_call *call);

#endif
