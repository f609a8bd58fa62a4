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
	uint8_t header[NTP_HEADER_SIZE];

	if (ntp_packet_decode(data, size, &packet) != 0)
		return 0;
	require(size == NTP_HEADER_SIZE + packet.extensions_length + packet.mac_length);
	require((packet.extensions != NULL) == (packet.extensions_length > 0));
	require((packet.mac != NULL) == (packet.mac_length > 0));
	require((packet.trailer == NTP_TRAILER_NONE) == (size == NTP_HEADER_SIZE));
	ntp_header_encode(&packet.header, header);
	require(memcmp(header, data, sizeof header) == 0);

	if (packet.extensions != NULL)
		require(packet.extensions == data + NTP_HEADER_SIZE);
	if (packet.mac != NULL)
		require(packet.mac + packet.mac_length == data + size);
	return 0;
}
