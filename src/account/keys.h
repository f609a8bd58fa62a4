/* Which of the keys that lie about are the machine account's.  Pure. */
#ifndef W32TIMED_ACCOUNT_KEYS_H
#define W32TIMED_ACCOUNT_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ntp/mssntp_client.h"

/* Kerberos' rc4-hmac: the key is the NT hash (RFC 4757). */
#define ACCOUNT_ENCTYPE_RC4 23

/* One key of a keytab. */
struct account_key_entry {
	char name[128]; /* "MEMBER1$", "host/member1.corp.example" */
	char realm[256];
	uint32_t version; /* kvno */
	int32_t enctype;
	uint32_t written;               /* Unix time */
	uint8_t hash[MSSNTP_HASH_SIZE]; /* of enctype 23 alone */
};

struct account_key_list {
	struct account_key_entry *entries;
	size_t count;
};

#define ACCOUNT_KEY_ENTRIES_MAX 1024

struct account_key_choice {
	unsigned count;                      /* 0: there is none */
	uint8_t hashes[2][MSSNTP_HASH_SIZE]; /* the present one, the one before */
	uint32_t version;                    /* of the present one */
	bool other_enctypes; /* the account is there, with keys that are of no use */
};

/* The keys of ACCOUNT ("MEMBER1$") in REALM, in any case; if there are none,
 * those of its "host/" principals.  The highest version is the present one. */
void account_keys_choose(const struct account_key_list *list, const char *account,
			 const char *realm, struct account_key_choice *choice);

/* Whose keytab is this?  The newest entry "NAME$@REALM", preferably of REALM and
 * of COMPUTER, if these are known (else NULL or ""); NULL: there is none. */
const struct account_key_entry *account_keys_owner(const struct account_key_list *list,
						   const char *realm, const char *computer);

/* Wipes and frees. */
void account_keys_free(struct account_key_list *list);

/* KeyPath's text: a line for the present key, one for the previous one; empty
 * lines and such that begin with '#' do not count.  0 or -EINVAL: ERROR says in
 * which line something else stands, not what. */
struct error;
int account_keys_parse(const char *text, size_t length, struct account_key_choice *choice,
		       struct error *error);

#endif
