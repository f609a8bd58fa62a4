/* Files, logs, and the small things. */
#include "files_fixture.h"
#include "platform/clock.h"
#include "platform/clock_os.h"
#include "platform/digest.h"
#include "platform/files.h"
#include "platform/log_entries.h"
#include "platform/log_sinks.h"
#include "platform/paths.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

START_TEST(a_file_is_read_whole)
{
	static char large[100000];
	struct error error;
	char *data;
	size_t length;

	memset(large, 'x', sizeof large - 1);
	write_file(in_place("large"), large);
	check_content(in_place("large"), large);
	write_file(in_place("empty"), "");
	check_content(in_place("empty"), "");
	ck_assert_int_eq(file_read(in_place("large"), sizeof large - 1, &data, &length, &error), 0);
	free(data);
	ck_assert_int_eq(file_read(in_place("large"), sizeof large - 2, &data, &length, &error),
			 -EFBIG);
	ck_assert_ptr_nonnull(strstr(error.text, "99998"));
}
END_TEST

START_TEST(what_is_no_file_is_refused)
{
	struct error error;
	char *data;
	size_t length;

	ck_assert_int_eq(file_read(in_place("none"), 9, &data, &length, &error), -ENOENT);
	ck_assert_ptr_nonnull(strstr(error.text, "/none: No such file"));
	ck_assert_int_eq(file_read(directory, 9, &data, &length, &error), -EINVAL);
	ck_assert_int_eq(file_replace(directory, "x", 1, 0600, &error), -EINVAL);
	ck_assert_int_eq(file_replace(in_place("no/file"), "x", 1, 0600, &error), -ENOENT);
	ck_assert_uint_eq(entries(), 0);
}
END_TEST

START_TEST(a_file_is_replaced_whole)
{
	ck_assert_int_eq(file_replace(in_place("file"), "the old one", 11, 0644, NULL), 0);
	check_content(in_place("file"), "the old one");
	ck_assert_int_eq(file_replace(in_place("file"), "new", 3, 0600, NULL), 0);
	check_content(in_place("file"), "new");
	ck_assert_uint_eq(entries(), 1);
}
END_TEST

START_TEST(names_come_in_order)
{
	static const char *const files[] = { "b.conf",  "a.conf", "D.conf", ".hidden.conf",
					     "c.conf~", "conf",   ".conf",  "10.conf" };
	struct error error;
	char **names;
	size_t count;

	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		write_file(in_place(files[i]), "");
	ck_assert_int_eq(file_names(directory, ".conf", &names, &count, &error), 0);
	ck_assert_uint_eq(count, 4);
	ck_assert_str_eq(names[0], "10.conf");
	ck_assert_str_eq(names[1], "D.conf");
	ck_assert_str_eq(names[2], "a.conf");
	ck_assert_str_eq(names[3], "b.conf");
	file_names_free(names, count);
	ck_assert_int_eq(file_names(in_place("none"), "", &names, &count, &error), 0);
	ck_assert_uint_eq(count, 0);
	file_names_free(names, count);
	ck_assert_int_eq(file_names(in_place("conf"), "", &names, &count, &error), -ENOTDIR);
	ck_assert_ptr_nonnull(strstr(error.text, "/conf"));
}
END_TEST

/* --- Logs ----------------------------------------------------------------------- */

START_TEST(entries_are_ranges)
{
	static const char *const wrong[] = { "",      "x",   "1-",  "-1",   "5-3",    "301",
					     "0-301", "1,",  ",1",  "1 2",  "0x10",   "99999999999",
					     "1-2-3", "1;2", "all", "1,,2", "0-300 x" };
	struct log_entries entries;
	struct error error;

	ck_assert_int_eq(log_entries_parse("0-100,103, 120 - 130", &entries, &error), 0);
	ck_assert(log_entries_want(&entries, 0) && log_entries_want(&entries, 100));
	ck_assert(!log_entries_want(&entries, 101) && !log_entries_want(&entries, 102));
	ck_assert(log_entries_want(&entries, 103) && log_entries_want(&entries, 130));
	ck_assert(!log_entries_want(&entries, 131) && !log_entries_want(&entries, 100000));
	ck_assert_int_eq(log_entries_parse("0-300", &entries, &error), 0);
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		ck_assert_msg(log_entries_parse(wrong[i], &entries, &error) == -EINVAL, "%s",
			      wrong[i]);
	ck_assert_ptr_nonnull(strstr(error.text, "'0-300 x'"));
}
END_TEST

/* The build says so where they are others. */
#ifndef LINE_END
#define LINE_END "\n"
#endif

START_TEST(the_log_file_has_w32times_lines)
{
	struct log_file *file;
	char *data;
	size_t length;
	/* 2001-01-01 is 146097 days after 1601-01-01 (400 Gregorian years). */
	const long long today = 146097 + (time(NULL) - 978307200) / 86400;
	long long days;
	unsigned hour, minute, second, fraction;
	int used = 0;

	ck_assert_int_eq(log_file_open(&file, in_place("log"), 1000000, "0-100", NULL), 0);
	put(log_file_sink(file), 35, "now synchronizing");
	put(log_file_sink(file), 101, "not wanted");
	put(log_file_sink(file), 0, "plain");
	log_file_close(file);
	ck_assert_int_eq(file_read(in_place("log"), 10000, &data, &length, NULL), 0);
	ck_assert_int_eq(sscanf(data, "%lld %2u:%2u:%2u.%7us - now synchronizing\n%n", &days, &hour,
				&minute, &second, &fraction, &used),
			 5);
	ck_assert_int_eq(
		strncmp(data + used - strlen("g" LINE_END), "g" LINE_END, strlen("g" LINE_END)), 0);
	ck_assert_ptr_nonnull(strstr(data + used, "s - plain" LINE_END));
	ck_assert_ptr_null(strstr(data, "not wanted"));
	ck_assert(days == today || days == today + 1);
	if (days == today + 1)
		ck_assert_uint_eq(hour, 0);
	ck_assert(hour < 24 && minute < 60 && second < 60 && fraction < 10000000);
	free(data);
}
END_TEST

START_TEST(the_log_file_stays_small)
{
	struct log_file *file;
	struct stat status;
	char *data;
	size_t length;

	write_file(in_place("log"), "155552 23:49:07.3764812s - an older line\n");
	ck_assert_int_eq(log_file_open(&file, in_place("log"), 2000, "0-300", NULL), 0);
	for (int i = 0; i < 500; i++) {
		char text[32];

		snprintf(text, sizeof text, "line %d", i);
		put(log_file_sink(file), 0, text);
		ck_assert_int_eq(stat(in_place("log"), &status), 0);
		ck_assert_int_le(status.st_size, 2000);
		if (i == 0)
			ck_assert_int_gt(status.st_size, 41 + 30); /* behind what was there */
	}
	ck_assert_int_eq(file_read(in_place("log"), 2000, &data, &length, NULL), 0);
	ck_assert_ptr_nonnull(strstr(data, "line 499" LINE_END));
	ck_assert_int_eq(data[length - 1], '\n');
	ck_assert_int_ne(data[0], '\0'); /* begun anew, no hole */
	free(data);
	log_file_close(file);
}
END_TEST

START_TEST(a_log_file_that_cannot_be_says_why)
{
	struct log_file *file;
	struct error error;

	ck_assert_int_eq(log_file_open(&file, in_place("no/log"), 1, "0", &error), -ENOENT);
	ck_assert_ptr_nonnull(strstr(error.text, "/no/log"));
	ck_assert_int_eq(log_file_open(&file, in_place("log"), 1, "x", &error), -EINVAL);
	ck_assert_int_eq(access(in_place("log"), F_OK), -1);
	ck_assert_int_eq(log_file_open(&file, directory, 1, "0", &error), -EISDIR);
	log_file_close(NULL);
}
END_TEST

/* Who may turn the log on may not thereby spoil what else the daemon can write. */
START_TEST(a_file_of_others_is_not_made_a_log)
{
	static const char *const texts[] = {
		"precious\n",
		"1\n",
		"155552 23:49:07.3764812",
		"155552 23:49:07.376481xs - ",
	};
	struct log_file *file;
	struct error error;
	char *data;
	size_t length;

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		write_file(in_place("log"), texts[i]);
		ck_assert_int_eq(log_file_open(&file, in_place("log"), 1, "0", &error), -EEXIST);
		ck_assert_int_eq(file_read(in_place("log"), 100, &data, &length, NULL), 0);
		ck_assert_str_eq(data, texts[i]);
		free(data);
	}
}
END_TEST

/* --- Small things ----------------------------------------------------------------- */

START_TEST(md5_is_md5)
{
	static const uint8_t expected[] = { 0x90, 0x01, 0x50, 0x98, 0x3c, 0xd2, 0x4f, 0xb0,
					    0xd6, 0x96, 0x3f, 0x7d, 0x28, 0xe1, 0x7f, 0x72 };
	uint8_t digest[DIGEST_MD5_SIZE];

	/* RFC 1321 appendix A.5 */
	ck_assert_int_eq(digest_md5("abc", 3, digest), 0);
	ck_assert_mem_eq(digest, expected, sizeof expected);
}
END_TEST

/* Only read: the machine's real clock, without any right to steer it. */
START_TEST(the_systems_clock_can_be_read)
{
	struct clock_reading before, after;
	struct timespec raw, utc;
	double precision = clock_os_precision();

	ck_assert_double_gt(precision, 0.9e-9);
	ck_assert_double_lt(precision, 0.02);
	ck_assert_int_eq(clock_os_read(&before), 0);
	clock_gettime(CLOCK_MONOTONIC_RAW, &raw);
	clock_gettime(CLOCK_REALTIME, &utc);
	ck_assert_int_eq(clock_os_read(&after), 0);
	ck_assert_int_le(before.raw, raw.tv_sec * NS_PER_SECOND + raw.tv_nsec);
	ck_assert_int_ge(after.raw, raw.tv_sec * NS_PER_SECOND + raw.tv_nsec);
	ck_assert_int_le(llabs(after.utc - utc.tv_sec * NS_PER_SECOND - utc.tv_nsec),
			 5 * NS_PER_SECOND);
	ck_assert_double_ge(after.uncertainty, 0);
	ck_assert_double_lt(after.uncertainty, 1);
	ck_assert_int_ge(after.suspended_ns, 0);
}
END_TEST

START_TEST(a_watched_clock_opens_for_everybody)
{
	struct clock *clock;
	struct clock_reading reading;
	struct error error = { 0 };

	ck_assert_msg(clock_open_watched(&clock, &error) == 0, "%s", error.text);
	ck_assert_str_eq(clock->ops->name, "watched");
	ck_assert_int_eq(clock_read(clock, &reading), 0);
	ck_assert_double_le(fabs(clock->ops->rate(clock)), 0.11);
	ck_assert_int_lt(clock_measure_precision(clock), -5);
	clock->ops->close(clock);
}
END_TEST

int main(void)
{
	TCase *files = tcase_create("files"), *logs = tcase_create("logs"),
	      *small = tcase_create("small");
	TCase *const cases[] = { files, logs, small, NULL };

	tcase_add_checked_fixture(files, make_place, remove_place);
	tcase_add_checked_fixture(logs, make_place, remove_place);
	tcase_add_test(files, a_file_is_read_whole);
	tcase_add_test(files, what_is_no_file_is_refused);
	tcase_add_test(files, a_file_is_replaced_whole);
	tcase_add_test(files, names_come_in_order);
	tcase_add_test(logs, entries_are_ranges);
	tcase_add_test(logs, the_log_file_has_w32times_lines);
	tcase_add_test(logs, the_log_file_stays_small);
	tcase_add_test(logs, a_log_file_that_cannot_be_says_why);
	tcase_add_test(logs, a_file_of_others_is_not_made_a_log);
	tcase_add_test(small, md5_is_md5);
	tcase_add_test(small, the_systems_clock_can_be_read);
	tcase_add_test(small, a_watched_clock_opens_for_everybody);
	return unit_run("platform_files", cases);
}
