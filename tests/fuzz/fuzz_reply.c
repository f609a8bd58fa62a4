/* The judgement of an answer: the first bytes say what was asked and by which
 * rules, the rest is the datagram. */
#include "client/reply.h"

#include <stdlib.h>
#include <string.h>

#define PREFIX 10

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reply_request request = { 0 };
	struct reply_memory memory = { 0 };
	struct reply_rules rules;
	struct ntp_header header;
	enum reply_verdict verdict;

	if (size < PREFIX)
		return 0;
	memcpy(&request.nonce, data, sizeof request.nonce);
	if (request.nonce == 0) /* we never send that */
		return 0;
	request.version = (uint8_t)(3 + (data[8] & 1));
	request.mode = data[8] & 2 ? NTP_MODE_CLIENT : NTP_MODE_SYMMETRIC_ACTIVE;
	rules.nonstandard_modes = (data[8] & 4) != 0;
	rules.ignore_dispersion = (data[8] & 8) != 0;
	rules.ignore_future_reference = (data[8] & 16) != 0;
	/* Asked for in interleaved mode, the answer before being a little older than
	 * what the datagram tells of it, up to 16 s. */
	if ((data[8] & 64) != 0 && size >= PREFIX + NTP_HEADER_SIZE && ~request.nonce != 0) {
		for (int i = 0; i < 8; i++)
			request.server_received = request.server_received << 8 |
						  data[PREFIX + 40 + i];
		request.server_received -= (ntp_timestamp)data[9] << 28;
		request.interleaved_nonce = ~request.nonce;
	}
	if (data[8] & 32)
		reply_remember(&memory, &request);
	verdict = reply_check(&request, &memory, &rules, data + PREFIX, size - PREFIX, &header);
	if (!reply_is_answer(verdict))
		return 0;
	if ((header.origin != request.nonce && !reply_is_interleaved(&request, &header)) ||
	    (data[8] & 32) != 0 || header.version > request.version)
		abort();
	if (verdict == REPLY_GOOD && reply_is_interleaved(&request, &header) &&
	    (int64_t)(header.transmit - request.server_received) > (int64_t)REPLY_LAG_MAX << 32)
		abort();
	if (verdict == REPLY_GOOD &&
	    (header.stratum < 1 || header.stratum > NTP_STRATUM_MAX || header.leap > 2 ||
	     !(header.root_delay < REPLY_ROOT_MAX) || !(header.root_dispersion < REPLY_ROOT_MAX)))
		abort();
	return 0;
}
