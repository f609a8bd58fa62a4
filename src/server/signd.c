#include "server/signd.h"

#include <string.h>

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

static void put_32(uint8_t *data, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		data[i] = (uint8_t)(value >> (24 - 8 * i));
}

static uint32_t get_32(const uint8_t *data)
{
	return (uint32_t)data[0] << 24 | (uint32_t)data[1] << 16 | (uint32_t)data[2] << 8 | data[3];
}

void signd_request_write(const struct signd_request *request, uint8_t data[SIGND_REQUEST_SIZE])
{
	put_32(data, REQUEST_FIELDS_SIZE + NTP_HEADER_SIZE);
	put_32(data + 4, PROTOCOL_VERSION);
	put_32(data + 8, OPERATION_SIGN_TO_CLIENT);
	put_32(data + 12, (uint32_t)request->id << 16);
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
	size = get_32(data);
	if (size != REPLY_FIELDS_SIZE && size != REPLY_FIELDS_SIZE + MSSNTP_LEGACY_SIZE)
		return SIGND_GARBAGE;
	if (length - LENGTH_SIZE < size)
		return SIGND_INCOMPLETE;
	if (get_32(body) != PROTOCOL_VERSION || get_32(body + 8) != request->id)
		return SIGND_GARBAGE;
	*used = LENGTH_SIZE + size;
	if (get_32(body + 4) == OPERATION_FAILURE && size == REPLY_FIELDS_SIZE)
		return SIGND_REFUSED;
	/* It signs what it was given; another header would be somebody else's. */
	if (get_32(body + 4) != OPERATION_SUCCESS || size == REPLY_FIELDS_SIZE ||
	    memcmp(fields, request->header, sizeof request->header) != 0 ||
	    memcmp(fields + NTP_HEADER_SIZE, request->key_identifier,
		   sizeof request->key_identifier) != 0)
		return SIGND_GARBAGE;
	*packet = fields;
	return SIGND_SIGNED;
}
