/* What the machine is in its domain, and the keys of its account: what
 * w32timed-account finds out and tells the daemon.
 *
 * The daemon has given up the right to read keytabs; w32timed-account keeps
 * it, reads the configuration by itself, answers three questions and takes no
 * arguments.  Both are of the same build, so that the answer is a structure;
 * a question is a message of one byte, an answer a message that is it. */
#ifndef W32TIMED_ACCOUNT_FACTS_H
#define W32TIMED_ACCOUNT_FACTS_H

#include <stdbool.h>
#include <stdint.h>

#include "config/config.h"
#include "ntp/mssntp_client.h"

enum account_question {
	ACCOUNT_QUESTION_FACTS = 'F', /* struct account_facts */
	ACCOUNT_QUESTION_RID = 'R',   /* struct account_rid; may take seconds */
	ACCOUNT_QUESTION_SIGNER = 'S' /* struct account_signer and a connected socket */
};

/* How long w32timed-account takes for them at most, in seconds. */
#define ACCOUNT_FACTS_SECONDS  4.5
#define ACCOUNT_RID_SECONDS    20.0
#define ACCOUNT_SIGNER_SECONDS 4.5

/* Names hold no control characters and end with NUL. */
struct account_facts {
	uint32_t size;         /* of the structure: another build's is not believed */
	int32_t status;        /* 0, or a negative errno: nothing but EXPLANATION means anything */
	enum config_role role; /* STANDALONE: not joined to any domain */
	char realm[256];       /* upper case */
	char domain[256];      /* DNS name, lower case */
	char site[64];         /* as configured; "": to be asked */
	char site_hint[64];    /* as the system remembers it; "": it does not */
	char account[64];      /* "MEMBER1$" */
	char computer[64];     /* NetBIOS name, "MEMBER1" */
	uint32_t rid;          /* configured or remembered; 0: not known */
	/* Keys, the present ones first; RID as above.  None: EXPLANATION says why. */
	struct mssntp_keys keys;
	uint32_t key_version;  /* kvno of the first; 0: unknown */
	char key_place[16];    /* "keytab", "secrets.tdb", "file", "" */
	char explanation[512]; /* for log lines; never a secret */
};

struct account_rid {
	uint32_t size;
	uint32_t rid;   /* 0: EXPLANATION says why not */
	char place[16]; /* "LDAP", "winbind" */
	char explanation[512];
};

struct account_signer {
	uint32_t size;
	int32_t status; /* 0 and a socket comes with it, or a negative errno */
};

/* The file descriptor on which w32timed-account is asked when the daemon has
 * started it, and the socket on which a service manager lets it listen. */
#define ACCOUNT_HANDLE 3

/* Whether LENGTH bytes that arrived as such an answer keep what is promised above. */
bool account_facts_valid(const struct account_facts *facts, size_t length);
bool account_rid_valid(const struct account_rid *rid, size_t length);

/* An explanation quotes files and libraries, which may say anything: blanks for
 * control characters, lest the whole answer is not believed. */
void account_explanation_tidy(char *explanation);

/* Whether both name the same account of the same domain. */
bool account_same(const struct account_facts *a, const struct account_facts *b);

/* What is known of an account when FACTS arrive after BEFORE: the RID stays
 * known; a key that was present and is in no place any more is the previous one
 * as long as there is no other, and so are all while there are none. */
void account_facts_keep(struct account_facts *facts, const struct account_facts *before);

/* Whether FACTS say something else than BEFORE; what is there for log lines
 * alone does not count. */
bool account_facts_differ(const struct account_facts *facts, const struct account_facts *before);

/* Adds HASH behind the others unless it is there or there is no room. */
void account_keys_add(struct mssntp_keys *keys, const uint8_t hash[MSSNTP_HASH_SIZE]);

#endif
