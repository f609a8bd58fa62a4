/* What the files of this folder need of Windows' sockets. */
#ifndef W32TIMED_PLATFORM_WINDOWS_SOCKET_H
#define W32TIMED_PLATFORM_WINDOWS_SOCKET_H

#include <stdbool.h>

#include "base/error.h"
#include "platform/sockets.h"

/* Winsock, which a process must have begun before its first socket: done by
 * whatever in this folder opens one, and early by the programs.  Any number of
 * times and from any thread; 0 or a negative errno. */
int socket_begin(void);

/* Non-blocking, and not inherited by programs that we start. */
int socket_make_private(socket_handle handle);

/* How other threads wake the event loop, which waits for sockets only: a
 * datagram socket that is connected to itself.  Becomes readable when
 * socket_bell_ring() is called, which any thread may do, and stays so until
 * socket_bell_answer(): true if it was rung since the last time. */
int socket_bell_open(socket_handle *bell, struct error *error);
void socket_bell_ring(socket_handle bell);
bool socket_bell_answer(socket_handle bell);

/* Two ends of a connection within this process, non-blocking.  Nobody else can
 * have got hold of either. */
int socket_pair(socket_handle ends[2], struct error *error);

#endif
