/* A domain controller's directory, asked with OpenLDAP's libldap and the
 * machine's own Kerberos credentials. */
#ifndef W32TIMED_ACCOUNT_LDAP_H
#define W32TIMED_ACCOUNT_LDAP_H

#include "account/facts.h"
#include "base/error.h"

/* The RID of FACTS' account; KEYTAB is where its keys are.  Blocks for some
 * seconds.  -ENOSYS: built without libldap or libkrb5. */
int directory_find_rid(const struct account_facts *facts, const char *keytab, uint32_t *rid,
		       struct error *error);

#endif
