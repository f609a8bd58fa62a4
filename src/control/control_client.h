/* The tool's end of the control interface; blocking. */
#ifndef W32TIMED_CONTROL_CONTROL_CLIENT_H
#define W32TIMED_CONTROL_CONTROL_CLIENT_H

#include "base/error.h"
#include "control/varlink.h"

struct control_client;

/* -ENOENT, -ECONNREFUSED: no daemon there. */
int control_client_open(struct control_client **client, const char *path, struct error *error);
void control_client_close(struct control_client *client);

/* One call, its (next) reply.  METHOD without the interface; PARAMETERS is
 * taken over and may be NULL.  TIMEOUT in seconds; negative: none. */
int control_client_call(struct control_client *client, const char *method, json_t *parameters,
			bool more, double timeout, struct varlink_reply *reply,
			struct error *error);
int control_client_next(struct control_client *client, double timeout, struct varlink_reply *reply,
			struct error *error);

#endif
