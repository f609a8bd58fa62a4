#include "server/signd.h"

#include <string.h>

#include "base/bytes.h"

enum operation {
	OPERATION_SIGN_TO_CLIENT = 0,
	OPERATION_SUCCESS = 3,
	OPERATION_FAILURE = 4,
};

enum {
	PROTOCOL_VERSION = 0,
	LENGTH_SIZE = 4,
	/* version, operation, id (16 bits and as many of padding), key identifier */
	REQUEST_FIELDS_SIZE = 16,
	/* version, operation, id (32 bits) */
	REPLY_FIELDS_SIZE = 12,
};

void signd_request_write(const struct signd_request *request, uint8_t data[SIGND_REQUEST_SIZE])
{
	bytes_put_be32(data, REQUEST_FIELDS_SIZE + NTP_HEADER_SIZE);
	bytes_put_be32(data + 4, PROTOCOL_VERSION);
	bytes_put_be32(data + 8, OPERATION_SIGN_TO_CLIENT);
	bytes_put_be32(data + 12, (uint32_t)request->id << 16);
	memcpy(data + 16, request->key_identifier, sizeof request->key_identifier);
	memcpy(data + 20, request->header, sizeof request->header);
}

enum signd_reply signd_reply_read(const struct signd_request *request, const uint8_t *data,
				  size_t length, size_t *used, const uint8_t **packet)
{
	const uint8_t *body = data + LENGTH_SIZE, *fields = body + REPLY_FIELDS_SIZE;
	uint32_t size;

	if (length < LENGTH_SIZE)
		return SIGND_INCOMPLETE;
	size = bytes_get_be32(data);
	if (size != REPLY_FIELDS_SIZE && size != REPLY_FIELDS_SIZE + MSSNTP_LEGACY_SIZE)
		return SIGND_GARBAGE;
	if (length - LENGTH_SIZE < size)
		return SIGND_INCOMPLETE;
	if (bytes_get_be32(body) != PROTOCOL_VERSION || bytes_get_be32(body + 8) != request->id)
		return SIGND_GARBAGE;
	*used = LENGTH_SIZE + size;
	if (bytes_get_be32(body + 4) == OPERATION_FAILURE && size == REPLY_FIELDS_SIZE)
		return SIGND_REFUSED;
	/* It signs what it was given; another header would be somebody else's. */
	if (bytes_get_be32(body + 4) != OPERATION_SUCCESS || size == REPLY_FIELDS_SIZE ||
	    memcmp(fields, request->header, sizeof request->header) != 0 ||
	    memcmp(fields + NTP_HEADER_SIZE, request->key_identifier,
		   sizeof request->key_identifier) != 0)
		return SIGND_GARBAGE;
	*packet = fields;
	return SIGND_SIGNED;
}
