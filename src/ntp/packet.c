#include "ntp/packet.h"

#include <errno.h>
#include <stdbool.h>

/* A field's type and length (RFC 7822 section 7.5). */
#define FIELD_HEADER_SIZE 4
#define FIELD_SIZE_MIN    16

/* Nothing of this size or less can be a last field: it is a MAC or nothing
 * (RFC 7822 section 7.5.1.4). */
#define SHORT_MAC_SIZE_MAX 24

static uint16_t get_u16(const uint8_t *data)
{
	return (uint16_t)(data[0] << 8 | data[1]);
}

static uint32_t get_u32(const uint8_t *data)
{
	return (uint32_t)get_u16(data) << 16 | get_u16(data + 2);
}

static uint64_t get_u64(const uint8_t *data)
{
	return (uint64_t)get_u32(data) << 32 | get_u32(data + 4);
}

static void put_u32(uint8_t *data, uint32_t value)
{
	data[0] = (uint8_t)(value >> 24);
	data[1] = (uint8_t)(value >> 16);
	data[2] = (uint8_t)(value >> 8);
	data[3] = (uint8_t)value;
}

static void put_u64(uint8_t *data, uint64_t value)
{
	put_u32(data, (uint32_t)(value >> 32));
	put_u32(data + 4, (uint32_t)value);
}

static void header_decode(const uint8_t *data, struct ntp_header *header)
{
	header->leap = data[0] >> 6;
	header->version = data[0] >> 3 & 7;
	header->mode = data[0] & 7;
	header->stratum = data[1];
	header->poll = (int8_t)data[2];
	header->precision = (int8_t)data[3];
	header->root_delay = ntp_short_to_seconds(get_u32(data + 4));
	header->root_dispersion = ntp_short_to_seconds(get_u32(data + 8));
	header->reference_id = get_u32(data + 12);
	header->reference = get_u64(data + 16);
	header->origin = get_u64(data + 24);
	header->receive = get_u64(data + 32);
	header->transmit = get_u64(data + 40);
}

void ntp_header_encode(const struct ntp_header *header, uint8_t data[NTP_HEADER_SIZE])
{
	data[0] = (uint8_t)(header->leap << 6 | (header->version & 7) << 3 | (header->mode & 7));
	data[1] = header->stratum;
	data[2] = (uint8_t)header->poll;
	data[3] = (uint8_t)header->precision;
	put_u32(data + 4, ntp_short_from_seconds(header->root_delay));
	put_u32(data + 8, ntp_short_from_seconds(header->root_dispersion));
	put_u32(data + 12, header->reference_id);
	put_u64(data + 16, header->reference);
	put_u64(data + 24, header->origin);
	put_u64(data + 32, header->receive);
	put_u64(data + 40, header->transmit);
}

/* A key identifier with: nothing (crypto-NAK), MD5, SHA-1, SHA-256, SHA-384,
 * SHA-512, or MS-SNTP's extended authenticator. */
static bool is_mac_length(size_t length)
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
static size_t field_length(const uint8_t *data, size_t left)
{
	size_t length;

	if (left < FIELD_HEADER_SIZE)
		return 0;
	length = get_u16(data + 2);
	if (length < FIELD_SIZE_MIN || length % 4 != 0 || length > left)
		return 0;
	return length;
}

/* How many bytes of the trailer are extension fields; the rest is a MAC.  A MAC
 * of more than 24 bytes can look like a field: no field has the type 0, so that
 * a key identifier below 65536, as all administrators choose, is never taken
 * for one. */
static size_t measure_fields(const uint8_t *trailer, size_t length)
{
	size_t offset = 0, field;

	while (length - offset > SHORT_MAC_SIZE_MAX) {
		if (get_u16(trailer + offset) == 0)
			break;
		field = field_length(trailer + offset, length - offset);
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
	header_decode(data, &packet->header);
	if (packet->header.version < NTP_VERSION_MIN)
		return -EBADMSG;

	trailer = data + NTP_HEADER_SIZE;
	left = length - NTP_HEADER_SIZE;
	/* Before version 4 there were no fields. */
	if (packet->header.version >= 4)
		fields = measure_fields(trailer, left);
	left -= fields;
	if (left > 0 && !is_mac_length(left))
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

int ntp_extension_next(const uint8_t *fields, size_t length, size_t *offset,
		       struct ntp_extension *extension)
{
	const uint8_t *field;
	size_t size;

	if (*offset >= length)
		return *offset == length ? 0 : -EBADMSG;
	field = fields + *offset;
	size = field_length(field, length - *offset);
	if (size == 0)
		return -EBADMSG;
	extension->type = get_u16(field);
	extension->value = field + FIELD_HEADER_SIZE;
	extension->length = size - FIELD_HEADER_SIZE;
	*offset += size;
	return 1;
}

/* to - from; 292 years are the most that it can say. */
static int64_t ns_difference(int64_t from, int64_t to)
{
	int64_t difference;

	if (__builtin_sub_overflow(to, from, &difference))
		return to > from ? INT64_MAX : INT64_MIN;
	return difference;
}

void ntp_offset_delay(int64_t t1, int64_t t2, int64_t t3, int64_t t4, double *offset, double *delay)
{
	int64_t there = ns_difference(t1, t2), back = ns_difference(t4, t3);

	/* Halved before they are added, which would overflow, and their odd
	 * nanoseconds apart.  The delay is the difference of two intervals that
	 * are each measured by one clock: small numbers. */
	*offset = ((double)(there / 2 + back / 2) + 0.5 * (double)(there % 2 + back % 2)) * 1e-9;
	*delay = (double)ns_difference(ns_difference(t2, t3), ns_difference(t1, t4)) * 1e-9;
}
