/* The form of a configuration file: lines, sections, comments, limits. */
#include "config/config.h"
#include "config_fixture.h"
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static void expect_only(unsigned line, const char *text)
{
	ck_assert_uint_eq(problems.count, 1);
	ck_assert_str_eq(problems.list[0].text, text);
	ck_assert_uint_eq(problems.list[0].line, line);
	ck_assert_str_eq(problems.list[0].file, "main");
	config_problems_free(&problems);
}

START_TEST(comments_and_blanks)
{
	ck_assert_int_eq(parse("\xEF\xBB\xBF# a comment\r\n\r\n; another\r\n"
			       "[ Config ] ; here too\r\n\tMinPollInterval=0x4 ; and here\r\n"
			       "MaxPollInterval : 9\r\n"
			       "  # between\r\n"
			       "[TimeProviders\\NtpServer]\r\nEnabled = 1"),
			 0);
	ck_assert_uint_eq(problems.count, 0);
	ck_assert_uint_eq(config_number(config, KEY_CONFIG_MIN_POLL_INTERVAL), 4);
	ck_assert_uint_eq(config_number(config, KEY_CONFIG_MAX_POLL_INTERVAL), 9);
	ck_assert_uint_eq(config_number(config, KEY_NTP_SERVER_ENABLED), 1);
	ck_assert_int_eq(config_parse(config, CONFIG_ORIGIN_LOCAL, "main", NULL, 0, &problems), 0);
	ck_assert_int_eq(parse("\xEF\xBB\xBF\xEF\xBB\xBF[Config]\nMinPollInterval = 5\n"), 0);
	ck_assert_uint_eq(config_number(config, KEY_CONFIG_MIN_POLL_INTERVAL), 5);
}
END_TEST

START_TEST(values_go_on_in_indented_lines)
{
	ck_assert_int_eq(
		parse("[Parameters]\nNtpServer = a.example,0x8 ; the first\n"
		      "\tb.example,0x8 ; the second\n\n# a comment\n   c.example d.example\n"
		      "Type = NTP\n"),
		0);
	ck_assert_str_eq(config_text(config, KEY_PARAMETERS_NTP_SERVER),
			 "a.example,0x8 b.example,0x8 c.example d.example");
	ck_assert_int_eq(parse("[Parameters]\nNtpServer =\n  e.example\n  f.example\n"), 0);
	ck_assert_str_eq(config_text(config, KEY_PARAMETERS_NTP_SERVER), "e.example f.example");
}
END_TEST

START_TEST(other_values_take_one_line)
{
	ck_assert_int_eq(parse("[Config]\n  MinPollInterval = 6\n  MaxPollInterval = 10\n"),
			 -EINVAL);
	expect_only(3, "MaxPollInterval = 10: an indented line goes on with the value above it, "
		       "but the value of MinPollInterval takes one line");
	ck_assert_uint_eq(config_number(config, KEY_CONFIG_MIN_POLL_INTERVAL), 6);
}
END_TEST

#define COMMENT_HINT "; a comment behind a value begins with \" ;\""
#define LOG2_SECONDS ", which counts as 2 to that power in seconds: from 1 s to 131072 s"

static const struct {
	const char *text;
	unsigned line;
	const char *problem;
} wrong[] = {
	{ "[Config]\nMaxPolInterval = 9\n", 2,
	  "MaxPolInterval = 9: unknown key in [Config]; did you mean MaxPollInterval?" },
	{ "[Config]\nWeather = fine\n", 2, "Weather = fine: unknown key in [Config]" },
	{ "[NtpClient]\nMaxPollInterval = 9\n", 2,
	  "MaxPollInterval = 9: belongs in [Config], not in [NtpClient]" },
	{ "[NtpClent]\nEnabled = 1\nWhat = ever\n", 1,
	  "[NtpClent]: unknown section; did you mean [NtpClient]?" },
	{ "\n[Weather]\n", 2,
	  "[Weather]: unknown section; there are [Config], [Parameters], [NtpClient], [NtpServer], "
	  "[Domain] and [w32timed]" },
	{ "Type = NTP\n[Config]\n", 1, "Type = NTP: stands before the first [section]" },
	{ "[Config]\nHoldPeriod = 1\n[Parameters]\n[config]\nholdperiod = 2\n", 5,
	  "holdperiod = 2: HoldPeriod was given before, in line 2" },
	{ "[NtpClient]\nEnabled = 1\n[TimeProviders\\NtpClient]\nEnabled = 1\n", 4,
	  "Enabled = 1: Enabled was given before, in line 2" },
	{ "[Config\nHoldPeriod = 1\n", 1,
	  "[Config: only [SECTION], KEY = VALUE and comments are allowed" },
	{ "[Config] HoldPeriod = 1\n", 1,
	  "[Config] HoldPeriod = 1: only [SECTION], KEY = VALUE and comments are allowed" },
	{ "[Config]\nHoldPeriod\n", 2,
	  "HoldPeriod: only [SECTION], KEY = VALUE and comments are allowed" },
	{ "[Config]\n= 5\n", 2, "= 5: only [SECTION], KEY = VALUE and comments are allowed" },
	{ "[Config]\nHold\001 = 5\n", 2, "Hold? = 5: unknown key in [Config]" },
	{ "[Parameters]\nType = NTP # not a comment\n", 2,
	  "Type = NTP # not a comment: NoSync, NTP, NT5DS or AllSync is allowed" COMMENT_HINT },
	{ "[Config]\nMinPollInterval = 64\n", 2,
	  "MinPollInterval = 64: a number from 0 to 17 is allowed" LOG2_SECONDS
	  "; for 64 s write 6" },
	{ "[Config]\nMinPollInterval = 8 # 256 s\n", 2,
	  "MinPollInterval = 8 # 256 s: a number from 0 to 17 is allowed" LOG2_SECONDS
		  COMMENT_HINT },
	{ "[NtpClient]\nSpecialPollInterval = 900; 15 min\n", 2,
	  "SpecialPollInterval = 900; 15 min: a number from 1 to 0xFFFFFFFF is allowed, in "
	  "seconds" COMMENT_HINT },
	{ "[Config]\nUpdateInterval = 1 s\n", 2,
	  "UpdateInterval = 1 s: a number from 0 to 0xFFFFFFFF is allowed, in units of 10 ms" },
};

START_TEST(wrong_lines_are_named)
{
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		ck_assert_int_eq(parse(wrong[i].text), -EINVAL);
		expect_only(wrong[i].line, wrong[i].problem);
	}
}
END_TEST

/* "/xxx...", LENGTH bytes. */
static char *long_path(char *path, size_t length)
{
	memset(path, 'x', length);
	path[0] = '/';
	path[length] = '\0';
	return path;
}

START_TEST(long_lines_are_never_cut)
{
	static const char *const line_ends[] = {
		"\n", "\r\n", "", "\nHoldPeriod = 7\n", " ; comment\n", "   ;\n", "\t; a = b ; c\n"
	};
	char text[3000], path[1000];

	for (size_t length = 150; length < 650; length++) {
		for (size_t i = 0; i < sizeof line_ends / sizeof *line_ends; i++) {
			snprintf(text, sizeof text, "[Config]\nFileLogName = %s%s",
				 long_path(path, length), line_ends[i]);
			ck_assert_int_eq(parse(text), 0);
			ck_assert_str_eq(config_text(config, KEY_CONFIG_FILE_LOG_NAME), path);
		}
	}
	ck_assert_uint_eq(config_number(config, KEY_CONFIG_HOLD_PERIOD), 7);
}
END_TEST

/* Wherever libinih's buffer ends: in blanks, before a comment, behind a semicolon
 * that begins none. */
START_TEST(long_lines_are_read_as_short_ones)
{
	static const struct {
		const char *written, *value;
	} values[] = { { "/b", "/b" },
		       { "/a;b", "/a;b" },
		       { "/a ;b", "/a" },
		       { "/a;;;b  ;; c", "/a;;;b" },
		       { "/a#b c=d", "/a#b c=d" } };
	char text[3000];

	for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
		for (int blanks = 0; blanks < 450; blanks++) {
			snprintf(text, sizeof text, "[Config]\nFileLogName =%*s%s%*s\n", blanks, "",
				 values[i].written, blanks, "");
			ck_assert_int_eq(parse(text), 0);
			ck_assert_str_eq(config_text(config, KEY_CONFIG_FILE_LOG_NAME),
					 values[i].value);
		}
	}
}
END_TEST

/* Twice the text takes twice the time: the square of a megabyte would be 20 s. */
START_TEST(a_megabyte_of_further_lines_takes_no_time)
{
	static const char line[] = "  a,\n";
	const size_t lines = 1024 * 1024 / strlen(line) - 10;
	char *text = malloc(1024 * 1024 + 1), *end = text;
	clock_t start = clock();

	end += sprintf(end, "[Parameters]\nNtpServer = b\n");
	for (size_t i = 0; i < lines; i++)
		end += sprintf(end, "%s", line);
	ck_assert_int_eq(parse(text), -EINVAL);
	ck_assert_uint_eq(problems.count, 1);
	ck_assert_double_lt((double)(clock() - start) / CLOCKS_PER_SEC, 5);
	config_problems_free(&problems);

	start = clock();
	end = text + sprintf(text, "[Config]\n");
	while (end < text + 1024 * 1024 - 10)
		end += sprintf(end, "x=1\n");
	ck_assert_int_eq(parse(text), -EINVAL);
	ck_assert(problems.truncated);
	ck_assert_double_lt((double)(clock() - start) / CLOCKS_PER_SEC, 1);
	free(text);
}
END_TEST

START_TEST(what_follows_a_wrong_line_is_not_misread)
{
	char text[1000] = "[Config]\nHoldPeriod = 7\n";

	/* The further line of an over-long setting is not HoldPeriod's. */
	memset(text + strlen(text), 'y', 300);
	strcat(text, " = 1\n  8\n");
	ck_assert_int_eq(parse(text), -EINVAL);
	ck_assert_uint_eq(problems.count, 1);
	ck_assert_uint_eq(config_number(config, KEY_CONFIG_HOLD_PERIOD), 7);
	config_problems_free(&problems);
	/* An indented line behind a wrong heading is not HoldPeriod's either. */
	ck_assert_int_eq(parse("[Config]\nHoldPeriod = 6\n[Config\n  [NtpClient]\n  Enabled = 0\n"),
			 -EINVAL);
	ck_assert_uint_eq(problems.count, 1);
	ck_assert_uint_eq(config_number(config, KEY_CONFIG_HOLD_PERIOD), 6);
	ck_assert_uint_eq(config_number(config, KEY_NTP_CLIENT_ENABLED), 0);
}
END_TEST

START_TEST(a_comment_may_be_long)
{
	char text[1000] = "[Config]\n#";

	memset(text + strlen(text), 'c', 300);
	strcat(text, "\n  HoldPeriod = 9\n");
	ck_assert_int_eq(parse(text), 0);
	ck_assert_uint_eq(config_number(config, KEY_CONFIG_HOLD_PERIOD), 9);
}
END_TEST

START_TEST(long_names_are_never_cut)
{
	/* The first 49 bytes of these would be known names. */
	char text[200];

	sprintf(text, "[%-49s_]\n", "Config");
	ck_assert_int_eq(parse(text), -EINVAL);
	expect_only(1, "Config                                  ...: the name has 50 bytes, at "
		       "most 49 are allowed");
	sprintf(text, "[Parameters]\n%-49s_ = 1\n", "NtpServer");
	ck_assert_int_eq(parse(text), -EINVAL);
	expect_only(2, "NtpServer                               ...: the name has 50 bytes, at "
		       "most 49 are allowed");
}
END_TEST

START_TEST(nul_bytes_are_refused)
{
	static const char text[] = "[Config]\nHoldPeriod = 7\0 8\n";

	ck_assert_int_eq(
		config_parse(config, CONFIG_ORIGIN_LOCAL, "main", text, sizeof text - 1, &problems),
		-EINVAL);
	expect_only(2, "a NUL byte: the file must be plain text in UTF-8");
	ck_assert_int_eq(config_origin(config, KEY_CONFIG_HOLD_PERIOD), CONFIG_ORIGIN_DEFAULT);
}
END_TEST

START_TEST(problems_are_bounded)
{
	char text[3000] = "[Config]\n";

	for (int i = 0; i < 150; i++)
		strcat(text, "Weather = x\n");
	ck_assert_int_eq(parse(text), -EINVAL);
	ck_assert_uint_eq(problems.count, CONFIG_PROBLEMS_MAX);
	ck_assert(problems.truncated);
	ck_assert_uint_eq(problems.list[99].line, 101);
	ck_assert_int_eq(
		config_parse(config, CONFIG_ORIGIN_LOCAL, "main", text, strlen(text), NULL),
		-EINVAL);
}
END_TEST

int main(void)
{
	TCase *form = tcase_create("form"), *limits = tcase_create("limits");
	TCase *const cases[] = { form, limits, NULL };

	for (int i = 0; cases[i] != NULL; i++)
		tcase_add_checked_fixture(cases[i], config_set_up, config_tear_down);
	tcase_add_test(form, comments_and_blanks);
	tcase_add_test(form, values_go_on_in_indented_lines);
	tcase_add_test(form, other_values_take_one_line);
	tcase_add_test(form, wrong_lines_are_named);
	tcase_add_test(limits, long_lines_are_never_cut);
	tcase_add_test(limits, long_lines_are_read_as_short_ones);
	tcase_add_test(limits, a_megabyte_of_further_lines_takes_no_time);
	tcase_add_test(limits, what_follows_a_wrong_line_is_not_misread);
	tcase_add_test(limits, a_comment_may_be_long);
	tcase_add_test(limits, long_names_are_never_cut);
	tcase_add_test(limits, nul_bytes_are_refused);
	tcase_add_test(limits, problems_are_bounded);
	return unit_run("config file", cases);
}
