/* The machine's account, as far as it is pure: which keys are its, what is believed
 * of an answer, what stays known. */
#include "account/facts.h"
#include "account/keys.h"
#include "base/error.h"
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define LENGTH(array) (sizeof(array) / sizeof *(array))

/* --- Keys of a keytab ------------------------------------------------------- */

static struct account_key_entry entry(const char *name, const char *realm, uint32_t version,
				      int32_t enctype, uint8_t fill)
{
	struct account_key_entry entry = { .version = version, .enctype = enctype };

	strcpy(entry.name, name);
	strcpy(entry.realm, realm);
	memset(entry.hash, fill, sizeof entry.hash);
	return entry;
}

static void choose(struct account_key_entry *entries, size_t count,
		   struct account_key_choice *choice)
{
	const struct account_key_list list = { entries, count };

	account_keys_choose(&list, "MEMBER1$", "CORP.EXAMPLE", choice);
}

START_TEST(the_highest_version_is_the_present_key)
{
	struct account_key_entry entries[] = {
		entry("MEMBER1$", "CORP.EXAMPLE", 2, 23, 2),
		entry("MEMBER1$", "CORP.EXAMPLE", 300, 23, 30),
		entry("MEMBER1$", "CORP.EXAMPLE", 301, 18, 99),
		entry("MEMBER1$", "CORP.EXAMPLE", 7, 23, 7),
		entry("OTHER$", "CORP.EXAMPLE", 900, 23, 90),
		entry("MEMBER1$", "ELSE.EXAMPLE", 901, 23, 91),
		entry("host/member1.corp.example", "CORP.EXAMPLE", 902, 23, 92),
	};
	struct account_key_choice choice;

	choose(entries, LENGTH(entries), &choice);
	ck_assert_uint_eq(choice.count, 2);
	ck_assert_uint_eq(choice.version, 300);
	ck_assert_uint_eq(choice.hashes[0][0], 30);
	ck_assert_uint_eq(choice.hashes[1][15], 7);
	ck_assert(choice.other_enctypes);
}
END_TEST

START_TEST(case_does_not_matter_and_one_key_is_enough)
{
	struct account_key_entry entries[] = { entry("member1$", "corp.example", 1, 23, 5) };
	struct account_key_choice choice;

	choose(entries, 1, &choice);
	ck_assert_uint_eq(choice.count, 1);
	ck_assert_uint_eq(choice.hashes[0][0], 5);
	ck_assert(!choice.other_enctypes);
}
END_TEST

START_TEST(of_one_version_the_later_key_counts)
{
	struct account_key_entry entries[] = {
		entry("MEMBER1$", "CORP.EXAMPLE", 4, 23, 1),
		entry("MEMBER1$", "CORP.EXAMPLE", 4, 23, 2),
	};
	struct account_key_choice choice;

	entries[0].written = 200;
	entries[1].written = 100;
	choose(entries, 2, &choice);
	ck_assert_uint_eq(choice.count, 1);
	ck_assert_uint_eq(choice.hashes[0][0], 1);
}
END_TEST

START_TEST(a_keytab_of_host_principals_will_do)
{
	struct account_key_entry entries[] = {
		entry("HOST/member1", "CORP.EXAMPLE", 1, 23, 1),
		entry("host/member1.corp.example", "CORP.EXAMPLE", 2, 23, 2),
		entry("cifs/member1.corp.example", "CORP.EXAMPLE", 3, 23, 3),
	};
	struct account_key_choice choice;

	choose(entries, LENGTH(entries), &choice);
	ck_assert_uint_eq(choice.count, 2);
	ck_assert_uint_eq(choice.hashes[0][0], 2);
	ck_assert_uint_eq(choice.hashes[1][0], 1);
}
END_TEST

START_TEST(other_enctypes_are_seen_and_not_used)
{
	struct account_key_entry entries[] = {
		entry("MEMBER1$", "CORP.EXAMPLE", 1, 17, 1),
		entry("MEMBER1$", "CORP.EXAMPLE", 1, 18, 1),
	};
	struct account_key_choice choice;

	choose(entries, LENGTH(entries), &choice);
	ck_assert_uint_eq(choice.count, 0);
	ck_assert(choice.other_enctypes);
	choose(entries, 0, &choice);
	ck_assert_uint_eq(choice.count, 0);
	ck_assert(!choice.other_enctypes);
}
END_TEST

START_TEST(the_owner_of_a_keytab)
{
	struct account_key_entry entries[] = {
		entry("host/a", "CORP.EXAMPLE", 1, 18, 0), entry("OLD$", "CORP.EXAMPLE", 1, 18, 0),
		entry("NEW$", "CORP.EXAMPLE", 1, 18, 0),   entry("BOX$", "ELSE.EXAMPLE", 1, 18, 0),
		entry("$", "CORP.EXAMPLE", 1, 18, 0),      entry("a/b$", "CORP.EXAMPLE", 1, 18, 0),
	};
	const struct account_key_list list = { entries, LENGTH(entries) },
				      services = { entries, 1 };

	for (unsigned i = 0; i < LENGTH(entries); i++)
		entries[i].written = 100 + i;
	entries[3].written = 50;
	ck_assert_str_eq(account_keys_owner(&list, NULL, NULL)->name, "NEW$");
	ck_assert_str_eq(account_keys_owner(&list, "", "OLD")->name, "OLD$");
	ck_assert_str_eq(account_keys_owner(&list, "else.example", "OLD")->name, "BOX$");
	ck_assert_str_eq(account_keys_owner(&list, "corp.example", "box")->name, "NEW$");
	ck_assert_ptr_null(account_keys_owner(&services, NULL, NULL));
}
END_TEST

/* --- KeyPath ---------------------------------------------------------------- */

#define KEY  "0123456789abcdef0123456789ABCDEF"
#define KEY2 "ffffffffffffffffffffffffffffffff"

static const struct {
	const char *text;
	int count; /* or -line */
} key_files[] = {
	{ KEY, 1 },
	{ KEY "\n", 1 },
	{ "# present, then previous\r\n\r\n \t" KEY " \r\n" KEY2 "\r\n", 2 },
	{ KEY "\n" KEY2 "\n" KEY2 "\n", -3 },
	{ "0123456789abcdef0123456789ABCDE", -1 },
	{ KEY "0", -1 },
	{ "0123456789abcdef0123456789ABCDEG", -1 },
	{ "0123456789abcdef:123456789ABCDEF", -1 },
	{ KEY " " KEY2, -1 },
	{ "", 0 },
	{ "# nothing\n", 0 },
};

START_TEST(key_files_are_read_strictly)
{
	struct account_key_choice choice;
	struct error error = { .code = 0 };
	const char *text = key_files[_i].text;
	char line[20];
	int result = account_keys_parse(text, strlen(text), &choice, &error);

	if (key_files[_i].count > 0) {
		ck_assert_int_eq(result, 0);
		ck_assert_int_eq((int)choice.count, key_files[_i].count);
		ck_assert_uint_eq(choice.hashes[0][0], 0x01);
		ck_assert_uint_eq(choice.hashes[0][15], 0xef);
		return;
	}
	ck_assert_int_eq(result, -EINVAL);
	ck_assert_uint_eq(choice.count, 0);
	/* What stands there may be a key all the same. */
	ck_assert_ptr_null(strstr(error.text, "0123456789"));
	if (key_files[_i].count < 0) {
		snprintf(line, sizeof line, "line %d ", -key_files[_i].count);
		ck_assert_ptr_nonnull(strstr(error.text, line));
	}
}
END_TEST

START_TEST(a_nul_is_no_key)
{
	char text[] = KEY;
	struct account_key_choice choice;

	text[5] = '\0';
	ck_assert_int_eq(account_keys_parse(text, sizeof text - 1, &choice, NULL), -EINVAL);
}
END_TEST

/* --- Facts ------------------------------------------------------------------ */

static struct account_facts member(void)
{
	struct account_facts facts = {
		.size = sizeof facts,
		.role = CONFIG_ROLE_MEMBER,
		.realm = "CORP.EXAMPLE",
		.domain = "corp.example",
		.account = "MEMBER1$",
		.computer = "MEMBER1",
	};

	return facts;
}

static void add_key(struct account_facts *facts, uint8_t fill)
{
	uint8_t hash[MSSNTP_HASH_SIZE];

	memset(hash, fill, sizeof hash);
	account_keys_add(&facts->keys, hash);
}

START_TEST(only_whole_answers_are_believed)
{
	struct account_facts facts = member(), wrong;
	struct account_rid rid = { .size = sizeof rid, .rid = 5 };

	ck_assert(account_facts_valid(&facts, sizeof facts));
	ck_assert(!account_facts_valid(&facts, sizeof facts - 1));
	ck_assert(!account_facts_valid(&facts, 0));
	wrong = facts;
	wrong.size++;
	ck_assert(!account_facts_valid(&wrong, sizeof wrong));
	wrong = facts;
	wrong.role = CONFIG_ROLES;
	ck_assert(!account_facts_valid(&wrong, sizeof wrong));
	wrong = facts;
	wrong.keys.count = MSSNTP_KEYS_MAX + 1;
	ck_assert(!account_facts_valid(&wrong, sizeof wrong));
	wrong = facts;
	memset(wrong.site, 'x', sizeof wrong.site);
	ck_assert(!account_facts_valid(&wrong, sizeof wrong));
	wrong = facts;
	wrong.explanation[3] = '\n';
	strcpy(wrong.explanation, "a\nb");
	ck_assert(!account_facts_valid(&wrong, sizeof wrong));
	account_explanation_tidy(wrong.explanation);
	ck_assert_str_eq(wrong.explanation, "a b");
	ck_assert(account_facts_valid(&wrong, sizeof wrong));
	ck_assert(account_rid_valid(&rid, sizeof rid));
	ck_assert(!account_rid_valid(&rid, sizeof rid - 1));
	memset(rid.place, 'x', sizeof rid.place);
	ck_assert(!account_rid_valid(&rid, sizeof rid));
}
END_TEST

START_TEST(keys_stand_once_and_in_order)
{
	struct account_facts facts = member();

	for (unsigned round = 0; round < 2; round++) {
		for (uint8_t fill = 1; fill <= MSSNTP_KEYS_MAX + 1; fill++)
			add_key(&facts, fill);
	}
	ck_assert_uint_eq(facts.keys.count, MSSNTP_KEYS_MAX);
	for (unsigned i = 0; i < MSSNTP_KEYS_MAX; i++)
		ck_assert_uint_eq(facts.keys.hashes[i][0], i + 1);
}
END_TEST

START_TEST(a_replaced_key_is_the_previous_one)
{
	struct account_facts before = member(), facts = member();

	add_key(&before, 1);
	before.rid = before.keys.rid = 1103;
	add_key(&facts, 2);
	ck_assert(account_facts_differ(&facts, &before));
	account_facts_keep(&facts, &before);
	ck_assert_uint_eq(facts.keys.count, 2);
	ck_assert_uint_eq(facts.keys.hashes[0][0], 2);
	ck_assert_uint_eq(facts.keys.hashes[1][0], 1);
	ck_assert_uint_eq(facts.rid, 1103);
	ck_assert_uint_eq(facts.keys.rid, 1103);

	/* The same again changes nothing; one more pushes the oldest out. */
	before = facts;
	facts = member();
	add_key(&facts, 2);
	account_facts_keep(&facts, &before);
	ck_assert(!account_facts_differ(&facts, &before));
	facts = member();
	add_key(&facts, 3);
	account_facts_keep(&facts, &before);
	ck_assert_uint_eq(facts.keys.count, 2);
	ck_assert_uint_eq(facts.keys.hashes[0][0], 3);
	ck_assert_uint_eq(facts.keys.hashes[1][0], 2);
}
END_TEST

START_TEST(keys_stay_while_none_can_be_read)
{
	struct account_facts before = member(), facts = member();

	add_key(&before, 1);
	add_key(&before, 2);
	account_facts_keep(&facts, &before);
	ck_assert_uint_eq(facts.keys.count, 2);
	ck_assert(!account_facts_differ(&facts, &before));
}
END_TEST

START_TEST(another_account_has_nothing_of_the_one_before)
{
	struct account_facts before = member(), facts = member();

	add_key(&before, 1);
	before.rid = 1103;
	strcpy(facts.account, "MEMBER2$");
	account_facts_keep(&facts, &before);
	ck_assert_uint_eq(facts.keys.count, 0);
	ck_assert_uint_eq(facts.rid, 0);
	facts = member();
	facts.role = CONFIG_ROLE_STANDALONE;
	account_facts_keep(&facts, &before);
	ck_assert_uint_eq(facts.keys.count, 0);
	facts = member();
	strcpy(facts.account, "member1$");
	account_facts_keep(&facts, &before);
	ck_assert_uint_eq(facts.keys.count, 1);
	/* A RID that is configured, or new, wins. */
	facts.rid = 7;
	account_facts_keep(&facts, &before);
	ck_assert_uint_eq(facts.keys.rid, 7);
}
END_TEST

START_TEST(what_is_there_for_log_lines_makes_no_difference)
{
	struct account_facts before = member(), facts = member();

	strcpy(facts.explanation, "x");
	strcpy(facts.key_place, "keytab");
	facts.key_version = 3;
	ck_assert(!account_facts_differ(&facts, &before));
	strcpy(facts.site, "Branch");
	ck_assert(account_facts_differ(&facts, &before));
}
END_TEST

int main(void)
{
	TCase *keys = tcase_create("keys"), *facts = tcase_create("facts");
	TCase *const cases[] = { keys, facts, NULL };

	tcase_add_test(keys, the_highest_version_is_the_present_key);
	tcase_add_test(keys, case_does_not_matter_and_one_key_is_enough);
	tcase_add_test(keys, of_one_version_the_later_key_counts);
	tcase_add_test(keys, a_keytab_of_host_principals_will_do);
	tcase_add_test(keys, other_enctypes_are_seen_and_not_used);
	tcase_add_test(keys, the_owner_of_a_keytab);
	tcase_add_loop_test(keys, key_files_are_read_strictly, 0, LENGTH(key_files));
	tcase_add_test(keys, a_nul_is_no_key);
	tcase_add_test(facts, only_whole_answers_are_believed);
	tcase_add_test(facts, keys_stand_once_and_in_order);
	tcase_add_test(facts, a_replaced_key_is_the_previous_one);
	tcase_add_test(facts, keys_stay_while_none_can_be_read);
	tcase_add_test(facts, another_account_has_nothing_of_the_one_before);
	tcase_add_test(facts, what_is_there_for_log_lines_makes_no_difference);
	return unit_run("account", cases);
}
