/* Windows' time scale: 100 ns since 1601-01-01 UTC.  Pure. */
#ifndef W32TIMED_W32TM_NT_TIME_H
#define W32TIMED_W32TM_NT_TIME_H

#include <stdint.h>

#include "base/timescale.h"
#include "ntp/timestamp.h"

#define NT_TIME_PER_SECOND UINT64_C(10000000)

/* Seconds from 1601-01-01 to 1970-01-01, and the last point in time for which
 * Windows has a date (30827-12-31). */
#define NT_TIME_UNIX_EPOCH INT64_C(11644473600)
#define NT_TIME_LAST_DATE  UINT64_C(9223149887999999999)

uint64_t nt_time_from_utc(utc_ns utc);

/* Seconds since 1970-01-01, rounded down. */
int64_t nt_time_to_unix(uint64_t nt_time);

/* An NTP time stamp of the first era (1900 to 2036), to the nearest 100 ns. */
uint64_t nt_time_from_ntp(ntp_timestamp timestamp);

#endif
