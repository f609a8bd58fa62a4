/* The files in which joiners leave the account's keys, whole and broken. */
#include <config.h>

#include "account/join.h"
#include "account/keytab.h"
#include "account/secrets.h"
#include "account_fixture.h"
#include "platform/files.h"
#include "unit.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define REALM "CORP.EXAMPLE"

/* libkrb5 itself leaks a few bytes of an entry that it cannot read; the program
 * that reads keytabs ends with each. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libkrb5.so\n";
}

#ifdef HAVE_KRB5

/* --- Keytabs ------------------------------------------------------------------ */

static const char *write_keytab(const struct keytab_bytes *keytab)
{
	return account_write("keytab", keytab->data, keytab->length, 0600);
}

START_TEST(a_keytab_with_all_there_is)
{
	struct keytab_bytes keytab;
	struct account_key_list list;
	struct account_key_choice choice;

	keytab_begin(&keytab);
	keytab_add(&keytab, "host/member1.corp.example", REALM, 1, 18, 32, 0x10);
	keytab_add(&keytab, "MEMBER1$", REALM, 1, 23, 16, 0x11);
	keytab_hole(&keytab, 100);
	keytab_add(&keytab, "MEMBER1$", REALM, 258, 23, 16, 0x22);
	keytab_add(&keytab, "MEMBER1$", REALM, 258, 18, 32, 0x33);
	ck_assert_int_eq(account_keytab_read(write_keytab(&keytab), &list, NULL), 0);
	ck_assert_uint_eq(list.count, 4);
	ck_assert_str_eq(list.entries[0].name, "host/member1.corp.example");
	ck_assert_str_eq(list.entries[0].realm, REALM);
	ck_assert_uint_eq(list.entries[0].written, 1700000000);
	account_keys_choose(&list, "MEMBER1$", REALM, &choice);
	ck_assert_uint_eq(choice.count, 2);
	ck_assert_uint_eq(choice.version, 258);
	ck_assert_uint_eq(choice.hashes[0][0], 0x22);
	ck_assert_uint_eq(choice.hashes[1][15], 0x11);
	account_keys_free(&list);
	ck_assert_uint_eq(list.count, 0);
}
END_TEST

START_TEST(strange_entries_are_passed_over)
{
	struct keytab_bytes keytab;
	struct account_key_list list;
	char name[300];

	memset(name, 'n', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	keytab_begin(&keytab);
	keytab_add(&keytab, name, REALM, 1, 23, 16, 1);
	keytab_add(&keytab, "MEMBER1$", name, 1, 23, 16, 1);
	keytab_add(&keytab, "MEMBER1$", REALM, 1, 23, 15, 1);
	keytab_add(&keytab, "MEMBER1$", REALM, 1, 23, 32, 1);
	keytab_add(&keytab, "MEMBER1$", REALM, 1, 23, 16, 1);
	ck_assert_int_eq(account_keytab_read(write_keytab(&keytab), &list, NULL), 0);
	ck_assert_uint_eq(list.count, 1);
	account_keys_free(&list);
}
END_TEST

/* Which would see libkrb5's leaks, and that alone. */
static bool runs_under_valgrind(void)
{
	const char *preload = getenv("LD_PRELOAD");

	return preload != NULL && strstr(preload, "vgpreload") != NULL;
}

/* Cut anywhere, a keytab gives what is before the cut, or nothing; never half. */
START_TEST(cut_keytabs_do_no_harm)
{
	struct keytab_bytes keytab;
	struct account_key_list list;

	if (runs_under_valgrind())
		return;
	keytab_begin(&keytab);
	keytab_add(&keytab, "MEMBER1$", REALM, 1, 23, 16, 0x11);
	keytab_add(&keytab, "MEMBER1$", REALM, 2, 23, 16, 0x22);
	for (size_t length = 0; length < keytab.length; length++) {
		const char *path = account_write("keytab", keytab.data, length, 0600);

		if (account_keytab_read(path, &list, NULL) < 0) {
			ck_assert_ptr_null(list.entries);
			ck_assert_uint_eq(list.count, 0);
			continue;
		}
		ck_assert_uint_le(list.count, 2);
		for (size_t i = 0; i < list.count; i++) {
			ck_assert_str_eq(list.entries[i].name, "MEMBER1$");
			ck_assert_uint_eq(list.entries[i].hash[0], list.entries[i].hash[15]);
		}
		account_keys_free(&list);
	}
}
END_TEST

START_TEST(what_is_no_keytab_is_an_error)
{
	struct account_key_list list;
	struct error error;

	ck_assert_int_lt(account_keytab_read(account_path("none"), &list, &error), 0);
	ck_assert_ptr_nonnull(strstr(error.text, account_path("none")));
	ck_assert_int_lt(
		account_keytab_read(account_write("text", "hello\n", 6, 0600), &list, &error), 0);
	ck_assert_int_lt(account_keytab_read("/", &list, &error), 0);
	ck_assert_int_lt(account_keytab_read(account_write("empty", "", 0, 0600), &list, &error),
			 0);
}
END_TEST

#endif
#ifdef HAVE_TDB

/* --- secrets.tdb ---------------------------------------------------------------- */

#define PRESENT  "SECRETS/MACHINE_PASSWORD/"
#define PREVIOUS "SECRETS/MACHINE_PASSWORD.PREV/"

static const uint8_t hash_legacycomp1[] = { 0xd6, 0xc0, 0x72, 0x8b, 0xb9, 0xe7, 0x85, 0xc1,
					    0x25, 0x63, 0xe9, 0x3b, 0xb7, 0x41, 0xdf, 0x70 };
static const uint8_t hash_rusty88[] = { 0xb5, 0x2b, 0x58, 0x2f, 0x02, 0xf8, 0xc0, 0xcd,
					0x63, 0x20, 0xcd, 0x5e, 0xab, 0x36, 0xd9, 0xc6 };

static int read_secrets(const char *workgroup, struct account_key_choice *choice)
{
	struct error error;
	int result = account_secrets_read(account_path("secrets.tdb"), workgroup, choice, &error);

	if (result < 0)
		ck_assert_uint_eq(choice->count, 0);
	return result;
}

static void add(const char *key, const void *value, size_t length)
{
	secrets_add(account_path("secrets.tdb"), key, value, length);
}

START_TEST(passwords_become_keys)
{
	struct account_key_choice choice;

	add("SECRETS/SID/CORP", "junk", 4);
	ck_assert_int_eq(read_secrets("CORP", &choice), -ENOENT);
	ck_assert_int_eq(read_secrets("", &choice), -ENOENT);
	add(PRESENT "CORP", "legacycomp1", 12);
	ck_assert_int_eq(read_secrets("corp", &choice), 0);
	ck_assert_uint_eq(choice.count, 1);
	ck_assert_mem_eq(choice.hashes[0], hash_legacycomp1, 16);
	add(PRESENT "CORP", "Rusty88!", 9);
	add(PREVIOUS "CORP", "legacycomp1", 12);
	/* Where Samba does not say, there is but one. */
	ck_assert_int_eq(read_secrets("", &choice), 0);
	ck_assert_uint_eq(choice.count, 2);
	ck_assert_mem_eq(choice.hashes[0], hash_rusty88, 16);
	ck_assert_mem_eq(choice.hashes[1], hash_legacycomp1, 16);
	ck_assert_int_eq(read_secrets("ELSE", &choice), -ENOENT);
	add(PRESENT "ELSE", "legacycomp1", 12);
	ck_assert_int_eq(read_secrets("", &choice), -ENOENT);
	ck_assert_int_eq(read_secrets("ELSE", &choice), 0);
	ck_assert_uint_eq(choice.count, 1);
}
END_TEST

static const struct {
	const char *value;
	size_t length;
} bad_passwords[] = {
	{ "", 0 },
	{ "", 1 },
	{ "Rusty88!", 8 },
	{ "Rusty\08!", 9 },
	{ "\xff", 2 },
	{ "a\xc3", 3 },
	{ "\xc0\x80", 3 },
	{ "\xed\xa0\x80", 4 },
	{ "\xf5\x80\x80\x80", 5 },
};

START_TEST(bad_passwords_are_none)
{
	struct account_key_choice choice;

	add(PRESENT "CORP", bad_passwords[_i].value, bad_passwords[_i].length);
	ck_assert_int_eq(read_secrets("CORP", &choice), -EBADMSG);
	/* A bad previous one costs nothing. */
	add(PRESENT "CORP", "Rusty88!", 9);
	add(PREVIOUS "CORP", bad_passwords[_i].value, bad_passwords[_i].length);
	ck_assert_int_eq(read_secrets("CORP", &choice), 0);
	ck_assert_uint_eq(choice.count, 1);
}
END_TEST

START_TEST(a_password_longer_than_any_is_none)
{
	struct account_key_choice choice;
	char password[2000];

	memset(password, 'p', sizeof password);
	password[sizeof password - 1] = '\0';
	add(PRESENT "CORP", password, sizeof password);
	ck_assert_int_eq(read_secrets("CORP", &choice), -EBADMSG);
}
END_TEST

START_TEST(what_are_no_secrets_is_an_error)
{
	struct account_key_choice choice;
	struct error error;
	char *data;
	size_t length;

	ck_assert_int_eq(account_secrets_read(account_path("none"), "CORP", &choice, &error),
			 -ENOENT);
	ck_assert_ptr_nonnull(strstr(error.text, account_path("none")));
	ck_assert_int_lt(account_secrets_read(account_write("text", "hello\n", 6, 0600), "CORP",
					      &choice, NULL),
			 0);
	ck_assert_int_lt(
		account_secrets_read(account_write("empty", "", 0, 0600), "CORP", &choice, NULL),
		0);
	add(PRESENT "CORP", "Rusty88!", 9);
	ck_assert_int_eq(file_read(account_path("secrets.tdb"), 1 << 20, &data, &length, NULL), 0);
	for (size_t cut = 0; cut < length; cut += 1 + length / 50) {
		const char *path = account_write("cut", data, cut, 0600);

		if (account_secrets_read(path, "CORP", &choice, NULL) == 0)
			ck_assert_mem_eq(choice.hashes[0], hash_rusty88, 16);
		account_secrets_read(path, "", &choice, NULL);
	}
	free(data);
}
END_TEST

#endif

/* --- All together ----------------------------------------------------------------- */

static struct config *configure(const char *text)
{
	struct config *config = config_create(CONFIG_ROLE_STANDALONE);
	struct config_problems problems = { .list = NULL };
	int result = config_parse(config, CONFIG_ORIGIN_LOCAL, "test", text, strlen(text),
				  &problems);

	ck_assert_msg(result == 0, "%s", result == 0 ? "" : problems.list[0].text);
	return config;
}

static void find(const char *text, struct account_facts *facts)
{
	struct config *config = configure(text);
	struct account_trail trail;

	memset(facts, 0xff, sizeof *facts);
	account_find_facts(config, facts, &trail);
	ck_assert(account_facts_valid(facts, sizeof *facts));
	ck_assert_int_eq(facts->status, 0);
	config_destroy(config);
}

#define KEY  "0123456789abcdef0123456789abcdef"
#define KEY2 "fedcba9876543210fedcba9876543210"

START_TEST(a_key_file_is_asked_alone)
{
	struct account_facts facts;
	char text[1000];

	account_write("key", KEY "\n" KEY2 "\n", 66, 0600);
	snprintf(text, sizeof text,
		 "[Domain]\nRealm=corp.Example\nAccountName=member1\nAccountRid=1103\n"
		 "Site=Branch\nKeyPath=%s\nKeytabPath=/nowhere\nSecretsPath=/nowhere\n",
		 account_path("key"));
	find(text, &facts);
	ck_assert_int_eq(facts.role, CONFIG_ROLE_MEMBER);
	ck_assert_str_eq(facts.realm, REALM);
	ck_assert_str_eq(facts.domain, "corp.example");
	ck_assert_str_eq(facts.account, "member1$");
	ck_assert_str_eq(facts.computer, "MEMBER1");
	ck_assert_str_eq(facts.site, "Branch");
	ck_assert_str_eq(facts.key_place, "file");
	ck_assert_uint_eq(facts.rid, 1103);
	ck_assert_uint_eq(facts.keys.rid, 1103);
	ck_assert_uint_eq(facts.keys.count, 2);
	ck_assert_uint_eq(facts.keys.hashes[1][0], 0xfe);

	/* Others may read it, or change it. */
	for (unsigned bit = 0; bit < 6; bit++) {
		ck_assert_int_eq(chmod(account_path("key"), 0600 | 1U << bit), 0);
		find(text, &facts);
		ck_assert_uint_eq(facts.keys.count, 0);
		ck_assert_ptr_nonnull(strstr(facts.explanation, "not private"));
	}
	unlink(account_path("key"));
	find(text, &facts);
	ck_assert_ptr_nonnull(strstr(facts.explanation, account_path("key")));
	ck_assert_uint_eq(facts.keys.count, 0);
	ck_assert_int_eq(facts.role, CONFIG_ROLE_MEMBER);
}
END_TEST

START_TEST(roles)
{
	static const char *const names[] = { "Standalone", "Member", "Controller" };
	struct account_facts facts;
	char text[200];

	for (int role = 0; role < 3; role++) {
		snprintf(text, sizeof text,
			 "[Domain]\nRole=%s\nRealm=" REALM "\nAccountName=A$\nKeyPath=/nowhere\n",
			 names[role]);
		find(text, &facts);
		ck_assert_int_eq((int)facts.role, role);
		ck_assert_str_eq(facts.account, role == 0 ? "" : "A$");
	}
	/* Nobody knows the domain. */
	find("[Domain]\nRole=Member\nKeytabPath=/nowhere\nSecretsPath=/nowhere\n", &facts);
	ck_assert_int_eq(facts.role, CONFIG_ROLE_STANDALONE);
	ck_assert_ptr_nonnull(strstr(facts.explanation, "Realm"));
}
END_TEST

#ifdef HAVE_KRB5

/* "[Domain]", with the files of this test. */
static const char *settings(const char *more)
{
	static char text[2000];

	snprintf(text, sizeof text, "[Domain]\nKeytabPath=%s\nSecretsPath=%s\n%s",
		 account_path("keytab"), account_path("secrets.tdb"), more);
	return text;
}

START_TEST(a_keytab_says_who_we_are)
{
	struct account_facts facts;
	struct keytab_bytes keytab;

	keytab_begin(&keytab);
	keytab_add(&keytab, "MEMBER1$", REALM, 3, 23, 16, 0x33);
	write_keytab(&keytab);
	find(settings(""), &facts);
	ck_assert_int_eq(facts.role, CONFIG_ROLE_MEMBER);
	ck_assert_str_eq(facts.realm, REALM);
	ck_assert_str_eq(facts.account, "MEMBER1$");
	ck_assert_str_eq(facts.key_place, "keytab");
	ck_assert_uint_eq(facts.key_version, 3);
	ck_assert_uint_eq(facts.keys.count, 1);
	ck_assert_uint_eq(facts.keys.hashes[0][0], 0x33);
	ck_assert_uint_eq(facts.rid, 0);
	/* Another realm is configured: this keytab is not of it. */
	find(settings("Realm=ELSE.EXAMPLE\n"), &facts);
	ck_assert_uint_eq(facts.keys.count, 0);
	ck_assert_ptr_nonnull(strstr(facts.explanation, "ELSE.EXAMPLE"));
}
END_TEST

START_TEST(a_keytab_of_some_other_kerberos_joins_nothing)
{
	struct account_facts facts;
	struct keytab_bytes keytab;

	keytab_begin(&keytab);
	keytab_add(&keytab, "host/server.mit.example", "MIT.EXAMPLE", 3, 23, 16, 0x33);
	write_keytab(&keytab);
	find(settings(""), &facts);
	ck_assert_int_eq(facts.role, CONFIG_ROLE_STANDALONE);
	ck_assert_uint_eq(facts.keys.count, 0);
}
END_TEST

START_TEST(a_keytab_without_rc4_is_explained)
{
	struct account_facts facts;
	struct keytab_bytes keytab;

	keytab_begin(&keytab);
	keytab_add(&keytab, "MEMBER1$", REALM, 3, 18, 32, 0x33);
	write_keytab(&keytab);
	find(settings(""), &facts);
	ck_assert_int_eq(facts.role, CONFIG_ROLE_MEMBER);
	ck_assert_uint_eq(facts.keys.count, 0);
	ck_assert_ptr_nonnull(strstr(facts.explanation, "no key of type rc4-hmac (enctype 23)"));
}
END_TEST

#ifdef HAVE_TDB

START_TEST(two_places_that_disagree_are_both_used)
{
	struct account_facts facts;
	struct keytab_bytes keytab;

	add(PRESENT "CORP", "Rusty88!", 9);
	add(PREVIOUS "CORP", "legacycomp1", 12);
	keytab_begin(&keytab);
	keytab_add(&keytab, "MEMBER1$", REALM, 3, 23, 16, 0x33);
	keytab_add(&keytab, "MEMBER1$", REALM, 2, 23, 16, 0x22);
	write_keytab(&keytab);
	find(settings(""), &facts);
	ck_assert_uint_eq(facts.keys.count, 4);
	ck_assert_uint_eq(facts.keys.hashes[0][0], 0x33);
	ck_assert_mem_eq(facts.keys.hashes[1], hash_rusty88, 16);
	ck_assert_uint_eq(facts.keys.hashes[2][0], 0x22);
	ck_assert_mem_eq(facts.keys.hashes[3], hash_legacycomp1, 16);

	/* A keytab without such a key: Samba has one. */
	keytab_begin(&keytab);
	keytab_add(&keytab, "MEMBER1$", REALM, 3, 18, 32, 0x33);
	write_keytab(&keytab);
	find(settings(""), &facts);
	ck_assert_uint_eq(facts.keys.count, 2);
	ck_assert_str_eq(facts.key_place, "secrets.tdb");
	ck_assert_uint_eq(facts.key_version, 0);
	ck_assert_mem_eq(facts.keys.hashes[0], hash_rusty88, 16);
}
END_TEST

#endif
#endif

int main(void)
{
	TCase *files = tcase_create("files"), *facts = tcase_create("facts");
	TCase *const cases[] = { files, facts, NULL };

	if (sodium_init() < 0)
		return EXIT_FAILURE;
	tcase_set_timeout(files, 30);
	tcase_set_timeout(facts, 30);
	tcase_add_checked_fixture(files, account_make_place, account_remove_place);
	tcase_add_checked_fixture(facts, account_make_place, account_remove_place);
	tcase_add_test(facts, a_key_file_is_asked_alone);
	tcase_add_test(facts, roles);
#ifdef HAVE_KRB5
	tcase_add_test(files, a_keytab_with_all_there_is);
	tcase_add_test(files, strange_entries_are_passed_over);
	tcase_add_test(files, cut_keytabs_do_no_harm);
	tcase_add_test(files, what_is_no_keytab_is_an_error);
	tcase_add_test(facts, a_keytab_says_who_we_are);
	tcase_add_test(facts, a_keytab_of_some_other_kerberos_joins_nothing);
	tcase_add_test(facts, a_keytab_without_rc4_is_explained);
#endif
#ifdef HAVE_TDB
	tcase_add_test(files, passwords_become_keys);
	tcase_add_loop_test(files, bad_passwords_are_none, 0,
			    sizeof bad_passwords / sizeof *bad_passwords);
	tcase_add_test(files, a_password_longer_than_any_is_none);
	tcase_add_test(files, what_are_no_secrets_is_an_error);
#endif
#if defined(HAVE_KRB5) && defined(HAVE_TDB)
	tcase_add_test(facts, two_places_that_disagree_are_both_used);
#endif
	return unit_run("account files", cases);
}
