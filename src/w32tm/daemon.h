/* Talking to the running service. */
#ifndef W32TIMED_W32TM_DAEMON_H
#define W32TIMED_W32TM_DAEMON_H

#include <jansson.h>

#include "base/error.h"
#include "control/control_client.h"
#include "w32tm/tool.h"

#define DAEMON_TIMEOUT 15.0 /* s, for a question that the daemon answers at once */

/* Return 0 or what to tell the user (an HRESULT), ERROR being the sentence
 * behind it. */
uint32_t daemon_open(const struct tool *tool, struct control_client **client, struct error *error);

/* One call on a connection of its own; *REPLY (its parameters) is the caller's, set
 * only on success; REPLY may be NULL.  TIMEOUT in seconds, negative: none. */
uint32_t daemon_call(const struct tool *tool, const char *method, double timeout, json_t **reply,
		     struct error *error);
/* The same with PARAMETERS, which are taken over; NULL: they could not be made, and
 * ERROR says why. */
uint32_t daemon_call_with(const struct tool *tool, const char *method, json_t *parameters,
			  double timeout, json_t **reply, struct error *error);

/* What an error reply says; 0 if it is none. */
uint32_t daemon_judge(const struct tool *tool, const struct varlink_reply *reply,
		      struct error *error);

/* The file that settings go to: --config, else the running daemon's, else (no daemon
 * runs) the usual one; allocated.  An error: the daemon was started with a relative path,
 * which only it understands, names a file that others than root may change, or gives no
 * answer that can be used (it hangs; a path that is not UTF-8): then --config must say
 * it. */
uint32_t daemon_configuration_file(const struct tool *tool, char **file, struct error *error);

#endif
