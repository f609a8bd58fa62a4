#include <config.h>

#include "account/keys.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"

#define HASH_DIGITS (2 * MSSNTP_HASH_SIZE)

static bool keys_is_known(const char *name)
{
	return name != NULL && name[0] != '\0';
}

/* Two entries of one version: the later written one counts. */
static bool keys_is_newer(const struct account_key_entry *entry,
			  const struct account_key_entry *than)
{
	return than == NULL || entry->version > than->version ||
	       (entry->version == than->version && entry->written > than->written);
}

static bool keys_is_wanted(const struct account_key_entry *entry, const char *account,
			   const char *realm)
{
	if (!text_equal_nocase(entry->realm, realm))
		return false;
	return account != NULL ? text_equal_nocase(entry->name, account)
			       : text_starts_nocase(entry->name, "host/");
}

/* ACCOUNT NULL: of the host's services. */
static void keys_choose(const struct account_key_list *list, const char *account, const char *realm,
			struct account_key_choice *choice)
{
	const struct account_key_entry *present = NULL, *previous = NULL;

	for (size_t i = 0; i < list->count; i++) {
		const struct account_key_entry *entry = &list->entries[i];

		if (!keys_is_wanted(entry, account, realm))
			continue;
		if (entry->enctype != ACCOUNT_ENCTYPE_RC4)
			choice->other_enctypes = true;
		else if (keys_is_newer(entry, present))
			present = entry;
	}
	if (present == NULL)
		return;
	for (size_t i = 0; i < list->count; i++) {
		const struct account_key_entry *entry = &list->entries[i];

		if (keys_is_wanted(entry, account, realm) &&
		    entry->enctype == ACCOUNT_ENCTYPE_RC4 && entry->version < present->version &&
		    keys_is_newer(entry, previous))
			previous = entry;
	}
	choice->version = present->version;
	memcpy(choice->hashes[choice->count++], present->hash, MSSNTP_HASH_SIZE);
	if (previous != NULL)
		memcpy(choice->hashes[choice->count++], previous->hash, MSSNTP_HASH_SIZE);
}

void account_keys_choose(const struct account_key_list *list, const char *account,
			 const char *realm, struct account_key_choice *choice)
{
	memset(choice, 0, sizeof *choice);
	if (keys_is_known(account))
		keys_choose(list, account, realm, choice);
	if (choice->count == 0)
		keys_choose(list, NULL, realm, choice);
}

static bool keys_is_computer(const struct account_key_entry *entry, const char *computer)
{
	size_t length = strlen(entry->name) - 1;

	return strlen(computer) == length && text_starts_nocase(entry->name, computer);
}

/* How well ENTRY fits what is known. */
static unsigned keys_fit(const struct account_key_entry *entry, const char *realm,
			 const char *computer)
{
	return (keys_is_known(realm) && text_equal_nocase(entry->realm, realm) ? 2U : 0U) +
	       (keys_is_known(computer) && keys_is_computer(entry, computer) ? 1U : 0U);
}

const struct account_key_entry *account_keys_owner(const struct account_key_list *list,
						   const char *realm, const char *computer)
{
	const struct account_key_entry *best = NULL;
	unsigned best_fit = 0;

	for (size_t i = 0; i < list->count; i++) {
		const struct account_key_entry *entry = &list->entries[i];
		size_t length = strlen(entry->name);
		unsigned this_fit;

		if (length < 2 || entry->name[length - 1] != '$' || strchr(entry->name, '/'))
			continue;
		this_fit = keys_fit(entry, realm, computer);
		if (best == NULL || this_fit > best_fit ||
		    (this_fit == best_fit && entry->written > best->written)) {
			best = entry;
			best_fit = this_fit;
		}
	}
	return best;
}

void account_keys_free(struct account_key_list *list)
{
	if (list->entries != NULL)
		sodium_memzero(list->entries, list->count * sizeof *list->entries);
	free(list->entries);
	*list = (struct account_key_list){ .entries = NULL };
}

/* ------------------------------------------------------------------------- */

/* Of the line without blanks around it. */
static int keys_parse_line(const char *line, size_t length, struct account_key_choice *choice)
{
	size_t used;

	if (length == 0 || line[0] == '#')
		return 0;
	if (length != HASH_DIGITS || choice->count == 2)
		return -EINVAL;
	if (sodium_hex2bin(choice->hashes[choice->count], MSSNTP_HASH_SIZE, line, length, NULL,
			   &used, NULL) != 0 ||
	    used != MSSNTP_HASH_SIZE)
		return -EINVAL;
	choice->count++;
	return 0;
}

static bool keys_is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

int account_keys_parse(const char *text, size_t length, struct account_key_choice *choice,
		       struct error *error)
{
	const char *end = text + length;

	memset(choice, 0, sizeof *choice);
	for (unsigned number = 1; text < end; number++) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		const char *next = newline == NULL ? end : newline + 1;
		const char *last = newline == NULL ? end : newline;

		while (text < last && keys_is_blank(*text))
			text++;
		while (last > text && keys_is_blank(last[-1]))
			last--;
		if (keys_parse_line(text, (size_t)(last - text), choice) < 0) {
			sodium_memzero(choice, sizeof *choice);
			return error_set(error, EINVAL,
					 "line %u is not one of at most two keys of %d hexadecimal "
					 "digits",
					 number, HASH_DIGITS);
		}
		text = next;
	}
	return choice->count > 0 ? 0 : error_set(error, EINVAL, "there is no key in it");
}
