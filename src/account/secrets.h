/* Samba's secrets.tdb, read with libtdb. */
#ifndef W32TIMED_ACCOUNT_SECRETS_H
#define W32TIMED_ACCOUNT_SECRETS_H

#include "account/keys.h"
#include "base/error.h"

/* The keys of the machine's account in WORKGROUP ("": of the one domain that is
 * in it), made from the passwords there.  -ENOENT: there is none; -ENOSYS: built
 * without libtdb, or without MD4. */
int account_secrets_read(const char *path, const char *workgroup, struct account_key_choice *choice,
			 struct error *error);

#endif
