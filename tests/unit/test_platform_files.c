/* Files, logs, and the small things. */
#include "platform/clock_os.h"
#include "platform/digest.h"
#include "platform/files.h"
#include "platform/log_entries.h"
#include "platform/log_sinks.h"
#include "platform/paths.h"
#include "unit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static char directory[64];

static const char *in_place(const char *name)
{
	static char path[4][320];
	static unsigned next;
	char *result = path[next++ % 4];

	snprintf(result, sizeof *path, "%s/%s", directory, name);
	return result;
}

static void make_place(void)
{
	strcpy(directory, P_tmpdir "/w32timed-test-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(directory));
}

static unsigned entries_of(const char *path, bool remove)
{
	DIR *stream = opendir(path);
	struct dirent *entry;
	unsigned count = 0;

	ck_assert_ptr_nonnull(stream);
	while ((entry = readdir(stream)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		count++;
		if (remove && unlink(in_place(entry->d_name)) < 0)
			rmdir(in_place(entry->d_name));
	}
	closedir(stream);
	return count;
}

static void remove_place(void)
{
	entries_of(directory, true);
	rmdir(directory);
}

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	fclose(file);
}

static void check_content(const char *path, const char *expected)
{
	char *data;
	size_t length;

	ck_assert_int_eq(file_read(path, 1 << 20, &data, &length, NULL), 0);
	ck_assert_uint_eq(length, strlen(expected));
	ck_assert_str_eq(data, expected);
	free(data);
}

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
	ck_assert_int_eq(mkfifo(in_place("pipe"), 0600), 0);
	ck_assert_int_eq(file_read(in_place("pipe"), 9, &data, &length, &error), -EINVAL);
	ck_assert_int_eq(file_replace(in_place("pipe"), "x", 1, 0600, &error), -EINVAL);
	ck_assert_uint_eq(entries_of(directory, false), 1);
}
END_TEST

START_TEST(a_new_file_gets_its_mode)
{
	struct stat status;
	mode_t mask = umask(0077);

	ck_assert_int_eq(file_replace(in_place("new"), "abc", 3, 0644, NULL), 0);
	umask(mask);
	check_content(in_place("new"), "abc");
	ck_assert_int_eq(stat(in_place("new"), &status), 0);
	ck_assert_uint_eq(status.st_mode & 07777, 0644);
	ck_assert_uint_eq(entries_of(directory, false), 1);
}
END_TEST

START_TEST(a_replaced_file_keeps_what_it_was)
{
	struct stat before, after;

	write_file(in_place("file"), "old");
	ck_assert_int_eq(chmod(in_place("file"), 0604), 0);
	if (geteuid() == 0)
		ck_assert_int_eq(chown(in_place("file"), 12345, 54321), 0);
	ck_assert_int_eq(symlink("file", in_place("link")), 0);
	ck_assert_int_eq(stat(in_place("file"), &before), 0);
	ck_assert_int_eq(file_replace(in_place("link"), "new", 3, 0600, NULL), 0);
	check_content(in_place("file"), "new");
	ck_assert_int_eq(lstat(in_place("link"), &after), 0);
	ck_assert(S_ISLNK(after.st_mode));
	ck_assert_int_eq(stat(in_place("file"), &after), 0);
	ck_assert_uint_eq(after.st_mode, before.st_mode);
	ck_assert_uint_eq(after.st_uid, before.st_uid);
	ck_assert_uint_eq(after.st_gid, before.st_gid);
	ck_assert_uint_ne(after.st_ino, before.st_ino); /* another file, not written over */
	ck_assert_uint_eq(entries_of(directory, false), 2);
}
END_TEST

/* A disk that is full leaves the old file and nothing else. */
START_TEST(a_failed_write_changes_nothing)
{
	struct rlimit saved, limit;
	static const char large[65536];
	struct error error;

	write_file(in_place("file"), "old");
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &saved), 0);
	limit = (struct rlimit){ 1000, saved.rlim_max };
	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	ck_assert_int_eq(file_replace(in_place("file"), large, sizeof large, 0600, &error), -EFBIG);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &saved), 0);
	check_content(in_place("file"), "old");
	ck_assert_uint_eq(entries_of(directory, false), 1);
	ck_assert_int_eq(file_replace(in_place("no/file"), "x", 1, 0600, &error), -ENOENT);
	ck_assert_int_eq(symlink("nowhere", in_place("loose")), 0);
	ck_assert_int_eq(file_replace(in_place("loose"), "x", 1, 0600, &error), -ENOENT);
	ck_assert_uint_eq(entries_of(directory, false), 2);
}
END_TEST

START_TEST(names_come_in_order)
{
	static const char *const files[] = { "b.conf",  "a.conf", "B.conf", ".hidden.conf",
					     "c.conf~", "conf",   ".conf",  "10.conf" };
	struct error error;
	char **names;
	size_t count;

	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		write_file(in_place(files[i]), "");
	ck_assert_int_eq(file_names(directory, ".conf", &names, &count, &error), 0);
	ck_assert_uint_eq(count, 4);
	ck_assert_str_eq(names[0], "10.conf");
	ck_assert_str_eq(names[1], "B.conf");
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

static void put(struct log_sink *sink, unsigned event, const char *text)
{
	const struct log_record record = { LOG_LEVEL_WARNING, event, text };

	sink->write(sink->context, &record);
}

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
	ck_assert_int_eq(data[used - 1], '\n');
	ck_assert_int_eq(data[used - 2], 'g');
	ck_assert_ptr_nonnull(strstr(data + used, "s - plain\n"));
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
	ck_assert_ptr_nonnull(strstr(data, "line 499\n"));
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
	ck_assert_int_eq(mkfifo(in_place("pipe"), 0600), 0);
	ck_assert_int_lt(log_file_open(&file, in_place("pipe"), 1, "0", &error), 0);
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
	char target[128], *data;
	size_t length;

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		write_file(in_place("log"), texts[i]);
		ck_assert_int_eq(log_file_open(&file, in_place("log"), 1, "0", &error), -EEXIST);
		ck_assert_int_eq(file_read(in_place("log"), 100, &data, &length, NULL), 0);
		ck_assert_str_eq(data, texts[i]);
		free(data);
	}
	snprintf(target, sizeof target, "%s", in_place("empty"));
	write_file(target, "");
	unlink(in_place("log"));
	ck_assert_int_eq(symlink(target, in_place("log")), 0);
	ck_assert_int_eq(log_file_open(&file, in_place("log"), 1, "0", &error), -ELOOP);
	ck_assert_int_eq(log_file_open(&file, target, 1, "0", &error), 0);
	log_file_close(file);
}
END_TEST

/* What goes to standard error while it is the file NAME. */
static char *stderr_lines(const char *name, bool as_journal)
{
	struct log_sink sink;
	struct stat status;
	int saved = dup(STDERR_FILENO), handle = open(in_place(name), O_CREAT | O_RDWR, 0600);
	char stream[64], *data;
	size_t length;

	ck_assert_int_eq(fstat(handle, &status), 0);
	snprintf(stream, sizeof stream, "%ju:%ju", (uintmax_t)status.st_dev,
		 (uintmax_t)status.st_ino + !as_journal);
	setenv("JOURNAL_STREAM", stream, 1);
	dup2(handle, STDERR_FILENO);
	log_sink_stderr(&sink, LOG_LEVEL_INFORMATION);
	put(&sink, 35, "with an event");
	put(&sink, 0, "without");
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(handle);
	ck_assert_int_eq(sink.threshold, LOG_LEVEL_INFORMATION);
	ck_assert_int_eq(file_read(in_place(name), 10000, &data, &length, NULL), 0);
	return data;
}

START_TEST(standard_error_may_be_the_journal)
{
	char expected[128], *data;

	snprintf(expected, sizeof expected,
		 "w32timed[%ld]: event 35: with an event\nw32timed[%ld]: without\n", (long)getpid(),
		 (long)getpid());
	data = stderr_lines("plain", false);
	ck_assert_str_eq(data, expected);
	free(data);
	data = stderr_lines("journal", true);
	ck_assert_str_eq(data, "<4>event 35: with an event\n<4>without\n");
	free(data);
}
END_TEST

/* --- Small things ----------------------------------------------------------------- */

START_TEST(paths_end_as_they_should)
{
	ck_assert_ptr_nonnull(strstr(path_configuration(), "/w32timed.conf"));
	ck_assert_ptr_nonnull(strstr(path_state(), "/lib/w32timed"));
	ck_assert_ptr_nonnull(strstr(path_control(), "/w32timed/control"));
}
END_TEST

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
	tcase_add_test(files, a_new_file_gets_its_mode);
	tcase_add_test(files, a_replaced_file_keeps_what_it_was);
	tcase_add_test(files, a_failed_write_changes_nothing);
	tcase_add_test(files, names_come_in_order);
	tcase_add_test(logs, entries_are_ranges);
	tcase_add_test(logs, the_log_file_has_w32times_lines);
	tcase_add_test(logs, the_log_file_stays_small);
	tcase_add_test(logs, a_log_file_that_cannot_be_says_why);
	tcase_add_test(logs, a_file_of_others_is_not_made_a_log);
	tcase_add_test(logs, standard_error_may_be_the_journal);
	tcase_add_test(small, paths_end_as_they_should);
	tcase_add_test(small, md5_is_md5);
	tcase_add_test(small, the_systems_clock_can_be_read);
	tcase_add_test(small, a_watched_clock_opens_for_everybody);
	return unit_run("platform_files", cases);
}
