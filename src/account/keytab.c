#include <config.h>

#include "account/keytab.h"

#include <errno.h>

#ifdef HAVE_KRB5

#include <krb5.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int keytab_set_krb5(struct error *error, krb5_context context, krb5_error_code code,
			   const char *what, const char *path)
{
	const char *message = krb5_get_error_message(context, code);
	/* The system's own numbers are among Kerberos' codes. */
	int number = code > 0 && code < 4096 ? (int)code : EBADMSG;

	error_set(error, number, "%s %s: %s", what, path, message);
	krb5_free_error_message(context, message);
	return -number;
}

static void keytab_copy(char *to, size_t size, const krb5_data *from)
{
	snprintf(to, size, "%.*s", (int)from->length, from->data);
}

static bool keytab_is_text(const krb5_data *data, size_t size)
{
	return data->length < size && memchr(data->data, '\0', data->length) == NULL;
}

/* "NAME" or "SERVICE/HOST"; false: some other kind of principal. */
static bool keytab_convert(const krb5_keytab_entry *from, struct account_key_entry *to)
{
	const struct krb5_principal_data *principal = from->principal;
	size_t used;

	*to = (struct account_key_entry){
		.version = from->vno,
		.enctype = from->key.enctype,
		.written = (uint32_t)from->timestamp,
	};
	if (principal->length < 1 || principal->length > 2 ||
	    !keytab_is_text(&principal->realm, sizeof to->realm) ||
	    !keytab_is_text(&principal->data[0], sizeof to->name))
		return false;
	keytab_copy(to->realm, sizeof to->realm, &principal->realm);
	keytab_copy(to->name, sizeof to->name, &principal->data[0]);
	if (principal->length == 2) {
		used = strlen(to->name);
		if (!keytab_is_text(&principal->data[1], sizeof to->name - used - 1))
			return false;
		to->name[used] = '/';
		keytab_copy(to->name + used + 1, sizeof to->name - used - 1, &principal->data[1]);
	}
	if (to->enctype != ACCOUNT_ENCTYPE_RC4)
		return true;
	if (from->key.length != MSSNTP_HASH_SIZE)
		return false;
	memcpy(to->hash, from->key.contents, MSSNTP_HASH_SIZE);
	return true;
}

/* All entries, as long as there is room. */
static krb5_error_code keytab_gather(krb5_context context, krb5_keytab keytab,
				     struct account_key_list *list)
{
	krb5_kt_cursor cursor;
	krb5_keytab_entry entry;
	krb5_error_code code = krb5_kt_start_seq_get(context, keytab, &cursor);

	if (code != 0)
		return code;
	while (list->count < ACCOUNT_KEY_ENTRIES_MAX &&
	       (code = krb5_kt_next_entry(context, keytab, &entry, &cursor)) == 0) {
		if (keytab_convert(&entry, &list->entries[list->count]))
			list->count++;
		if (entry.key.contents != NULL)
			sodium_memzero(entry.key.contents, entry.key.length);
		krb5_free_keytab_entry_contents(context, &entry);
	}
	krb5_kt_end_seq_get(context, keytab, &cursor);
	return code == KRB5_KT_END ? 0 : code;
}

static int keytab_read_file(krb5_context context, const char *path, struct account_key_list *list,
			    struct error *error)
{
	char name[4200];
	krb5_keytab keytab;
	krb5_error_code code;

	if (snprintf(name, sizeof name, "FILE:%s", path) >= (int)sizeof name)
		return error_set(error, ENAMETOOLONG, "the keytab's path is too long");
	list->entries = calloc(ACCOUNT_KEY_ENTRIES_MAX, sizeof *list->entries);
	if (list->entries == NULL)
		return error_set_system(error, ENOMEM, "cannot read the keytab %s", path);
	code = krb5_kt_resolve(context, name, &keytab);
	if (code == 0) {
		code = keytab_gather(context, keytab, list);
		krb5_kt_close(context, keytab);
	}
	if (code == 0)
		return 0;
	account_keys_free(list);
	return keytab_set_krb5(error, context, code, "cannot read the keytab", path);
}

int account_keytab_read(const char *path, struct account_key_list *list, struct error *error)
{
	krb5_context context;
	int result;

	*list = (struct account_key_list){ .entries = NULL };
	if (krb5_init_context(&context) != 0)
		return error_set(error, EINVAL, "cannot read the keytab %s: krb5.conf is faulty",
				 path);
	result = keytab_read_file(context, path, list, error);
	krb5_free_context(context);
	return result;
}

int account_keytab_default(char *path, size_t size)
{
	static const char *const types[] = { "FILE:", "WRFILE:", "" };
	krb5_context context;
	char name[1200];
	int result = -EINVAL;

	if (krb5_init_context(&context) != 0)
		return -EINVAL;
	if (krb5_kt_default_name(context, name, sizeof name) == 0) {
		for (size_t i = 0; i < sizeof types / sizeof *types && result < 0; i++) {
			const char *file = name + strlen(types[i]);

			if (strncmp(name, types[i], strlen(types[i])) == 0 && *file == '/' &&
			    snprintf(path, size, "%s", file) < (int)size)
				result = 0;
		}
	}
	krb5_free_context(context);
	return result;
}

void account_keytab_realm(char *realm, size_t size)
{
	krb5_context context;
	char *name;

	realm[0] = '\0';
	if (krb5_init_context(&context) != 0)
		return;
	if (krb5_get_default_realm(context, &name) == 0) {
		if (strlen(name) < size)
			strcpy(realm, name);
		krb5_free_default_realm(context, name);
	}
	krb5_free_context(context);
}

#else

int account_keytab_read(const char *path, struct account_key_list *list, struct error *error)
{
	*list = (struct account_key_list){ .entries = NULL };
	return error_set(error, ENOSYS, "cannot read the keytab %s: built without libkrb5", path);
}

int account_keytab_default(char *path, size_t size)
{
	(void)path;
	(void)size;
	return -ENOSYS;
}

void account_keytab_realm(char *realm, size_t size)
{
	(void)size;
	realm[0] = '\0';
}

#endif
