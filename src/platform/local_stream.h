/* Connections between programs of this machine, with the other end's identity
 * vouched for by the kernel: a Unix socket on Linux, a named pipe on Windows.
 * The handles are non-blocking and can be given to the event loop. */
#ifndef W32TIMED_PLATFORM_LOCAL_STREAM_H
#define W32TIMED_PLATFORM_LOCAL_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "platform/sockets.h"

struct local_peer {
	/* root, the daemon's own user, or in the service's group; on Windows an
	 * administrator with his rights in force, the system, or who started the
	 * daemon by hand */
	bool may_change;
	uint32_t user;   /* uid, or the last part of a SID; for log lines */
	int64_t process; /* pid; for log lines */
};

struct local_listener;

/* Everybody may connect who can reach the path.  A socket left by a dead daemon
 * is replaced; one that a living daemon listens on is -EADDRINUSE.  GROUP: name
 * of the group whose members may change things; one that does not exist has no
 * members.  Windows: PATH is a pipe's name, every user of this machine may connect,
 * and GROUP is not looked at. */
int local_listener_open(struct local_listener **listener, const char *path, const char *group,
			struct error *error);
/* Removes the path. */
void local_listener_close(struct local_listener *listener);
socket_handle local_listener_handle(const struct local_listener *listener);

/* The next connection, or -EAGAIN when there is none. */
int local_listener_accept(struct local_listener *listener, socket_handle *connection,
			  struct local_peer *peer);

/* -ENOENT or -ECONNREFUSED: nobody listens there.  -EACCES: on Windows also for a
 * pipe that was made by somebody who is neither a service nor an administrator.
 * The connection is blocking; only the calls below understand it. */
int local_stream_connect(const char *path, socket_handle *connection, struct error *error);

/* Blocking, for the tool: sends all, or receives what is there (0: the end).
 * TIMEOUT in seconds for the whole call; negative: none; -ETIMEDOUT after it. */
int local_stream_send(socket_handle connection, const void *data, size_t length, double timeout);
int local_stream_receive(socket_handle connection, void *buffer, size_t size, double timeout);
void local_stream_close(socket_handle connection);

#endif
