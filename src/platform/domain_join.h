/* What the system itself says of the machine's place in a domain.  Windows knows it;
 * on Linux it is with those who joined the machine (account/join.h), and this is
 * not there. */
#ifndef W32TIMED_PLATFORM_DOMAIN_JOIN_H
#define W32TIMED_PLATFORM_DOMAIN_JOIN_H

#include <stdbool.h>

#include "base/error.h"

struct domain_join {
	bool joined;
	bool controller;
	char domain[256];  /* DNS name, in whatever case; "": in none */
	char site[64];     /* "": not known */
	char computer[64]; /* NetBIOS name */
};

/* Asks services of this machine alone.  A machine in no domain is no error. */
int domain_join_ask(struct domain_join *join, struct error *error);

#endif
