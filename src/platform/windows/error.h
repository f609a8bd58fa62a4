/* Windows' error codes as errno values, in one place. */
#ifndef W32TIMED_PLATFORM_WINDOWS_ERROR_H
#define W32TIMED_PLATFORM_WINDOWS_ERROR_H

/* CODE: of GetLastError() or WSAGetLastError().  Positive; EIO for what has no
 * better one, 0 for no error. */
int errno_from_windows(unsigned long code);

/* The code that says to Windows' own tools what ERROR, a positive errno, says. */

/* errno_from_windows() of what this thread's last call left. */
int errno_of_last_error(void);
int errno_of_last_socket_error(void);

#endif
