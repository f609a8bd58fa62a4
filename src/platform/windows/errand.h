/* An errand: a call of Windows that may take its time and cannot be ended early,
 * made in a thread of its own.  The event loop hears a bell when it is done; who
 * does not care any more goes, and the thread cleans up behind itself. */
#ifndef W32TIMED_PLATFORM_WINDOWS_ERRAND_H
#define W32TIMED_PLATFORM_WINDOWS_ERRAND_H

#include <stddef.h>

#include "base/error.h"
#include "platform/sockets.h"

struct errand;

/* RUN is called with a copy of the SIZE bytes of WORK, where it also leaves what
 * comes of it; they point to nothing that may go before the thread does. */
int errand_start(struct errand **errand, void (*run)(void *work), const void *work, size_t size,
		 struct error *error);

/* Readable as soon as it is done, and from then on. */
socket_handle errand_handle(const struct errand *errand);

/* The work when it is done, as long as the errand lives; NULL: not yet. */
const void *errand_result(const struct errand *errand);

/* Done or not; never waits. */
void errand_end(struct errand *errand);

#endif
