/* Signed requests as a server reads them, and the client's side from request to
 * verdict.  The first byte says what the client knows; then come turns: a byte
 * that says what happens, one with a length, and so many bytes of a datagram. */
#include "client/reply.h"
#include "ntp/mssntp.h"
#include "ntp/mssntp_client.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum turn {
	TURN_SIGNED = 1,   /* the server signs the datagram, in the form of its length */
	TURN_BY_OTHER = 2, /* with a key that nobody knows */
	TURN_NOTHING = 4,  /* none comes */
	TURN_KEYS = 8,     /* the number of keys changes first */
};

#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition))                                                                  \
			abort();                                                                   \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was understood is what somebody could have written. */
static void read_request(const uint8_t *data, size_t size)
{
	uint8_t written[MSSNTP_EXTENDED_SIZE];
	struct mssntp_identifier identifier, again;

	if (mssntp_request_read(data, size, &identifier) != 0)
		return;
	CHECK(identifier.rid != 0);
	memcpy(written, data, NTP_HEADER_SIZE);
	CHECK(mssntp_request_write(&identifier, written, sizeof written) == (int)size);
	CHECK(mssntp_request_read(written, size, &again) == 0);
	CHECK(again.form == identifier.form && again.rid == identifier.rid &&
	      again.previous == identifier.previous);
	if (identifier.form == MSSNTP_LEGACY)
		CHECK(memcmp(written, data, size) == 0);
}

static bool sign(const struct mssntp_keys *keys, unsigned turn, uint8_t *datagram, size_t length)
{
	uint8_t hash[MSSNTP_HASH_SIZE];

	memcpy(hash, keys->hashes[0], sizeof hash);
	if (turn & TURN_BY_OTHER)
		hash[0] ^= 1;
	if (length == MSSNTP_EXTENDED_SIZE)
		CHECK(mssntp_sign_extended(hash, keys->rid, datagram, datagram + 56) == 0);
	else if (length == MSSNTP_LEGACY_SIZE)
		CHECK(mssntp_sign_legacy(hash, datagram, datagram + 52) == 0);
	else
		return false;
	return (turn & TURN_BY_OTHER) == 0 && keys->count > 0;
}

static int take_turn(struct authentication *client, const struct mssntp_keys *keys,
		     enum mssntp_form form, unsigned turn, const uint8_t *data, size_t length)
{
	uint8_t datagram[256];
	struct reply_request request = { .nonce = 1, .version = 3, .mode = NTP_MODE_CLIENT };
	struct reply_memory memory = { 0 };
	struct reply_rules rules = { 0 };
	struct ntp_header header;
	enum authentication_result result;
	bool extended = form == MSSNTP_EXTENDED, good = false;

	if (turn & TURN_NOTHING)
		return -1;
	memcpy(datagram, data, length);
	if (turn & TURN_SIGNED)
		good = sign(keys, turn, datagram, length);
	if (length >= NTP_HEADER_SIZE)
		reply_check(&request, &memory, &rules, datagram, NTP_HEADER_SIZE, &header);
	result = client->verify(client, datagram, length);
	if (length != (extended ? MSSNTP_EXTENDED_SIZE : MSSNTP_LEGACY_SIZE))
		CHECK(result == AUTHENTICATION_MISSING);
	else
		CHECK(result == (good ? AUTHENTICATION_GOOD : AUTHENTICATION_WRONG));
	return (int)result;
}

/* The form that is asked for. */
static enum mssntp_form request_again(struct authentication *client, const struct mssntp_keys *keys,
				      const struct mssntp_client_settings *settings)
{
	uint8_t request[MSSNTP_EXTENDED_SIZE] = { 0x1B };
	struct mssntp_identifier identifier;
	int length = client->protect(client, request, NTP_HEADER_SIZE, sizeof request);

	CHECK((length > 0) == (keys->count > 0));
	if (length < 0)
		return MSSNTP_LEGACY;
	CHECK(mssntp_request_read(request, (size_t)length, &identifier) == 0);
	CHECK(identifier.rid == keys->rid);
	if (identifier.form == MSSNTP_LEGACY)
		CHECK(!settings->legacy_denied && !*settings->extended_proven);
	return identifier.form;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mssntp_keys keys = { .rid = 1103, .count = 1 };
	bool proven = false;
	struct mssntp_client_settings settings = { .extended_proven = &proven };
	struct authentication *client;

	read_request(data, size);
	if (size == 0)
		return 0;
	settings.extended = data[0] & 1;
	settings.legacy_denied = data[0] & 2;
	client = mssntp_client_create(&keys, &settings);
	for (size_t at = 1; at + 2 <= size;) {
		unsigned turn = data[at];
		size_t length = data[at + 1];
		enum mssntp_form form;

		at += 2;
		if (length > size - at)
			length = size - at;
		if (turn & TURN_KEYS)
			keys.count = turn >> 4 & 3;
		form = request_again(client, &keys, &settings);
		if (keys.count > 0)
			client->ended(client,
				      take_turn(client, &keys, form, turn, data + at, length));
		at += length;
	}
	client->destroy(client);
	return 0;
}
