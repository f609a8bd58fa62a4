/* Windows' FILETIME, 100 ns since 1601-01-01 UTC, and our scales. */
#ifndef W32TIMED_PLATFORM_WINDOWS_FILE_TIME_H
#define W32TIMED_PLATFORM_WINDOWS_FILE_TIME_H

#include <windows.h>

#include "base/timescale.h"

#define FILE_TIME_UNIT_NS    INT64_C(100)
#define FILE_TIME_UNITS      INT64_C(10000000)           /* a second */
#define FILE_TIME_UNIX_UNITS INT64_C(116444736000000000) /* 1970-01-01 */

static inline int64_t file_time_units(const FILETIME *time)
{
	return (int64_t)((uint64_t)time->dwHighDateTime << 32 | time->dwLowDateTime);
}

static inline FILETIME file_time_from_units(int64_t units)
{
	return (FILETIME){ .dwLowDateTime = (DWORD)units,
			   .dwHighDateTime = (DWORD)((uint64_t)units >> 32) };
}

static inline utc_ns utc_from_file_time(const FILETIME *time)
{
	return (file_time_units(time) - FILE_TIME_UNIX_UNITS) * FILE_TIME_UNIT_NS;
}

/* Since 1970; for times that no utc_ns holds. */
static inline int64_t seconds_from_file_time(const FILETIME *time)
{
	return (file_time_units(time) - FILE_TIME_UNIX_UNITS) / FILE_TIME_UNITS;
}

static inline FILETIME file_time_from_seconds(int64_t seconds)
{
	return file_time_from_units(seconds * FILE_TIME_UNITS + FILE_TIME_UNIX_UNITS);
}

#endif
