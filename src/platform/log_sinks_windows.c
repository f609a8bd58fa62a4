/* Standard error and the private debug log; log_sink_system() has a file of its own. */
#include "config.h"

#include "platform/log_sinks.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#include "base/text.h"
#include "platform/error_windows.h"
#include "platform/file_time_windows.h"
#include "platform/log_entries.h"
#include "platform/path_windows.h"

/* A record's text has at most 1023 bytes. */
#define LINE_MAX_BYTES 1280

/* One call a line, so that lines of several writers do not mix.  There is no place
 * to report a log that cannot be written. */
static void write_line(HANDLE handle, const struct text *line)
{
	DWORD written;

	WriteFile(handle, line->buffer, (DWORD)line->length, &written, NULL);
}

static void write_plain(void *context, const struct log_record *record)
{
	char buffer[LINE_MAX_BYTES];
	struct text line;

	(void)context;
	text_init(&line, buffer, sizeof buffer);
	text_append(&line, "w32timed[%lu]: ", (unsigned long)GetCurrentProcessId());
	if (record->event != EVENT_NONE)
		text_append(&line, "event %u: ", record->event);
	text_append(&line, "%s\r\n", record->text);
	write_line(GetStdHandle(STD_ERROR_HANDLE), &line);
}

void log_sink_stderr(struct log_sink *sink, enum log_level threshold)
{
	*sink = (struct log_sink){ .threshold = threshold, .write = write_plain };
}

struct log_file {
	struct log_sink sink;
	struct log_entries entries;
	HANDLE handle;
	uint64_t size; /* largest; 0: no limit */
};

/* Days are counted from 1601-01-01, as in Windows' file times. */
static void append_time(struct text *line)
{
	const int64_t day_seconds = 86400;
	int64_t units, seconds;
	FILETIME now;

	GetSystemTimePreciseAsFileTime(&now);
	units = file_time_units(&now);
	seconds = units / FILE_TIME_UNITS % day_seconds;
	text_append(line, "%lld %02lld:%02lld:%02lld.%07lld",
		    (long long)(units / FILE_TIME_UNITS / day_seconds), (long long)(seconds / 3600),
		    (long long)(seconds / 60 % 60), (long long)(seconds % 60),
		    (long long)(units % FILE_TIME_UNITS));
}

/* Another program may have made it longer or shorter. */
static bool seek(HANDLE handle, DWORD whence, int64_t *position)
{
	LARGE_INTEGER zero = { .QuadPart = 0 }, reached;

	if (!SetFilePointerEx(handle, zero, &reached, whence))
		return false;
	*position = reached.QuadPart;
	return true;
}

int log_file_empty(struct log_file *file)
{
	int64_t position;

	return seek(file->handle, FILE_BEGIN, &position) && SetEndOfFile(file->handle)
		       ? 0
		       : -errno_of_last_error();
}

static void write_file(void *context, const struct log_record *record)
{
	struct log_file *file = context;
	char buffer[LINE_MAX_BYTES];
	struct text line;
	int64_t end;

	if (!log_entries_want(&file->entries, record->event))
		return;
	text_init(&line, buffer, sizeof buffer);
	append_time(&line);
	text_append(&line, "s - %s\r\n", record->text);
	if (!seek(file->handle, FILE_END, &end))
		return;
	if (file->size != 0 && (uint64_t)end + line.length > file->size && end > 0 &&
	    log_file_empty(file) < 0)
		return;
	write_line(file->handle, &line);
}

/* Whether what is in the file begins as append_time() does, or nothing is. */
static bool holds_our_lines(HANDLE handle)
{
	static const char rest[] = " dd:dd:dd.ddddddds - ";
	char begin[64];
	const char *next = begin;
	DWORD got;

	if (!ReadFile(handle, begin, sizeof begin - 1, &got, NULL))
		return false;
	if (got == 0)
		return true;
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

/* What FILE_FLAG_OPEN_REPARSE_POINT opened is the link itself, if it is one. */
static bool is_link(HANDLE handle)
{
	BY_HANDLE_FILE_INFORMATION information;

	return GetFileInformationByHandle(handle, &information) &&
	       (information.dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0;
}

static int open_handle(const char *path, HANDLE *handle)
{
	wchar_t *wide;
	int result = path_to_wide(path, &wide);
	DWORD attributes;

	if (result < 0)
		return result;
	attributes = GetFileAttributesW(wide);
	if (attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_DIRECTORY) != 0) {
		free(wide);
		return -EISDIR;
	}
	*handle = CreateFileW(wide, GENERIC_READ | GENERIC_WRITE,
			      FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
			      OPEN_ALWAYS, FILE_ATTRIBUTE_NORMAL | FILE_FLAG_OPEN_REPARSE_POINT,
			      NULL);
	free(wide);
	return *handle == INVALID_HANDLE_VALUE ? -errno_of_last_error() : 0;
}

static int open_regular(const char *path, HANDLE *handle, struct error *error)
{
	int result = open_handle(path, handle);

	if (result < 0)
		return error_set_system(error, -result, "cannot open the log file %s", path);
	if (is_link(*handle))
		result = error_set_system(error, ELOOP, "cannot open the log file %s", path);
	else if (GetFileType(*handle) != FILE_TYPE_DISK)
		result = error_set(error, EINVAL, "the log file %s is not a regular file", path);
	else if (!holds_our_lines(*handle))
		result = error_set(error, EEXIST,
				   "%s holds something else and is not made a log file", path);
	else
		return 0;
	CloseHandle(*handle);
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
		result = open_regular(path, &self->handle, error);
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
	CloseHandle(file->handle);
	free(file);
}

struct log_sink *log_file_sink(struct log_file *file)
{
	return &file->sink;
}
