/* What Windows knows our service by. */
#ifndef W32TIMED_PLATFORM_WINDOWS_SERVICE_H
#define W32TIMED_PLATFORM_WINDOWS_SERVICE_H

#include <stdbool.h>

/* Of the service, of the source of its events, and of its own identity. */
#define SERVICE_NAME     L"w32timed"
#define SERVICE_IDENTITY L"NT SERVICE\\w32timed"

/* Whether this process runs under the service control manager, which then tells it of
 * what happens to the machine. */
bool service_is_managed(void);

#endif
