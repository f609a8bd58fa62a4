/* A keytab: whatever stands in it, entries come out whole or not at all, and
 * only keys of type 23 are chosen. */
#include <config.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "account/keytab.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* libkrb5 itself leaks a few bytes of an entry that it cannot read; the program
 * that reads keytabs ends with each. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libkrb5.so\n";
}

static void check_entry(const struct account_key_entry *entry)
{
	if (memchr(entry->name, '\0', sizeof entry->name) == NULL ||
	    memchr(entry->realm, '\0', sizeof entry->realm) == NULL)
		abort();
}

static void check(struct account_key_list *list)
{
	const struct account_key_entry *owner = account_keys_owner(list, "CORP.EXAMPLE", "MEMBER1");
	struct account_key_choice choice;
	bool rc4 = false;

	if (list->count > ACCOUNT_KEY_ENTRIES_MAX)
		abort();
	for (size_t i = 0; i < list->count; i++) {
		check_entry(&list->entries[i]);
		rc4 = rc4 || list->entries[i].enctype == ACCOUNT_ENCTYPE_RC4;
	}
	if (owner != NULL)
		account_keys_choose(list, owner->name, owner->realm, &choice);
	else
		account_keys_choose(list, "MEMBER1$", "CORP.EXAMPLE", &choice);
	if (choice.count > 2 || (choice.count > 0 && !rc4))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int file = memfd_create("keytab", MFD_CLOEXEC);
	struct account_key_list list;
	char path[40];

	if (file < 0 || write(file, data, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof path, "/proc/self/fd/%d", file);
	if (account_keytab_read(path, &list, NULL) == 0)
		check(&list);
	else if (list.entries != NULL || list.count != 0)
		abort();
	account_keys_free(&list);
	close(file);
	return 0;
}
