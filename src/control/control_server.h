/* The daemon's end of the control interface: connections, bounds, rights.
 * What a method does is the service's business. */
#ifndef W32TIMED_CONTROL_CONTROL_SERVER_H
#define W32TIMED_CONTROL_CONTROL_SERVER_H

#include <jansson.h>

#include "base/error.h"
#include "base/log.h"
#include "platform/local_stream.h"

struct event_base;
struct control_server;
struct control_call;

/* Bounds: connections in all and of one user, bytes waiting to be read by a
 * slow client, seconds that an idle or half-written connection may last. */
#define CONTROL_CONNECTIONS_MAX      64
#define CONTROL_CONNECTIONS_USER_MAX 32
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

int control_server_create(struct control_server **server, struct event_base *base, struct log *log,
			  const char *path, const char *group, const struct control_method *methods,
			  size_t count, void *context, struct error *error);
void control_server_destroy(struct control_server *server);

/* PARAMETERS is taken over (may be NULL for an empty object); CALL is gone
 * afterwards.  A call whose client has left may still be answered: nothing
 * happens. */
void control_reply(struct control_call *call, json_t *parameters);
void control_reply_error(struct control_call *call, const char *error, json_t *parameters);

/* False when the client has left or did not ask for more; CALL stays valid
 * either way. */
bool control_reply_more(struct control_call *call, json_t *parameters);
bool control_wants_more(const struct control_call *call);

const struct local_peer *control_caller(const struct control_call *call);

#endif
