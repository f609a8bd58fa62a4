/* Clients of WatchStatus: each is sent the status at once and whenever it changes. */
#ifndef W32TIMED_W32TIMED_WATCHERS_H
#define W32TIMED_W32TIMED_WATCHERS_H

#include <stddef.h>

#include "control/control_server.h"

/* As many as there may be connections. */
#define WATCHERS_MAX CONTROL_CONNECTIONS_MAX

struct watchers {
	/* The answer, or NULL and why there is none. */
	json_t *(*encode)(void *context, struct error *error);
	void *context;
	struct control_call *calls[WATCHERS_MAX];
	size_t count;
};

/* Answers CALL, and goes on answering it with watchers_tell() if it wants more. */
void watchers_add(struct watchers *watchers, struct control_call *call);
void watchers_tell(struct watchers *watchers);

#endif
