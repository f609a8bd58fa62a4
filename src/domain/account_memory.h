/* The account's RID, remembered from one start to the next: it is asked of the
 * domain with Kerberos, which wants a clock that is right already. */
#ifndef W32TIMED_DOMAIN_ACCOUNT_MEMORY_H
#define W32TIMED_DOMAIN_ACCOUNT_MEMORY_H

#include <stddef.h>
#include <stdint.h>

#include "account/facts.h"
#include "base/error.h"

/* The RID that the file "account" in DIRECTORY gives for FACTS' account; 0:
 * none, or of another account. */
uint32_t account_memory_load(const char *directory, const struct account_facts *facts);

int account_memory_save(const char *directory, const struct account_facts *facts,
			struct error *error);

/* The file's text; 0 as above. */
uint32_t account_memory_parse(const char *text, size_t length, const struct account_facts *facts);

#endif
