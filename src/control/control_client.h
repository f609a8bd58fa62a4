/* The tool's end of the control interface; blocking. */
#ifndef W32TIMED_CONTROL_CONTROL_CLIENT_H
#define W32TIMED_CONTROL_CONTROL_CLIENT_H

#include "base/error.h"
#include "control/varlink.h"

struct control_client;

/* -ENOENT, -ECONNREFUSED: no daemon listens at PATH; -ENOMEM, or another errno of the
 * system's why it cannot be reached. */
int control_client_open(struct control_client **client, const char *path, struct error *error);
void control_client_close(struct control_client *client); /* NULL is allowed */

/* One call and its (first) reply; METHOD without the interface; PARAMETERS is taken
 * over, NULL: none.  TIMEOUT in seconds, negative: none.  On 0 *REPLY, which may be an
 * error reply, is the caller's to free with varlink_reply_free(); otherwise it is
 * empty: -ETIMEDOUT, -ECONNRESET (the daemon has gone), -EMSGSIZE, -EBADMSG (no
 * varlink reply), -ENOMEM, or another errno of sending and receiving.  After a
 * failure the connection is good for nothing but to be closed. */
int control_client_call(struct control_client *client, const char *method, json_t *parameters,
			bool more, double timeout, struct varlink_reply *reply,
			struct error *error);
/* The next reply to a call with MORE, as control_client_call() gives the first. */
int control_client_next(struct control_client *client, double timeout, struct varlink_reply *reply,
			struct error *error);

#endif
