/* Waiting, for programs without an event loop. */
#ifndef W32TIMED_PLATFORM_WAIT_H
#define W32TIMED_PLATFORM_WAIT_H

#include <stdbool.h>
#include <stddef.h>

#include "platform/sockets.h"

struct wait_handle {
	socket_handle handle; /* SOCKET_HANDLE_NONE: skip */
	bool ready;           /* there is something to read, or an error to be told */
};

/* Until one is ready, at most TIMEOUT seconds.  Returns how many are, 0 after
 * the time, or a negative errno. */
int wait_readable(struct wait_handle *handles, size_t count, double timeout);

void wait_seconds(double seconds);

/* Seconds on a clock that nobody sets; its origin is unknown. */
double wait_clock(void);

#endif
