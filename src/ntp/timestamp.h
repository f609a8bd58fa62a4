/* NTP's formats of time (RFC 5905 section 6). */
#ifndef W32TIMED_NTP_TIMESTAMP_H
#define W32TIMED_NTP_TIMESTAMP_H

#include <stdint.h>

#include "base/timescale.h"

/* Seconds since 1900-01-01 modulo 2^32, and 2^-32 s, as one number in host
 * order.  0 means "unknown". */
typedef uint64_t ntp_timestamp;

/* Of the two eras (1900 to 2036, 2036 to 2172) the one nearer to AROUND.  The
 * resolution of 2^-32 s is finer than ns: converting there and back is exact. */
utc_ns ntp_to_utc(ntp_timestamp timestamp, utc_ns around);
ntp_timestamp ntp_from_utc(utc_ns utc); /* never 0 */

/* NTP short format: 16.16 seconds, unsigned. */
double ntp_short_to_seconds(uint32_t value);
uint32_t ntp_short_from_seconds(double seconds); /* rounded up, saturates; NaN: the maximum */

#endif
