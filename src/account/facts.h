/* What the machine is in its domain, and the keys of its account: what
 * w32timed-account finds out and tells the daemon.
 *
 * The daemon has given up the right to read keytabs; w32timed-account keeps
 * it, reads the configuration by itself, answers three questions and takes no
 * arguments.  Both are of the same build, so that the answer is a structure. */
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

/* Names hold no control characters and end with NUL. */
struct account_facts {
	uint32_t size;         /* of the structure: another build's is not believed */
	enum config_role role; /* STANDALONE: not joined to any domain */
	char realm[256];       /* upper case */
	char domain[256];      /* DNS name, lower case */
	char site[64];         /* as configured; "": to be asked */
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

#endif
