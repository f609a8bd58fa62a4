/* The netlogon ping: an LDAP search in one datagram (CLDAP) that tells what a
 * domain controller is.  Pure.  [MS-ADTS] 6.3.3, 6.3.1.9, 6.3.7. */
#ifndef W32TIMED_DOMAIN_NETLOGON_H
#define W32TIMED_DOMAIN_NETLOGON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NETLOGON_PORT        389
#define NETLOGON_NAME_MAX    256
#define NETLOGON_REQUEST_MAX 640

enum netlogon_flag { /* [MS-ADTS] 6.3.1.2 */
		     NETLOGON_PDC = 0x1,
		     NETLOGON_TIME_SERVICE = 0x40,
		     NETLOGON_CLOSEST = 0x80,
		     NETLOGON_WRITABLE = 0x100,
		     NETLOGON_GOOD_TIME_SERVICE = 0x200,
		     NETLOGON_READ_ONLY = 0x800,
		     NETLOGON_DS_8 = 0x4000, /* Windows Server 2012 or later */
};

enum netlogon_opcode {
	NETLOGON_OPCODE_ANSWER = 23,
	NETLOGON_OPCODE_PAUSED = 24, /* not to be used */
	NETLOGON_OPCODE_USER_UNKNOWN = 25,
};

struct netlogon_question {
	int32_t message_id; /* 1..2^31-1, unpredictable */
	const char *domain; /* DNS name */
	const char *host;   /* our NetBIOS name; "": leave out */
};

struct netlogon_answer {
	uint16_t opcode; /* enum netlogon_opcode */
	uint32_t flags;  /* enum netlogon_flag */
	char forest[NETLOGON_NAME_MAX], domain[NETLOGON_NAME_MAX];
	char host[NETLOGON_NAME_MAX]; /* DNS name of the controller */
	char netbios_domain[64], netbios_host[64];
	char site[64];        /* the controller's */
	char client_site[64]; /* ours; "": not known there */
};

/* Returns the length, or -EMSGSIZE or -ENOMEM. */
int netlogon_question_encode(const struct netlogon_question *question,
			     uint8_t data[NETLOGON_REQUEST_MAX]);

/* 0; -ENOENT: an answer to MESSAGE_ID that holds nothing (not that server's
 * domain); -ENOMSG: answers something else; -EBADMSG: malformed. */
int netlogon_answer_decode(const uint8_t *data, size_t length, int32_t message_id,
			   struct netlogon_answer *answer);

#endif
