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

struct answer_request {
	const uint8_t *data;
	size_t length;
	uint16_t port;   /* it came from */
	utc_ns received; /* when it arrived */
};

/* Modes 3 (answered with 4) and, if NONSTANDARD_MODES, 1 (answered with 2 as
 * RFC 1305 passive), versions 1 to 4, in the version that was asked.  A version
 * 1 request has no mode: mode 0 from any port but NTP's own is a client's, and
 * answered with 4.  Nothing comes from port 0.  So no answer is ever a request:
 * two servers cannot be made to talk to each other.
 *
 * Extension fields and a MAC that we do not know are left out of the answer,
 * which never is longer than the request; it has NTP_HEADER_SIZE bytes.
 *
 * NOW ages the root dispersion.  A clock without synchronization (stratum 0,
 * or 16 and more, or leap 3) is announced with stratum 0 and leap 3 and no
 * reference; that is an answer as W32Time gives it, whatever its
 * AnnounceFlags: they say what it tells its domain, not whether it answers.
 *
 * Our receive time stamps have their lowest bit set, the transmit ones do not
 * (server/interleaved.h).
 *
 * The transmit time is left at 0: answer_set_sent(), as late as possible. */
enum answer_result answer_compose(const struct answer_request *request, bool nonstandard_modes,
				  const struct announcement *announcement, raw_ns now,
				  uint8_t answer[NTP_HEADER_SIZE]);

void answer_set_sent(uint8_t answer[NTP_HEADER_SIZE], utc_ns sent);

/* Interleaved mode (RFC 9769).  Whether REQUEST, which got an answer of
 * answer_compose(), asks when an earlier answer left: that with the receive time
 * stamp *RECEIVE. */
bool answer_asks_interleaved(const struct answer_request *request, ntp_timestamp *receive);
ntp_timestamp answer_receive(const uint8_t answer[NTP_HEADER_SIZE]);
void answer_set_receive(uint8_t answer[NTP_HEADER_SIZE], ntp_timestamp receive);
/* Makes of the answer to REQUEST one that tells that the earlier one left at LEFT;
 * its transmit time is set by that. */
void answer_make_interleaved(uint8_t answer[NTP_HEADER_SIZE], const struct answer_request *request,
			     ntp_timestamp left);

/* The same answer as a kiss-o'-death RATE: stratum 0, leap 3.  It tells no time
 * (all of its points in time are the request's), for clients that do not look. */
void answer_make_kiss(uint8_t answer[NTP_HEADER_SIZE]);

#endif
