/* What joiners and others say of the machine's account, on Linux. */
#include "account/samba.h"
#include "account/sid.h"
#include "account/sssd.h"
#include "unit.h"

#include <errno.h>
#include <string.h>

#define LENGTH(array) (sizeof(array) / sizeof *(array))

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

int main(void)
{
	TCase *texts = tcase_create("texts");
	TCase *const cases[] = { texts, NULL };

	tcase_add_test(texts, what_testparm_prints);
	tcase_add_test(texts, what_sssd_says);
	tcase_add_test(texts, sssd_may_name_its_domain_as_it_likes);
	tcase_add_test(texts, sssd_without_a_domain_of_active_directory);
	tcase_add_test(texts, the_rid_is_the_last_number);
	return unit_run("account joiners", cases);
}
