/* Standard error and the private debug log; log_sink_system() has a file of its own. */
#include "config.h"

#include "platform/log_sinks.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#include "base/text.h"
#include "platform/log_file_os.h"
#include "platform/windows/error.h"
#include "platform/windows/path.h"

/* One call a line, so that lines of several writers do not mix.  False if not all of
 * it was written. */
static bool write_line(HANDLE handle, const char *line, size_t length)
{
	DWORD written;

	return WriteFile(handle, line, (DWORD)length, &written, NULL) && written == length;
}

static bool offer_plain(void *context, const struct log_record *record)
{
	char buffer[LOG_LINE_MAX];
	struct text line;

	(void)context;
	text_init(&line, buffer, sizeof buffer);
	text_append(&line, "w32timed[%lu]: ", (unsigned long)GetCurrentProcessId());
	if (record->event != EVENT_NONE)
		text_append(&line, "event %u: ", record->event);
	text_append(&line, "%s\r\n", record->text);
	return write_line(GetStdHandle(STD_ERROR_HANDLE), line.buffer, line.length);
}

/* A pipe that nobody reads must not make us wait. */
void log_sink_stderr(struct log_sink *sink, enum log_level threshold)
{
	HANDLE handle = GetStdHandle(STD_ERROR_HANDLE);
	DWORD mode = PIPE_READMODE_BYTE | PIPE_NOWAIT;

	if (GetFileType(handle) == FILE_TYPE_PIPE)
		SetNamedPipeHandleState(handle, &mode, NULL, NULL);
	*sink = (struct log_sink){ .threshold = threshold, .offer = offer_plain };
}

/* --- The private debug log ----------------------------------------------------- */

const char log_file_os_line_end[] = "\r\n";

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

int log_file_os_open(const char *path, intptr_t *handle, struct error *error)
{
	HANDLE opened;
	int result = open_handle(path, &opened);

	if (result < 0)
		return error_set_system(error, -result, "cannot open the log file %s", path);
	*handle = (intptr_t)opened;
	if (is_link(opened))
		result = error_set_system(error, ELOOP, "cannot open the log file %s", path);
	else if (GetFileType(opened) != FILE_TYPE_DISK)
		result = error_set(error, EINVAL, "the log file %s is not a regular file", path);
	else
		return 0;
	CloseHandle(opened);
	return result;
}

void log_file_os_close(intptr_t handle)
{
	CloseHandle((HANDLE)handle);
}

/* Another program may have made it longer or shorter. */
static int64_t seek(intptr_t handle, DWORD whence)
{
	LARGE_INTEGER zero = { .QuadPart = 0 }, reached;

	if (!SetFilePointerEx((HANDLE)handle, zero, &reached, whence))
		return -errno_of_last_error();
	return reached.QuadPart;
}

int64_t log_file_os_read(intptr_t handle, char *data, size_t size)
{
	DWORD got;

	return ReadFile((HANDLE)handle, data, (DWORD)size, &got, NULL) ? (int64_t)got
								       : -errno_of_last_error();
}

int64_t log_file_os_size(intptr_t handle)
{
	return seek(handle, FILE_END);
}

int log_file_os_empty(intptr_t handle)
{
	return seek(handle, FILE_BEGIN) == 0 && SetEndOfFile((HANDLE)handle)
		       ? 0
		       : -errno_of_last_error();
}

bool log_file_os_append(intptr_t handle, const char *data, size_t length)
{
	return seek(handle, FILE_END) >= 0 && write_line((HANDLE)handle, data, length);
}
