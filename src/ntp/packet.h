/* The NTP packet on the wire: RFC 5905 section 7.3, RFC 1305 appendix A,
 * extension fields RFC 7822.  Pure: bytes in, values out. */
#ifndef W32TIMED_NTP_PACKET_H
#define W32TIMED_NTP_PACKET_H

#include <stddef.h>
#include <stdint.h>

#include "base/ntp_fields.h"
#include "ntp/timestamp.h"

#define NTP_HEADER_SIZE 48
#define NTP_PORT        123
#define NTP_VERSION_MIN 1
#define NTP_VERSION_MAX 4

enum ntp_mode {
	NTP_MODE_RESERVED = 0,
	NTP_MODE_SYMMETRIC_ACTIVE = 1,
	NTP_MODE_SYMMETRIC_PASSIVE = 2,
	NTP_MODE_CLIENT = 3,
	NTP_MODE_SERVER = 4,
	NTP_MODE_BROADCAST = 5,
	NTP_MODE_CONTROL = 6,
	NTP_MODE_PRIVATE = 7,
};

struct ntp_header {
	uint8_t leap;    /* enum ntp_leap */
	uint8_t version; /* 1..7 */
	uint8_t mode;    /* enum ntp_mode */
	uint8_t stratum;
	int8_t poll;            /* log2 s */
	int8_t precision;       /* log2 s */
	double root_delay;      /* s, 0..65536 */
	double root_dispersion; /* s, 0..65536 */
	uint32_t reference_id;  /* first byte on the wire in the high byte */
	ntp_timestamp reference;
	ntp_timestamp origin;
	ntp_timestamp receive;
	ntp_timestamp transmit;
};

/* What stands behind the header. */
enum ntp_trailer {
	NTP_TRAILER_NONE,
	NTP_TRAILER_EXTENSIONS, /* RFC 7822 fields, perhaps a MAC behind them */
	NTP_TRAILER_MAC,        /* 4 bytes key identifier and a digest; MS-SNTP too */
};

struct ntp_packet {
	struct ntp_header header;
	enum ntp_trailer trailer;
	const uint8_t *extensions; /* into the datagram; NULL: none */
	size_t extensions_length;
	const uint8_t *mac; /* key identifier first; NULL: none */
	size_t mac_length;  /* 0, 4 (crypto-NAK), 20, 24, 36, 52, 68, 72 */
};

/* Returns 0, or -EBADMSG for what cannot be an NTP packet: too short, version
 * 0, a length that is not a multiple of 4, fields that do not add up.  PACKET
 * points into DATA. */
int ntp_packet_decode(const uint8_t *data, size_t length, struct ntp_packet *packet);

void ntp_header_encode(const struct ntp_header *header, uint8_t data[NTP_HEADER_SIZE]);

/* The four letters of a kiss-o'-death (RFC 5905 section 7.4) as a number:
 * NTP_KISS('R', 'A', 'T', 'E') == header.reference_id at stratum 0. */
#define NTP_KISS(a, b, c, d)                                                                       \
	((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (uint32_t)(d))

/* Offset of the sender's clock (true minus ours) and round-trip delay, RFC 5905
 * section 8, computed without loss from the four points in time:
 * t1 sent and t4 received on our scale, t2 received and t3 sent on theirs. */
void ntp_offset_delay(int64_t t1, int64_t t2, int64_t t3, int64_t t4, double *offset,
		      double *delay);

#endif
