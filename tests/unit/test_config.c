/* Reading the configuration: the table of keys, values, files, origins. */
#include "base/text.h"
#include "config/config.h"
#include "config/keys.h"
#include "config_fixture.h"
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static int parse_as(enum config_origin origin, const char *name, const char *text)
{
	return config_parse(config, origin, name, text, strlen(text), &problems);
}

static void expect_problem(size_t index, unsigned line, const char *text)
{
	ck_assert_uint_gt(problems.count, index);
	ck_assert_str_eq(problems.list[index].text, text);
	ck_assert_uint_eq(problems.list[index].line, line);
}

/* One setting in its section. */
static int parse_setting(enum config_key key, const char *value)
{
	const struct config_key_info *info = config_key_info(key);
	char text[1000];

	snprintf(text, sizeof text, "[%s]\n%s = %s\n", config_section_name(info->section),
		 info->name, value);
	return parse(text);
}

/* --- The table ----------------------------------------------------------- */

START_TEST(every_key_is_described)
{
	for (int i = 0; i < CONFIG_KEYS; i++) {
		const struct config_key_info *info = config_key_info(i);
		bool number = info->type == CONFIG_TYPE_NUMBER;

		ck_assert_int_eq(info->key, i);
		ck_assert_ptr_nonnull(info->name);
		ck_assert_ptr_nonnull(info->unit);
		ck_assert_ptr_nonnull(info->meaning);
		ck_assert_uint_gt(strlen(info->meaning), 0);
		ck_assert_uint_lt(strlen(info->name), 50);
		ck_assert_int_eq(config_key_find(info->section, info->name), i);
		for (int role = 0; number && role < CONFIG_ROLES; role++) {
			ck_assert_uint_ge(info->defaults[role], info->minimum);
			ck_assert_uint_le(info->defaults[role], info->maximum);
		}
		ck_assert(number || info->minimum == 0);
		ck_assert(info->type != CONFIG_TYPE_LIST || info->maximum > 0);
	}
}
END_TEST

START_TEST(names_are_compared_without_case)
{
	ck_assert_int_eq(config_section_find("timeproviders\\ntpclient"), SECTION_NTP_CLIENT);
	ck_assert_int_eq(config_section_find("TimeProviders\\NtpServer"), SECTION_NTP_SERVER);
	ck_assert_int_eq(config_section_find("W32TIMED"), SECTION_W32TIMED);
	ck_assert_int_eq(config_section_find("TimeProviders\\Config"), -1);
	ck_assert_int_eq(config_section_find(""), -1);
	ck_assert_int_eq(config_key_find(SECTION_CONFIG, "maxpollinterval"),
			 KEY_CONFIG_MAX_POLL_INTERVAL);
	ck_assert_int_eq(config_key_find(SECTION_PARAMETERS, "MaxPollInterval"), -1);
}
END_TEST

START_TEST(nearest_names_are_found)
{
	ck_assert_str_eq(config_key_nearest(SECTION_CONFIG, "MaxPolInterval"), "MaxPollInterval");
	ck_assert_str_eq(config_key_nearest(SECTION_PARAMETERS, "tpye"), "Type");
	ck_assert_str_eq(config_section_nearest("NtpClent"), "NtpClient");
	ck_assert_ptr_null(config_key_nearest(SECTION_CONFIG, "Weather"));
	ck_assert_ptr_null(config_section_nearest("Weather"));
}
END_TEST

/* The figures of the reference: stand-alone, member, controller. */
static const struct {
	enum config_key key;
	uint32_t defaults[3];
} figures[] = {
	{ KEY_CONFIG_ANNOUNCE_FLAGS, { 10, 10, 10 } },
	{ KEY_CONFIG_CLOCK_ADJUSTMENT_AUDIT_LIMIT, { 800, 800, 800 } },
	{ KEY_CONFIG_CLOCK_HOLDOVER_PERIOD, { 7800, 7800, 7800 } },
	{ KEY_CONFIG_EVENT_LOG_FLAGS, { 2, 2, 2 } },
	{ KEY_CONFIG_FREQUENCY_CORRECT_RATE, { 4, 4, 4 } },
	{ KEY_CONFIG_HOLD_PERIOD, { 5, 5, 5 } },
	{ KEY_CONFIG_LARGE_PHASE_OFFSET, { 50000000, 50000000, 50000000 } },
	{ KEY_CONFIG_LOCAL_CLOCK_DISPERSION, { 10, 10, 10 } },
	{ KEY_CONFIG_MAX_ALLOWED_PHASE_OFFSET, { 1, 300, 300 } },
	{ KEY_CONFIG_MAX_CLOCK_RATE, { 155860, 155860, 155860 } },
	{ KEY_CONFIG_MIN_CLOCK_RATE, { 155860, 155860, 155860 } },
	{ KEY_CONFIG_MAX_NEG_PHASE_CORRECTION, { 54000, 0xFFFFFFFF, 172800 } },
	{ KEY_CONFIG_MAX_POS_PHASE_CORRECTION, { 54000, 0xFFFFFFFF, 172800 } },
	{ KEY_CONFIG_MIN_POLL_INTERVAL, { 10, 10, 6 } },
	{ KEY_CONFIG_MAX_POLL_INTERVAL, { 15, 15, 10 } },
	{ KEY_CONFIG_PHASE_CORRECT_RATE, { 7, 1, 7 } },
	{ KEY_CONFIG_POLL_ADJUST_FACTOR, { 5, 5, 5 } },
	{ KEY_CONFIG_SPIKE_WATCH_PERIOD, { 900, 900, 900 } },
	{ KEY_CONFIG_TIME_JUMP_AUDIT_OFFSET, { 28800, 28800, 28800 } },
	{ KEY_CONFIG_UPDATE_INTERVAL, { 360000, 30000, 100 } },
	{ KEY_CONFIG_LAST_CLOCK_RATE, { 156250, 156250, 156250 } },
	{ KEY_NTP_CLIENT_ENABLED, { 1, 1, 1 } },
	{ KEY_NTP_CLIENT_INPUT_PROVIDER, { 1, 1, 1 } },
	{ KEY_NTP_CLIENT_ALLOW_NONSTANDARD_MODE_COMBINATIONS, { 1, 1, 1 } },
	{ KEY_NTP_CLIENT_COMPATIBILITY_FLAGS, { 0x80000000, 0x80000000, 0x80000000 } },
	{ KEY_NTP_CLIENT_CROSS_SITE_SYNC_FLAGS, { 2, 2, 2 } },
	{ KEY_NTP_CLIENT_EVENT_LOG_FLAGS, { 1, 1, 1 } },
	{ KEY_NTP_CLIENT_LARGE_SAMPLE_SKEW, { 3, 3, 3 } },
	{ KEY_NTP_CLIENT_RESOLVE_PEER_BACKOFF_MINUTES, { 15, 15, 15 } },
	{ KEY_NTP_CLIENT_RESOLVE_PEER_BACKOFF_MAX_TIMES, { 7, 7, 7 } },
	{ KEY_NTP_CLIENT_SPECIAL_POLL_INTERVAL, { 604800, 3600, 3600 } },
	{ KEY_NTP_SERVER_ENABLED, { 0, 0, 1 } },
	{ KEY_NTP_SERVER_INPUT_PROVIDER, { 0, 0, 0 } },
	{ KEY_NTP_SERVER_ALLOW_NONSTANDARD_MODE_COMBINATIONS, { 1, 1, 1 } },
	{ KEY_NTP_SERVER_EVENT_LOG_FLAGS, { 1, 1, 1 } },
	{ KEY_NTP_SERVER_REQUIRE_SECURE_TIME_SYNC_REQUESTS, { 0, 0, 0 } },
	{ KEY_NTP_SERVER_CHAIN_ENTRY_TIMEOUT, { 16, 16, 16 } },
	{ KEY_NTP_SERVER_CHAIN_LOGGING_RATE, { 30, 30, 30 } },
	{ KEY_NTP_SERVER_CHAIN_MAX_ENTRIES, { 128, 128, 128 } },
	{ KEY_NTP_SERVER_CHAIN_MAX_HOST_ENTRIES, { 4, 4, 4 } },
	{ KEY_W32TIMED_PORT, { 123, 123, 123 } },
	{ KEY_W32TIMED_PHASE_CORRECTION_MODEL, { 2016, 2016, 2016 } },
};

START_TEST(defaults_follow_the_role)
{
	for (int role = 0; role < CONFIG_ROLES; role++) {
		config_set_role(config, role);
		ck_assert_int_eq(config_role(config), role);
		for (size_t i = 0; i < sizeof figures / sizeof *figures; i++)
			ck_assert_msg(config_number(config, figures[i].key) ==
					      figures[i].defaults[role],
				      "%s", config_key_info(figures[i].key)->name);
	}
	ck_assert_str_eq(config_text(config, KEY_PARAMETERS_TYPE), "NT5DS");
	ck_assert_str_eq(config_text(config, KEY_PARAMETERS_NTP_SERVER), "");
	config_set_role(config, CONFIG_ROLE_STANDALONE);
	ck_assert_str_eq(config_text(config, KEY_PARAMETERS_TYPE), "NTP");
	ck_assert_str_eq(config_text(config, KEY_PARAMETERS_NTP_SERVER), "time.windows.com,0x9");
	ck_assert_int_eq(parse("[Config]\nUpdateInterval = 100\n"), 0);
	config_set_role(config, CONFIG_ROLE_MEMBER);
	ck_assert_uint_eq(config_number(config, KEY_CONFIG_UPDATE_INTERVAL), 100);
}
END_TEST

/* --- Values --------------------------------------------------------------- */

START_TEST(every_number_takes_its_range)
{
	for (int i = 0; i < CONFIG_KEYS; i++) {
		const struct config_key_info *info = config_key_info(i);
		uint32_t values[] = { info->minimum, info->maximum, info->defaults[0] };
		char text[32];

		if (info->type != CONFIG_TYPE_NUMBER)
			continue;
		for (int form = 0; form < 6; form++) {
			snprintf(text, sizeof text, form < 3 ? "%u" : "0x%X", values[form % 3]);
			ck_assert_int_eq(parse_setting(i, text), 0);
			ck_assert_uint_eq(config_number(config, i), values[form % 3]);
			ck_assert_int_eq(config_origin(config, i), CONFIG_ORIGIN_LOCAL);
		}
		ck_assert_uint_eq(problems.count, 0);
	}
}
END_TEST

static void expect_refusal(enum config_key key, const char *value, const char *phrase)
{
	char text[300];

	ck_assert_int_eq(parse_setting(key, value), -EINVAL);
	snprintf(text, sizeof text, "%s = %s: %s", config_key_info(key)->name, value, phrase);
	expect_problem(0, 2, text);
	ck_assert_uint_eq(problems.count, 1);
	config_problems_free(&problems);
}

/* What a message adds for somebody who thinks in another unit. */
static const char *unit_words(const char *unit)
{
	static const char *const words[][2] = {
		{ "log2 s", ", which counts as 2 to that power in seconds: from 1 s to 131072 s" },
		{ "s", ", in seconds" },
		{ "min", ", in minutes" },
		{ "10 ms", ", in units of 10 ms" },
		{ "100 ns", ", in units of 100 ns" },
		{ "100 ns per tick", ", in units of 100 ns per tick" },
		{ "bytes", ", in bytes" },
		{ "samples", ", in samples" },
		{ "ppm", ", in ppm" },
		{ "bits", ", in bits added up" },
		{ "answers per s", ", in answers per second" },
		{ "answers", ", in answers" },
		{ "accounts", ", in accounts" },
	};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (strcmp(words[i][0], unit) == 0)
			return words[i][1];
	}
	return "";
}

START_TEST(every_number_refuses_the_rest)
{
	static const char *const never[] = { "", "-1", "1.5", "ten", "0x", "4294967296", "1 2" };

	for (int i = 0; i < CONFIG_KEYS; i++) {
		const struct config_key_info *info = config_key_info(i);
		char phrase[200], text[32];

		if (info->type != CONFIG_TYPE_NUMBER)
			continue;
		if (info->words != NULL)
			snprintf(phrase, sizeof phrase, "2016 or 2008 is allowed");
		else if (info->maximum == 1)
			snprintf(phrase, sizeof phrase, "0 or 1 is allowed");
		else if (info->maximum == UINT32_MAX)
			snprintf(phrase, sizeof phrase, "a number from %u to %s is allowed",
				 info->minimum,
				 strstr(info->meaning, "no limit") != NULL
					 ? "0xFFFFFFFE, or 0xFFFFFFFF for no limit,"
					 : "0xFFFFFFFF");
		else
			snprintf(phrase, sizeof phrase, "a number from %u to %u is allowed",
				 info->minimum, info->maximum);
		if (info->words == NULL && info->maximum > 1)
			strcat(phrase, unit_words(info->unit));
		for (size_t j = 0; j < sizeof never / sizeof *never; j++)
			expect_refusal(i, never[j], phrase);
		if (info->minimum > 0) {
			snprintf(text, sizeof text, "%u", info->minimum - 1);
			expect_refusal(i, text, phrase);
		}
		if (info->maximum < UINT32_MAX) {
			snprintf(text, sizeof text, "%u", info->maximum + 1);
			expect_refusal(i, text, phrase);
		}
		ck_assert_int_eq(config_origin(config, i), CONFIG_ORIGIN_DEFAULT);
	}
}
END_TEST

static const struct {
	enum config_key key;
	const char *value;
	const char *phrase; /* NULL: accepted */
} texts[] = {
	{ KEY_CONFIG_FILE_LOG_NAME, "/var/log/w32timed.log", NULL },
	{ KEY_CONFIG_FILE_LOG_NAME, "", NULL },
	{ KEY_CONFIG_FILE_LOG_NAME, "w32timed.log", "an absolute path is allowed" },
	{ KEY_CONFIG_FILE_LOG_NAME, "/var/\033[31m",
	  "only text in UTF-8 without control characters is allowed" },
	{ KEY_CONFIG_FILE_LOG_NAME, "/\xff",
	  "only text in UTF-8 without control characters is "
	  "allowed" },
	{ KEY_CONFIG_FILE_LOG_NAME, "/\xc3\xa4", NULL },
	{ KEY_CONFIG_FILE_LOG_ENTRIES, "0-300", NULL },
	{ KEY_CONFIG_FILE_LOG_ENTRIES, "0-100,103,106", NULL },
	{ KEY_CONFIG_FILE_LOG_ENTRIES, "", NULL },
	{ KEY_CONFIG_FILE_LOG_ENTRIES, "0-301",
	  "ranges of numbers from 0 to 300 are allowed, such as 0-100,103,106" },
	{ KEY_CONFIG_FILE_LOG_ENTRIES, "5-4",
	  "ranges of numbers from 0 to 300 are allowed, such as 0-100,103,106" },
	{ KEY_CONFIG_FILE_LOG_ENTRIES, "1,",
	  "ranges of numbers from 0 to 300 are allowed, such as 0-100,103,106" },
	{ KEY_CONFIG_FILE_LOG_ENTRIES, "1,2 ", NULL },
	{ KEY_CONFIG_FILE_LOG_ENTRIES, "1 2",
	  "ranges of numbers from 0 to 300 are allowed, such as 0-100,103,106" },
	{ KEY_PARAMETERS_SERVICE_DLL, "%systemroot%\\x.dll", NULL },
	{ KEY_PARAMETERS_SERVICE_MAIN, "Entry", NULL },
	{ KEY_PARAMETERS_TYPE, "NoSync", NULL },
	{ KEY_PARAMETERS_TYPE, "NTP", NULL },
	{ KEY_PARAMETERS_TYPE, "NT5DS", NULL },
	{ KEY_PARAMETERS_TYPE, "AllSync", NULL },
	{ KEY_PARAMETERS_TYPE, "NTPX", "NoSync, NTP, NT5DS or AllSync is allowed" },
	{ KEY_PARAMETERS_TYPE, "NT", "NoSync, NTP, NT5DS or AllSync is allowed" },
	{ KEY_PARAMETERS_TYPE, "NTP|NT5DS", "NoSync, NTP, NT5DS or AllSync is allowed" },
	{ KEY_PARAMETERS_TYPE, "", "NoSync, NTP, NT5DS or AllSync is allowed" },
	{ KEY_PARAMETERS_NTP_SERVER, "", NULL },
	{ KEY_PARAMETERS_NTP_SERVER, "a.example,0x8 10.0.2.10,", NULL },
	{ KEY_PARAMETERS_NTP_SERVER, "10.10.10.1/update",
	  "peer \"10.10.10.1/update\": neither a host name nor an address (is a blank missing "
	  "before the \"/\"?)" },
	{ KEY_NTP_CLIENT_DLL_NAME, "C:\\x.dll", NULL },
	{ KEY_NTP_CLIENT_SPECIAL_POLL_TIME_REMAINING, "time.windows.com,7c5f1b2", NULL },
	{ KEY_NTP_SERVER_DLL_NAME, "C:\\x.dll", NULL },
	{ KEY_DOMAIN_ROLE, "Auto", NULL },
	{ KEY_DOMAIN_ROLE, "Standalone", NULL },
	{ KEY_DOMAIN_ROLE, "Member", NULL },
	{ KEY_DOMAIN_ROLE, "Controller", NULL },
	{ KEY_DOMAIN_ROLE, "PDC", "Auto, Standalone, Member or Controller is allowed" },
	{ KEY_DOMAIN_NTP_SIGND_SOCKET, "/var/lib/samba/ntp_signd/socket", NULL },
	{ KEY_DOMAIN_NTP_SIGND_SOCKET, "None", NULL },
	{ KEY_DOMAIN_NTP_SIGND_SOCKET, "", NULL },
	{ KEY_DOMAIN_NTP_SIGND_SOCKET, "socket",
	  "an absolute path of at most 107 bytes, or none, is allowed" },
	{ KEY_DOMAIN_SIGN_FOR, "192.0.2.0/24 2001:db8::/32 203.0.113.7", NULL },
	{ KEY_DOMAIN_SIGN_FOR, "everybody",
	  "an address or a block such as 192.0.2.0/24 or 2001:db8::/32, with no bits set behind "
	  "the prefix, is allowed" },
	{ KEY_DOMAIN_SIGNED_RID_EXEMPT, "192.0.2.0/24", NULL },
	{ KEY_DOMAIN_SIGNED_RID_EXEMPT, "1 2",
	  "an address or a block such as 192.0.2.0/24 or 2001:db8::/32, with no bits set behind "
	  "the prefix, is allowed" },
	{ KEY_W32TIMED_STATE_DIR, "/var/lib/w32timed", NULL },
	{ KEY_W32TIMED_STATE_DIR, "", "an absolute path is allowed" },
	{ KEY_W32TIMED_STATE_DIR, "lib", "an absolute path is allowed" },
	{ KEY_W32TIMED_CONTROL_SOCKET, "/run/w32timed/control", NULL },
	{ KEY_W32TIMED_CONTROL_SOCKET, "None", NULL },
	{ KEY_W32TIMED_CONTROL_SOCKET, "control",
	  "an absolute path of at most 107 bytes, or none, is allowed" },
	{ KEY_DOMAIN_REALM, "", NULL },
	{ KEY_DOMAIN_REALM, "CORP.EXAMPLE", NULL },
	{ KEY_DOMAIN_REALM, "CORP..EXAMPLE", "a domain's name such as CORP.EXAMPLE is allowed" },
	{ KEY_DOMAIN_REALM, "CORP.EXAMPLE.", "a domain's name such as CORP.EXAMPLE is allowed" },
	{ KEY_DOMAIN_REALM, "CORP/EXAMPLE", "a domain's name such as CORP.EXAMPLE is allowed" },
	{ KEY_DOMAIN_SITE, "Default-First-Site-Name", NULL },
	{ KEY_DOMAIN_SITE, "Two sites",
	  "a site's name of at most 63 letters, digits and hyphens is allowed" },
	{ KEY_DOMAIN_ACCOUNT_NAME, "MEMBER1", NULL },
	{ KEY_DOMAIN_ACCOUNT_NAME, "MEMBER1$", NULL },
	{ KEY_DOMAIN_ACCOUNT_NAME, "$",
	  "the name of a machine's account such as SERVER1$ is allowed" },
	{ KEY_DOMAIN_ACCOUNT_NAME, "CORP\\MEMBER1$",
	  "the name of a machine's account such as SERVER1$ is allowed" },
	{ KEY_DOMAIN_KEYTAB_PATH, "/etc/krb5.keytab", NULL },
	{ KEY_DOMAIN_KEYTAB_PATH, "krb5.keytab", "an absolute path is allowed" },
	{ KEY_DOMAIN_SECRETS_PATH, "/var/lib/samba/private/secrets.tdb", NULL },
	{ KEY_DOMAIN_KEY_PATH, "/etc/w32timed.key", NULL },
	{ KEY_W32TIMED_USER, "nobody", NULL },
	{ KEY_W32TIMED_USER, "", NULL },
	{ KEY_W32TIMED_BIND_ADDRESS, "192.0.2.1", NULL },
	{ KEY_W32TIMED_BIND_ADDRESS, "::1 127.0.0.1", NULL },
	{ KEY_W32TIMED_BIND_ADDRESS, "", NULL },
	{ KEY_W32TIMED_BIND_ADDRESS, "localhost", "an IPv4 or IPv6 address is allowed" },
	{ KEY_W32TIMED_BIND_ADDRESS, "192.0.2.1:123", "an IPv4 or IPv6 address is allowed" },
	{ KEY_W32TIMED_BIND_ADDRESS, "::1 ::1", "::1 is given twice" },
	{ KEY_W32TIMED_CLIENT_BIND_ADDRESS, "192.0.2.1 2001:db8::1", NULL },
	{ KEY_W32TIMED_CLIENT_BIND_ADDRESS, "eth0", "an IPv4 or IPv6 address is allowed" },
	{ KEY_W32TIMED_CLIENT_BIND_ADDRESS, "192.0.2.1 192.0.2.2 192.0.2.3",
	  "at most 2 are allowed" },
	{ KEY_W32TIMED_ALLOW_FROM, "192.0.2.0/24 2001:db8::/32 203.0.113.7", NULL },
	{ KEY_W32TIMED_ALLOW_FROM, "192.0.2.1/24",
	  "an address or a block such as 192.0.2.0/24 or 2001:db8::/32, with no bits set behind "
	  "the prefix, is allowed" },
	{ KEY_W32TIMED_LOG_LEVEL, "Error", NULL },
	{ KEY_W32TIMED_LOG_LEVEL, "Warning", NULL },
	{ KEY_W32TIMED_LOG_LEVEL, "Information", NULL },
	{ KEY_W32TIMED_LOG_LEVEL, "Debug", NULL },
	{ KEY_W32TIMED_LOG_LEVEL, "Chatty", "Error, Warning, Information or Debug is allowed" },
};

START_TEST(texts_are_checked)
{
	bool seen[CONFIG_KEYS] = { false };

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		char clean[100];
		size_t length = strlen(texts[i].value);

		seen[texts[i].key] = true;
		config_problems_free(&problems);
		if (texts[i].phrase == NULL) {
			ck_assert_msg(parse_setting(texts[i].key, texts[i].value) == 0, "%s",
				      texts[i].value);
			continue;
		}
		ck_assert_int_eq(parse_setting(texts[i].key, texts[i].value), -EINVAL);
		ck_assert_uint_eq(problems.count, 1);
		ck_assert_uint_eq(problems.list[0].line, 2);
		/* NAME = VALUE: PHRASE, with no raw control character in it. */
		snprintf(clean, sizeof clean, "%s = ", config_key_info(texts[i].key)->name);
		ck_assert(strncmp(problems.list[0].text, clean, strlen(clean)) == 0);
		ck_assert_uint_gt(strlen(problems.list[0].text), length);
		ck_assert_str_eq(strstr(problems.list[0].text, ": ") + 2, texts[i].phrase);
		ck_assert_ptr_null(strchr(problems.list[0].text, '\033'));
	}
	for (int i = 0; i < CONFIG_KEYS; i++)
		ck_assert_msg(seen[i] || config_key_info(i)->type == CONFIG_TYPE_NUMBER, "%s",
			      config_key_info(i)->name);
}
END_TEST

START_TEST(words_are_spelled_as_in_the_table)
{
	ck_assert_int_eq(parse("[parameters]\ntype = nt5ds\n[DOMAIN]\nROLE=controller\n"), 0);
	ck_assert_str_eq(config_text(config, KEY_PARAMETERS_TYPE), "NT5DS");
	ck_assert_str_eq(config_text(config, KEY_DOMAIN_ROLE), "Controller");
}
END_TEST

START_TEST(lists_add_up_in_a_file)
{
	ck_assert_int_eq(parse("[w32timed]\nBindAddress = 192.0.2.1\nPort = 1123\n"
			       "BindAddress = ::1 192.0.2.2\n  192.0.2.3\n"),
			 0);
	ck_assert_uint_eq(config_list_count(config, KEY_W32TIMED_BIND_ADDRESS), 4);
	ck_assert_str_eq(config_list_item(config, KEY_W32TIMED_BIND_ADDRESS, 0), "192.0.2.1");
	ck_assert_str_eq(config_list_item(config, KEY_W32TIMED_BIND_ADDRESS, 3), "192.0.2.3");
	ck_assert_str_eq(config_text(config, KEY_W32TIMED_BIND_ADDRESS), "192.0.2.1");
	/* Another file's list takes their place. */
	ck_assert_int_eq(
		parse_as(CONFIG_ORIGIN_POLICY, "policy", "[w32timed]\nBindAddress = 127.0.0.1\n"),
		0);
	ck_assert_uint_eq(config_list_count(config, KEY_W32TIMED_BIND_ADDRESS), 1);
	ck_assert_int_eq(parse_as(CONFIG_ORIGIN_POLICY, "last", "[w32timed]\nBindAddress =\n"), 0);
	ck_assert_uint_eq(config_list_count(config, KEY_W32TIMED_BIND_ADDRESS), 0);
	ck_assert_str_eq(config_text(config, KEY_W32TIMED_BIND_ADDRESS), "");
}
END_TEST

START_TEST(later_files_win)
{
	ck_assert_int_eq(parse("[Config]\nMinPollInterval = 4\nMaxPollInterval = 9\n"), 0);
	ck_assert_int_eq(parse_as(CONFIG_ORIGIN_POLICY, "a", "[Config]\nMaxPollInterval = 8\n"), 0);
	ck_assert_int_eq(parse_as(CONFIG_ORIGIN_POLICY, "b", "[Config]\nMaxPollInterval = 7\n"), 0);
	ck_assert_uint_eq(config_number(config, KEY_CONFIG_MAX_POLL_INTERVAL), 7);
	ck_assert_int_eq(config_origin(config, KEY_CONFIG_MAX_POLL_INTERVAL), CONFIG_ORIGIN_POLICY);
	ck_assert_int_eq(config_origin(config, KEY_CONFIG_MIN_POLL_INTERVAL), CONFIG_ORIGIN_LOCAL);
	ck_assert_int_eq(config_origin(config, KEY_CONFIG_HOLD_PERIOD), CONFIG_ORIGIN_DEFAULT);
}
END_TEST

START_TEST(a_wrong_value_leaves_the_old_one)
{
	ck_assert_int_eq(parse("[Config]\nMaxPollInterval = 9\n[Parameters]\nType = NoSync\n"), 0);
	ck_assert_int_eq(parse_as(CONFIG_ORIGIN_POLICY, "a",
				  "[Config]\nMaxPollInterval = 99\n[Parameters]\nType = X\n"),
			 -EINVAL);
	ck_assert_uint_eq(problems.count, 2);
	expect_problem(
		0, 2,
		"MaxPollInterval = 99: a number from 0 to 17 is allowed, which counts as 2 to "
		"that power in seconds: from 1 s to 131072 s");
	ck_assert_str_eq(problems.list[0].file, "a");
	ck_assert_uint_eq(config_number(config, KEY_CONFIG_MAX_POLL_INTERVAL), 9);
	ck_assert_str_eq(config_text(config, KEY_PARAMETERS_TYPE), "NoSync");
	ck_assert_int_eq(config_origin(config, KEY_CONFIG_MAX_POLL_INTERVAL), CONFIG_ORIGIN_LOCAL);
}
END_TEST

START_TEST(copies_are_the_same_and_apart)
{
	struct config *copy;

	ck_assert_int_eq(parse("[Parameters]\nNtpServer = a b\n[w32timed]\nAllowFrom = ::1 ::2\n"
			       "[Config]\nMinPollInterval = 3\n"),
			 0);
	copy = config_copy(config);
	for (int i = 0; i < CONFIG_KEYS; i++) {
		ck_assert(config_same(config, copy, i));
		ck_assert_int_eq(config_origin(config, i), config_origin(copy, i));
	}
	ck_assert_int_eq(parse("[Parameters]\nNtpServer = a\n[w32timed]\nAllowFrom = ::1\n"
			       "[Config]\nMinPollInterval = 4\n"),
			 0);
	ck_assert(!config_same(config, copy, KEY_PARAMETERS_NTP_SERVER));
	ck_assert(!config_same(config, copy, KEY_W32TIMED_ALLOW_FROM));
	ck_assert(!config_same(config, copy, KEY_CONFIG_MIN_POLL_INTERVAL));
	/* The default said aloud is still the default. */
	ck_assert_int_eq(parse("[Config]\nHoldPeriod = 5\n"), 0);
	ck_assert(config_same(config, copy, KEY_CONFIG_HOLD_PERIOD));
	config_destroy(copy);
}
END_TEST

START_TEST(a_default_gives_way_to_what_is_written)
{
	static const struct {
		const char *text;
		unsigned least[CONFIG_ROLES], most[CONFIG_ROLES];
	} rows[] = {
		{ "MaxPollInterval = 9\n", { 9, 9, 6 }, { 9, 9, 9 } },
		{ "MaxPollInterval = 3\n", { 3, 3, 3 }, { 3, 3, 3 } },
		{ "MaxPollInterval = 17\n", { 10, 10, 6 }, { 17, 17, 17 } },
		{ "MinPollInterval = 12\n", { 12, 12, 12 }, { 15, 15, 12 } },
		{ "MinPollInterval = 16\n", { 16, 16, 16 }, { 16, 16, 16 } },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char text[60];

		config_destroy(config);
		config = config_create(CONFIG_ROLE_STANDALONE);
		snprintf(text, sizeof text, "[Config]\n%s", rows[i].text);
		ck_assert_int_eq(parse(text), 0);
		ck_assert_int_eq(config_check(config, &problems), 0);
		for (int role = 0; role < CONFIG_ROLES; role++) {
			config_set_role(config, role);
			ck_assert_uint_eq(config_number(config, KEY_CONFIG_MIN_POLL_INTERVAL),
					  rows[i].least[role]);
			ck_assert_uint_eq(config_number(config, KEY_CONFIG_MAX_POLL_INTERVAL),
					  rows[i].most[role]);
		}
	}
}
END_TEST

/* Right or wrong whatever machine reads it. */
START_TEST(values_are_checked_against_each_other)
{
	for (int role = 0; role < CONFIG_ROLES; role++) {
		config_set_role(config, role);
		ck_assert_int_eq(config_check(config, &problems), 0);
		ck_assert_int_eq(parse("[Config]\n\nMinPollInterval = 9\n"
				       "MaxPollInterval = 8\n"),
				 0);
		ck_assert_int_eq(config_check(config, &problems), -EINVAL);
		expect_problem(0, 3, "MinPollInterval = 9 is above MaxPollInterval = 8");
		ck_assert_str_eq(problems.list[0].file, "main");
		ck_assert_int_eq(config_check(config, NULL), -EINVAL);
		config_problems_free(&problems);
		ck_assert_int_eq(parse("[Config]\nMaxPollInterval = 9\n"), 0);
		ck_assert_int_eq(config_check(config, NULL), 0);
	}
	ck_assert_int_eq(config_check(config, NULL), 0);
	ck_assert_int_eq(parse("[w32timed]\nClientBindAddress = ::1 ::2\n"), 0);
	ck_assert_int_eq(config_check(config, &problems), -EINVAL);
	expect_problem(0, 2, "ClientBindAddress = ::2: one IPv4 and one IPv6 address are allowed");
}
END_TEST

/* The interface of a bridge or a tunnel may come after the daemon. */
START_TEST(addresses_of_interfaces_to_come_are_right)
{
	ck_assert_int_eq(parse("[w32timed]\n"
			       "BindAddress = fe80::1%no-such-thing 192.0.2.1\n"
			       "ClientBindAddress = fe80::1%no-such-thing\n"
			       "AllowFrom = fe80::1%no-such-thing ::1\n"
			       "[Parameters]\nNtpServer = fe80::1%no-such-thing,0x8\n"),
			 0);
	ck_assert_int_eq(config_check(config, &problems), 0);
	ck_assert_str_eq(config_list_item(config, KEY_W32TIMED_BIND_ADDRESS, 0),
			 "fe80::1%no-such-thing");
	ck_assert_int_eq(parse("[w32timed]\nBindAddress = fe80::1%\n"), -EINVAL);
	expect_problem(0, 2, "BindAddress = fe80::1%: an IPv4 or IPv6 address is allowed");
}
END_TEST

START_TEST(unused_keys_are_noted)
{
	ck_assert_int_eq(parse("[Parameters]\nServiceDll = x\nType = NTP\n"), 0);
	ck_assert_uint_eq(problems.count, 0);
	config_note_unused(config, &problems);
	ck_assert_uint_eq(problems.count, 1);
	expect_problem(0, 2, "ServiceDll is accepted, but w32timed makes no use of it");
}
END_TEST

int main(void)
{
	TCase *table = tcase_create("table"), *values = tcase_create("values");
	TCase *const cases[] = { table, values, NULL };

	for (int i = 0; cases[i] != NULL; i++)
		tcase_add_checked_fixture(cases[i], config_set_up, config_tear_down);
	tcase_add_test(table, every_key_is_described);
	tcase_add_test(table, names_are_compared_without_case);
	tcase_add_test(table, nearest_names_are_found);
	tcase_add_test(table, defaults_follow_the_role);
	tcase_add_test(values, every_number_takes_its_range);
	tcase_add_test(values, every_number_refuses_the_rest);
	tcase_add_test(values, texts_are_checked);
	tcase_add_test(values, words_are_spelled_as_in_the_table);
	tcase_add_test(values, lists_add_up_in_a_file);
	tcase_add_test(values, later_files_win);
	tcase_add_test(values, a_wrong_value_leaves_the_old_one);
	tcase_add_test(values, copies_are_the_same_and_apart);
	tcase_add_test(values, a_default_gives_way_to_what_is_written);
	tcase_add_test(values, values_are_checked_against_each_other);
	tcase_add_test(values, addresses_of_interfaces_to_come_are_right);
	tcase_add_test(values, unused_keys_are_noted);
	return unit_run("config", cases);
}
