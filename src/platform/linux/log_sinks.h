/* A record to the system's log. */
#ifndef W32TIMED_PLATFORM_LINUX_LOG_SINKS_H
#define W32TIMED_PLATFORM_LINUX_LOG_SINKS_H

#include <stdbool.h>

#include "base/log.h"

/* By HANDLE, an unconnected datagram socket, to the socket at PATH, as syslog(3) words
 * it.  False where it cannot be sent at once. */
bool log_send_datagram(int handle, const char *path, const struct log_record *record);

#endif
