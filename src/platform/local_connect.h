/* Connecting to another program of this machine without ever waiting for it. */
#ifndef W32TIMED_PLATFORM_LOCAL_CONNECT_H
#define W32TIMED_PLATFORM_LOCAL_CONNECT_H

#include "platform/sockets.h"

/* The connection is non-blocking and closed by exec.  Returns 0 or a negative
 * errno: -ENOENT, -ECONNREFUSED: nobody listens there; -EAGAIN: its queue is
 * full; -ENAMETOOLONG; -EAFNOSUPPORT where the system has no such sockets. */
int local_connect(const char *path, socket_handle *connection);

#endif
