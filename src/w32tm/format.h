/* W32Time's texts for values: numbers, dates, the fields of a packet and of the
 * service's status.  Pure but for the time zone and the language of dates.
 *
 * Each function writes into BUFFER, which the caller owns, and returns it. */
#ifndef W32TIMED_W32TM_FORMAT_H
#define W32TIMED_W32TM_FORMAT_H

#include <stdint.h>

#include "base/timescale.h"

#define FORMAT_MAX 256

/* "0.0094857s"; "+00.2676328" (at least two digits, no unit: strip chart);
 * "-0.0063029s" (always a sign: monitor). */
const char *format_seconds(char buffer[FORMAT_MAX], double seconds);
const char *format_chart_seconds(char buffer[FORMAT_MAX], double seconds);
const char *format_signed_seconds(char buffer[FORMAT_MAX], double seconds);

/* "5/23/2023 7:51:39 PM" or the locale's form, local time; SECONDS since
 * 1970-01-01 UTC.  "" for what has no date. */
const char *format_date_time(char buffer[FORMAT_MAX], int64_t seconds);

/* "19:17:13", local time. */
const char *format_clock_time(char buffer[FORMAT_MAX], int64_t seconds);

/* "151925 21:48:01.4971646": days since 1601-01-01, UTC. */
const char *format_nt_time(char buffer[FORMAT_MAX], uint64_t nt_time);
/* The same and " - <date-time>". */
const char *format_nt_time_date(char buffer[FORMAT_MAX], uint64_t nt_time);

/* The fields of an NTP packet; values out of range are shown as such. */
const char *format_leap(char buffer[FORMAT_MAX], int64_t leap);
const char *format_stratum(char buffer[FORMAT_MAX], int64_t stratum);
const char *format_precision(char buffer[FORMAT_MAX], int64_t precision);
const char *format_reference_id(char buffer[FORMAT_MAX], uint32_t reference_id, int64_t stratum);
const char *format_poll(char buffer[FORMAT_MAX], int64_t poll);
const char *format_mode(char buffer[FORMAT_MAX], int64_t mode);

/* The four bytes of a reference id as a name ("LOCL") or as an address. */
const char *format_reference_name(char buffer[FORMAT_MAX], uint32_t reference_id);
const char *format_reference_address(char buffer[FORMAT_MAX], uint32_t reference_id);

/* The service's status. */
const char *format_state(char buffer[FORMAT_MAX], int64_t state);
const char *format_source_flags(char buffer[FORMAT_MAX], int64_t flags);
const char *format_server_role(char buffer[FORMAT_MAX], int64_t role);
const char *format_sync_error(char buffer[FORMAT_MAX], int64_t error);

/* What became of a resync ([MS-W32T]): a constant text. */
const char *format_sync_result(int64_t result);

/* "0x800705B4 (This operation returned because the timeout period expired. )"
 * of a peer; "0x0000005C (The peer is unreachable. )". */
const char *format_peer_error(char buffer[FORMAT_MAX], uint32_t result);
const char *format_drop_reason(char buffer[FORMAT_MAX], uint32_t message_id);

/* The strip chart's picture of an offset: "[     *     |          ]". */
#define FORMAT_GRAPH_COLUMNS 55
const char *format_graph(char buffer[FORMAT_MAX], double offset);

#endif
