/* The event loop waits for sockets only: this joins each connection of a named
 * pipe with a socket, in one thread of its own. */
#ifndef W32TIMED_PLATFORM_WINDOWS_PIPE_BRIDGE_H
#define W32TIMED_PLATFORM_WINDOWS_PIPE_BRIDGE_H

#include "platform/local_stream.h"

struct pipe_bridge;

/* Connections at most, and of one user; the last are kept for those who may change
 * things.  What comes beyond is ended at once. */
#define PIPE_CONNECTIONS_MAX      192
#define PIPE_CONNECTIONS_USER_MAX 48
#define PIPE_CONNECTIONS_KEPT     16

/* For each connection the bridge keeps at most this much in each direction. */
#define PIPE_BUFFER_SIZE 16384

/* A client that reads nothing for so long loses what it was to read; one that
 * cannot be told who it is until it speaks (it has asked for "dynamic tracking" of
 * that, or for nothing) must do so within, sooner if there are many. */
#define PIPE_WRITE_SECONDS 300
#define PIPE_SPEAK_SECONDS 10

/* Makes the pipe NAME.  -EADDRINUSE: somebody else has it. */
int pipe_bridge_open(struct pipe_bridge **bridge, const wchar_t *name);

/* Takes no more connections, waits a moment for what is still to be delivered,
 * and ends the others.  NULL is allowed. */
void pipe_bridge_close(struct pipe_bridge *bridge);

/* Readable while there may be a connection to accept. */
socket_handle pipe_bridge_handle(const struct pipe_bridge *bridge);

/* -EAGAIN: there is none. */
int pipe_bridge_accept(struct pipe_bridge *bridge, socket_handle *connection,
		       struct local_peer *peer);

#endif
