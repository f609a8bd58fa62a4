/* Files and logs: what only Linux has. */
#include "base/log.h"
#include "files_fixture.h"
#include "platform/files.h"
#include "platform/linux/log_sinks.h"
#include "platform/log_sinks.h"
#include "platform/paths.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

START_TEST(what_is_no_file_is_refused)
{
	struct error error;
	char *data;
	size_t length;

	ck_assert_int_eq(mkfifo(in_place("pipe"), 0600), 0);
	ck_assert_int_eq(file_read(in_place("pipe"), 9, &data, &length, &error), -EINVAL);
	ck_assert_int_eq(file_replace(in_place("pipe"), "x", 1, 0600, &error), -EINVAL);
	ck_assert_uint_eq(entries(), 1);
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
	ck_assert_uint_eq(entries(), 1);
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
	ck_assert_uint_eq(entries(), 2);
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
	ck_assert_uint_eq(entries(), 1);
	ck_assert_int_eq(file_replace(in_place("no/file"), "x", 1, 0600, &error), -ENOENT);
	ck_assert_int_eq(symlink("nowhere", in_place("loose")), 0);
	ck_assert_int_eq(file_replace(in_place("loose"), "x", 1, 0600, &error), -ENOENT);
	ck_assert_uint_eq(entries(), 2);
}
END_TEST

/* --- Logs ----------------------------------------------------------------------- */

START_TEST(what_is_no_file_is_no_log)
{
	struct log_file *file;
	struct error error;
	char target[128];

	ck_assert_int_eq(mkfifo(in_place("pipe"), 0600), 0);
	ck_assert_int_lt(log_file_open(&file, in_place("pipe"), 1, "0", &error), 0);
	snprintf(target, sizeof target, "%s", in_place("empty"));
	write_file(target, "");
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

START_TEST(paths_end_as_they_should)
{
	ck_assert_ptr_nonnull(strstr(path_configuration(), "/w32timed.conf"));
	ck_assert_ptr_nonnull(strstr(path_state(), "/lib/w32timed"));
	ck_assert_ptr_nonnull(strstr(path_control(), "/w32timed/control"));
}
END_TEST

/* A log on HANDLE as standard error; NOBODY reads while COUNT records are written, then
 * everything that comes until the text END is kept. */
static char *log_through(int handle, int reader, unsigned count, const char *end)
{
	static char text[2 << 20];
	int kept = dup(STDERR_FILENO);
	struct log *log = log_create();
	struct log_sink sink;
	size_t length = 0;

	ck_assert_int_ge(kept, 0);
	ck_assert_int_eq(dup2(handle, STDERR_FILENO), STDERR_FILENO);
	log_sink_stderr(&sink, LOG_LEVEL_INFORMATION);
	log_add_sink(log, &sink);
	for (unsigned i = 0; i < count; i++)
		log_event(log, LOG_LEVEL_WARNING, EVENT_NONE, "%01000u", i);
	ck_assert_uint_gt(sink.lost, 0);
	ck_assert_uint_lt(sink.lost, count);
	do {
		ssize_t got;

		while ((got = read(reader, text + length, sizeof text - 1 - length)) > 0)
			length += (size_t)got;
		text[length] = '\0';
		log_event(log, LOG_LEVEL_WARNING, EVENT_NONE, "%s", end);
	} while (strstr(text, end) == NULL);
	ck_assert_uint_eq(sink.lost, 0);
	ck_assert_int_eq(dup2(kept, STDERR_FILENO), STDERR_FILENO);
	close(kept);
	log_destroy(log);
	return text;
}

static void check_loss_is_told(const char *text, unsigned count)
{
	const char *loss = strstr(text, "this log could not be written: ");
	unsigned lost, written = 0;

	ck_assert_ptr_nonnull(loss);
	ck_assert_int_eq(
		sscanf(loss, "this log could not be written: %u records are missing here", &lost),
		1);
	for (const char *at = text; at < loss; at = strchr(at, '\n') + 1)
		written++;
	/* Its own line is the last before it. */
	ck_assert_uint_eq(written - 1 + lost, count);
}

/* Or the clock stood still with whoever should read it. */
START_TEST(a_log_that_nobody_reads_waits_for_nobody)
{
	enum { COUNT = 1000 };
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
	check_loss_is_told(log_through(ends[1], ends[0], COUNT, "the end"), COUNT);
	/* It is not ours alone. */
	ck_assert_int_eq(fcntl(ends[1], F_GETFL) & O_NONBLOCK, 0);
	close(ends[0]);
	close(ends[1]);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	ck_assert_int_eq(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
	check_loss_is_told(log_through(ends[1], ends[0], COUNT, "the end"), COUNT);
	close(ends[0]);
	close(ends[1]);
}
END_TEST

START_TEST(a_full_disk_loses_records_and_says_so)
{
	const struct rlimit full = { 2000, RLIM_INFINITY }, room = { RLIM_INFINITY, RLIM_INFINITY };
	struct log *log = log_create();
	struct log_file *file;
	char *text;
	size_t length;

	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(log_file_open(&file, in_place("log"), 0, "0-300", NULL), 0);
	log_add_sink(log, log_file_sink(file));
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &full), 0);
	for (unsigned i = 0; i < 10; i++)
		log_event(log, LOG_LEVEL_WARNING, EVENT_NONE, "%0400u", i);
	ck_assert_uint_ge(log_file_sink(file)->lost, 5);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &room), 0);
	log_event(log, LOG_LEVEL_WARNING, EVENT_NONE, "room again");
	ck_assert_int_eq(file_read(in_place("log"), 100000, &text, &length, NULL), 0);
	ck_assert_ptr_nonnull(strstr(text, "records are missing here\n"));
	ck_assert_ptr_nonnull(strstr(text, "room again\n"));
	free(text);
	log_file_close(file);
	log_destroy(log);
}
END_TEST

START_TEST(a_system_log_that_takes_nothing_waits_for_nobody)
{
	const struct log_record record = { LOG_LEVEL_WARNING, 35, "text" };
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int reader = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0),
	    handle = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char got[100] = "", wanted[100];
	unsigned sent = 0;

	snprintf(address.sun_path, sizeof address.sun_path, "%s", in_place("log"));
	ck_assert(!log_send_datagram(handle, address.sun_path, &record));
	ck_assert_int_eq(bind(reader, (const struct sockaddr *)&address, sizeof address), 0);
	while (log_send_datagram(handle, address.sun_path, &record))
		sent++;
	ck_assert_uint_gt(sent, 0);
	ck_assert_int_gt(recv(reader, got, sizeof got - 1, 0), 0);
	snprintf(wanted, sizeof wanted, "<28>w32timed[%ld]: event 35: text", (long)getpid());
	ck_assert_str_eq(got, wanted);
	ck_assert(log_send_datagram(handle, address.sun_path, &record));
	close(handle);
	close(reader);
}
END_TEST

int main(void)
{
	TCase *files = tcase_create("files"), *logs = tcase_create("logs"),
	      *small = tcase_create("small");
	TCase *const cases[] = { files, logs, small, NULL };

	tcase_add_checked_fixture(files, make_place, remove_place);
	tcase_add_checked_fixture(logs, make_place, remove_place);
	tcase_add_test(files, what_is_no_file_is_refused);
	tcase_add_test(files, a_new_file_gets_its_mode);
	tcase_add_test(files, a_replaced_file_keeps_what_it_was);
	tcase_add_test(files, a_failed_write_changes_nothing);
	tcase_add_test(logs, what_is_no_file_is_no_log);
	tcase_add_test(logs, standard_error_may_be_the_journal);
	tcase_add_test(logs, a_log_that_nobody_reads_waits_for_nobody);
	tcase_add_test(logs, a_full_disk_loses_records_and_says_so);
	tcase_add_test(logs, a_system_log_that_takes_nothing_waits_for_nobody);
	tcase_add_test(small, paths_end_as_they_should);
	return unit_run("platform_files_linux", cases);
}
