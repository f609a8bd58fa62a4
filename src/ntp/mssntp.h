/* Signed time: the MS-SNTP authenticators behind the NTP header.  Pure.
 *
 * [MS-SNTP] 2.2.1 to 2.2.4: a request carries an account's RID and a zero
 * checksum, the answer a checksum over its own 48 bytes of header, keyed with
 * the NT hash of that account's password.  Requests prove nothing; answers can
 * be checked by the owner of the account alone. */
#ifndef W32TIMED_NTP_MSSNTP_H
#define W32TIMED_NTP_MSSNTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ntp/packet.h"

#define MSSNTP_HASH_SIZE     16 /* NTOWFv1, [MS-NLMP] 3.3.1 */
#define MSSNTP_LEGACY_SIZE   68
#define MSSNTP_EXTENDED_SIZE 120

#define MSSNTP_LEGACY_CHECKSUM_SIZE   16
#define MSSNTP_EXTENDED_CHECKSUM_SIZE 64

/* What Windows sends, and what gets an answer from everybody. */
#define MSSNTP_VERSION 3

enum mssntp_form {
	MSSNTP_LEGACY,   /* 68 bytes, MD5 */
	MSSNTP_EXTENDED, /* 120 bytes, HMAC-SHA512, since Windows Server 2012 */
};

struct mssntp_identifier {
	enum mssntp_form form;
	uint32_t rid;  /* 31 bits in the legacy form */
	bool previous; /* the key made from the password before the present one */
};

/* Writes the authenticator behind the header in DATA, which has room for SIZE
 * bytes; returns the length of the request, or -EMSGSIZE. */
int mssntp_request_write(const struct mssntp_identifier *identifier, uint8_t *data, size_t size);

/* What a request asks for: 0, or -EBADMSG for anything that is not a well-formed
 * MS-SNTP request (length, version 3, mode 1 or 3, a RID that is not 0, checksum
 * all zero, a hash that we know offered in the extended form). */
int mssntp_request_read(const uint8_t *data, size_t length, struct mssntp_identifier *identifier);

/* [MS-NRPC] 3.5.4.8.2: MD5(hash || header).  0, or -ENOSYS where the system's
 * policy forbids MD5. */
int mssntp_sign_legacy(const uint8_t hash[MSSNTP_HASH_SIZE], const uint8_t header[NTP_HEADER_SIZE],
		       uint8_t checksum[MSSNTP_LEGACY_CHECKSUM_SIZE]);

/* [MS-SNTP] 3.1.5.5 with NIST SP 800-108 in counter mode, PRF HMAC-SHA512, label
 * "sntp-ms" and its NUL, context the RID. */
int mssntp_sign_extended(const uint8_t hash[MSSNTP_HASH_SIZE], uint32_t rid,
			 const uint8_t header[NTP_HEADER_SIZE],
			 uint8_t checksum[MSSNTP_EXTENDED_CHECKSUM_SIZE]);

/* NT hash of a password in UTF-8 (MD4 of its UTF-16LE form).  -EILSEQ: it is not
 * UTF-8; -ENOSYS: the system has no MD4; -ENOMEM. */
int mssntp_hash_password(const char *password, size_t length, uint8_t hash[MSSNTP_HASH_SIZE]);

#endif
