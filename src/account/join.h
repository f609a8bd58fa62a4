/* To which domain does this machine belong, as whom, and what are its keys?
 * Reads what joiners leave behind: the keytab, Samba's secrets, smb.conf,
 * krb5.conf, sssd.conf.  Blocking; for w32timed-account alone. */
#ifndef W32TIMED_ACCOUNT_JOIN_H
#define W32TIMED_ACCOUNT_JOIN_H

#include "account/facts.h"

/* Fills FACTS from [Domain] of CONFIG, and what that does not say from the
 * machine.  A machine that is in no domain, or whose keys cannot be had, is no
 * error: FACTS says so. */
void account_find_facts(const struct config *config, struct account_facts *facts);

/* Asks the domain for the account's RID: LDAP with the machine's own Kerberos
 * credentials, else winbind. */
void account_find_rid(const struct config *config, const struct account_facts *facts,
		      struct account_rid *rid);

#endif
