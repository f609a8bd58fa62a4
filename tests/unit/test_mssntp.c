/* MS-SNTP on the wire, and the client's choice of form and key. */
#include "ntp/mssntp.h"
#include "ntp/mssntp_client.h"
#include "platform/digest.h"
#include "unit.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#define RID 1103

/* As long as the text says. */
static void from_hex(const char *text, uint8_t *bytes, size_t size)
{
	size_t length;

	ck_assert_int_eq(sodium_hex2bin(bytes, size, text, strlen(text), " ", &length, NULL), 0);
	ck_assert_uint_eq(length, size);
}

/* Replies of Windows domain controllers whose accounts' passwords are public:
 * hashcat issue 3629 (and John the Ripper's tests), the solutions of a training
 * machine, and hashcat's self test of mode 31300, where the 48 bytes are no
 * header.  No extended checksum with a known key is public: those are computed,
 * with OpenSSL's KBKDF as well as from the formula. */
static const struct {
	const char *password, *hash, *header, *legacy;
	uint32_t rid; /* 0: no extended checksum */
	const char *extended;
} vectors[] = {
	{
		"legacycomp1",
		"d6c0728bb9e785c12563e93bb741df70",
		"1c0111e900000000000a24124c4f434ce6e13d4de4200050"
		"e1b8428bffbfcd0ae6e16cdc7817804fe6e16cdc7817f412",
		"55265c2d9510284b3ad62ab7d5cae532",
		1103,
		"d741b393f53d392f4467dd2940018b2fb9d497a60ac3de893152d492cb90cf3f"
		"d53d36f0cdd1b269141d04f0e7d08681b265456af91f60aaeadc5fe13d2bc2df",
	},
	{
		"Rusty88!",
		"b52b582f02f8c0cd6320cd5eab36d9c6",
		"1c0111e900000000000a7e024c4f434cec677c1327c0d979"
		"e1b8428bffbfcd0aec68223393c8f82bec68223393c914b1",
		"dd16964e6d6f05fda3e825ebf5d1f424",
		1125,
		"aac437505470f1b1d6d3a819fa72d5a1f7369172dd4ddeb0fce9d036288fe7bf"
		"e2dbf5faa30b290b1d8ab68ffe8c9e57024fd5092bb2bebf634ae5e70442e9ed",
	},
	{
		"Rusty88!",
		"b52b582f02f8c0cd6320cd5eab36d9c6",
		"1c0111e900000000000a10504c4f434cec0d09c52308c3f3"
		"e1b8428bffbfcd0aec0d1f46bb191728ec0d1f46bb193052",
		"d7e7fef91094a412a2e8cb82c7716f1a",
		0,
		NULL,
	},
	{
		"hashcat",
		"b4b9b02e6f09a9bd760f388b67351e2b",
		"907733697536811342962140955567108526489624716566"
		"696971338784438986103976327367763739445744705380",
		"cfc7023381cf6bb474cdcbeb0a67bdb3",
		0,
		NULL,
	},
};

#define VECTORS ((int)(sizeof vectors / sizeof vectors[0]))

/* --- Digests and passwords -------------------------------------------------- */

START_TEST(md4_by_rfc_1320)
{
	static const struct {
		const char *text, *digest;
	} cases[] = {
		{ "", "31d6cfe0d16ae931b73c59d7e0c089c0" },
		{ "abc", "a448017aaf21d8525fc10ae87aa6729d" },
		{ "message digest", "d9130a8164549fe818874806e1c7014b" },
		{ "abcdefghijklmnopqrstuvwxyz", "d79e1c308aa5bbcdeea8ed63df412da9" },
	};
	uint8_t expected[DIGEST_MD4_SIZE], digest[DIGEST_MD4_SIZE];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		from_hex(cases[i].digest, expected, sizeof expected);
		ck_assert_int_eq(digest_md4(cases[i].text, strlen(cases[i].text), digest), 0);
		ck_assert_mem_eq(digest, expected, sizeof digest);
	}
}
END_TEST

START_TEST(passwords_become_nt_hashes)
{
	uint8_t expected[MSSNTP_HASH_SIZE], hash[MSSNTP_HASH_SIZE];
	const char *password = vectors[_i].password;

	from_hex(vectors[_i].hash, expected, sizeof expected);
	ck_assert_int_eq(mssntp_hash_password(password, strlen(password), hash), 0);
	ck_assert_mem_eq(hash, expected, sizeof hash);
}
END_TEST

START_TEST(passwords_are_hashed_as_utf_16)
{
	static const struct {
		const char *text;
		size_t length;
		const char *wide;
	} cases[] = {
		{ "", 0, "" },
		{ "a\0b", 3, "6100 0000 6200" },
		{ "\x7F\xC2\x80\xDF\xBF", 5, "7f00 8000 ff07" },
		{ "\xE0\xA0\x80\xEF\xBF\xBF", 6, "0008 ffff" },
		{ "\xED\x9F\xBF\xEE\x80\x80", 6, "ffd7 00e0" },
		{ "\xF0\x90\x80\x80", 4, "00d8 00dc" },
		{ "\xF0\x9F\x95\x92", 4, "3dd8 52dd" }, /* U+1F552, a clock */
		{ "\xF4\x8F\xBF\xBF", 4, "ffdb ffdf" },
	};
	uint8_t wide[64], expected[MSSNTP_HASH_SIZE], hash[MSSNTP_HASH_SIZE];
	size_t length;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		sodium_hex2bin(wide, sizeof wide, cases[i].wide, strlen(cases[i].wide), " ",
			       &length, NULL);
		ck_assert_int_eq(digest_md4(wide, length, expected), 0);
		ck_assert_int_eq(mssntp_hash_password(cases[i].text, cases[i].length, hash), 0);
		ck_assert_mem_eq(hash, expected, sizeof hash);
	}
}
END_TEST

START_TEST(what_is_no_utf_8_is_no_password)
{
	static const char *const cases[] = {
		"\x80",             /* a continuation alone */
		"a\xC3",            /* cut off */
		"\xE2\x82",         /* cut off */
		"\xF0\x9F\x95",     /* cut off */
		"\xC3(",            /* no continuation */
		"\xE2\x82(",        /* no continuation */
		"\xC0\x80",         /* overlong */
		"\xC1\xBF",         /* overlong */
		"\xE0\x9F\xBF",     /* overlong */
		"\xF0\x8F\xBF\xBF", /* overlong */
		"\xED\xA0\x80",     /* a surrogate */
		"\xED\xBF\xBF",     /* a surrogate */
		"\xF4\x90\x80\x80", /* beyond U+10FFFF */
		"\xF8\x88\x80\x80\x80",
		"\xFE",
		"\xFF",
	};
	uint8_t hash[MSSNTP_HASH_SIZE];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		ck_assert_int_eq(mssntp_hash_password(cases[i], strlen(cases[i]), hash), -EILSEQ);
}
END_TEST

/* --- Checksums -------------------------------------------------------------- */

START_TEST(legacy_checksums)
{
	uint8_t hash[MSSNTP_HASH_SIZE], header[NTP_HEADER_SIZE];
	uint8_t expected[MSSNTP_LEGACY_CHECKSUM_SIZE], checksum[MSSNTP_LEGACY_CHECKSUM_SIZE];

	from_hex(vectors[_i].hash, hash, sizeof hash);
	from_hex(vectors[_i].header, header, sizeof header);
	from_hex(vectors[_i].legacy, expected, sizeof expected);
	ck_assert_int_eq(mssntp_sign_legacy(hash, header, checksum), 0);
	ck_assert_mem_eq(checksum, expected, sizeof checksum);
}
END_TEST

START_TEST(extended_checksums)
{
	uint8_t hash[MSSNTP_HASH_SIZE], header[NTP_HEADER_SIZE];
	uint8_t expected[MSSNTP_EXTENDED_CHECKSUM_SIZE], checksum[MSSNTP_EXTENDED_CHECKSUM_SIZE];

	if (vectors[_i].rid == 0)
		return;
	from_hex(vectors[_i].hash, hash, sizeof hash);
	from_hex(vectors[_i].header, header, sizeof header);
	from_hex(vectors[_i].extended, expected, sizeof expected);
	ck_assert_int_eq(mssntp_sign_extended(hash, vectors[_i].rid, header, checksum), 0);
	ck_assert_mem_eq(checksum, expected, sizeof checksum);
	ck_assert_int_eq(mssntp_sign_extended(hash, vectors[_i].rid + 1, header, checksum), 0);
	ck_assert_mem_ne(checksum, expected, sizeof checksum);
}
END_TEST

/* --- Requests --------------------------------------------------------------- */

#define WINDOWS_HEADER                                                                             \
	"db000ae9000002ac00019b8500000000ed6c737f3059beb8"                                         \
	"00000000000000000000000000000000ed6c7ea32451b930"

static const struct {
	struct mssntp_identifier identifier;
	size_t length;
	const char *authenticator; /* what is not zero of it */
} requests[] = {
	{ { MSSNTP_LEGACY, 1103, false }, 68, "4f040000" },
	{ { MSSNTP_LEGACY, 1103, true }, 68, "4f040080" },
	{ { MSSNTP_LEGACY, 0x7FFFFFFF, false }, 68, "ffffff7f" },
	{ { MSSNTP_EXTENDED, 1103, false }, 120, "4f04000000010000" }, /* Windows 10's own */
	{ { MSSNTP_EXTENDED, 1103, true }, 120, "4f04000000010100" },
	{ { MSSNTP_EXTENDED, 0xFEDCBA98, false }, 120, "98badcfe00010000" },
};

static void make_request(int which, uint8_t data[MSSNTP_EXTENDED_SIZE])
{
	memset(data, 0, MSSNTP_EXTENDED_SIZE);
	from_hex(WINDOWS_HEADER, data, NTP_HEADER_SIZE);
	from_hex(requests[which].authenticator, data + NTP_HEADER_SIZE,
		 strlen(requests[which].authenticator) / 2);
}

START_TEST(requests_are_written)
{
	size_t length = requests[_i].length;
	uint8_t expected[MSSNTP_EXTENDED_SIZE], data[MSSNTP_EXTENDED_SIZE + 1];

	make_request(_i, expected);
	memset(data, 0xEE, sizeof data);
	memcpy(data, expected, NTP_HEADER_SIZE);
	ck_assert_int_eq(mssntp_request_write(&requests[_i].identifier, data, length - 1),
			 -EMSGSIZE);
	ck_assert_uint_eq(data[NTP_HEADER_SIZE], 0xEE);
	ck_assert_int_eq(mssntp_request_write(&requests[_i].identifier, data, length), length);
	ck_assert_mem_eq(data, expected, length);
	ck_assert_uint_eq(data[length], 0xEE);
}
END_TEST

START_TEST(requests_are_read)
{
	const struct mssntp_identifier *expected = &requests[_i].identifier;
	struct mssntp_identifier identifier;
	uint8_t data[MSSNTP_EXTENDED_SIZE];

	make_request(_i, data);
	ck_assert_int_eq(mssntp_request_read(data, requests[_i].length, &identifier), 0);
	ck_assert_int_eq(identifier.form, expected->form);
	ck_assert_uint_eq(identifier.rid, expected->rid);
	ck_assert_int_eq(identifier.previous, expected->previous);
}
END_TEST

START_TEST(a_legacy_request_has_31_bits_of_a_rid)
{
	struct mssntp_identifier identifier = { MSSNTP_LEGACY, 0x80000451, false };
	uint8_t data[MSSNTP_LEGACY_SIZE] = { 0x1B };

	ck_assert_int_eq(mssntp_request_write(&identifier, data, sizeof data), sizeof data);
	ck_assert_int_eq(mssntp_request_read(data, sizeof data, &identifier), 0);
	ck_assert_uint_eq(identifier.rid, 0x451);
	ck_assert(!identifier.previous);
}
END_TEST

START_TEST(only_requests_are_read)
{
	struct mssntp_identifier identifier;
	uint8_t data[MSSNTP_EXTENDED_SIZE];

	for (int which = 0; which < 4; which += 3) {
		size_t length = requests[which].length;
		size_t checksum = which == 0 ? 52 : 56;

		make_request(which, data);
		for (size_t other = 0; other < sizeof data; other++) {
			if (other != 68 && other != 120)
				ck_assert_int_eq(mssntp_request_read(data, other, &identifier),
						 -EBADMSG);
		}
		for (unsigned first = 0; first < 256; first++) {
			bool fits = (first >> 3 & 7) == 3 && ((first & 7) == 1 || (first & 7) == 3);

			data[0] = (uint8_t)first;
			ck_assert_int_eq(mssntp_request_read(data, length, &identifier),
					 fits ? 0 : -EBADMSG);
		}
		data[0] = 0x1B;
		for (size_t at = checksum; at < length; at++) {
			data[at] = 0x01;
			ck_assert_int_eq(mssntp_request_read(data, length, &identifier), -EBADMSG);
			data[at] = 0;
		}
		memset(data + NTP_HEADER_SIZE, 0, 4);
		ck_assert_int_eq(mssntp_request_read(data, length, &identifier), -EBADMSG);
	}
}
END_TEST

/* Windows' order of the four bytes, and the specification's. */
START_TEST(an_extended_request_offers_the_hash)
{
	static const struct {
		uint8_t byte_53, byte_54;
		int result;
		bool previous;
	} cases[] = {
		{ 0x00, 0x00, -EBADMSG, false }, { 0x01, 0x00, 0, false },
		{ 0x01, 0x01, 0, true },         { 0x00, 0x01, 0, false },
		{ 0xFE, 0xFE, -EBADMSG, false }, { 0xFF, 0xFE, 0, false },
		{ 0xFE, 0xFF, 0, false },
	};
	struct mssntp_identifier identifier;
	uint8_t data[MSSNTP_EXTENDED_SIZE];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		make_request(3, data);
		data[52] = data[55] = 0xA5; /* of no meaning in a request */
		data[53] = cases[i].byte_53;
		data[54] = cases[i].byte_54;
		ck_assert_int_eq(mssntp_request_read(data, sizeof data, &identifier),
				 cases[i].result);
		if (cases[i].result == 0)
			ck_assert_int_eq(identifier.previous, cases[i].previous);
	}
}
END_TEST

/* --- The client ------------------------------------------------------------- */

enum reply { /* what comes of a request */
	     SIGNED,
	     SILENCE,
	     UNSIGNED,
	     FORGED,
};

static struct mssntp_keys keys;
static struct mssntp_identifier asked; /* by the last request */

static struct authentication *make_client(bool extended, bool legacy_denied, bool *proven)
{
	const struct mssntp_client_settings settings = {
		.extended = extended,
		.legacy_denied = legacy_denied,
		.extended_proven = proven,
	};
	struct authentication *client;

	memset(&keys, 0, sizeof keys);
	keys.rid = RID;
	keys.count = 1;
	from_hex(vectors[0].hash, keys.hashes[0], MSSNTP_HASH_SIZE);
	client = mssntp_client_create(&keys, &settings);
	ck_assert_ptr_nonnull(client);
	return client;
}

static void ask(struct authentication *client)
{
	uint8_t data[MSSNTP_EXTENDED_SIZE] = { 0x1B };
	int length = client->protect(client, data, NTP_HEADER_SIZE, sizeof data);

	ck_assert_int_gt(length, 0);
	ck_assert_int_eq(mssntp_request_read(data, (size_t)length, &asked), 0);
	ck_assert_uint_eq(asked.rid, keys.rid);
}

/* What the server sends to the last request, signed with HASH. */
static size_t answer(const uint8_t *hash, enum mssntp_form form, uint8_t data[MSSNTP_EXTENDED_SIZE])
{
	from_hex(vectors[0].header, data, NTP_HEADER_SIZE);
	memset(data + NTP_HEADER_SIZE, 0, MSSNTP_EXTENDED_SIZE - NTP_HEADER_SIZE);
	if (form == MSSNTP_EXTENDED) {
		mssntp_sign_extended(hash, asked.rid, data, data + 56);
		return MSSNTP_EXTENDED_SIZE;
	}
	mssntp_sign_legacy(hash, data, data + 52);
	return MSSNTP_LEGACY_SIZE;
}

static void exchange(struct authentication *client, enum reply reply)
{
	uint8_t data[MSSNTP_EXTENDED_SIZE];
	size_t length;

	ask(client);
	if (reply == SILENCE) {
		client->ended(client, -1);
		return;
	}
	length = answer(keys.hashes[0], asked.form, data);
	if (reply == UNSIGNED)
		length = NTP_HEADER_SIZE;
	if (reply == FORGED)
		data[length - 1] ^= 1;
	client->ended(client, (int)client->verify(client, data, length));
}

START_TEST(authentication_says_what_w32tm_shows)
{
	struct authentication *client = make_client(true, false, NULL);

	ck_assert_str_eq(client->name, "NtDigest ");
	ck_assert_uint_eq(client->message_id, 0x5B);
	ck_assert_uint_eq(client->version, 3);
	client->destroy(client);
}
END_TEST

START_TEST(nothing_is_asked_without_a_key)
{
	struct authentication *client = make_client(true, false, NULL);
	uint8_t data[MSSNTP_EXTENDED_SIZE] = { 0x1B };

	keys.rid = 0;
	ck_assert_int_eq(client->protect(client, data, NTP_HEADER_SIZE, sizeof data), -ENOKEY);
	keys.rid = RID;
	keys.count = 0;
	ck_assert_int_eq(client->protect(client, data, NTP_HEADER_SIZE, sizeof data), -ENOKEY);
	keys.count = 1;
	ck_assert_int_eq(client->protect(client, data, NTP_HEADER_SIZE, 119), -EMSGSIZE);
	ck_assert_int_eq(client->protect(client, data, NTP_HEADER_SIZE, sizeof data), 120);
	client->destroy(client);
}
END_TEST

START_TEST(any_key_may_have_signed)
{
	struct authentication *client = make_client(_i & 1, false, NULL);
	uint8_t data[MSSNTP_EXTENDED_SIZE], key[MSSNTP_HASH_SIZE];
	size_t length;

	keys.count = MSSNTP_KEYS_MAX;
	for (unsigned i = 0; i < MSSNTP_KEYS_MAX; i++)
		memset(keys.hashes[i], (int)i + 1, MSSNTP_HASH_SIZE);
	ask(client);
	for (unsigned i = 0; i < MSSNTP_KEYS_MAX; i++) {
		memcpy(key, keys.hashes[i], sizeof key);
		length = answer(key, asked.form, data);
		ck_assert_int_eq(client->verify(client, data, length), AUTHENTICATION_GOOD);
		/* A key that is no more. */
		keys.hashes[i][15] ^= 0x80;
		ck_assert_int_eq(client->verify(client, data, length), AUTHENTICATION_WRONG);
	}
	keys.count = 0;
	ck_assert_int_eq(client->verify(client, data, length), AUTHENTICATION_WRONG);
	client->destroy(client);
}
END_TEST

START_TEST(an_altered_bit_is_found)
{
	struct authentication *client = make_client(_i & 1, false, NULL);
	size_t checksum = _i & 1 ? 56 : 52, length;
	uint8_t data[MSSNTP_EXTENDED_SIZE];

	ask(client);
	length = answer(keys.hashes[0], asked.form, data);
	for (size_t bit = 0; bit < length * 8; bit++) {
		/* The identifier and the flags say nothing, whatever they are. */
		bool counts = bit / 8 < NTP_HEADER_SIZE || bit / 8 >= checksum;

		data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		ck_assert_int_eq(client->verify(client, data, length),
				 counts ? AUTHENTICATION_WRONG : AUTHENTICATION_GOOD);
		data[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	client->destroy(client);
}
END_TEST

START_TEST(only_the_form_that_was_asked_for_is_taken)
{
	struct authentication *client = make_client(_i & 1, false, NULL);
	enum mssntp_form other = _i & 1 ? MSSNTP_LEGACY : MSSNTP_EXTENDED;
	uint8_t data[MSSNTP_EXTENDED_SIZE];
	size_t length;

	ask(client);
	length = answer(keys.hashes[0], other, data);
	ck_assert_int_eq(client->verify(client, data, length), AUTHENTICATION_MISSING);
	answer(keys.hashes[0], asked.form, data);
	for (length = 0; length <= sizeof data; length += 4) {
		if (length != (_i & 1 ? 120 : 68))
			ck_assert_int_eq(client->verify(client, data, length),
					 AUTHENTICATION_MISSING);
	}
	client->destroy(client);
}
END_TEST

START_TEST(the_rid_of_the_request_counts)
{
	struct authentication *client = make_client(true, false, NULL);
	uint8_t data[MSSNTP_EXTENDED_SIZE];
	size_t length;

	ask(client);
	length = answer(keys.hashes[0], asked.form, data);
	keys.rid = RID + 1; /* the owner replaced it while the answer was on its way */
	ck_assert_int_eq(client->verify(client, data, length), AUTHENTICATION_GOOD);
	client->destroy(client);
}
END_TEST

/* What came of the first requests, and in which form the next one is made. */
static const struct {
	bool extended, legacy_denied;
	int replies[8]; /* enum reply; -1 ends them */
	enum mssntp_form next;
} ways[] = {
	/* the level is unknown or too low */
	{ false, false, { -1 }, MSSNTP_LEGACY },
	{ false, false, { SILENCE, SILENCE, SILENCE, -1 }, MSSNTP_LEGACY },
	{ false, false, { FORGED, UNSIGNED, -1 }, MSSNTP_LEGACY },
	{ true, false, { -1 }, MSSNTP_EXTENDED },
	/* two in a row without any reply */
	{ true, false, { SILENCE, -1 }, MSSNTP_EXTENDED },
	{ true, false, { SILENCE, SILENCE, -1 }, MSSNTP_LEGACY },
	/* it verifies: stay there */
	{ true, false, { SILENCE, SILENCE, SIGNED, SIGNED, SILENCE, -1 }, MSSNTP_LEGACY },
	{ true, false, { SILENCE, SILENCE, SILENCE, SIGNED, SILENCE, -1 }, MSSNTP_LEGACY },
	/* two of those in a row without a reply */
	{ true, false, { SILENCE, SILENCE, SILENCE, -1 }, MSSNTP_LEGACY },
	{ true, false, { SILENCE, SILENCE, SILENCE, SILENCE, -1 }, MSSNTP_EXTENDED },
	{ true, false, { SILENCE, SILENCE, SIGNED, SILENCE, SILENCE, -1 }, MSSNTP_EXTENDED },
	{ true,
	  false,
	  { SILENCE, SILENCE, SILENCE, SILENCE, SILENCE, SILENCE, -1 },
	  MSSNTP_LEGACY },
	/* a forged reply brings nobody to the weaker form */
	{ true, false, { FORGED, FORGED, FORGED, -1 }, MSSNTP_EXTENDED },
	{ true, false, { UNSIGNED, UNSIGNED, UNSIGNED, -1 }, MSSNTP_EXTENDED },
	{ true, false, { SILENCE, FORGED, SILENCE, -1 }, MSSNTP_EXTENDED },
	{ true, false, { SILENCE, UNSIGNED, SILENCE, -1 }, MSSNTP_EXTENDED },
	{ true, false, { FORGED, SILENCE, SILENCE, -1 }, MSSNTP_LEGACY },
	/* it signed in the extended form once */
	{ true, false, { SIGNED, SILENCE, SILENCE, SILENCE, SILENCE, -1 }, MSSNTP_EXTENDED },
	{ true, false, { SIGNED, SILENCE, SILENCE, -1 }, MSSNTP_EXTENDED },
	{ true,
	  false,
	  { SILENCE, SILENCE, SILENCE, SILENCE, SIGNED, SILENCE, SILENCE, -1 },
	  MSSNTP_EXTENDED },
	/* the legacy form is forbidden */
	{ true, true, { SILENCE, SILENCE, -1 }, MSSNTP_EXTENDED },
	{ true, true, { SILENCE, SILENCE, SILENCE, -1 }, MSSNTP_EXTENDED },
	{ false, true, { -1 }, MSSNTP_EXTENDED },
	{ false, true, { SILENCE, SILENCE, -1 }, MSSNTP_EXTENDED },
};

#define WAYS ((int)(sizeof ways / sizeof ways[0]))

START_TEST(form_of_the_next_request)
{
	struct authentication *client = make_client(ways[_i].extended, ways[_i].legacy_denied,
						    NULL);

	for (size_t i = 0; i < 8 && ways[_i].replies[i] >= 0; i++)
		exchange(client, (enum reply)ways[_i].replies[i]);
	ask(client);
	ck_assert_int_eq(asked.form, ways[_i].next);
	client->destroy(client);
}
END_TEST

START_TEST(what_a_server_can_is_remembered)
{
	bool proven = false;
	struct authentication *client = make_client(true, false, &proven);

	exchange(client, SILENCE);
	exchange(client, FORGED);
	exchange(client, UNSIGNED);
	ck_assert(!proven);
	exchange(client, SIGNED);
	ck_assert(proven);
	client->destroy(client);

	/* Another association, for which the flag even says something else. */
	client = make_client(false, false, &proven);
	exchange(client, SILENCE);
	exchange(client, SILENCE);
	ask(client);
	ck_assert_int_eq(asked.form, MSSNTP_EXTENDED);
	client->destroy(client);

	proven = false;
	client = make_client(false, false, &proven);
	exchange(client, SIGNED); /* in the legacy form: that proves nothing */
	ck_assert(!proven);
	client->destroy(client);
}
END_TEST

/* [MS-SNTP] figure 4: what came of the first requests, and which key the next
 * one asks for. */
static const struct {
	int replies[8];
	bool previous;
} turns[] = {
	{ { -1 }, false },
	{ { SIGNED, -1 }, false },
	{ { SILENCE, -1 }, true },
	{ { UNSIGNED, -1 }, true },
	{ { FORGED, -1 }, true },
	{ { SIGNED, FORGED, -1 }, true },
	{ { FORGED, SIGNED, -1 }, true },
	{ { FORGED, SIGNED, SIGNED, -1 }, true },
	{ { FORGED, FORGED, -1 }, false },
	{ { FORGED, SIGNED, FORGED, -1 }, false },
	{ { FORGED, FORGED, FORGED, -1 }, false },
	{ { FORGED, FORGED, FORGED, FORGED, -1 }, false },
	{ { FORGED, FORGED, SIGNED, -1 }, false },
	{ { FORGED, FORGED, SIGNED, FORGED, -1 }, true },
};

#define TURNS ((int)(sizeof turns / sizeof turns[0]))

START_TEST(key_of_the_next_request)
{
	for (int extended = 0; extended < 2; extended++) {
		struct authentication *client = make_client(extended, false, NULL);

		for (size_t i = 0; i < 8 && turns[_i].replies[i] >= 0; i++)
			exchange(client, (enum reply)turns[_i].replies[i]);
		ask(client);
		ck_assert_int_eq(asked.previous, turns[_i].previous);
		client->destroy(client);
	}
}
END_TEST

int main(void)
{
	TCase *passwords = tcase_create("passwords"), *checksums = tcase_create("checksums"),
	      *wire = tcase_create("requests"), *client = tcase_create("client");
	TCase *const cases[] = { passwords, checksums, wire, client, NULL };

	if (sodium_init() < 0)
		return EXIT_FAILURE;
	tcase_add_test(passwords, md4_by_rfc_1320);
	tcase_add_loop_test(passwords, passwords_become_nt_hashes, 0, VECTORS);
	tcase_add_test(passwords, passwords_are_hashed_as_utf_16);
	tcase_add_test(passwords, what_is_no_utf_8_is_no_password);
	tcase_add_loop_test(checksums, legacy_checksums, 0, VECTORS);
	tcase_add_loop_test(checksums, extended_checksums, 0, VECTORS);
	tcase_add_loop_test(wire, requests_are_written, 0, 6);
	tcase_add_loop_test(wire, requests_are_read, 0, 6);
	tcase_add_test(wire, a_legacy_request_has_31_bits_of_a_rid);
	tcase_add_test(wire, only_requests_are_read);
	tcase_add_test(wire, an_extended_request_offers_the_hash);
	tcase_add_test(client, authentication_says_what_w32tm_shows);
	tcase_add_test(client, nothing_is_asked_without_a_key);
	tcase_add_loop_test(client, any_key_may_have_signed, 0, 2);
	tcase_add_loop_test(client, an_altered_bit_is_found, 0, 2);
	tcase_add_loop_test(client, only_the_form_that_was_asked_for_is_taken, 0, 2);
	tcase_add_test(client, the_rid_of_the_request_counts);
	tcase_add_loop_test(client, form_of_the_next_request, 0, WAYS);
	tcase_add_test(client, what_a_server_can_is_remembered);
	tcase_add_loop_test(client, key_of_the_next_request, 0, TURNS);
	return unit_run("mssntp", cases);
}
