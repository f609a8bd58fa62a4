/* A request from anybody to the server: what it answers is a plain packet that
 * belongs to the request and that no server would answer in its turn. */
#include "server/answer.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
	if (!condition)
		abort();
}

static void check_answer(const struct answer_request *request, const uint8_t *answer)
{
	struct ntp_packet asked, answered;
	struct answer_request echo = {
		.data = answer,
		.length = NTP_HEADER_SIZE,
		.port = request->port,
		.received = request->received,
	};
	const struct announcement announcement = { .stratum = 1 };
	uint8_t again[NTP_HEADER_SIZE];

	require(request->length >= NTP_HEADER_SIZE && request->port != 0);
	require(ntp_packet_decode(request->data, request->length, &asked) == 0);
	require(ntp_packet_decode(answer, NTP_HEADER_SIZE, &answered) == 0);
	require(answered.header.origin == asked.header.transmit);
	require(answered.header.version == asked.header.version);
	require(answered.header.mode == NTP_MODE_SERVER ||
		(answered.header.mode == NTP_MODE_SYMMETRIC_PASSIVE &&
		 asked.header.mode == NTP_MODE_SYMMETRIC_ACTIVE));
	require((answered.header.leap == NTP_LEAP_UNSYNCHRONIZED) ==
		(answered.header.stratum == 0));
	require(answer_compose(&echo, true, &announcement, 0, again) == ANSWER_MALFORMED);
}

static void check_interleaved(const struct answer_request *request, const uint8_t *plain)
{
	const struct announcement announcement = { .stratum = 1 };
	uint8_t answer[NTP_HEADER_SIZE], again[NTP_HEADER_SIZE];
	struct answer_request echo = *request;
	struct ntp_packet asked, answered;
	ntp_timestamp named;

	require(ntp_packet_decode(request->data, request->length, &asked) == 0);
	require((answer_receive(plain) & 1) == 1);
	if (!answer_asks_interleaved(request, &named))
		return;
	require(asked.header.mode == NTP_MODE_CLIENT && named == asked.header.origin &&
		(named & 1) == 1 && asked.header.receive != asked.header.transmit);
	memcpy(answer, plain, sizeof answer);
	answer_set_receive(answer, named + 2);
	answer_make_interleaved(answer, request, named + 1);
	require(ntp_packet_decode(answer, sizeof answer, &answered) == 0);
	require(answered.header.origin == asked.header.receive &&
		answered.header.receive == named + 2 && answered.header.transmit == named + 1);
	require(memcmp(answer, plain, 24) == 0);
	echo.data = answer;
	echo.length = sizeof answer;
	require(answer_compose(&echo, true, &announcement, 0, again) == ANSWER_MALFORMED);
}

/* The first bytes choose the port, the settings and the state of the clock. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct answer_request request = { .received = INT64_C(1795000000) * NS_PER_SECOND };
	struct announcement announcement = { .precision = -23, .dispersion_rate = 15e-6 };
	uint8_t answer[NTP_HEADER_SIZE];

	if (size < 4)
		return 0;
	request.port = (uint16_t)(data[0] << 8 | data[1]);
	request.data = data + 4;
	request.length = size - 4;
	announcement.stratum = data[2];
	announcement.leap = data[3] & 3;
	announcement.reference_id = (uint32_t)data[3] << 24;
	announcement.root_dispersion = data[3];
	if (answer_compose(&request, data[3] >> 7, &announcement, NS_PER_SECOND, answer) !=
	    ANSWER_SEND)
		return 0;
	check_answer(&request, answer);
	answer_set_sent(answer, request.received);
	check_answer(&request, answer);
	check_interleaved(&request, answer);
	answer_make_kiss(answer);
	check_answer(&request, answer);
	return 0;
}
