/* One request in, one answer out, or none: the server's rules, pure.
 * RFC 5905 section 9.2, RFC 8633 (best current practices), [MS-SNTP]. */
#ifndef W32TIMED_SERVER_ANSWER_H
#define W32TIMED_SERVER_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "discipline/announce.h"
#include "ntp/packet.h"

enum answer_result {
	ANSWER_SEND,
	ANSWER_MALFORMED, /* not a request: never answered */
};

struct answer_times {
	utc_ns received; /* when this request arrived */
	utc_ns sent;     /* when the answer will leave, as near as can be told */
	raw_ns now;      /* ages the root dispersion */
};

/* Modes 3 (answered with 4) and, if NONSTANDARD_MODES, 1 (answered with 2 as
 * RFC 1305 passive), versions 1 to 4.  A version 1 request has no mode (mode 0
 * from an ephemeral port counts as client).  Extension fields and a MAC that we
 * do not know are left out of the answer, which never is longer than the
 * request; it has NTP_HEADER_SIZE bytes. */
enum answer_result answer_compose(const uint8_t *request, size_t length, bool nonstandard_modes,
				  const struct announcement *announcement,
				  const struct answer_times *times,
				  uint8_t answer[NTP_HEADER_SIZE]);

/* The same answer as a kiss-o'-death RATE: stratum 0, leap 3. */
void answer_make_kiss(uint8_t answer[NTP_HEADER_SIZE]);

#endif
