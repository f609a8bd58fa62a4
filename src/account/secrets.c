#include <config.h>

#include "account/secrets.h"

#include <errno.h>

#ifdef HAVE_TDB

#include <fcntl.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
/* wants the above */
#include <tdb.h>

#define PRESENT  "SECRETS/MACHINE_PASSWORD/"
#define PREVIOUS "SECRETS/MACHINE_PASSWORD.PREV/"

/* Samba's are 120 characters of at most 3 bytes, and the NUL behind them. */
#define PASSWORD_MAX 1024
#define DOMAIN_MAX   64

static void secrets_be_silent(struct tdb_context *secrets, enum tdb_debug_level level,
			      const char *format, ...)
{
	(void)secrets;
	(void)level;
	(void)format;
}

/* A record's value is ended by a NUL and holds no other. */
static int secrets_hash_record(TDB_DATA key, TDB_DATA data, void *context)
{
	struct account_key_choice *choice = context;
	int result;

	(void)key;
	if (data.dsize < 2 || data.dsize > PASSWORD_MAX || data.dptr[data.dsize - 1] != '\0' ||
	    memchr(data.dptr, '\0', data.dsize - 1) != NULL)
		return -EBADMSG;
	result = mssntp_hash_password((const char *)data.dptr, data.dsize - 1,
				      choice->hashes[choice->count]);
	if (result == 0)
		choice->count++;
	return result;
}

static int secrets_hash_password(struct tdb_context *secrets, const char *kind, const char *domain,
				 struct account_key_choice *choice)
{
	char name[sizeof PREVIOUS + DOMAIN_MAX];
	TDB_DATA key = { .dptr = (unsigned char *)name };

	key.dsize = (size_t)snprintf(name, sizeof name, "%s%s", kind, domain);
	if (!tdb_exists(secrets, key))
		return tdb_error(secrets) == TDB_ERR_NOEXIST ? -ENOENT : -EBADMSG;
	return tdb_parse_record(secrets, key, secrets_hash_record, choice);
}

struct search {
	char domain[DOMAIN_MAX];
	unsigned found;
};

static int secrets_look_at(struct tdb_context *secrets, TDB_DATA key, TDB_DATA data, void *context)
{
	static const char start[] = PRESENT;
	struct search *search = context;
	size_t length = strlen(start);

	(void)secrets;
	(void)data;
	if (key.dsize <= length || key.dsize - length >= sizeof search->domain ||
	    memcmp(key.dptr, start, length) != 0 || memchr(key.dptr, '\0', key.dsize) != NULL)
		return 0;
	snprintf(search->domain, sizeof search->domain, "%.*s", (int)(key.dsize - length),
		 (const char *)key.dptr + length);
	search->found++;
	return 0;
}

static int secrets_find_domain(struct tdb_context *secrets, const char *path, struct search *search,
			       struct error *error)
{
	if (tdb_traverse_read(secrets, secrets_look_at, search) < 0)
		return error_set(error, EBADMSG, "%s is damaged", path);
	if (search->found == 0)
		return error_set(error, ENOENT, "%s holds no machine password", path);
	if (search->found > 1)
		return error_set(error, ENOENT,
				 "%s holds passwords for %u domains, and Samba does not say which "
				 "is this machine's",
				 path, search->found);
	return 0;
}

static int secrets_read_keys(struct tdb_context *secrets, const char *path, const char *domain,
			     struct account_key_choice *choice, struct error *error)
{
	int result = secrets_hash_password(secrets, PRESENT, domain, choice);

	/* A machine whose password never changed has no previous one. */
	if (result == 0)
		secrets_hash_password(secrets, PREVIOUS, domain, choice);
	if (result == -ENOENT)
		return error_set(error, ENOENT, "%s holds no machine password for %s", path,
				 domain);
	if (result == -ENOSYS)
		return error_set(error, ENOSYS,
				 "the password in %s is of no use: the system has no MD4", path);
	if (result < 0)
		return error_set(error, EBADMSG, "the machine password in %s is damaged", path);
	return 0;
}

static void secrets_to_upper(char *text)
{
	for (; *text != '\0'; text++) {
		if (*text >= 'a' && *text <= 'z')
			*text = (char)(*text - 'a' + 'A');
	}
}

int account_secrets_read(const char *path, const char *workgroup, struct account_key_choice *choice,
			 struct error *error)
{
	struct tdb_logging_context logging = { .log_fn = secrets_be_silent };
	struct search search = { .found = 0 };
	struct tdb_context *secrets;
	int result = 0;

	memset(choice, 0, sizeof *choice);
	/* Not mapped: a file that shrinks meanwhile must not end us. */
	secrets = tdb_open_ex(path, 0, TDB_NOMMAP, O_RDONLY | O_CLOEXEC, 0, &logging, NULL);
	if (secrets == NULL)
		return error_set_system(error, errno == 0 ? EBADMSG : errno, "cannot open %s",
					path);
	if (workgroup[0] == '\0')
		result = secrets_find_domain(secrets, path, &search, error);
	else if (strlen(workgroup) < sizeof search.domain)
		strcpy(search.domain, workgroup);
	secrets_to_upper(search.domain);
	if (result == 0)
		result = secrets_read_keys(secrets, path, search.domain, choice, error);
	tdb_close(secrets);
	if (result < 0)
		sodium_memzero(choice, sizeof *choice);
	return result;
}

#else

int account_secrets_read(const char *path, const char *workgroup, struct account_key_choice *choice,
			 struct error *error)
{
	(void)workgroup;
	*choice = (struct account_key_choice){ .count = 0 };
	return error_set(error, ENOSYS, "cannot open %s: built without libtdb", path);
}

#endif
