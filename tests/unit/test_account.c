/* The machine's account, as far as it is pure: which keys are its, what joiners
 * and others say, what is believed of an answer, what stays known. */
#include "account/facts.h"
#include "account/keys.h"
#include "account/samba.h"
#include "account/sid.h"
#include "account/sssd.h"
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

/* --- Samba and sssd ---------------------------------------------------------- */

START_TEST(what_testparm_prints)
{
	static const char *const lines[] = {
		"# Global parameters",
		"[global]",
		"\tserver role = active directory domain controller",
		"\trealm = CORP.EXAMPLE",
		"\tnetbios name = DC1",
		"\tworkgroup = CORP",
		"\tsecurity = ADS",
		"\tprivate dir = /var/lib/samba/private",
		"\tdedicated keytab file =",
		"\tntp signd socket directory = /var/lib/samba/ntp_signd",
		"\tserver services = s3fs, rpc, ntp_signd",
		" = x",
		"=",
		"",
	};
	struct account_samba samba = { .controller = false };
	char long_line[2000];

	for (size_t i = 0; i < LENGTH(lines); i++)
		account_samba_line(&samba, lines[i]);
	ck_assert(samba.controller && samba.member);
	ck_assert_str_eq(samba.realm, "CORP.EXAMPLE");
	ck_assert_str_eq(samba.netbios_name, "DC1");
	ck_assert_str_eq(samba.workgroup, "CORP");
	ck_assert_str_eq(samba.private_dir, "/var/lib/samba/private");
	ck_assert_str_eq(samba.keytab, "");
	ck_assert_str_eq(samba.signd_dir, "/var/lib/samba/ntp_signd");
	/* A path that is too long is not another one. */
	memset(long_line, 'x', sizeof long_line - 1);
	long_line[sizeof long_line - 1] = '\0';
	memcpy(long_line, "private dir = /", 15);
	account_samba_line(&samba, long_line);
	ck_assert_str_eq(samba.private_dir, "/var/lib/samba/private");
	long_line[0] = 'x';
	memset(long_line, 'x', 300);
	long_line[310] = '=';
	account_samba_line(&samba, long_line);
	account_samba_line(&samba, "\tserver role = member server");
	ck_assert(!samba.controller);
}
END_TEST

static void parse_sssd(struct account_sssd *sssd, const char *text)
{
	account_sssd_parse(sssd, text, strlen(text));
}

START_TEST(what_sssd_says)
{
	struct account_sssd sssd = { .found = false };

	parse_sssd(&sssd, "[sssd]\ndomains = files, corp.example\n"
			  "[domain/files]\nid_provider = files\nkrb5_realm = WRONG\n"
			  "[domain/corp.example]\nid_provider = AD\n"
			  "ad_hostname = member1.corp.example\n"
			  "krb5_keytab = /etc/sssd/keytab\n"
			  "ldap_sasl_authid = MEMBER1$@CORP.EXAMPLE\n"
			  "[domain/else.example]\nid_provider = ad\n");
	ck_assert(sssd.found);
	ck_assert_str_eq(sssd.realm, "corp.example");
	ck_assert_str_eq(sssd.host, "member1.corp.example");
	ck_assert_str_eq(sssd.keytab, "/etc/sssd/keytab");
	ck_assert_str_eq(sssd.account, "MEMBER1$");
	/* The first file that names a domain has said it. */
	parse_sssd(&sssd, "[domain/later]\nid_provider = ad\n");
	ck_assert_str_eq(sssd.realm, "corp.example");
}
END_TEST

START_TEST(sssd_may_name_its_domain_as_it_likes)
{
	struct account_sssd sssd = { .found = false };

	parse_sssd(&sssd, "[domain/office]\nkrb5_realm = CORP.EXAMPLE\nid_provider = ad\n"
			  "ad_domain = corp.example\nldap_sasl_authid = host/member1\n");
	ck_assert(sssd.found);
	ck_assert_str_eq(sssd.realm, "CORP.EXAMPLE");
	ck_assert_str_eq(sssd.account, "");
}
END_TEST

START_TEST(sssd_without_a_domain_of_active_directory)
{
	struct account_sssd sssd = { .found = false };

	parse_sssd(&sssd, "[domain/ldap.example]\nid_provider = ldap\nkrb5_realm = X\n");
	parse_sssd(&sssd, "[domain/]\nid_provider = ad\n[nss]\n");
	parse_sssd(&sssd, "id_provider = ad\n");
	parse_sssd(&sssd, "");
	account_sssd_parse(&sssd, "[domain/a]\nid_provider = ad\0\n", 29);
	ck_assert(!sssd.found);
}
END_TEST

/* --- SIDs ------------------------------------------------------------------- */

static const uint8_t member_sid[28] = {
	1,    5,    0,    0,    0,    0,    0,    5,    0x15, 0,    0,    0,    0xc5, 0xb2,
	0x18, 0xcc, 0xc2, 0x88, 0xaf, 0xa5, 0xba, 0xc0, 0xf8, 0x7b, 0x4f, 0x04, 0x00, 0x00,
};

START_TEST(the_rid_is_the_last_number)
{
	uint8_t sid[29];
	uint32_t rid = 0;

	ck_assert_int_eq(sid_account_rid(member_sid, sizeof member_sid, &rid), 0);
	ck_assert_uint_eq(rid, 1103);
	memcpy(sid, member_sid, sizeof member_sid);
	sid[27] = 0x80;
	ck_assert_int_eq(sid_account_rid(sid, 28, &rid), 0);
	ck_assert_uint_eq(rid, 0x8000044f);
	ck_assert_int_eq(sid_account_rid(sid, 27, &rid), -EBADMSG);
	ck_assert_int_eq(sid_account_rid(sid, 29, &rid), -EBADMSG);
	ck_assert_int_eq(sid_account_rid(sid, 0, &rid), -EBADMSG);
	/* Another revision, count, authority, kind; no number at all. */
	for (unsigned i = 0; i < 9; i++) {
		memcpy(sid, member_sid, sizeof member_sid);
		sid[i] ^= 4;
		ck_assert_int_eq(sid_account_rid(sid, 28, &rid), -EBADMSG);
	}
	memcpy(sid, member_sid, sizeof member_sid);
	memset(sid + 24, 0, 4);
	ck_assert_int_eq(sid_account_rid(sid, 28, &rid), -EBADMSG);
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
	TCase *keys = tcase_create("keys"), *texts = tcase_create("texts"),
	      *facts = tcase_create("facts");
	TCase *const cases[] = { keys, texts, facts, NULL };

	tcase_add_test(keys, the_highest_version_is_the_present_key);
	tcase_add_test(keys, case_does_not_matter_and_one_key_is_enough);
	tcase_add_test(keys, of_one_version_the_later_key_counts);
	tcase_add_test(keys, a_keytab_of_host_principals_will_do);
	tcase_add_test(keys, other_enctypes_are_seen_and_not_used);
	tcase_add_test(keys, the_owner_of_a_keytab);
	tcase_add_loop_test(keys, key_files_are_read_strictly, 0, LENGTH(key_files));
	tcase_add_test(keys, a_nul_is_no_key);
	tcase_add_test(texts, what_testparm_prints);
	tcase_add_test(texts, what_sssd_says);
	tcase_add_test(texts, sssd_may_name_its_domain_as_it_likes);
	tcase_add_test(texts, sssd_without_a_domain_of_active_directory);
	tcase_add_test(texts, the_rid_is_the_last_number);
	tcase_add_test(facts, only_whole_answers_are_believed);
	tcase_add_test(facts, keys_stand_once_and_in_order);
	tcase_add_test(facts, a_replaced_key_is_the_previous_one);
	tcase_add_test(facts, keys_stay_while_none_can_be_read);
	tcase_add_test(facts, another_account_has_nothing_of_the_one_before);
	tcase_add_test(facts, what_is_there_for_log_lines_makes_no_difference);
	return unit_run("account", cases);
}
