/* The machine's account on a system that knows its domain by itself and keeps the
 * account's key to itself: Windows.  LSA gives the password to Netlogon alone, so
 * that the key is only in the file that KeyPath names. */
#ifndef W32TIMED_ACCOUNT_SYSTEM_H
#define W32TIMED_ACCOUNT_SYSTEM_H

#include "account/facts.h"

/* Fills FACTS from [Domain] of CONFIG, and what that does not say from the system.
 * Reads files and asks services of this machine alone. */
void account_system_facts(const struct config *config, struct account_facts *facts);

#endif
