/* What platform/ does with Windows' own functions. */
#include "files_fixture.h"
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <windows.h>

#include "base/text.h"
#include "platform/calendar.h"
#include "platform/clock_os.h"
#include "platform/digest.h"
#include "platform/files.h"
#include "platform/log_sinks.h"
#include "platform/paths.h"
#include "platform/process.h"
#include "platform/time_zone.h"
#include "platform/wait.h"
#include "platform/windows/clock_found.h"

START_TEST(files_are_replaced_whole)
{
	struct error error = { .text = "" };
	size_t length, count;
	char *data, **names;

	ck_assert_int_eq(file_replace(in_place("a"), "one", 3, 0644, NULL), 0);
	check_content(in_place("a"), "one");
	ck_assert_msg(file_replace(in_place("a"), "second", 6, 0600, &error) == 0, "%s",
		      error.text);
	check_content(in_place("a"), "second");
	ck_assert_int_eq(file_replace(in_place("closed"), "x", 1, 0600, NULL), 0);
	check_content(in_place("closed"), "x");
	ck_assert_int_eq(file_read(in_place("a"), 5, &data, &length, &error), -EFBIG);
	ck_assert_int_eq(file_read(in_place("none"), 5, &data, &length, &error), -ENOENT);
	ck_assert_int_eq(file_read(directory, 5, &data, &length, &error), -EINVAL);
	ck_assert_int_eq(file_read("NUL", 5, &data, &length, &error), -EINVAL);
	ck_assert_int_eq(file_replace(directory, "x", 1, 0644, &error), -EINVAL);
	ck_assert_int_eq(file_replace(in_place("no\\file"), "x", 1, 0644, &error), -ENOENT);
	ck_assert_int_eq(file_names(directory, "", &names, &count, &error), 0);
	ck_assert_uint_eq(count, 2);
	file_names_free(names, count);
}
END_TEST

static HANDLE hold(const char *path)
{
	HANDLE handle = CreateFileA(path, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0,
				    NULL);

	ck_assert(handle != INVALID_HANDLE_VALUE);
	return handle;
}

/* How the new file's name ends.  Wine makes others itself and forgets them. */
#define OURS "-0.tmp"

/* What is let go as soon as somebody sleeps. */
static HANDLE held_for_a_moment;

static void WINAPI let_go_and_sleep(DWORD milliseconds)
{
	if (held_for_a_moment != NULL)
		CloseHandle(held_for_a_moment);
	held_for_a_moment = NULL;
	SleepEx(milliseconds, FALSE);
}

/* Sleep() of this program (--wrap). */
extern void(WINAPI *const __wrap___imp_Sleep)(DWORD milliseconds);
void(WINAPI *const __wrap___imp_Sleep)(DWORD milliseconds) = let_go_and_sleep;

/* As a virus scanner has it open. */
START_TEST(a_file_in_use_is_waited_for)
{
	struct error error = { .text = "" };
	char **names;
	size_t count;
	HANDLE held;

	ck_assert_int_eq(file_replace(in_place("a"), "old", 3, 0644, NULL), 0);
	held = hold(in_place("a"));
	ck_assert_int_eq(file_replace(in_place("a"), "new", 3, 0644, &error), -EBUSY);
	CloseHandle(held);
	check_content(in_place("a"), "old");
	held_for_a_moment = hold(in_place("a"));
	ck_assert_msg(file_replace(in_place("a"), "new", 3, 0644, &error) == 0, "%s", error.text);
	ck_assert_ptr_null(held_for_a_moment);
	check_content(in_place("a"), "new");
	ck_assert_int_eq(file_names(directory, OURS, &names, &count, &error), 0);
	ck_assert_uint_eq(count, 0);
	file_names_free(names, count);
}
END_TEST

START_TEST(names_may_have_any_letters)
{
	static const char name[] = "Zeit\xc3\xbc\xe2\x82\xac\xf0\x9f\x95\x90.conf";
	struct error error = { .text = "" };
	wchar_t wide[300];
	char **names;
	size_t count;

	ck_assert_msg(file_replace(in_place(name), "x", 1, 0644, &error) == 0, "%s", error.text);
	check_content(in_place(name), "x");
	ck_assert_int_eq(file_names(directory, ".conf", &names, &count, NULL), 0);
	ck_assert_uint_eq(count, 1);
	ck_assert_str_eq(names[0], name);
	file_names_free(names, count);
	ck_assert_int_eq(file_replace(in_place("\xff.conf"), "x", 1, 0644, &error), -EILSEQ);
	ck_assert_int_eq(file_names(in_place("none"), "", &names, &count, &error), 0);
	ck_assert_uint_eq(count, 0);
	ck_assert_int_eq(file_names(in_place(name), "", &names, &count, &error), -ENOTDIR);
	/* Others do not find it by the names that C knows. */
	ck_assert_int_gt(MultiByteToWideChar(CP_UTF8, 0, in_place(name), -1, wide, 300), 0);
	ck_assert(DeleteFileW(wide));
}
END_TEST

/* Longer than the 260 characters of old, and longer than any. */
START_TEST(paths_may_be_long)
{
	char part[151], path[600], *huge = malloc(70001);
	struct error error = { .text = "" };
	size_t length;
	char *data;

	memset(part, 'x', sizeof part - 1);
	part[sizeof part - 1] = '\0';
	snprintf(path, sizeof path, "%s\\%s%s", directory, part, part);
	ck_assert_int_lt(file_replace(path, "x", 1, 0644, &error), 0);
	snprintf(path, sizeof path, "%s\\.\\..\\%s\\%s", directory, directory, part);
	ck_assert_msg(file_replace(path, "x", 1, 0644, &error) == 0, "%s", error.text);
	check_content(path, "x");
	memset(huge, 'y', 70000);
	huge[70000] = '\0';
	ck_assert_int_eq(file_read(huge, 10, &data, &length, &error), -ENAMETOOLONG);
	ck_assert_int_lt(file_replace(huge, "x", 1, 0644, &error), 0);
	free(huge);
}
END_TEST

START_TEST(the_log_file_is_ours_or_none)
{
	struct error error = { .text = "" };
	struct log_file *file;
	size_t length;
	char *data;

	ck_assert_int_eq(log_file_open(&file, in_place("log"), 200, "0-100", &error), 0);
	for (int i = 0; i < 50; i++)
		put(log_file_sink(file), 35, i == 49 ? "last" : "some line or other");
	put(log_file_sink(file), 101, "not wanted");
	log_file_close(file);
	ck_assert_int_eq(file_read(in_place("log"), 200, &data, &length, NULL), 0);
	ck_assert_ptr_nonnull(strstr(data, "s - last\r\n"));
	ck_assert_ptr_null(strstr(data, "wanted"));
	ck_assert_int_ne(data[0], '\0');
	free(data);
	ck_assert_int_eq(log_file_open(&file, in_place("log"), 0, "0", &error), 0);
	ck_assert_int_eq(log_file_empty(file), 0);
	log_file_close(file);
	check_content(in_place("log"), "");
	ck_assert_int_eq(file_replace(in_place("other"), "precious", 8, 0644, NULL), 0);
	ck_assert_int_eq(log_file_open(&file, in_place("other"), 0, "0", &error), -EEXIST);
	ck_assert_int_eq(log_file_open(&file, directory, 0, "0", &error), -EISDIR);
	ck_assert_int_eq(log_file_open(&file, in_place("no\\log"), 0, "0", &error), -ENOENT);
}
END_TEST

START_TEST(paths_are_absolute_or_not)
{
	static const char *const absolute[] = { "C:\\x", "c:/x", "\\\\server\\x", "\\x", "/x" };
	static const char *const relative[] = { "", "x", "C:", "C:x", "..\\x", "1:\\x" };
	char buffer[600], small[4];

	for (size_t i = 0; i < sizeof absolute / sizeof *absolute; i++)
		ck_assert_msg(path_is_absolute(absolute[i]), "%s", absolute[i]);
	for (size_t i = 0; i < sizeof relative / sizeof *relative; i++)
		ck_assert_msg(!path_is_absolute(relative[i]), "%s", relative[i]);
	ck_assert_int_eq(path_make_absolute("x\\y", buffer, sizeof buffer), 0);
	ck_assert(path_is_absolute(buffer));
	ck_assert_int_eq(path_make_absolute("x\\y", small, sizeof small), -ENAMETOOLONG);
	ck_assert_uint_eq(path_folder_length("C:\\a\\b"), 4);
	ck_assert_uint_eq(path_folder_length("C:\\a"), 0);
	ck_assert_uint_eq(path_folder_length("a/b"), 1);
	ck_assert_uint_eq(path_folder_length(path_control()), 0);
	ck_assert_uint_eq(path_folder_length("\\\\.\\PIPE\\w32timed"), 0);
	ck_assert_ptr_nonnull(strstr(path_configuration(), "\\w32timed\\w32timed.conf"));
	ck_assert(path_is_absolute(path_configuration()) && path_is_absolute(path_state()));
}
END_TEST

START_TEST(digests_are_digests)
{
	static const uint8_t md5[] = { 0x90, 0x01, 0x50, 0x98, 0x3c, 0xd2, 0x4f, 0xb0,
				       0xd6, 0x96, 0x3f, 0x7d, 0x28, 0xe1, 0x7f, 0x72 };
	static const uint8_t md4[] = { 0xa4, 0x48, 0x01, 0x7a, 0xaf, 0x21, 0xd8, 0x52,
				       0x5f, 0xc1, 0x0a, 0xe8, 0x7a, 0xa6, 0x72, 0x9d };
	uint8_t digest[16];
	int result = digest_md4("abc", 3, digest);

	/* RFC 1320 and RFC 1321 appendix A.5; not every Wine has MD4. */
	ck_assert(result == -ENOSYS || memcmp(digest, md4, sizeof md4) == 0);
	ck_assert_int_eq(digest_md5("abc", 3, digest), 0);
	ck_assert_mem_eq(digest, md5, sizeof md5);
}
END_TEST

static void keep_line(void *context, const char *line)
{
	snprintf(context, 64, "%s", line);
}

START_TEST(programs_are_run_and_heard)
{
	char *const words[] = { (char[]){ "cmd" }, (char[]){ "/c" }, (char[]){ "echo" },
				(char[]){ "heard" }, NULL };
	char *const fails[] = { (char[]){ "cmd" }, (char[]){ "/c" }, (char[]){ "exit" },
				(char[]){ "3" }, NULL };
	char *const none[] = { (char[]){ "no-such-program" }, NULL };
	char line[64] = "";
	struct error error = { .text = "" };

	ck_assert_msg(process_run(words, keep_line, line, &error) == 0, "%s", error.text);
	ck_assert_ptr_nonnull(strstr(line, "heard"));
	ck_assert_int_eq(process_run(fails, NULL, NULL, &error), 3);
	ck_assert_int_eq(process_run(none, NULL, NULL, &error), -ENOENT);
	ck_assert_int_gt(process_id(), 0);
}
END_TEST

START_TEST(dates_are_dates)
{
	struct calendar_date date;
	struct time_zone zone;
	char text[128];

	ck_assert_int_eq(calendar_utc(1757894755, &date), 0);
	ck_assert_int_eq(date.year, 2025);
	ck_assert_int_eq(date.month, 9);
	ck_assert_int_eq(date.day, 15);
	ck_assert_int_eq(date.hour, 0);
	ck_assert_int_eq(date.minute, 5);
	ck_assert_int_eq(date.second, 55);
	ck_assert_int_eq(calendar_utc(INT64_MAX, &date), -ERANGE);
	ck_assert_int_eq(calendar_local(INT64_MIN, &date), -ERANGE);
	ck_assert_int_eq(calendar_local(1757894755, &date), 0);
	ck_assert_int_eq(calendar_locale_text(1757894755, text, sizeof text), 0);
	ck_assert_int_eq(calendar_locale_text(1757894755, text, 2), -ERANGE);
	unsetenv("TZ");
	time_zone_find(&zone);
	ck_assert_int_eq(zone.rule[0], '<');
}
END_TEST

START_TEST(clocks_run)
{
	struct clock_reading before, after;
	double began = wait_clock(), precision = clock_os_precision();

	ck_assert_int_eq(clock_os_read(&before), 0);
	wait_seconds(0.02);
	ck_assert_int_eq(clock_os_read(&after), 0);
	ck_assert_double_ge(wait_clock() - began, 0.019);
	ck_assert_int_ge(after.raw - before.raw, 15000000);
	ck_assert_int_ge(after.utc - before.utc, 15000000);
	ck_assert_double_ge(precision, 0.99e-7);
	ck_assert_double_lt(precision, 0.02);
	/* The years 2024 to 2255. */
	ck_assert_int_gt(calendar_now(), INT64_C(1704067200) * NS_PER_SECOND);
}
END_TEST

START_TEST(what_the_clock_was_like_is_kept)
{
	static const struct clock_adjustment before[] = { { 10000400, UINT64_C(1) << 40, false },
							  { 156250, 156250, true } };
	struct clock_adjustment found;

	clock_found_forget();
	ck_assert(!clock_found_recall(&found));
	for (size_t i = 0; i < sizeof before / sizeof *before; i++) {
		clock_found_keep(&before[i]);
		ck_assert(clock_found_recall(&found));
		ck_assert_uint_eq(found.adjustment, before[i].adjustment);
		ck_assert_uint_eq(found.increment, before[i].increment);
		ck_assert(found.disabled == before[i].disabled);
	}
	clock_found_forget();
	ck_assert(!clock_found_recall(&found));
}
END_TEST

int main(void)
{
	TCase *files = tcase_create("files"), *rest = tcase_create("rest");
	TCase *const cases[] = { files, rest, NULL };

	tcase_add_checked_fixture(files, make_place, remove_place);
	tcase_add_test(files, files_are_replaced_whole);
	tcase_add_test(files, a_file_in_use_is_waited_for);
	tcase_add_test(files, names_may_have_any_letters);
	tcase_add_test(files, paths_may_be_long);
	tcase_add_test(files, the_log_file_is_ours_or_none);
	tcase_add_test(rest, paths_are_absolute_or_not);
	tcase_add_test(rest, digests_are_digests);
	tcase_add_test(rest, programs_are_run_and_heard);
	tcase_add_test(rest, dates_are_dates);
	tcase_add_test(rest, clocks_run);
	tcase_add_test(rest, what_the_clock_was_like_is_kept);
	return unit_run("platform_windows", cases);
}
