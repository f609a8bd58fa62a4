/* Exported registry files, and what settings become of them. */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "w32tm/import.h"

#define HEAD   "Windows Registry Editor Version 5.00\r\n\r\n"
#define KEY    "HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\W32Time"
#define POLICY "HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Microsoft\\W32Time"

static struct import import;
static struct error error;
static char *skipped;
static size_t skipped_length;

static void begin(void)
{
	memset(&import, 0, sizeof import);
	error.text[0] = '\0';
	import.skipped = open_memstream(&skipped, &skipped_length);
	ck_assert_ptr_nonnull(import.skipped);
}

static void end(void)
{
	fclose(import.skipped);
	free(skipped);
	import_free(&import);
}

static int read_bytes(const char *data, size_t length)
{
	int result = reg_file_read(data, length, import_value, &import, &error);

	fflush(import.skipped);
	return result;
}

static int read_text(const char *text)
{
	return read_bytes(text, strlen(text));
}

/* TEXT, of ASCII, in UTF-16 with a byte order mark. */
static int read_utf16(const char *text, int big)
{
	static char data[8192];
	size_t used = 0;

	ck_assert_uint_lt(2 * strlen(text) + 2, sizeof data);
	data[used++] = big ? '\xfe' : '\xff';
	data[used++] = big ? '\xff' : '\xfe';
	for (; *text != '\0'; text++) {
		data[used++] = big ? '\0' : *text;
		data[used++] = big ? *text : '\0';
	}
	return read_bytes(data, used);
}

static void expect(enum config_key key, const char *value)
{
	ck_assert(import.keys[key].wanted);
	if (value == NULL)
		ck_assert_ptr_null(import.keys[key].value);
	else
		ck_assert_str_eq(import.keys[key].value, value);
}

static void expect_skipped(const char *line)
{
	ck_assert_msg(strstr(skipped, line) != NULL, "not among what was skipped: %s\n%s", line,
		      skipped);
}

static const char usual[] = HEAD "[" KEY "]\r\n"
				 "\"DisplayName\"=\"Windows Time\"\r\n"
				 "\r\n"
				 "[" KEY "\\Config]\r\n"
				 "\"MaxPollInterval\"=dword:0000000a\r\n"
				 "\"AnnounceFlags\"=hex(4):05,00,00,00\r\n"
				 "\"LastClockRate\"=dword:0002625a\r\n"
				 "\"NoSuchName\"=dword:00000001\r\n"
				 "\"MinPollInterval\"=\"6\"\r\n"
				 "\"UpdateInterval\"=-\r\n"
				 "\r\n"
				 "[" KEY "\\Parameters]\r\n"
				 "\"Type\"=\"NTP\"\r\n"
				 "\"NtpServer\"=\"time.windows.com,0x9 b.example,0x8\"\r\n"
				 "\"ServiceDll\"=hex(2):25,00,73,00,\\\r\n"
				 "  25,00,00,00\r\n"
				 "\r\n"
				 "[" KEY "\\TimeProviders\\NtpServer]\r\n"
				 "\"Enabled\"=dword:00000001\r\n"
				 "[" KEY "\\TimeProviders\\VMICTimeProvider]\r\n"
				 "\"Enabled\"=dword:00000001\r\n"
				 "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Other]\r\n"
				 "\"x\"=\"y\"\r\n";

static void check_usual(void)
{
	expect(KEY_CONFIG_MAX_POLL_INTERVAL, "10");
	expect(KEY_CONFIG_ANNOUNCE_FLAGS, "5");
	expect(KEY_CONFIG_UPDATE_INTERVAL, NULL);
	expect(KEY_PARAMETERS_TYPE, "NTP");
	expect(KEY_PARAMETERS_NTP_SERVER, "time.windows.com,0x9 b.example,0x8");
	expect(KEY_NTP_SERVER_ENABLED, "1");
	ck_assert(!import.keys[KEY_CONFIG_MIN_POLL_INTERVAL].wanted);
	expect_skipped("skipped Config\\MinPollInterval: its type is wrong: it must be REG_DWORD");
	expect_skipped("skipped Config\\NoSuchName: unknown");
	expect_skipped("skipped Parameters\\ServiceDll: it means nothing here");
	expect_skipped("skipped W32Time\\DisplayName: this key of W32Time means nothing here");
	expect_skipped("skipped TimeProviders\\VMICTimeProvider\\Enabled: ");
	ck_assert_uint_eq(import.others, 1);
	ck_assert_uint_eq(import.result, 0);
}

START_TEST(an_export_becomes_settings)
{
	ck_assert_msg(_i == 0   ? read_text(usual) == 0
		      : _i == 1 ? read_utf16(usual, 0) == 0
				: read_utf16(usual, 1) == 0,
		      "%s", error.text);
	check_usual();
}
END_TEST

START_TEST(policies_win)
{
	ck_assert_int_eq(read_text(HEAD "[" POLICY "\\Parameters]\n\"Type\"=\"NT5DS\"\n"
					"[" KEY "\\Parameters]\n\"Type\"=\"NTP\"\n"
					"\"NtpServer\"=\"a,0x8\"\n"
					"[" POLICY "\\Parameters]\n\"NtpServer\"=hex(7):62,00,\\\n"
					"  2c,00,30,00,78,00,38,00,00,00,63,00,00,00,00,00\n"),
			 0);
	expect(KEY_PARAMETERS_TYPE, "NT5DS");
	expect(KEY_PARAMETERS_NTP_SERVER, "b,0x8 c");
	expect_skipped("skipped Parameters\\Type: a policy says otherwise");
}
END_TEST

START_TEST(any_control_set_will_do)
{
	ck_assert_int_eq(read_text("REGEDIT4\n[HKLM\\system\\controlset001\\SERVICES\\w32time\\"
				   "CONFIG]\n\"maxpollinterval\" = DWORD:B ; no comment\n"),
			 -EINVAL);
	ck_assert_int_eq(read_text("REGEDIT4\n; a comment\n"
				   "[HKLM\\system\\controlset001\\SERVICES\\w32time\\CONFIG]\n"
				   "\"maxpollinterval\" = DWORD:B\n"),
			 0);
	expect(KEY_CONFIG_MAX_POLL_INTERVAL, "11");
	ck_assert_int_eq(read_text(HEAD "[HKLM\\SYSTEM\\Services\\W32Time\\Config]\n"
					"\"MaxPollInterval\"=dword:c\n"
					"[HKLM\\SYSTEM\\CurrentControlSetX\\Services\\W32Time\\"
					"Config]\n\"MaxPollInterval\"=dword:c\n"
					"[HKEY_CURRENT_USER\\SYSTEM\\CurrentControlSet\\Services\\"
					"W32Time\\Config]\n\"MaxPollInterval\"=dword:c\n"),
			 0);
	expect(KEY_CONFIG_MAX_POLL_INTERVAL, "11");
	ck_assert_uint_eq(import.others, 3);
}
END_TEST

START_TEST(values_that_are_not_allowed_are_skipped)
{
	ck_assert_int_eq(read_text(HEAD "[" KEY "\\Config]\n\"MaxPollInterval\"=dword:ff\n"
					"[" KEY "\\Parameters]\n\"Type\"=\"Sometimes\"\n"
					"\"NtpServer\"=\"a b\\\"c\"\n"
					"[-" KEY "\\Security]\n"),
			 0);
	ck_assert_uint_eq(import_changes(&import, (struct config_change[CONFIG_KEYS]){ 0 }), 0);
	expect_skipped("skipped Config\\MaxPollInterval: ");
	expect_skipped("skipped Parameters\\Type: ");
	expect_skipped("skipped Parameters\\NtpServer: ");
	expect_skipped("skipped Security: the key is deleted");
}
END_TEST

START_TEST(our_own_sections_are_not_reached)
{
	ck_assert_int_eq(read_text(HEAD "[" KEY "\\w32timed]\n\"User\"=\"root\"\n"
					"[" KEY "\\Domain]\n\"Realm\"=\"X\"\n"),
			 0);
	ck_assert_uint_eq(import_changes(&import, (struct config_change[CONFIG_KEYS]){ 0 }), 0);
}
END_TEST

static const char *const wrong[] = {
	"",
	"[x]\n",
	"Windows Registry Editor Version 6.00\n",
	HEAD "\"a\"=\"b\"\n",
	HEAD "[x\n",
	HEAD "[x]\nnonsense\n",
	HEAD "[x]\n\"a\n",
	HEAD "[x]\n\"a\\\n",
	HEAD "[x]\n\"a\"\n",
	HEAD "[x]\n\"a\"=\n",
	HEAD "[x]\n\"a\"=\"b\n",
	HEAD "[x]\n\"a\"=\"b\" c\n",
	HEAD "[x]\n\"a\"=dword:\n",
	HEAD "[x]\n\"a\"=dword:123456789\n",
	HEAD "[x]\n\"a\"=dword:g\n",
	HEAD "[x]\n\"a\"=hex:0g\n",
	HEAD "[x]\n\"a\"=hex:123\n",
	HEAD "[x]\n\"a\"=hex(2:00\n",
	HEAD "[x]\n\"a\"=hex(2):00,d8\n",
	HEAD "[x]\n\"a\"=hex(4):00\n",
	HEAD "[-x]\n\"a\"=\"b\"\n",
	HEAD "[x]\n\"\xff\"=\"b\"\n",
	HEAD "[\xc0\xaf]\n",
	"\xff\xfe\x00",
	"\xff\xfe\x00\xdc",
};

START_TEST(what_regedit_never_wrote_is_refused)
{
	ck_assert_int_eq(read_text(wrong[_i]), -EINVAL);
	ck_assert_str_ne(error.text, "");
}
END_TEST

START_TEST(zero_bytes_are_refused)
{
	static const char text[] = HEAD "[x]\0]\n";

	ck_assert_int_eq(read_bytes(text, sizeof text - 1), -EINVAL);
	ck_assert_int_eq(read_bytes("\xff\xfe", 2), -EINVAL);
}
END_TEST

START_TEST(the_line_that_is_wrong_is_named)
{
	ck_assert_int_eq(read_text(HEAD "[x]\n\"a\"=hex:01,\\\n  02,\\\n  03\nnonsense\n"),
			 -EINVAL);
	ck_assert_msg(strstr(error.text, "line 7 ") != NULL, "%s", error.text);
}
END_TEST

int main(void)
{
	TCase *all = tcase_create("import");
	TCase *const cases[] = { all, NULL };

	tcase_add_checked_fixture(all, begin, end);
	tcase_add_loop_test(all, an_export_becomes_settings, 0, 3);
	tcase_add_test(all, policies_win);
	tcase_add_test(all, any_control_set_will_do);
	tcase_add_test(all, values_that_are_not_allowed_are_skipped);
	tcase_add_test(all, our_own_sections_are_not_reached);
	tcase_add_loop_test(all, what_regedit_never_wrote_is_refused, 0,
			    (int)(sizeof wrong / sizeof *wrong));
	tcase_add_test(all, zero_bytes_are_refused);
	tcase_add_test(all, the_line_that_is_wrong_is_named);
	return unit_run("w32tm import", cases);
}
