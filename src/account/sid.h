/* Security identifiers as [MS-DTYP] 2.4.2.2 has them on the wire.  Pure. */
#ifndef W32TIMED_ACCOUNT_SID_H
#define W32TIMED_ACCOUNT_SID_H

#include <stddef.h>
#include <stdint.h>

/* The RID of an account of a domain, S-1-5-21-a-b-c-RID: 0, or -EBADMSG for
 * anything else. */
int sid_account_rid(const uint8_t *sid, size_t length, uint32_t *rid);

#endif
