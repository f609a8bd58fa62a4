#include <config.h>

#include "account_fixture.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>
#ifdef HAVE_TDB
#include <signal.h>
#include <tdb.h>
#endif

#include "unit.h"

static char directory[64];

void account_make_place(void)
{
	strcpy(directory, P_tmpdir "/w32timed-test-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(directory));
}

void account_remove_place(void)
{
	DIR *stream = opendir(directory);
	struct dirent *entry;

	ck_assert_ptr_nonnull(stream);
	while ((entry = readdir(stream)) != NULL)
		unlink(account_path(entry->d_name));
	closedir(stream);
	ck_assert_int_eq(rmdir(directory), 0);
}

const char *account_path(const char *name)
{
	static char path[4][320];
	static unsigned next;
	char *result = path[next++ % 4];

	snprintf(result, sizeof *path, "%s/%s", directory, name);
	return result;
}

const char *account_write(const char *name, const void *data, size_t length, unsigned mode)
{
	const char *path = account_path(name);
	int handle = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	ck_assert_int_ge(handle, 0);
	ck_assert_int_eq(write(handle, data, length), (ssize_t)length);
	ck_assert_int_eq(fchmod(handle, mode), 0);
	close(handle);
	return path;
}

/* ------------------------------------------------------------------------- */

static void put(struct keytab_bytes *keytab, const void *data, size_t length)
{
	ck_assert_uint_le(keytab->length + length, sizeof keytab->data);
	memcpy(keytab->data + keytab->length, data, length);
	keytab->length += length;
}

static void put16(struct keytab_bytes *keytab, uint16_t value)
{
	uint8_t bytes[] = { (uint8_t)(value >> 8), (uint8_t)value };

	put(keytab, bytes, sizeof bytes);
}

static void put32(struct keytab_bytes *keytab, uint32_t value)
{
	put16(keytab, (uint16_t)(value >> 16));
	put16(keytab, (uint16_t)value);
}

static void put_text(struct keytab_bytes *keytab, const char *text, size_t length)
{
	put16(keytab, (uint16_t)length);
	put(keytab, text, length);
}

void keytab_begin(struct keytab_bytes *keytab)
{
	keytab->length = 0;
	put16(keytab, 0x0502);
}

void keytab_add(struct keytab_bytes *keytab, const char *principal, const char *realm,
		uint32_t version, uint16_t enctype, uint16_t length, uint8_t fill)
{
	size_t start = keytab->length, size, first = strcspn(principal, "/");
	uint8_t byte = (uint8_t)version, key[64];

	memset(key, fill, sizeof key);
	put32(keytab, 0);
	put16(keytab, principal[first] == '/' ? 2 : 1);
	put_text(keytab, realm, strlen(realm));
	put_text(keytab, principal, first);
	if (principal[first] == '/')
		put_text(keytab, principal + first + 1, strlen(principal) - first - 1);
	put32(keytab, 1);
	put32(keytab, 1700000000);
	put(keytab, &byte, 1);
	put16(keytab, enctype);
	put16(keytab, length);
	put(keytab, key, length);
	put32(keytab, version);
	size = keytab->length - start - 4;
	keytab->data[start + 2] = (uint8_t)(size >> 8);
	keytab->data[start + 3] = (uint8_t)size;
}

void keytab_hole(struct keytab_bytes *keytab, uint32_t length)
{
	put32(keytab, -length);
	for (uint32_t i = 0; i < length; i++)
		put(keytab, "\xee", 1);
}

/* ------------------------------------------------------------------------- */

#ifdef HAVE_TDB

void secrets_add(const char *path, const char *key, const void *value, size_t length)
{
	struct tdb_context *secrets = tdb_open(path, 131, 0, O_RDWR | O_CREAT, 0600);
	TDB_DATA name, data;
	char copy[200], content[4096];

	ck_assert_ptr_nonnull(secrets);
	ck_assert_uint_lt(strlen(key), sizeof copy);
	ck_assert_uint_le(length, sizeof content);
	strcpy(copy, key);
	memcpy(content, value, length);
	name = (TDB_DATA){ (unsigned char *)copy, strlen(copy) };
	data = (TDB_DATA){ (unsigned char *)content, length };
	ck_assert_int_eq(tdb_store(secrets, name, data, TDB_REPLACE), 0);
	tdb_close(secrets);
}

#endif
