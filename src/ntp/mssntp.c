#include "ntp/mssntp.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "base/bytes.h"
#include "base/utf8.h"
#include "platform/digest.h"

/* Offsets behind the header.  The extended form's four single bytes stand in the
 * opposite order of [MS-SNTP] 2.2.3's list: so Windows sends and takes them. */
#define KEY_IDENTIFIER    NTP_HEADER_SIZE
#define LEGACY_CHECKSUM   (NTP_HEADER_SIZE + 4)
#define HASHES_OFFERED    (NTP_HEADER_SIZE + 5)
#define EXTENDED_FLAGS    (NTP_HEADER_SIZE + 6)
#define EXTENDED_CHECKSUM (NTP_HEADER_SIZE + 8)

#define HASH_OFFERED 0x01 /* the NT hash */
#define FLAG_OLD_KEY 0x01

#define LEGACY_SELECTOR UINT32_C(0x80000000)

/* What the key of the extended form is derived with: counter, label and its NUL,
 * separator, RID, length of the key in bits. */
#define DERIVATION_SIZE 21
#define DERIVATION_RID  13

/* ------------------------------------------------------------------------- */
/* Requests */

int mssntp_request_write(const struct mssntp_identifier *identifier, uint8_t *data, size_t size)
{
	size_t length = identifier->form == MSSNTP_EXTENDED ? MSSNTP_EXTENDED_SIZE
							    : MSSNTP_LEGACY_SIZE;
	uint32_t key = identifier->rid;

	if (size < length)
		return -EMSGSIZE;
	memset(data + NTP_HEADER_SIZE, 0, length - NTP_HEADER_SIZE);
	if (identifier->form == MSSNTP_EXTENDED) {
		data[HASHES_OFFERED] = HASH_OFFERED;
		data[EXTENDED_FLAGS] = identifier->previous ? FLAG_OLD_KEY : 0;
	} else {
		key = (key & ~LEGACY_SELECTOR) | (identifier->previous ? LEGACY_SELECTOR : 0);
	}
	bytes_put_le32(data + KEY_IDENTIFIER, key);
	return (int)length;
}

static int mssntp_read_extended(const uint8_t *data, struct mssntp_identifier *identifier)
{
	bool as_windows = (data[HASHES_OFFERED] & HASH_OFFERED) != 0;
	/* In the order that the specification lists them. */
	bool as_printed = (data[EXTENDED_FLAGS] & HASH_OFFERED) != 0;

	if (!as_windows && !as_printed)
		return -EBADMSG;
	identifier->form = MSSNTP_EXTENDED;
	identifier->rid = bytes_get_le32(data + KEY_IDENTIFIER);
	identifier->previous = as_windows && (data[EXTENDED_FLAGS] & FLAG_OLD_KEY) != 0;
	return 0;
}

static void mssntp_read_legacy(const uint8_t *data, struct mssntp_identifier *identifier)
{
	uint32_t key = bytes_get_le32(data + KEY_IDENTIFIER);

	identifier->form = MSSNTP_LEGACY;
	identifier->rid = key & ~LEGACY_SELECTOR;
	identifier->previous = (key & LEGACY_SELECTOR) != 0;
}

int mssntp_request_read(const uint8_t *data, size_t length, struct mssntp_identifier *identifier)
{
	size_t checksum = length == MSSNTP_EXTENDED_SIZE ? EXTENDED_CHECKSUM : LEGACY_CHECKSUM;
	unsigned version, mode;

	if (length != MSSNTP_LEGACY_SIZE && length != MSSNTP_EXTENDED_SIZE)
		return -EBADMSG;
	version = data[0] >> 3 & 7;
	mode = data[0] & 7;
	if (version != MSSNTP_VERSION ||
	    (mode != NTP_MODE_CLIENT && mode != NTP_MODE_SYMMETRIC_ACTIVE) ||
	    !sodium_is_zero(data + checksum, length - checksum))
		return -EBADMSG;
	if (length == MSSNTP_LEGACY_SIZE)
		mssntp_read_legacy(data, identifier);
	else if (mssntp_read_extended(data, identifier) != 0)
		return -EBADMSG;
	return identifier->rid != 0 ? 0 : -EBADMSG;
}

/* ------------------------------------------------------------------------- */
/* Checksums */

int mssntp_sign_legacy(const uint8_t hash[MSSNTP_HASH_SIZE], const uint8_t header[NTP_HEADER_SIZE],
		       uint8_t checksum[MSSNTP_LEGACY_CHECKSUM_SIZE])
{
	uint8_t input[MSSNTP_HASH_SIZE + NTP_HEADER_SIZE];
	int result;

	memcpy(input, hash, MSSNTP_HASH_SIZE);
	memcpy(input + MSSNTP_HASH_SIZE, header, NTP_HEADER_SIZE);
	result = digest_md5(input, sizeof input, checksum);
	sodium_memzero(input, sizeof input);
	return result;
}

static void mssntp_hmac_sha512(const uint8_t *key, size_t key_size, const uint8_t *data,
			       size_t size, uint8_t result[crypto_auth_hmacsha512_BYTES])
{
	crypto_auth_hmacsha512_state state;

	crypto_auth_hmacsha512_init(&state, key, key_size);
	crypto_auth_hmacsha512_update(&state, data, size);
	crypto_auth_hmacsha512_final(&state, result);
	sodium_memzero(&state, sizeof state);
}

int mssntp_sign_extended(const uint8_t hash[MSSNTP_HASH_SIZE], uint32_t rid,
			 const uint8_t header[NTP_HEADER_SIZE],
			 uint8_t checksum[MSSNTP_EXTENDED_CHECKSUM_SIZE])
{
	uint8_t derivation[DERIVATION_SIZE] = { 0, 0, 0, 1, 's', 'n', 't', 'p', '-', 'm', 's',
						0, 0, 0, 0, 0,   0,   0,   0,   2,   0 };
	uint8_t key[crypto_auth_hmacsha512_BYTES];

	bytes_put_le32(derivation + DERIVATION_RID, rid);
	mssntp_hmac_sha512(hash, MSSNTP_HASH_SIZE, derivation, sizeof derivation, key);
	mssntp_hmac_sha512(key, sizeof key, header, NTP_HEADER_SIZE, checksum);
	sodium_memzero(key, sizeof key);
	return 0;
}

/* ------------------------------------------------------------------------- */
/* Passwords */

static uint8_t *mssntp_put_unit(uint8_t *out, uint32_t unit)
{
	bytes_put_le16(out, (uint16_t)unit);
	return out + 2;
}

/* OUT has room for twice LENGTH: no character grows by more than that.  Returns
 * how many bytes there are, or -EILSEQ. */
static int64_t mssntp_to_utf16(const char *text, size_t length, uint8_t *out)
{
	uint8_t *end = out;

	for (size_t at = 0, step; at < length; at += step) {
		uint32_t code;

		step = utf8_decode_character(text + at, length - at, &code);
		if (step == 0)
			return -EILSEQ;
		if (code < 0x10000) {
			end = mssntp_put_unit(end, code);
		} else {
			end = mssntp_put_unit(end, 0xD800 + ((code - 0x10000) >> 10));
			end = mssntp_put_unit(end, 0xDC00 + ((code - 0x10000) & 0x3FF));
		}
	}
	return end - out;
}

int mssntp_hash_password(const char *password, size_t length, uint8_t hash[MSSNTP_HASH_SIZE])
{
	uint8_t *wide;
	int64_t size;
	int result;

	if (length > SIZE_MAX / 4)
		return -ENOMEM;
	/* Locked, and wiped when it is freed. */
	wide = sodium_malloc(2 * length + 1);
	if (wide == NULL)
		return -ENOMEM;
	size = mssntp_to_utf16(password, length, wide);
	result = size < 0 ? (int)size : digest_md4(wide, (size_t)size, hash);
	sodium_free(wide);
	return result;
}
