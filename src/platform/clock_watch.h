/* Tells at once when somebody sets the system's clock, or when the machine wakes
 * up, without asking the clock again and again; on Windows only a service is told, and
 * any other program looks once a second and sees changes of more than a tenth of one. */
#ifndef W32TIMED_PLATFORM_CLOCK_WATCH_H
#define W32TIMED_PLATFORM_CLOCK_WATCH_H

#include <stdbool.h>

#include "base/error.h"
#include "platform/sockets.h"

struct clock_watch;

int clock_watch_open(struct clock_watch **watch, struct error *error);
void clock_watch_close(struct clock_watch *watch); /* NULL is allowed */

/* Becomes readable when the clock was set. */
socket_handle clock_watch_handle(const struct clock_watch *watch);

/* True if the clock was set, by whomever, since the last call. */
bool clock_watch_was_set(struct clock_watch *watch);

#endif
