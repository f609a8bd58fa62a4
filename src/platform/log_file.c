/* The private debug log. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/calendar.h"
#include "base/text.h"
#include "platform/clock_os.h"
#include "platform/log_entries.h"
#include "platform/log_file_os.h"
#include "platform/log_sinks.h"

struct log_file {
	struct log_sink sink;
	struct log_entries entries;
	intptr_t handle;
	uint64_t size; /* largest; 0: no limit */
};

/* Days are counted from 1601-01-01, as in Windows' file times. */
static void log_file_append_time(struct text *line)
{
	const int64_t day = 86400 * NS_PER_SECOND;
	struct clock_reading now = { .utc = 0 };
	int64_t days, seconds;

	clock_os_read(&now);
	days = calendar_days_since_1970(now.utc);
	now.utc -= days * day;
	seconds = now.utc / NS_PER_SECOND;
	text_append(line, "%lld %02d:%02d:%02d.%07d",
		    (long long)(days + CALENDAR_DAYS_1601_TO_1970), (int)(seconds / 3600),
		    (int)(seconds / 60 % 60), (int)(seconds % 60),
		    (int)(now.utc % NS_PER_SECOND / 100));
}

static bool log_file_write(void *context, const struct log_record *record)
{
	struct log_file *file = context;
	char buffer[LOG_LINE_MAX];
	struct text line;
	int64_t size;

	if (!log_entries_want(&file->entries, record->event))
		return true;
	text_init(&line, buffer, sizeof buffer);
	log_file_append_time(&line);
	text_append(&line, "s - %s%s", record->text, log_file_os_line_end);
	size = file->size == 0 ? 0 : log_file_os_size(file->handle);
	if (size > 0 && (uint64_t)size + line.length > file->size && log_file_empty(file) < 0)
		return false;
	return log_file_os_append(file->handle, line.buffer, line.length);
}

/* Whether the file is empty or begins as log_file_append_time() does. */
static bool log_file_holds_our_lines(intptr_t handle)
{
	static const char rest[] = " dd:dd:dd.ddddddds - ";
	char begin[64];
	int64_t got = log_file_os_read(handle, begin, sizeof begin - 1);
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

static int log_file_open_ours(const char *path, intptr_t *handle, struct error *error)
{
	int result = log_file_os_open(path, handle, error);

	if (result < 0 || log_file_holds_our_lines(*handle))
		return result;
	log_file_os_close(*handle);
	return error_set(error, EEXIST, "%s holds something else and is not made a log file", path);
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
		result = log_file_open_ours(path, &self->handle, error);
	if (result < 0) {
		free(self);
		return result;
	}
	self->size = size;
	self->sink = (struct log_sink){ .threshold = LOG_LEVEL_DEBUG,
					.offer = log_file_write,
					.context = self };
	*file = self;
	return 0;
}

void log_file_close(struct log_file *file)
{
	if (file == NULL)
		return;
	log_file_os_close(file->handle);
	free(file);
}

int log_file_empty(struct log_file *file)
{
	return log_file_os_empty(file->handle);
}

struct log_sink *log_file_sink(struct log_file *file)
{
	return &file->sink;
}
