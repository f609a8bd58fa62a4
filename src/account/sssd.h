/* What sssd's configuration says of the domain.  Pure. */
#ifndef W32TIMED_ACCOUNT_SSSD_H
#define W32TIMED_ACCOUNT_SSSD_H

#include <stdbool.h>
#include <stddef.h>

struct account_sssd {
	bool found; /* a domain whose id_provider is ad */
	char realm[256];
	char host[256];    /* "ad_hostname" */
	char account[256]; /* of "ldap_sasl_authid": "MEMBER1$" */
	char keytab[1024]; /* "krb5_keytab" */
};

/* LENGTH bytes of a configuration file; the first domain of Active Directory
 * counts, in whichever file it is (FOUND from an earlier one stays). */
void account_sssd_parse(struct account_sssd *sssd, const char *text, size_t length);

#endif
