#include "ntp/packet.h"

#include <errno.h>
#include <stdbool.h>

#include "base/bytes.h"

/* A field's type and length (RFC 7822 section 7.5). */
#define FIELD_HEADER_SIZE 4
#define FIELD_SIZE_MIN    16

/* Nothing of this size or less can be a last field: it is a MAC or nothing
 * (RFC 7822 section 7.5.1.4). */
#define SHORT_MAC_SIZE_MAX 24

static void ntp_header_decode(const uint8_t *data, struct ntp_header *header)
{
	header->leap = data[0] >> 6;
	header->version = data[0] >> 3 & 7;
	header->mode = data[0] & 7;
	header->stratum = data[1];
	header->poll = (int8_t)data[2];
	header->precision = (int8_t)data[3];
	header->root_delay = ntp_short_to_seconds(bytes_get_be32(data + 4));
	header->root_dispersion = ntp_short_to_seconds(bytes_get_be32(data + 8));
	header->reference_id = bytes_get_be32(data + 12);
	header->reference = bytes_get_be64(data + 16);
	header->origin = bytes_get_be64(data + 24);
	header->receive = bytes_get_be64(data + 32);
	header->transmit = bytes_get_be64(data + 40);
}

void ntp_header_encode(const struct ntp_header *header, uint8_t data[NTP_HEADER_SIZE])
{
	data[0] = (uint8_t)(header->leap << 6 | (header->version & 7) << 3 | (header->mode & 7));
	data[1] = header->stratum;
	data[2] = (uint8_t)header->poll;
	data[3] = (uint8_t)header->precision;
	bytes_put_be32(data + 4, ntp_short_from_seconds(header->root_delay));
	bytes_put_be32(data + 8, ntp_short_from_seconds(header->root_dispersion));
	bytes_put_be32(data + 12, header->reference_id);
	bytes_put_be64(data + 16, header->reference);
	bytes_put_be64(data + 24, header->origin);
	bytes_put_be64(data + 32, header->receive);
	bytes_put_be64(data + 40, header->transmit);
}

/* A key identifier with: nothing (crypto-NAK), MD5, SHA-1, SHA-256, SHA-384,
 * SHA-512, or MS-SNTP's extended authenticator. */
static bool ntp_is_mac_length(size_t length)
{
	switch (length) {
	case 4:
	case 20:
	case 24:
	case 36:
	case 52:
	case 68:
	case 72:
		return true;
	default:
		return false;
	}
}

/* The length of the whole field at DATA, 0 if it is none. */
static size_t ntp_field_length(const uint8_t *data, size_t left)
{
	size_t length;

	if (left < FIELD_HEADER_SIZE)
		return 0;
	length = bytes_get_be16(data + 2);
	if (length < FIELD_SIZE_MIN || length % 4 != 0 || length > left)
		return 0;
	return length;
}

/* How many bytes of the trailer are extension fields; the rest is a MAC.  A MAC
 * of more than 24 bytes can look like a field: no field has the type 0, so that
 * a key identifier below 65536, as all administrators choose, is never taken
 * for one. */
static size_t ntp_measure_fields(const uint8_t *trailer, size_t length)
{
	size_t offset = 0, field;

	while (length - offset > SHORT_MAC_SIZE_MAX) {
		if (bytes_get_be16(trailer + offset) == 0)
			break;
		field = ntp_field_length(trailer + offset, length - offset);
		if (field == 0)
			break;
		offset += field;
	}
	return offset;
}

int ntp_packet_decode(const uint8_t *data, size_t length, struct ntp_packet *packet)
{
	const uint8_t *trailer;
	size_t left, fields = 0;

	*packet = (struct ntp_packet){ .trailer = NTP_TRAILER_NONE };
	if (length < NTP_HEADER_SIZE || length % 4 != 0)
		return -EBADMSG;
	ntp_header_decode(data, &packet->header);
	if (packet->header.version < NTP_VERSION_MIN)
		return -EBADMSG;

	trailer = data + NTP_HEADER_SIZE;
	left = length - NTP_HEADER_SIZE;
	/* Before version 4 there were no fields. */
	if (packet->header.version >= 4)
		fields = ntp_measure_fields(trailer, left);
	left -= fields;
	if (left > 0 && !ntp_is_mac_length(left))
		return -EBADMSG;
	if (left > 0) {
		packet->trailer = NTP_TRAILER_MAC;
		packet->mac = trailer + fields;
		packet->mac_length = left;
	}
	if (fields > 0) {
		packet->trailer = NTP_TRAILER_EXTENSIONS;
		packet->extensions = trailer;
		packet->extensions_length = fields;
	}
	return 0;
}

/* to - from; 292 years are the most that it can say. */
static int64_t ntp_ns_difference(int64_t from, int64_t to)
{
	int64_t difference;

	if (__builtin_sub_overflow(to, from, &difference))
		return to > from ? INT64_MAX : INT64_MIN;
	return difference;
}

void ntp_offset_delay(int64_t t1, int64_t t2, int64_t t3, int64_t t4, double *offset, double *delay)
{
	int64_t there = ntp_ns_difference(t1, t2), back = ntp_ns_difference(t4, t3);

	/* Halved before they are added, which would overflow, and their odd
	 * nanoseconds apart.  The delay is the difference of two intervals that
	 * are each measured by one clock: small numbers. */
	*offset = ((double)(there / 2 + back / 2) + 0.5 * (double)(there % 2 + back % 2)) * 1e-9;
	*delay = (double)ntp_ns_difference(ntp_ns_difference(t2, t3), ntp_ns_difference(t1, t4)) *
		 1e-9;
}
