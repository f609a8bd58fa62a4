/* Keytabs, secrets and other files of a machine's account, made by the tests. */
#ifndef W32TIMED_TESTS_UNIT_ACCOUNT_FIXTURE_H
#define W32TIMED_TESTS_UNIT_ACCOUNT_FIXTURE_H

#include <stddef.h>
#include <stdint.h>

/* A folder of the test's own. */
void account_make_place(void);
void account_remove_place(void);
const char *account_path(const char *name); /* good for the next few calls */
const char *account_write(const char *name, const void *data, size_t length, unsigned mode);

struct keytab_bytes {
	uint8_t data[4096];
	size_t length;
};

/* Format 0x0502, as MIT has it. */
void keytab_begin(struct keytab_bytes *keytab);
/* PRINCIPAL "NAME" or "SERVICE/HOST"; a key of LENGTH bytes, all FILL. */
void keytab_add(struct keytab_bytes *keytab, const char *principal, const char *realm,
		uint32_t version, uint16_t enctype, uint16_t length, uint8_t fill);
void keytab_hole(struct keytab_bytes *keytab, uint32_t length);

#ifdef HAVE_TDB
/* PASSWORD with its NUL if LENGTH counts it. */
void secrets_add(const char *path, const char *key, const void *value, size_t length);
#endif

#endif
