#include "config.h"

#include "platform/log_sinks.h"

#include "base/text.h"
#include "platform/log_entries.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

/* A record's text has at most 1023 bytes. */
#define LINE_MAX_BYTES 1280

static int priority(enum log_level level)
{
	switch (level) {
	case LOG_LEVEL_ERROR:
		return LOG_ERR;
	case LOG_LEVEL_WARNING:
		return LOG_WARNING;
	case LOG_LEVEL_INFORMATION:
		return LOG_INFO;
	case LOG_LEVEL_DEBUG:
		break;
	}
	return LOG_DEBUG;
}

static void append_record(struct text *line, const struct log_record *record)
{
	if (record->event != EVENT_NONE)
		text_append(line, "event %u: ", record->event);
	text_append(line, "%s", record->text);
}

/* One call a line, so that lines of several writers do not mix.  There is no
 * place to report a log that cannot be written. */
static void write_line(int handle, const struct text *line)
{
	ssize_t result;

	do
		result = write(handle, line->buffer, line->length);
	while (result < 0 && errno == EINTR);
}

static void write_plain(void *context, const struct log_record *record)
{
	char buffer[LINE_MAX_BYTES];
	struct text line;

	(void)context;
	text_init(&line, buffer, sizeof buffer);
	text_append(&line, "w32timed[%ld]: ", (long)getpid());
	append_record(&line, record);
	text_append(&line, "\n");
	write_line(STDERR_FILENO, &line);
}

static void write_journal(void *context, const struct log_record *record)
{
	char buffer[LINE_MAX_BYTES];
	struct text line;

	(void)context;
	text_init(&line, buffer, sizeof buffer);
	text_append(&line, "<%d>", priority(record->level));
	append_record(&line, record);
	text_append(&line, "\n");
	write_line(STDERR_FILENO, &line);
}

/* $JOURNAL_STREAM names the device and inode of the journal's socket; it is
 * inherited, standard error may have been redirected since. */
static bool stderr_is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	char own[64];
	struct stat status;

	if (stream == NULL || fstat(STDERR_FILENO, &status) < 0)
		return false;
	snprintf(own, sizeof own, "%ju:%ju", (uintmax_t)status.st_dev, (uintmax_t)status.st_ino);
	return strcmp(stream, own) == 0;
}

void log_sink_stderr(struct log_sink *sink, enum log_level threshold)
{
	*sink = (struct log_sink){ .threshold = threshold,
				   .write = stderr_is_journal() ? write_journal : write_plain };
}

static void write_system(void *context, const struct log_record *record)
{
	(void)context;
	if (record->event != EVENT_NONE)
		syslog(priority(record->level), "event %u: %s", record->event, record->text);
	else
		syslog(priority(record->level), "%s", record->text);
}

void log_sink_system(struct log_sink *sink, enum log_level threshold)
{
	openlog("w32timed", LOG_PID | LOG_NDELAY, LOG_DAEMON);
	*sink = (struct log_sink){ .threshold = threshold, .write = write_system };
}

struct log_file {
	struct log_sink sink;
	struct log_entries entries;
	int handle;
	uint64_t size; /* largest; 0: no limit */
};

/* Days are counted from 1601-01-01, as in Windows' file times. */
static void append_time(struct text *line)
{
	const long long days_1601_to_1970 = 134774, day_seconds = 86400;
	struct timespec now;
	long long seconds;

	clock_gettime(CLOCK_REALTIME, &now);
	seconds = now.tv_sec % day_seconds;
	text_append(line, "%lld %02lld:%02lld:%02lld.%07ld",
		    now.tv_sec / day_seconds + days_1601_to_1970, seconds / 3600, seconds / 60 % 60,
		    seconds % 60, now.tv_nsec / 100);
}

static void write_file(void *context, const struct log_record *record)
{
	struct log_file *file = context;
	char buffer[LINE_MAX_BYTES];
	struct text line;
	struct stat status;

	if (!log_entries_want(&file->entries, record->event))
		return;
	text_init(&line, buffer, sizeof buffer);
	append_time(&line);
	text_append(&line, "s - %s\n", record->text);
	if (file->size != 0 && fstat(file->handle, &status) == 0 &&
	    (uint64_t)status.st_size + line.length > file->size && status.st_size > 0 &&
	    ftruncate(file->handle, 0) < 0)
		return;
	write_line(file->handle, &line);
}

/* Whether what is in the file begins as append_time() does, or nothing is. */
static bool holds_our_lines(int handle)
{
	static const char rest[] = " dd:dd:dd.ddddddds - ";
	char begin[64];
	ssize_t got = pread(handle, begin, sizeof begin - 1, 0);
	const char *next = begin;

	if (got <= 0)
		return got == 0;
	begin[got] = '\0';
	next += strspn(begin, "0123456789");
	if (next == begin)
		return false;
	for (const char *wanted = rest; *wanted != '\0'; wanted++, next++) {
		if (*wanted == 'd' ? *next < '0' || *next > '9' : *next != *wanted)
			return false;
	}
	return true;
}

static int open_regular(const char *path, struct error *error)
{
	struct stat status;
	int handle = open(
		path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW,
		0640);
	int result;

	if (handle < 0)
		return error_set_system(error, errno, "cannot open the log file %s", path);
	if (fstat(handle, &status) < 0 || !S_ISREG(status.st_mode))
		result = error_set(error, EINVAL, "the log file %s is not a regular file", path);
	else if (!holds_our_lines(handle))
		result = error_set(error, EEXIST,
				   "%s holds something else and is not made a log file", path);
	else
		return handle;
	close(handle);
	return result;
}

int log_file_open(struct log_file **file, const char *path, uint64_t size, const char *entries,
		  struct error *error)
{
	struct log_file *self = calloc(1, sizeof *self);
	int result;

	if (self == NULL)
		return error_set_system(error, ENOMEM, "cannot open the log file %s", path);
	result = log_entries_parse(entries, &self->entries, error);
	if (result == 0)
		result = self->handle = open_regular(path, error);
	if (result < 0) {
		free(self);
		return result;
	}
	self->size = size;
	self->sink = (struct log_sink){ .threshold = LOG_LEVEL_DEBUG,
					.write = write_file,
					.context = self };
	*file = self;
	return 0;
}

void log_file_close(struct log_file *file)
{
	if (file == NULL)
		return;
	close(file->handle);
	free(file);
}

int log_file_empty(struct log_file *file)
{
	return ftruncate(file->handle, 0) < 0 ? -errno : 0;
}

struct log_sink *log_file_sink(struct log_file *file)
{
	return &file->sink;
}
