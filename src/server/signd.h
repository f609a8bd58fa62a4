/* What is spoken with Samba's ntp_signd.  Pure.
 *
 * Each message is its length, 4 bytes, big endian, and as many bytes; the fields
 * are big endian too, but for the key identifier, whose bytes stay as the client
 * sent them.  Answers come in the order of the requests. */
#ifndef W32TIMED_SERVER_SIGND_H
#define W32TIMED_SERVER_SIGND_H

#include <stddef.h>
#include <stdint.h>

#include "ntp/mssntp.h"

#define SIGND_REQUEST_SIZE 68 /* with its length */
#define SIGND_REPLY_MAX    84

struct signd_request {
	uint16_t id; /* chosen by us, comes back */
	uint8_t key_identifier[4];
	uint8_t header[NTP_HEADER_SIZE]; /* what is to be signed */
};

enum signd_reply {
	SIGND_INCOMPLETE, /* there must come more */
	SIGND_SIGNED,
	SIGND_REFUSED,
	SIGND_GARBAGE, /* not the answer to this request */
};

void signd_request_write(const struct signd_request *request, uint8_t data[SIGND_REQUEST_SIZE]);

/* Reads the answer to REQUEST at the front of DATA.  With SIGNED and REFUSED
 * *USED is how many bytes it has.  SIGNED: *PACKET points at its
 * MSSNTP_LEGACY_SIZE bytes in DATA, which begin with the request's header and
 * key identifier. */
enum signd_reply signd_reply_read(const struct signd_request *request, const uint8_t *data,
				  size_t length, size_t *used, const uint8_t **packet);

#endif
