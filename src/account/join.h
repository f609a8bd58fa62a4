/* To which domain does this machine belong, as whom, and what are its keys?
 * Reads what joiners leave behind: the keytab, Samba's secrets, smb.conf,
 * krb5.conf, sssd.conf.  Blocking; for w32timed-account alone. */
#ifndef W32TIMED_ACCOUNT_JOIN_H
#define W32TIMED_ACCOUNT_JOIN_H

#include "account/facts.h"
#include "platform/sockets.h"

/* What asking the domain needs besides. */
struct account_trail {
	char keytab[1024];  /* that holds keys of the account, of whatever type; "" */
	char workgroup[64]; /* as Samba has it; "" */
};

/* Fills FACTS and TRAIL from [Domain] of CONFIG, and what that does not say from the
 * machine.  A machine that is in no domain, or whose keys cannot be had, is no
 * error: FACTS says so. */
void account_find_facts(const struct config *config, struct account_facts *facts,
			struct account_trail *trail);

/* Asks the domain for the account's RID: LDAP with the machine's own Kerberos
 * credentials, else winbind.  FACTS and TRAIL as account_find_facts() left them. */
void account_find_rid(const struct account_facts *facts, const struct account_trail *trail,
		      struct account_rid *rid);

/* Connects to the signer of Samba's domain controller: *HANDLE is set with
 * status 0, non-blocking. */
void account_find_signer(const struct config *config, struct account_signer *signer,
			 socket_handle *handle);

#endif
