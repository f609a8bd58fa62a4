#include "ntp/mssntp_client.h"

#include <sodium.h>
#include <stdlib.h>

/* [MS-W32T]'s message "NtDigest ", with its last blank. */
#define MESSAGE_ID 0x5B

/* Requests in a row without any answer after which the other form is tried. */
#define UNANSWERED_MAX 2

/* Which of its two keys the server is asked to sign with: [MS-SNTP] figure 4.
 * Servers whose accounts have one key only take no notice. */
enum selector {
	SELECTOR_CURRENT,       /* the normal state */
	SELECTOR_PREVIOUS,      /* the current key failed */
	SELECTOR_CURRENT_AGAIN, /* the previous one did, too */
};

struct mssntp_client {
	struct authentication authentication; /* first: what is given out */
	const struct mssntp_keys *keys;
	struct mssntp_client_settings settings;
	bool proven_here; /* what extended_proven points to without an owner */
	enum selector selector;
	enum mssntp_form form;          /* of the next request */
	unsigned unanswered;            /* requests of that form in a row */
	struct mssntp_identifier asked; /* the last request */
};

static struct mssntp_client *mssntp_client_of(struct authentication *authentication)
{
	return (struct mssntp_client *)authentication;
}

/* What is remembered of the server may have come from another association. */
static enum mssntp_form mssntp_client_choose_form(const struct mssntp_client *client)
{
	if (client->settings.legacy_denied || *client->settings.extended_proven)
		return MSSNTP_EXTENDED;
	return client->form;
}

/* A policy that forbids MD5 is not to look like a server that signs wrongly. */
static int mssntp_client_try_form(enum mssntp_form form, const uint8_t *hash, const uint8_t *header)
{
	uint8_t checksum[MSSNTP_LEGACY_CHECKSUM_SIZE];

	return form == MSSNTP_EXTENDED ? 0 : mssntp_sign_legacy(hash, header, checksum);
}

static int mssntp_client_protect(struct authentication *authentication, uint8_t *data,
				 size_t length, size_t size)
{
	struct mssntp_client *client = mssntp_client_of(authentication);
	int result;

	if (length != NTP_HEADER_SIZE)
		return -EINVAL;
	if (client->keys->rid == 0 || client->keys->count == 0)
		return -ENOKEY;
	client->asked = (struct mssntp_identifier){
		.form = mssntp_client_choose_form(client),
		.rid = client->keys->rid,
		.previous = client->selector == SELECTOR_PREVIOUS,
	};
	result = mssntp_client_try_form(client->asked.form, client->keys->hashes[0], data);
	if (result != 0)
		return result;
	return mssntp_request_write(&client->asked, data, size);
}

static int mssntp_client_sign(const struct mssntp_client *client, const uint8_t *hash,
			      const uint8_t *header,
			      uint8_t checksum[MSSNTP_EXTENDED_CHECKSUM_SIZE])
{
	if (client->asked.form == MSSNTP_EXTENDED)
		return mssntp_sign_extended(hash, client->asked.rid, header, checksum);
	return mssntp_sign_legacy(hash, header, checksum);
}

/* Nothing but the length and the checksum is looked at: the rest of the
 * authenticator proves nothing. */
static enum authentication_result mssntp_client_verify(struct authentication *authentication,
						       const uint8_t *data, size_t length)
{
	const struct mssntp_client *client = mssntp_client_of(authentication);
	bool extended = client->asked.form == MSSNTP_EXTENDED;
	size_t size = extended ? MSSNTP_EXTENDED_CHECKSUM_SIZE : MSSNTP_LEGACY_CHECKSUM_SIZE;
	uint8_t checksum[MSSNTP_EXTENDED_CHECKSUM_SIZE];
	bool good = false;

	if (length != (extended ? MSSNTP_EXTENDED_SIZE : MSSNTP_LEGACY_SIZE))
		return AUTHENTICATION_MISSING;
	/* Every key, so that the time it takes tells nothing of the one that fits. */
	for (unsigned i = 0; i < client->keys->count && i < MSSNTP_KEYS_MAX; i++) {
		if (mssntp_client_sign(client, client->keys->hashes[i], data, checksum) == 0 &&
		    sodium_memcmp(checksum, data + length - size, size) == 0)
			good = true;
	}
	sodium_memzero(checksum, sizeof checksum);
	return good ? AUTHENTICATION_GOOD : AUTHENTICATION_WRONG;
}

static enum selector mssntp_client_next_selector(enum selector selector, bool good)
{
	if (good)
		return selector == SELECTOR_PREVIOUS ? SELECTOR_PREVIOUS : SELECTOR_CURRENT;
	return selector == SELECTOR_CURRENT ? SELECTOR_PREVIOUS : SELECTOR_CURRENT_AGAIN;
}

static void mssntp_client_note_unanswered(struct mssntp_client *client)
{
	if (++client->unanswered < UNANSWERED_MAX)
		return;
	client->unanswered = 0;
	if (client->form == MSSNTP_LEGACY && client->settings.extended)
		client->form = MSSNTP_EXTENDED;
	else
		client->form = MSSNTP_LEGACY;
}

static void mssntp_client_ended(struct authentication *authentication, int best)
{
	struct mssntp_client *client = mssntp_client_of(authentication);

	client->selector = mssntp_client_next_selector(client->selector,
						       best == AUTHENTICATION_GOOD);
	if (best == AUTHENTICATION_GOOD && client->asked.form == MSSNTP_EXTENDED)
		*client->settings.extended_proven = true;
	if (best == -1)
		mssntp_client_note_unanswered(client);
	else
		client->unanswered = 0;
}

static void mssntp_client_destroy(struct authentication *authentication)
{
	free(mssntp_client_of(authentication));
}

struct authentication *mssntp_client_create(const struct mssntp_keys *keys,
					    const struct mssntp_client_settings *settings)
{
	struct mssntp_client *client = calloc(1, sizeof *client);

	if (client == NULL)
		return NULL;
	client->authentication = (struct authentication){
		.name = "NtDigest ",
		.message_id = MESSAGE_ID,
		.version = MSSNTP_VERSION,
		.protect = mssntp_client_protect,
		.verify = mssntp_client_verify,
		.ended = mssntp_client_ended,
		.destroy = mssntp_client_destroy,
	};
	client->keys = keys;
	client->settings = *settings;
	if (settings->extended_proven == NULL)
		client->settings.extended_proven = &client->proven_here;
	client->form = settings->extended ? MSSNTP_EXTENDED : MSSNTP_LEGACY;
	client->asked.form = mssntp_client_choose_form(client);
	return &client->authentication;
}
