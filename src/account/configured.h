/* What of the machine's account is the same on every system: what [Domain] of the
 * configuration says itself, and how a domain's names are written in facts. */
#ifndef W32TIMED_ACCOUNT_CONFIGURED_H
#define W32TIMED_ACCOUNT_CONFIGURED_H

#include <stdbool.h>

#include "account/facts.h"
#include "base/error.h"

/* Clears FACTS to the last byte.  False: Role is Standalone, and that is all. */
bool account_configured_begin(const struct config *config, struct account_facts *facts);

/* Each sets what is not set yet, and only if it is such a name: REALM in whatever
 * case, ACCOUNT with or without the "$" at its end. */
void account_set_realm(struct account_facts *facts, const char *realm);
void account_set_account(struct account_facts *facts, const char *account);

/* Realm and AccountName. */
void account_configured_names(const struct config *config, struct account_facts *facts);

/* The keys in KeyPath's file.  Returns 1, 0 when KeyPath is not set, or a negative
 * errno. */
int account_configured_keys(const struct config *config, struct account_facts *facts,
			    struct error *error);

/* Role (CONTROLLER: the machine is one, as far as is known), RID and Site. */
void account_configured_finish(const struct config *config, bool controller,
			       struct account_facts *facts);

/* "this machine is joined to no domain ..." */
struct text;
void account_explain_standalone(const struct config *config, struct text *text);

#endif
