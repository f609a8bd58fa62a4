#include "server/answer.h"

#include <string.h>

#include "base/bytes.h"

/* Where the points in time stand in the packet, RFC 5905 figure 8. */
#define OFFSET_REFERENCE 16
#define OFFSET_ORIGIN    24
#define OFFSET_RECEIVE   32
#define OFFSET_TRANSMIT  40
#define TIMESTAMP_SIZE   8

/* The mode of the answer to HEADER, or NTP_MODE_RESERVED: none. */
static enum ntp_mode answer_mode(const struct ntp_header *header, uint16_t port,
				 bool nonstandard_modes)
{
	if (header->version > NTP_VERSION_MAX || port == 0)
		return NTP_MODE_RESERVED;
	switch (header->mode) {
	case NTP_MODE_CLIENT:
		return NTP_MODE_SERVER;
	case NTP_MODE_SYMMETRIC_ACTIVE:
		return nonstandard_modes ? NTP_MODE_SYMMETRIC_PASSIVE : NTP_MODE_RESERVED;
	case NTP_MODE_RESERVED:
		/* RFC 1059 had ports where there are modes now. */
		if (header->version == 1 && port != NTP_PORT)
			return NTP_MODE_SERVER;
		return NTP_MODE_RESERVED;
	default:
		return NTP_MODE_RESERVED;
	}
}

static void answer_describe_clock(const struct announcement *announcement, utc_ns received,
				  raw_ns now, struct ntp_header *header)
{
	double age = ns_interval(announcement->computed_at, now);

	header->precision = announcement->precision;
	header->root_delay = announcement->root_delay;
	header->root_dispersion = announcement->root_dispersion;
	if (age > 0)
		header->root_dispersion += age * announcement->dispersion_rate;
	/* Somebody may have set the clock back since; clients refuse a clock that
	 * was set in their future. */
	if (announcement->reference_time != 0)
		header->reference = ntp_from_utc(announcement->reference_time < received
							 ? announcement->reference_time
							 : received);

	if (announcement->stratum == 0 || announcement->stratum > NTP_STRATUM_MAX ||
	    announcement->leap == NTP_LEAP_UNSYNCHRONIZED) {
		/* A reference at stratum 0 would be read as a kiss. */
		header->leap = NTP_LEAP_UNSYNCHRONIZED;
		header->stratum = 0;
		header->reference_id = 0;
		return;
	}
	header->leap = announcement->leap;
	header->stratum = announcement->stratum;
	header->reference_id = announcement->reference_id;
}

enum answer_result answer_compose(const struct answer_request *request, bool nonstandard_modes,
				  const struct announcement *announcement, raw_ns now,
				  uint8_t answer[NTP_HEADER_SIZE])
{
	struct ntp_packet packet;
	struct ntp_header header = { 0 };
	enum ntp_mode mode;

	if (ntp_packet_decode(request->data, request->length, &packet) != 0)
		return ANSWER_MALFORMED;
	mode = answer_mode(&packet.header, request->port, nonstandard_modes);
	if (mode == NTP_MODE_RESERVED)
		return ANSWER_MALFORMED;

	answer_describe_clock(announcement, request->received, now, &header);
	header.version = packet.header.version;
	header.mode = (uint8_t)mode;
	header.poll = packet.header.poll;
	header.origin = packet.header.transmit;
	header.receive = ntp_from_utc(request->received) | 1;
	ntp_header_encode(&header, answer);
	return ANSWER_SEND;
}

void answer_set_sent(uint8_t answer[NTP_HEADER_SIZE], utc_ns sent)
{
	bytes_put_be64(answer + OFFSET_TRANSMIT, ntp_from_utc(sent) & ~(ntp_timestamp)1);
}

bool answer_asks_interleaved(const struct answer_request *request, ntp_timestamp *receive)
{
	*receive = bytes_get_be64(request->data + OFFSET_ORIGIN);
	return (*receive & 1) != 0 && (request->data[0] & 7) == NTP_MODE_CLIENT &&
	       memcmp(request->data + OFFSET_RECEIVE, request->data + OFFSET_TRANSMIT,
		      TIMESTAMP_SIZE) != 0;
}

ntp_timestamp answer_receive(const uint8_t answer[NTP_HEADER_SIZE])
{
	return bytes_get_be64(answer + OFFSET_RECEIVE);
}

void answer_set_receive(uint8_t answer[NTP_HEADER_SIZE], ntp_timestamp receive)
{
	bytes_put_be64(answer + OFFSET_RECEIVE, receive);
}

void answer_make_interleaved(uint8_t answer[NTP_HEADER_SIZE], const struct answer_request *request,
			     ntp_timestamp left)
{
	memcpy(answer + OFFSET_ORIGIN, request->data + OFFSET_RECEIVE, TIMESTAMP_SIZE);
	bytes_put_be64(answer + OFFSET_TRANSMIT, left);
}

void answer_make_kiss(uint8_t answer[NTP_HEADER_SIZE])
{
	static const uint8_t rate[4] = { 'R', 'A', 'T', 'E' };

	answer[0] |= NTP_LEAP_UNSYNCHRONIZED << 6;
	answer[1] = 0;
	memset(answer + 4, 0, 8);
	memcpy(answer + 12, rate, sizeof rate);
	memcpy(answer + OFFSET_REFERENCE, answer + OFFSET_ORIGIN, TIMESTAMP_SIZE);
	memcpy(answer + OFFSET_RECEIVE, answer + OFFSET_ORIGIN, TIMESTAMP_SIZE);
	memcpy(answer + OFFSET_TRANSMIT, answer + OFFSET_ORIGIN, TIMESTAMP_SIZE);
}
