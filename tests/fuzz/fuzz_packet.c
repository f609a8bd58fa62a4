/* A datagram from anybody: what is accepted points into it, and its header
 * survives being written again. */
#include "ntp/packet.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
	if (!condition)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ntp_packet packet;
	struct ntp_extension extension;
	uint8_t header[NTP_HEADER_SIZE];
	size_t offset = 0;
	int result;

	if (ntp_packet_decode(data, size, &packet) != 0)
		return 0;
	require(size == NTP_HEADER_SIZE + packet.extensions_length + packet.mac_length);
	require((packet.extensions != NULL) == (packet.extensions_length > 0));
	require((packet.mac != NULL) == (packet.mac_length > 0));
	require((packet.trailer == NTP_TRAILER_NONE) == (size == NTP_HEADER_SIZE));
	ntp_header_encode(&packet.header, header);
	require(memcmp(header, data, sizeof header) == 0);

	while ((result = ntp_extension_next(packet.extensions, packet.extensions_length, &offset,
					    &extension)) == 1)
		require(extension.value >= packet.extensions &&
			extension.value + extension.length <=
				packet.extensions + packet.extensions_length);
	require(result == 0);
	if (packet.mac != NULL)
		require(packet.mac + packet.mac_length == data + size);
	return 0;
}
