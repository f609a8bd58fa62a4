#include "client/reply.h"

bool reply_is_answer(enum reply_verdict verdict)
{
	return verdict != REPLY_BOGUS && verdict != REPLY_DUPLICATE;
}

static void remember_nonce(struct reply_memory *memory, ntp_timestamp nonce)
{
	unsigned places = sizeof memory->answered / sizeof memory->answered[0];

	memory->answered[memory->next] = nonce;
	memory->next = (memory->next + 1) % places;
}

void reply_remember(struct reply_memory *memory, const struct reply_request *request)
{
	remember_nonce(memory, request->nonce);
	if (request->interleaved_nonce != 0)
		remember_nonce(memory, request->interleaved_nonce);
}

bool reply_is_interleaved(const struct reply_request *request, const struct ntp_header *reply)
{
	return request->interleaved_nonce != 0 && reply->origin == request->interleaved_nonce;
}

static bool was_answered(const struct reply_memory *memory, ntp_timestamp nonce)
{
	for (size_t i = 0; i < sizeof memory->answered / sizeof memory->answered[0]; i++) {
		if (nonce != 0 && memory->answered[i] == nonce)
			return true;
	}
	return false;
}

static bool mode_fits(const struct reply_request *request, const struct reply_rules *rules,
		      uint8_t mode)
{
	if (request->mode == NTP_MODE_CLIENT)
		return mode == NTP_MODE_SERVER;
	return mode == NTP_MODE_SYMMETRIC_PASSIVE ||
	       (mode == NTP_MODE_SERVER && rules->nonstandard_modes);
}

static bool is_text(uint32_t reference_id)
{
	for (int shift = 24; shift >= 0; shift -= 8) {
		uint8_t letter = (uint8_t)(reference_id >> shift);

		if (letter < ' ' || letter > '~')
			return false;
	}
	return true;
}

static enum reply_verdict check_stratum_zero(uint32_t code)
{
	switch (code) {
	case NTP_KISS('R', 'A', 'T', 'E'):
		return REPLY_KISS_RATE;
	case NTP_KISS('D', 'E', 'N', 'Y'):
	case NTP_KISS('R', 'S', 'T', 'R'):
		return REPLY_KISS_DENY;
	default:
		return is_text(code) ? REPLY_KISS_OTHER : REPLY_UNSYNCHRONIZED;
	}
}

/* Whether A lies before B, by more than two units of the server's precision: they
 * round their times to it, so that a quick answer may seem to have left a
 * moment before its request came. */
static bool is_before(const struct ntp_header *header, ntp_timestamp a, ntp_timestamp b)
{
	int precision = header->precision < -30   ? -30
			: header->precision > -10 ? -10
						  : header->precision;

	/* The difference modulo 2^64 is right across an era's end. */
	return (int64_t)(a - b) < -(INT64_C(2) << (32 + precision));
}

/* NEWEST: of the server's two time stamps. */
static bool is_stale(const struct ntp_header *header, ntp_timestamp newest,
		     const struct reply_rules *rules)
{
	int64_t age = (int64_t)(newest - header->reference);

	if (header->reference == 0)
		return false;
	if (is_before(header, newest, header->reference))
		return !rules->ignore_future_reference;
	/* A primary server follows no server; not all of them keep this field. */
	return header->stratum > 1 && age > (int64_t)REPLY_REFERENCE_AGE_MAX << 32;
}

/* Whether the answer left after its request had come; in interleaved mode that is
 * the one before, and it left before this request came. */
static bool is_in_order(const struct ntp_header *header, const struct reply_request *request)
{
	ntp_timestamp left = header->transmit;

	if (header->receive == 0 || left == 0)
		return false;
	if (!reply_is_interleaved(request, header))
		return !is_before(header, left, header->receive);
	return !is_before(header, left, request->server_received) &&
	       !is_before(header, header->receive, left) &&
	       (int64_t)(left - request->server_received) <= (int64_t)REPLY_LAG_MAX << 32;
}

static enum reply_verdict check_fitness(const struct ntp_header *header,
					const struct reply_request *request,
					const struct reply_rules *rules)
{
	bool interleaved = reply_is_interleaved(request, header);

	if (header->stratum == 0)
		return check_stratum_zero(header->reference_id);
	if (header->stratum > NTP_STRATUM_MAX || header->leap == NTP_LEAP_UNSYNCHRONIZED)
		return REPLY_UNSYNCHRONIZED;
	if (!is_in_order(header, request))
		return REPLY_OUT_OF_ORDER;
	if (is_stale(header, interleaved ? header->receive : header->transmit, rules))
		return REPLY_STALE;
	if (header->root_delay >= REPLY_ROOT_MAX || header->root_dispersion >= REPLY_ROOT_MAX)
		return REPLY_ROOT_DISTANCE;
	return REPLY_GOOD;
}

enum reply_verdict reply_check(const struct reply_request *request,
			       const struct reply_memory *memory, const struct reply_rules *rules,
			       const uint8_t *data, size_t length, struct ntp_header *header)
{
	struct ntp_packet packet;

	if (ntp_packet_decode(data, length, &packet) != 0)
		return REPLY_BOGUS;
	if (packet.header.version < NTP_VERSION_MIN || packet.header.version > request->version ||
	    !mode_fits(request, rules, packet.header.mode))
		return REPLY_BOGUS;
	if (was_answered(memory, packet.header.origin))
		return REPLY_DUPLICATE;
	if (packet.header.origin != request->nonce &&
	    !reply_is_interleaved(request, &packet.header))
		return REPLY_BOGUS;

	*header = packet.header;
	if (header->root_delay >= 32768)
		header->root_delay = 0;
	if (rules->ignore_dispersion)
		header->root_dispersion = 0;
	return check_fitness(header, request, rules);
}
