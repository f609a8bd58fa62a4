/* Samba's winbind, asked through its library, which is loaded only then. */
#ifndef W32TIMED_ACCOUNT_WINBIND_H
#define W32TIMED_ACCOUNT_WINBIND_H

#include <stdint.h>

#include "base/error.h"

/* The RID of ACCOUNT ("MEMBER1$") of the domain WORKGROUP ("CORP"): 0 or a
 * negative errno, -ENOENT when the library is not there. */
int winbind_find_rid(const char *workgroup, const char *account, uint32_t *rid,
		     struct error *error);

#endif
