#include "client/reference_id.h"

#include "platform/digest.h"

uint32_t reference_id_of_address(const struct net_address *address)
{
	uint8_t digest[DIGEST_MD5_SIZE] = { 0 };
	const uint8_t *bytes;
	size_t length;

	bytes = net_address_bytes(address, &length);
	if (length > 4) {
		if (digest_md5(bytes, length, digest) != 0)
			return 0;
		bytes = digest;
	}
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
	       bytes[3];
}
