/* Messages between programs of this machine, each of which arrives whole, and
 * may carry a handle with it (Linux: Unix sockets of type SOCK_SEQPACKET).
 * Channels are non-blocking. */
#ifndef W32TIMED_PLATFORM_MESSAGES_H
#define W32TIMED_PLATFORM_MESSAGES_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "platform/sockets.h"

/* -ENOENT: there is no PATH; -ECONNREFUSED: nobody listens there. */
int messages_connect(const char *path, socket_handle *channel, struct error *error);

/* Starts ARGUMENTS[0], a path, with our user and rights, an empty environment, no
 * standard handles, no signal blocked or ignored, and the other end of *CHANNEL
 * as its handle PLACE.  -ENOENT: there is no such program. */
int messages_start(char *const *arguments, int place, socket_handle *channel, int64_t *process,
		   struct error *error);

/* After the channel's end: the process that was started is no more, or will soon
 * be; frees what is kept of it. */
void messages_process_ended(int64_t process);

/* 0 or a negative errno.  HANDLE, or SOCKET_HANDLE_NONE, stays the caller's. */
int messages_send(socket_handle channel, const void *data, size_t length, socket_handle handle);

/* The length of the next message, 0 at the end, -EAGAIN when there is none now,
 * -EMSGSIZE when it was longer than SIZE.  HANDLE (NULL: none is wanted) is what
 * came with it, or SOCKET_HANDLE_NONE; the caller's. */
int messages_receive(socket_handle channel, void *data, size_t size, socket_handle *handle);

#endif
