/* Changing the text of a configuration file. */
#include "config/config.h"
#include "config/edit.h"
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static struct error error;

static char *edit(const char *text, enum config_key key, const char *value)
{
	struct config_change change = { key, value };
	char *result = NULL;

	ck_assert_msg(config_edit(text, &change, 1, &result, &error) == 0, "%s", error.text);
	return result;
}

static void expect_edit(const char *text, enum config_key key, const char *value,
			const char *expected)
{
	char *result = edit(text, key, value);

	ck_assert_str_eq(result, expected);
	free(result);
}

/* TEXT is one that the daemon takes, and KEY then has the value. */
static void expect_value(const char *text, enum config_key key, const char *value)
{
	struct config *config = config_create(CONFIG_ROLE_STANDALONE);
	struct config_problems problems = { .list = NULL };

	ck_assert_msg(
		config_parse(config, CONFIG_ORIGIN_LOCAL, "f", text, strlen(text), &problems) == 0,
		"%s", problems.count > 0 ? problems.list[0].text : "");
	ck_assert_str_eq(config_text(config, key), value);
	config_destroy(config);
}

START_TEST(a_key_is_changed_where_it_stands)
{
	expect_edit("# mine\n\n[parameters]\ntype   =  NTP ; why not\nNtpServer = a\n",
		    KEY_PARAMETERS_TYPE, "AllSync",
		    "# mine\n\n[parameters]\ntype   =  AllSync ; why not\nNtpServer = a\n");
	expect_edit("[Config]\r\n  HoldPeriod:5\r\n[NtpClient]\r\n", KEY_CONFIG_HOLD_PERIOD, "7",
		    "[Config]\r\n  HoldPeriod:7\r\n[NtpClient]\r\n");
	expect_edit("[Config]\nHoldPeriod=5", KEY_CONFIG_HOLD_PERIOD, "0x10",
		    "[Config]\nHoldPeriod=0x10");
	expect_edit("\xEF\xBB\xBF[TimeProviders\\NtpClient]\nEnabled = 1\n", KEY_NTP_CLIENT_ENABLED,
		    "0", "\xEF\xBB\xBF[TimeProviders\\NtpClient]\nEnabled = 0\n");
}
END_TEST

START_TEST(the_same_name_elsewhere_stays)
{
	expect_edit("[NtpClient]\nEnabled = 1\n[NtpServer]\nEnabled = 0\n", KEY_NTP_SERVER_ENABLED,
		    "1", "[NtpClient]\nEnabled = 1\n[NtpServer]\nEnabled = 1\n");
}
END_TEST

START_TEST(continued_values_go_as_a_whole)
{
	expect_edit("[Parameters]\nNtpServer = a ; first\n  b ; second\n\n# a comment\n\tc\nType = "
		    "NTP\n",
		    KEY_PARAMETERS_NTP_SERVER, "x",
		    "[Parameters]\nNtpServer = x ; first\n\n# a comment\nType = NTP\n");
	expect_edit("[Parameters]\nNtpServer =\n  a\n  b\n", KEY_PARAMETERS_NTP_SERVER, "x y",
		    "[Parameters]\nNtpServer = x y\n");
	expect_edit("[Parameters]\nNtpServer =\n  a\n  b\nType = NTP\n", KEY_PARAMETERS_NTP_SERVER,
		    NULL, "[Parameters]\nType = NTP\n");
}
END_TEST

START_TEST(empty_values_and_comments_keep_their_distance)
{
	expect_edit("[Parameters]\nNtpServer =; not a comment\n", KEY_PARAMETERS_NTP_SERVER, "x",
		    "[Parameters]\nNtpServer =x\n");
	expect_edit("[Parameters]\nNtpServer = ; a comment\n", KEY_PARAMETERS_NTP_SERVER, "x",
		    "[Parameters]\nNtpServer = x ; a comment\n");
	expect_edit("[Parameters]\nType = NTP\n", KEY_PARAMETERS_TYPE, " NT5DS\t",
		    "[Parameters]\nType = NT5DS\n");
	expect_edit("[w32timed]\nUser=\n", KEY_W32TIMED_USER, "me", "[w32timed]\nUser= me\n");
	expect_edit("[w32timed]\nUser = me ; I\n", KEY_W32TIMED_USER, "",
		    "[w32timed]\nUser =  ; I\n");
}
END_TEST

START_TEST(every_occurrence_counts)
{
	expect_edit("[Config]\nHoldPeriod = 1\n[NtpClient]\n[CONFIG]\nholdperiod = 2\n",
		    KEY_CONFIG_HOLD_PERIOD, "3",
		    "[Config]\nHoldPeriod = 3\n[NtpClient]\n[CONFIG]\n");
	expect_edit("[w32timed]\nBindAddress = ::1\nPort = 1\nBindAddress = ::2\n",
		    KEY_W32TIMED_BIND_ADDRESS, "127.0.0.1 ::3",
		    "[w32timed]\nBindAddress = 127.0.0.1 ::3\nPort = 1\n");
	expect_edit("[Config]\nHoldPeriod = 1\n[config]\nHoldPeriod = 2\n", KEY_CONFIG_HOLD_PERIOD,
		    NULL, "[Config]\n[config]\n");
	expect_edit("[Config]\n", KEY_CONFIG_HOLD_PERIOD, NULL, "[Config]\n");
	expect_edit("", KEY_CONFIG_HOLD_PERIOD, NULL, "");
}
END_TEST

START_TEST(new_keys_go_to_the_end_of_their_section)
{
	expect_edit(
		"[Config]\nHoldPeriod = 1\n\n# About the client:\n# all of it\n[NtpClient]\n"
		"Enabled = 1\n",
		KEY_CONFIG_MIN_POLL_INTERVAL, "6",
		"[Config]\nHoldPeriod = 1\nMinPollInterval = 6\n\n# About the client:\n# all of "
		"it\n[NtpClient]\nEnabled = 1\n");
	/* A comment of the section itself is not the next one's. */
	expect_edit("[Domain]\n# Whose defaults:\n\n# The client\n\n# "
		    "more\n[NtpClient]\n",
		    KEY_DOMAIN_ROLE, "Member",
		    "[Domain]\n# Whose defaults:\n\n# The client\nRole = Member\n\n"
		    "# more\n[NtpClient]\n");
	expect_edit("[Domain]\n[Config]\n[Domain]\n", KEY_DOMAIN_ROLE, "Member",
		    "[Domain]\nRole = Member\n[Config]\n[Domain]\n");
	expect_edit("[Parameters]\nNtpServer = a\n  b\n\n\n", KEY_PARAMETERS_TYPE, "NTP",
		    "[Parameters]\nNtpServer = a\n  b\nType = NTP\n\n\n");
	expect_edit("[Parameters]\n# the end", KEY_PARAMETERS_TYPE, "NTP",
		    "[Parameters]\n# the end\nType = NTP\n");
	expect_edit("[Parameters]\r\nNtpServer = a", KEY_PARAMETERS_TYPE, "NTP",
		    "[Parameters]\r\nNtpServer = a\r\nType = NTP\r\n");
}
END_TEST

START_TEST(new_keys_go_below_a_comment_that_shows_them)
{
	expect_edit("[Config]\n;HoldPeriod = 1\n\n# end\n\n[NtpClient]\n", KEY_CONFIG_HOLD_PERIOD,
		    "9", "[Config]\n;HoldPeriod = 1\nHoldPeriod = 9\n\n# end\n\n[NtpClient]\n");
	expect_edit("[Config]\n #\tholdperiod=1\n# HoldPeriod = 2\nMinPollInterval = 1\n",
		    KEY_CONFIG_HOLD_PERIOD, "9",
		    "[Config]\n #\tholdperiod=1\nHoldPeriod = 9\n# HoldPeriod = 2\n"
		    "MinPollInterval = 1\n");
	expect_edit("[Config]\n;HoldPeriod = 1", KEY_CONFIG_HOLD_PERIOD, "9",
		    "[Config]\n;HoldPeriod = 1\nHoldPeriod = 9\n");
	/* Prose, other keys and other sections do not count. */
	expect_edit("[Parameters]\n# Type: whom to follow\n; Types = 1\n\n[Config]\n; Type = NTP\n",
		    KEY_PARAMETERS_TYPE, "NTP",
		    "[Parameters]\n# Type: whom to follow\n; Types = 1\nType = NTP\n\n[Config]\n"
		    "; Type = NTP\n");
	/* Nor what stands within a value, or above an indented key. */
	expect_edit("[Parameters]\nNtpServer = a\n; Type = NTP\n  b\n", KEY_PARAMETERS_TYPE, "NTP",
		    "[Parameters]\nNtpServer = a\n; Type = NTP\n  b\nType = NTP\n");
	expect_edit("[Config]\n; HoldPeriod = 1\n  MinPollInterval = 1\n", KEY_CONFIG_HOLD_PERIOD,
		    "9", "[Config]\n; HoldPeriod = 1\n  MinPollInterval = 1\nHoldPeriod = 9\n");
}
END_TEST

START_TEST(new_sections_go_to_the_end)
{
	expect_edit("", KEY_PARAMETERS_TYPE, "NTP", "[Parameters]\nType = NTP\n");
	expect_edit("[Config]\r\nHoldPeriod = 1", KEY_NTP_SERVER_ENABLED, "1",
		    "[Config]\r\nHoldPeriod = 1\r\n\r\n[NtpServer]\r\nEnabled = 1\r\n");
	/* Behind a value, this heading would be read as more of it. */
	expect_edit("[Domain]\n  [Config]\n", KEY_DOMAIN_ROLE, "Member",
		    "[Domain]\n  [Config]\n\n[Domain]\nRole = Member\n");
}
END_TEST

static const char *long_list(void)
{
	static char list[2500];

	list[0] = '\0';
	for (int i = 0; i < 64; i++)
		sprintf(list + strlen(list), "%sserver%d.time.example,0x8", i == 0 ? "" : " ", i);
	return list;
}

START_TEST(long_lists_go_on_in_indented_lines)
{
	const char *list = long_list();
	char *once = edit("[Parameters]\nNtpServer = a ; mine\nType = NTP\n",
			  KEY_PARAMETERS_NTP_SERVER, list);
	char *twice = edit(once, KEY_PARAMETERS_NTP_SERVER, list);
	char *back = edit(twice, KEY_PARAMETERS_NTP_SERVER, "a");
	static const char start[] = "[Parameters]\n; mine\nNtpServer = server0.time.example,0x8 "
				    "server1.time.example,0x8\n        server2";

	ck_assert_int_eq(strncmp(once, start, strlen(start)), 0);
	expect_value(once, KEY_PARAMETERS_NTP_SERVER, list);
	ck_assert_str_eq(once, twice);
	ck_assert_str_eq(back, "[Parameters]\n; mine\nNtpServer = a\nType = NTP\n");
	for (char *line = once; line != NULL; line = strchr(line + 1, '\n'))
		ck_assert_uint_le(strcspn(line + 1, "\n"), 78);
	free(once);
	free(twice);
	free(back);
	/* The key and the first of them may not fit into one line. */
	once = edit("\r\n", KEY_PARAMETERS_NTP_SERVER,
		    "a123456789.a123456789.a123456789.a123456789.a123456789.a123456789.a123456789."
		    "example a123456789.a123456789.a123456789.a123456789.a123456789.a123456789.b."
		    "a123456789.example a123456789.a123456789.a123456789.a123456789.c");
	ck_assert_ptr_nonnull(strstr(once, "NtpServer = \r\n        a123456789."));
	free(once);
}
END_TEST

START_TEST(comments_that_no_longer_fit_get_their_own_line)
{
	char text[400] = "[Config]\nFileLogName = /x ; ", value[200] = "/";
	char *result;

	memset(text + strlen(text), 'c', 100);
	strcat(text, "\n");
	memset(value + 1, 'v', 150);
	result = edit(text, KEY_CONFIG_FILE_LOG_NAME, value);
	ck_assert_int_eq(strncmp(result, "[Config]\n; cccc", 15), 0);
	expect_value(result, KEY_CONFIG_FILE_LOG_NAME, value);
	free(result);
}
END_TEST

/* At every length around that of libinih's buffer. */
START_TEST(long_values_are_read_back)
{
	static const char *const texts[] = {
		"[Config]\nFileLogName =\n",
		"[Config]\nFileLogName = /x ; c\n",
		"[Config]\nFileLogName=/x ;\n",
		"[Config]\n",
	};

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		for (size_t length = 170; length < 420; length++) {
			char value[420] = "/";
			char *result;

			memset(value + 1, 'v', length - 1);
			value[length] = '\0';
			result = edit(texts[i], KEY_CONFIG_FILE_LOG_NAME, value);
			expect_value(result, KEY_CONFIG_FILE_LOG_NAME, value);
			free(result);
		}
	}
}
END_TEST

static const struct {
	enum config_key key;
	const char *value, *error;
} refused[] = {
	{ KEY_CONFIG_MAX_POLL_INTERVAL, "99",
	  "MaxPollInterval = 99: a number from 0 to 17 is allowed, which counts as 2 to that power "
	  "in seconds: from 1 s to 131072 s" },
	{ KEY_PARAMETERS_TYPE, "NTP\nNtpServer = evil",
	  "Type = NTP\nNtpServer = evil: only text in UTF-8 without control characters is "
	  "allowed" },
	{ KEY_PARAMETERS_NTP_SERVER, "10.10.10.1/update",
	  "NtpServer = 10.10.10.1/update: peer \"10.10.10.1/update\": neither a host name nor an "
	  "address (is a blank missing before the \"/\"?)" },
	{ KEY_CONFIG_FILE_LOG_NAME, "/a ;b",
	  "FileLogName = /a ;b: a \";\" behind a blank would begin a comment" },
	{ KEY_PARAMETERS_SERVICE_MAIN, ";b",
	  "ServiceMain = ;b: a \";\" behind a blank would begin a comment" },
};

START_TEST(wrong_values_are_refused)
{
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
		struct config_change change = { refused[i].key, refused[i].value };
		char *result = NULL;

		ck_assert_int_eq(config_edit("", &change, 1, &result, &error), -EINVAL);
		ck_assert_ptr_null(result);
		ck_assert_str_eq(error.text, refused[i].error);
	}
}
END_TEST

START_TEST(changes_add_up)
{
	struct config_change changes[] = {
		{ KEY_PARAMETERS_TYPE, "NTP" },
		{ KEY_PARAMETERS_NTP_SERVER, "a,0x8 b,0x8" },
		{ KEY_CONFIG_LARGE_PHASE_OFFSET, NULL },
		{ KEY_CONFIG_FILE_LOG_SIZE, "1000000" },
	};
	char *result;

	ck_assert_int_eq(
		config_edit("[Config]\nLargePhaseOffset = 1\n", changes, 4, &result, &error), 0);
	ck_assert_str_eq(result, "[Config]\nFileLogSize = 1000000\n\n[Parameters]\nType = NTP\n"
				 "NtpServer = a,0x8 b,0x8\n");
	free(result);
	ck_assert_int_eq(config_edit("x", NULL, 0, &result, &error), 0);
	ck_assert_str_eq(result, "x");
	free(result);
}
END_TEST

int main(void)
{
	TCase *changing = tcase_create("changing"), *adding = tcase_create("adding"),
	      *limits = tcase_create("limits");
	TCase *const cases[] = { changing, adding, limits, NULL };

	tcase_add_test(changing, a_key_is_changed_where_it_stands);
	tcase_add_test(changing, the_same_name_elsewhere_stays);
	tcase_add_test(changing, continued_values_go_as_a_whole);
	tcase_add_test(changing, empty_values_and_comments_keep_their_distance);
	tcase_add_test(changing, every_occurrence_counts);
	tcase_add_test(changing, changes_add_up);
	tcase_add_test(adding, new_keys_go_to_the_end_of_their_section);
	tcase_add_test(adding, new_keys_go_below_a_comment_that_shows_them);
	tcase_add_test(adding, new_sections_go_to_the_end);
	tcase_add_test(limits, long_lists_go_on_in_indented_lines);
	tcase_add_test(limits, comments_that_no_longer_fit_get_their_own_line);
	tcase_add_test(limits, long_values_are_read_back);
	tcase_add_test(limits, wrong_values_are_refused);
	return unit_run("config edit", cases);
}
