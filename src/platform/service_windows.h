/* What Windows knows our service by. */
#ifndef W32TIMED_PLATFORM_SERVICE_WINDOWS_H
#define W32TIMED_PLATFORM_SERVICE_WINDOWS_H

/* Of the service, of the source of its events, and of its own identity. */
#define SERVICE_NAME     L"w32timed"
#define SERVICE_IDENTITY L"NT SERVICE\\w32timed"

#endif
