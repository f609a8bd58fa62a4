/* Who may do what with the control interface's named pipe, and who is at its other
 * end. */
#ifndef W32TIMED_PLATFORM_WINDOWS_PIPE_ACCESS_H
#define W32TIMED_PLATFORM_WINDOWS_PIPE_ACCESS_H

#include <stdbool.h>
#include <winsock2.h>

#include <windows.h>

#include "platform/local_stream.h"

/* For a new pipe: users who have proven who they are may connect, read and write;
 * only this service (a daemon run by hand: this user) may make further instances
 * of it.  LocalFree(); NULL with GetLastError(). */
PSECURITY_DESCRIPTOR pipe_access_descriptor(void);

/* Who has connected to PIPE, the server's end.  -EAGAIN: cannot be said until
 * something has been read from it.  PEER is nobody in particular unless 0 is
 * returned. */
int pipe_access_identify(HANDLE pipe, struct local_peer *peer);

/* Whether PIPE, the client's end, was made by somebody who could be our service
 * or by this user. */
bool pipe_access_trusted_server(HANDLE pipe);

#endif
