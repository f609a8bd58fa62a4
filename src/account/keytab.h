/* Keytabs, read with MIT's libkrb5. */
#ifndef W32TIMED_ACCOUNT_KEYTAB_H
#define W32TIMED_ACCOUNT_KEYTAB_H

#include <stddef.h>

#include "account/keys.h"
#include "base/error.h"

/* All keys of the keytab file PATH, or none at all.  -ENOSYS: built without
 * libkrb5. */
int account_keytab_read(const char *path, struct account_key_list *list, struct error *error);

/* The path of the machine's own keytab, as krb5.conf says: 0, or a negative
 * errno when it is no file. */
int account_keytab_default(char *path, size_t size);

/* The realm that krb5.conf names; "": none. */
void account_keytab_realm(char *realm, size_t size);

#endif
