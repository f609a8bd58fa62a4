/* The tool's words and numbers: arguments, errors, the fields' texts. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "unit.h"
#include "w32tm/daemon.h"
#include "w32tm/errors.h"
#include "w32tm/format.h"
#include "w32tm/help.h"
#include "w32tm/json.h"
#include "w32tm/nt_time.h"
#include "w32tm/options.h"
#include "w32tm/remote.h"
#include "w32tm/tool.h"

static void use_zone(const char *zone)
{
	setenv("TZ", zone, 1);
	tzset();
}

START_TEST(options_are_claimed_without_regard_to_case)
{
	const char *arguments[] = { "-VERBOSE", "/Computer:a:b c", "/samples:5", "word",
				    "/samples:6" };
	struct options options;
	uint32_t samples = 0;

	ck_assert_int_eq(options_create(&options, arguments, 5), 0);
	ck_assert(options_claim(&options, "verbose"));
	ck_assert(!options_claim(&options, "verbose"));
	ck_assert_str_eq(options_claim_value(&options, "computer"), "a:b c");
	ck_assert_ptr_null(options_claim_value(&options, "computer"));
	ck_assert_int_eq(options_claim_number(&options, "samples", 0, 9, &samples), 1);
	ck_assert_uint_eq(samples, 5);
	ck_assert(!options_all_claimed(&options));
	ck_assert_str_eq(options_claim_word(&options), "word");
	ck_assert_int_eq(options_claim_number(&options, "samples", 0, 5, &samples), -EINVAL);
	ck_assert_int_eq(options_claim_number(&options, "samples", 0, 5, &samples), 0);
	ck_assert_uint_eq(samples, 5);
	ck_assert(options_all_claimed(&options));
	options_free(&options);
}
END_TEST

START_TEST(a_flag_has_no_value_and_a_value_needs_its_colon)
{
	const char *arguments[] = { "/verbose:1", "/computer", "/computerx:1", "x/soft" };
	struct options options;

	ck_assert_int_eq(options_create(&options, arguments, 4), 0);
	ck_assert(!options_claim(&options, "verbose"));
	ck_assert(!options_claim(&options, "soft"));
	ck_assert_ptr_null(options_claim_value(&options, "computer"));
	options_free(&options);
}
END_TEST

START_TEST(unexpected_arguments_are_listed)
{
	const char *arguments[] = { "/verbose", "/foo", "bar" };
	char *text;
	struct options options;
	struct tool tool = { .diagnoses = stderr };
	size_t length;

	tool.out = open_memstream(&text, &length);
	ck_assert_int_eq(options_create(&options, arguments, 3), 0);
	options_claim(&options, "verbose");
	ck_assert_int_eq(tool_refuse_unclaimed(&tool, &options), 1);
	fclose(tool.out);
	ck_assert_str_eq(text, "The following arguments were unexpected:\n /foo\n bar\n");
	free(text);
	options_free(&options);
}
END_TEST

static const struct {
	const char *raw, *cleaned;
} foreign_texts[] = {
	{ "T\xc3\xa9l\xc3\xa9 \xf0\x9f\x95\x90", "T\xc3\xa9l\xc3\xa9 \xf0\x9f\x95\x90" },
	{ "\033]0;owned\007\nline\r\177", "?]0;owned??line??" },
	{ "\xc2\x9b"
	  "31m",
	  "?31m" },                                         /* C1 */
	{ "\xe2\x80\xaegpj.exe\xe2\x80\xac", "?gpj.exe?" }, /* U+202E */
	{ "a\xe2\x81\xa6\xe2\x80\xa8\xef\xbb\xbf"
	  "b",
	  "a???b" },
	{ "\x9b"
	  "31m \xff \xe2\x80",
	  "?31m ? ??" }, /* not UTF-8 */
};

START_TEST(foreign_texts_cannot_command_a_terminal)
{
	struct error error;
	struct tool tool;
	char *out, *diagnoses, expected[64];
	size_t length;

	tool.out = open_memstream(&out, &length);
	tool.diagnoses = open_memstream(&diagnoses, &length);
	error_set(&error, EIO, "%s", foreign_texts[_i].raw);
	tool_fail_error(&tool, RESULT_SERVICE_SPECIFIC, &error);
	fclose(tool.out);
	fclose(tool.diagnoses);
	snprintf(expected, sizeof expected, "w32tm: %s\n", foreign_texts[_i].cleaned);
	ck_assert_str_eq(diagnoses, expected);
	free(diagnoses);
	free(out);
}
END_TEST

START_TEST(json_is_ascii)
{
	json_t *value = json_string("\033 \xc2\x9b \xe2\x80\xae");
	size_t length;
	char *text;
	FILE *out = open_memstream(&text, &length);

	json_print(out, value);
	json_print_line(out, value);
	fclose(out);
	ck_assert_str_eq(text, "\"\\u001B \\u009B \\u202E\"\n\"\\u001B \\u009B \\u202E\"\n");
	free(text);
	json_decref(value);
}
END_TEST

static const struct {
	uint32_t result;
	const char *line;
} error_lines[] = {
	{ 0x80070426, "The service has not been started. (0x80070426)" },
	{ 0x80070005, "Access is denied. (0x80070005)" },
	{ 0x80070424,
	  "The specified service does not exist as an installed service. (0x80070424)" },
	{ 0x800706BA, "The RPC server is unavailable. (0x800706BA)" },
	{ 0x80072AF9, "No such host is known. (0x80072AF9)" },
	{ 0x800705B4, "This operation returned because the timeout period expired. (0x800705B4)" },
	{ 0x80072746,
	  "An existing connection was forcibly closed by the remote host. (0x80072746)" },
	{ 0x8007054B,
	  "The specified domain either does not exist or could not be contacted. (0x8007054B)" },
	{ 0x800706E1, "The entry is not found. (0x800706E1)" },
	{ 0x80070057, "The parameter is incorrect. (0x80070057)" },
	{ 0x80070002, "The system cannot find the file specified. (0x80070002)" },
	{ 0x80070422, "The service cannot be started, either because it is disabled or because it "
		      "has no enabled devices associated with it. (0x80070422)" },
	{ 0x80070430, "The specified service has been marked for deletion. (0x80070430)" },
	{ 0x80070032, "The request is not supported. (0x80070032)" },
};

START_TEST(errors_have_windows_words)
{
	struct tool tool = { .diagnoses = stderr };
	char *text, expected[256];
	size_t length;

	tool.out = open_memstream(&text, &length);
	ck_assert_int_eq(tool_fail(&tool, error_lines[_i].result), 1);
	fclose(tool.out);
	snprintf(expected, sizeof expected, "The following error occurred: %s\n",
		 error_lines[_i].line);
	ck_assert_str_eq(text, expected);
	free(text);
}
END_TEST

static const struct {
	const char *error;
	int code; /* 0: the reply names none */
	uint32_t result;
} service_errors[] = {
	{ NULL, 0, 0 },
	{ "io.w32timed.TimeService.AccessDenied", 0, 0x80070005 },
	{ "org.varlink.service.PermissionDenied", 0, 0x80070005 },
	{ "io.w32timed.TimeService.ConfigurationInvalid", 0, 0x8007000D },
	{ "io.w32timed.TimeService.Failed", 0, 0x8007042A },
	{ "io.w32timed.TimeService.Failed", EACCES, 0x80070005 },
	{ "io.w32timed.TimeService.Failed", EROFS, 0x80070013 },
	{ "io.w32timed.TimeService.Failed", ELOOP, 0x8007042A },
	{ "org.varlink.service.InvalidParameter", 0, 0x80070057 },
	{ "org.varlink.service.MethodNotFound", 0, 0x80070032 },
	{ "io.w32timed.TimeServiceAccessDenied", 0, 0x80070032 },
};

START_TEST(service_errors_become_windows_errors)
{
	char name[64], *text;
	struct varlink_reply reply = { .error = NULL };
	struct tool tool = { .out = stdout };
	struct error error;
	size_t length;

	if (service_errors[_i].error != NULL) {
		snprintf(name, sizeof name, "%s", service_errors[_i].error);
		reply.error = name;
	}
	reply.parameters = json_pack("{s:s, s:[{s:s, s:i, s:s}]}", "message", "no memory",
				     "problems", "file", "/etc/a", "line", 7, "text", "bad");
	if (service_errors[_i].code != 0)
		json_object_set_new(reply.parameters, "code",
				    json_integer(service_errors[_i].code));
	tool.diagnoses = open_memstream(&text, &length);
	ck_assert_uint_eq(daemon_judge(&tool, &reply, &error), service_errors[_i].result);
	fclose(tool.diagnoses);
	if (service_errors[_i].result == 0x8007000D)
		ck_assert_str_eq(text, "/etc/a:7: bad\n");
	if (reply.error != NULL && strstr(reply.error, ".Failed") != NULL)
		ck_assert_str_eq(error.text, "no memory");
	free(text);
	json_decref(reply.parameters);
}
END_TEST

START_TEST(system_errors_become_windows_errors)
{
	ck_assert_uint_eq(error_result(0), 0);
	ck_assert_uint_eq(error_result(EACCES), 0x80070005);
	ck_assert_uint_eq(error_result(EPERM), 0x80070005);
	ck_assert_uint_eq(error_result(ENOENT), 0x80070002);
	ck_assert_uint_eq(error_result(EINVAL), 0x80070057);
	ck_assert_uint_eq(error_result(ETIMEDOUT), 0x800705B4);
	ck_assert_uint_eq(error_result(ECONNREFUSED), 0x80072746);
	ck_assert_uint_eq(error_result(EHOSTUNREACH), 0x80072751);
	ck_assert_uint_eq(error_result(ENETUNREACH), 0x80072743);
	ck_assert_uint_eq(RESULT_HOST_NOT_FOUND, 0x80072AF9);
	ck_assert_uint_eq(RESULT_SERVICE_NOT_ACTIVE, 0x80070426);
}
END_TEST

START_TEST(seconds_have_seven_digits)
{
	char buffer[FORMAT_MAX];

	ck_assert_str_eq(format_seconds(buffer, 0.0094857), "0.0094857s");
	ck_assert_str_eq(format_seconds(buffer, -0.0000013), "-0.0000013s");
	ck_assert_str_eq(format_seconds(buffer, -1e-9), "0.0000000s");
	ck_assert_str_eq(format_chart_seconds(buffer, 0.2676328), "+00.2676328");
	ck_assert_str_eq(format_chart_seconds(buffer, -0.0063029), "-00.0063029");
	ck_assert_str_eq(format_chart_seconds(buffer, 120.2428931), "+120.2428931");
	ck_assert_str_eq(format_chart_seconds(buffer, -43149.7350583), "-43149.7350583");
	ck_assert_str_eq(format_signed_seconds(buffer, 0), "+0.0000000s");
	ck_assert_str_eq(format_signed_seconds(buffer, -0.0063029), "-0.0063029s");
}
END_TEST

START_TEST(numbers_that_are_none_do_no_harm)
{
	char buffer[FORMAT_MAX];

	ck_assert_str_eq(format_seconds(buffer, NAN), "0.0000000s");
	format_seconds(buffer, 1e300);
	format_graph(buffer, NAN);
	format_graph(buffer, INFINITY);
	format_precision(buffer, INT64_MIN);
	format_precision(buffer, INT64_MAX);
	ck_assert_str_eq(format_leap(buffer, 7), "7(not synchronized)");
	ck_assert_str_eq(format_date_time(buffer, INT64_MAX), "");
}
END_TEST

static const struct {
	const char *(*format)(char buffer[FORMAT_MAX], int64_t value);
	int64_t value;
	const char *text;
} field_texts[] = {
	{ format_leap, 0, "0(no warning)" },
	{ format_leap, 1, "1(last minute has 61 seconds)" },
	{ format_leap, 2, "2(last minute has 59 seconds)" },
	{ format_leap, 3, "3(not synchronized)" },
	{ format_stratum, 0, "0 (unspecified)" },
	{ format_stratum, 1, "1 (primary reference - syncd by radio clock)" },
	{ format_stratum, 4, "4 (secondary reference - syncd by (S)NTP)" },
	{ format_stratum, 15, "15 (secondary reference - syncd by (S)NTP)" },
	{ format_stratum, 16, "16 (reserved)" },
	{ format_precision, -6, "-6 (15.625ms per tick)" },
	{ format_precision, -23, "-23 (119.209ns per tick)" },
	{ format_precision, -10, "-10 (976.562us per tick)" },
	{ format_precision, -16, "-16 (15.2588us per tick)" },
	{ format_precision, 0, "0 (1000ms per tick)" },
	{ format_poll, 0, "0 (unspecified)" },
	{ format_poll, 6, "6 (64s)" },
	{ format_poll, 10, "10 (1024s)" },
	{ format_poll, 15, "15 (32768s)" },
	{ format_poll, 16, "16 (65536s)" },
	{ format_poll, 17, "17 (out of valid range)" },
	{ format_poll, -3, "-3 (out of valid range)" },
	{ format_mode, 0, "0 (reserved)" },
	{ format_mode, 1, "1 (Symmetric Active)" },
	{ format_mode, 2, "2 (Symmetric Passive)" },
	{ format_mode, 3, "3 (Client)" },
	{ format_mode, 4, "4 (Server)" },
	{ format_mode, 5, "5 (Broadcast)" },
	{ format_mode, 6, "6 (Control)" },
	{ format_mode, 7, "7 (Private Use)" },
	{ format_state, 0, "0 (Unset)" },
	{ format_state, 1, "1 (Hold)" },
	{ format_state, 2, "2 (Sync)" },
	{ format_state, 3, "3 (Spike)" },
	{ format_source_flags, 0, "0 (None)" },
	{ format_source_flags, 1, "1 (Hardware )" },
	{ format_source_flags, 2, "2 (Authenticated )" },
	{ format_source_flags, 3, "3 (Authenticated Hardware )" },
	{ format_source_flags, 6, "6 (Authenticated IPv6 )" },
	{ format_server_role, 0, "0 (None)" },
	{ format_server_role, 64, "64 (Time Service)" },
	{ format_server_role, 576, "576 (Reliable Time Service)" },
	{ format_sync_error, 0, "0 (The command completed successfully.)" },
	{ format_sync_error, 1,
	  "1 (The computer did not resync because no time data was available.)" },
	{ format_sync_error, 2,
	  "2 (The computer did not resync because only stale time data was available.)" },
	{ format_sync_error, 3,
	  "3 (The computer did not resync because the required time change was too big.)" },
	{ format_sync_error, 4,
	  "4 (The computer did not resync because the time service was shutting down.)" },
};

START_TEST(fields_have_w32time_texts)
{
	char buffer[FORMAT_MAX];

	ck_assert_str_eq(field_texts[_i].format(buffer, field_texts[_i].value),
			 field_texts[_i].text);
}
END_TEST

START_TEST(reference_ids_go_by_stratum)
{
	char buffer[FORMAT_MAX];

	ck_assert_str_eq(format_reference_id(buffer, 0, 0), "0x00000000 (unspecified)");
	ck_assert_str_eq(format_reference_id(buffer, 0x4C4F434C, 1),
			 "0x4C4F434C (source name:  \"LOCL\")");
	ck_assert_str_eq(format_reference_id(buffer, 0x47505300, 1),
			 "0x47505300 (source name:  \"GPS\")");
	ck_assert_str_eq(format_reference_id(buffer, 0x52415445, 0),
			 "0x52415445 (source name:  \"RATE\")");
	ck_assert_str_eq(format_reference_id(buffer, 0x14653909, 4),
			 "0x14653909 (source IP:  20.101.57.9)");
	ck_assert_str_eq(format_reference_id(buffer, 0x564D5450, 4),
			 "0x564D5450 (source IP:  86.77.84.80)");
	ck_assert_str_eq(format_reference_name(buffer, 0x1b5b4100), "?[A");
}
END_TEST

START_TEST(peers_tell_why_they_failed)
{
	char buffer[FORMAT_MAX];

	ck_assert_str_eq(format_peer_error(buffer, 0), "0x00000000 (Succeeded)");
	ck_assert_str_eq(
		format_peer_error(buffer, RESULT_TIMEOUT),
		"0x800705B4 (This operation returned because the timeout period expired. )");
	ck_assert_str_eq(format_drop_reason(buffer, 0), "0x00000000 (Succeeded)");
	ck_assert_str_eq(format_drop_reason(buffer, 0x5c),
			 "0x0000005C (The peer is unreachable. )");
	ck_assert_str_eq(format_drop_reason(buffer, 0x5d), "0x0000005D (Unknown )");
	ck_assert_str_eq(
		format_drop_reason(buffer, 0x60),
		"0x00000060 (The peer is not synchronized, or reachability has been lost in one, "
		"or both, directions. This may also indicate that the peer has incorrectly sent "
		"an NTP request instead of an NTP response. )");
	ck_assert_str_eq(format_drop_reason(buffer, 0x64),
			 "0x00000064 (The peer's stratum is less than the host's stratum. )");
}
END_TEST

/* The published lines that the rule was found from. */
static const struct {
	double offset;
	int column;
	char mark;
} graph_points[] = {
	{ 0.1040979, 27, '*' },  { -2.6877832, 20, '*' }, { 9.3192275, 53, '*' },
	{ 11.1860000, 54, '@' }, { -0.6887759, 25, '*' }, { -4.1614944, 16, '*' },
	{ 9.9312044, 54, '*' },  { -11, 0, '@' },         { -10, 0, '*' },
	{ -0.19, 26, '*' },      { 0.179, 27, '*' },      { 0.19, 28, '*' },
	{ 10, 54, '@' },         { -43149.7, 0, '@' },
};

START_TEST(graph_marks_the_column)
{
	char buffer[FORMAT_MAX];
	int column = graph_points[_i].column;

	format_graph(buffer, graph_points[_i].offset);
	ck_assert_uint_eq(strlen(buffer), 57);
	ck_assert_int_eq(buffer[1 + column], graph_points[_i].mark);
	if (column != 27)
		ck_assert_int_eq(buffer[1 + 27], '|');
	for (int i = 0; i < 55; i++) {
		if (i != column && i != 27)
			ck_assert_int_eq(buffer[1 + i], ' ');
	}
}
END_TEST

START_TEST(graph_looks_as_published)
{
	char buffer[FORMAT_MAX];

	ck_assert_str_eq(format_graph(buffer, 0.1040979),
			 "[                           *                           ]");
	ck_assert_str_eq(format_graph(buffer, -2.6877832),
			 "[                    *      |                           ]");
	ck_assert_str_eq(format_graph(buffer, 9.3192275),
			 "[                           |                         * ]");
	ck_assert_str_eq(format_graph(buffer, 11.1860000),
			 "[                           |                          @]");
}
END_TEST

/* The build leaves these out where the system has no zone of a process' own. */
#ifndef ZONE_ROWS
#define ZONE_ROWS                                                                                  \
	{ 131263984814971646, "MST7", "151925 21:48:01.4971646 - 12/16/2016 2:48:01 PM" },         \
		{ 131263984814971646, "EST5", "151925 21:48:01.4971646 - 12/16/2016 4:48:01 PM" }, \
		{ 132433328056832574, "CEST-2",                                                    \
		  "153279 07:33:25.6832574 - 8/31/2020 9:33:25 AM" },                              \
		{ 133012080566588255, "JST-9", "153949 04:00:56.6588255 - 7/2/2022 1:00:56 PM" },  \
		{ 133688107438220070, "PDT7", "154731 14:32:23.8220070 - 8/22/2024 7:32:23 AM" },
#endif

static const struct {
	uint64_t nt_time;
	const char *zone, *text;
} nt_times[] = {
	ZONE_ROWS{ 9223372036854775807, "UTC0", "10675199 02:48:05.4775807 - " },
	{ UINT64_MAX, "UTC0", "21350398 05:36:10.9551615 - " },
	{ 0, "UTC0", "0 00:00:00.0000000 - 1/1/1601 12:00:00 AM" },
};

START_TEST(windows_times_have_days_and_a_date)
{
	char buffer[FORMAT_MAX];

	use_zone(nt_times[_i].zone);
	ck_assert_str_eq(format_nt_time_date(buffer, nt_times[_i].nt_time), nt_times[_i].text);
}
END_TEST

START_TEST(ntp_times_become_windows_times)
{
	char buffer[FORMAT_MAX];

	use_zone("UTC0");
	ck_assert_str_eq(format_nt_time(buffer, nt_time_from_ntp(0xE4BCEA14E2D3A604)),
			 "153623 12:05:40.8860420");
	ck_assert_uint_eq(nt_time_from_ntp(0), 94354848000000000);
	ck_assert_uint_eq(nt_time_from_ntp(0xffffffff), 94354848010000000);
	ck_assert_uint_eq(nt_time_from_utc(0), 116444736000000000);
	ck_assert_uint_eq(nt_time_from_utc(-1), 116444735999999999);
	ck_assert_uint_eq(nt_time_from_utc(199), 116444736000000001);
}
END_TEST

START_TEST(dates_are_american_in_the_c_locale)
{
	char buffer[FORMAT_MAX];

	use_zone("UTC0");
	ck_assert_str_eq(format_date_time(buffer, 1684871499), "5/23/2023 7:51:39 PM");
	ck_assert_str_eq(format_date_time(buffer, 1684800000), "5/23/2023 12:00:00 AM");
	ck_assert_str_eq(format_date_time(buffer, 1684843200), "5/23/2023 12:00:00 PM");
	ck_assert_str_eq(format_clock_time(buffer, 1684871499), "19:51:39");
}
END_TEST

START_TEST(help_fits_and_lists_every_command)
{
	static const char *const commands[] = {
		"/register", "/monitor", "/ntte",    "/ntpte",       "/resync", "/stripchart",
		"/config",   "/tz",      "/dumpreg", "/query",       "/debug",  "/leapseconds",
		"/waitsync", "--socket", "--config", "/format:json",
	};
	size_t length, column = 0;
	char *text;
	FILE *out = open_memstream(&text, &length);

	help_print(out);
	fclose(out);
	for (size_t i = 0; i < length; i++) {
		column = text[i] == '\n' ? 0 : column + 1;
		ck_assert_uint_lt(column, HELP_WIDTH);
		ck_assert(text[i] != '\n' || i == 0 || text[i - 1] != ' ');
	}
	for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
		ck_assert_ptr_nonnull(strstr(text, commands[i]));
	ck_assert_ptr_nonnull(strstr(text, "w32tm [/? | /register | /unregister ]\n"));
	ck_assert(strstr(text, "w32tm /leapseconds") < strstr(text, "Extensions"));
	free(text);
}
END_TEST

START_TEST(remote_words_survive_a_shell)
{
	char *quoted = remote_quote("/manualpeerlist:a b'; $(c)");

	ck_assert_str_eq(quoted, "'/manualpeerlist:a b'\\''; $(c)'");
	free(quoted);
	ck_assert(remote_wanted("host"));
	ck_assert(!remote_wanted(NULL));
	ck_assert(!remote_wanted("LOCALHOST"));
}
END_TEST

#define COUNT(array) ((int)(sizeof(array) / sizeof(array)[0]))

int main(void)
{
	TCase *words = tcase_create("words"), *texts = tcase_create("texts"),
	      *times = tcase_create("times");
	TCase *const cases[] = { words, texts, times, NULL };

	tcase_add_test(words, options_are_claimed_without_regard_to_case);
	tcase_add_test(words, a_flag_has_no_value_and_a_value_needs_its_colon);
	tcase_add_test(words, unexpected_arguments_are_listed);
	tcase_add_loop_test(words, foreign_texts_cannot_command_a_terminal, 0,
			    COUNT(foreign_texts));
	tcase_add_test(words, json_is_ascii);
	tcase_add_loop_test(words, errors_have_windows_words, 0, COUNT(error_lines));
	tcase_add_loop_test(words, service_errors_become_windows_errors, 0, COUNT(service_errors));
	tcase_add_test(words, system_errors_become_windows_errors);
	tcase_add_test(words, help_fits_and_lists_every_command);
	tcase_add_test(words, remote_words_survive_a_shell);
	tcase_add_test(texts, seconds_have_seven_digits);
	tcase_add_test(texts, numbers_that_are_none_do_no_harm);
	tcase_add_loop_test(texts, fields_have_w32time_texts, 0, COUNT(field_texts));
	tcase_add_test(texts, reference_ids_go_by_stratum);
	tcase_add_test(texts, peers_tell_why_they_failed);
	tcase_add_loop_test(texts, graph_marks_the_column, 0, COUNT(graph_points));
	tcase_add_test(texts, graph_looks_as_published);
	tcase_add_loop_test(times, windows_times_have_days_and_a_date, 0, COUNT(nt_times));
	tcase_add_test(times, ntp_times_become_windows_times);
	tcase_add_test(times, dates_are_american_in_the_c_locale);
	return unit_run("w32tm", cases);
}
