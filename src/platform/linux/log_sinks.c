#include "config.h"

#include "platform/log_sinks.h"

#include "base/text.h"
#include "platform/linux/log_sinks.h"
#include "platform/log_file_os.h"

#include <errno.h>
#include <fcntl.h>
#include <paths.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

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

/* One call a line, so that lines of several writers do not mix.  False if not all of
 * it was written. */
static bool write_line(int handle, const char *line, size_t length)
{
	ssize_t result;

	do
		result = write(handle, line, length);
	while (result < 0 && errno == EINTR);
	return result == (ssize_t)length;
}

/* Whoever reads it may have stopped, and standard error is not ours alone, so that it
 * stays as it is.  A pipe or a terminal with room has room for a line. */
static bool write_without_waiting(int handle, const char *line, size_t length)
{
	struct pollfd room = { .fd = handle, .events = POLLOUT };
	ssize_t result = send(handle, line, length, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (result >= 0 || errno != ENOTSOCK)
		return result == (ssize_t)length;
	return poll(&room, 1, 0) == 1 && (room.revents & POLLOUT) != 0 &&
	       write_line(handle, line, length);
}

static bool offer_plain(void *context, const struct log_record *record)
{
	char buffer[LOG_LINE_MAX];
	struct text line;

	(void)context;
	text_init(&line, buffer, sizeof buffer);
	text_append(&line, "w32timed[%ld]: ", (long)getpid());
	append_record(&line, record);
	text_append(&line, "\n");
	return write_without_waiting(STDERR_FILENO, line.buffer, line.length);
}

static bool offer_journal(void *context, const struct log_record *record)
{
	char buffer[LOG_LINE_MAX];
	struct text line;

	(void)context;
	text_init(&line, buffer, sizeof buffer);
	text_append(&line, "<%d>", priority(record->level));
	append_record(&line, record);
	text_append(&line, "\n");
	return write_without_waiting(STDERR_FILENO, line.buffer, line.length);
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
				   .offer = stderr_is_journal() ? offer_journal : offer_plain };
}

/* Not syslog(3), which waits while the system's log takes nothing.  A time is left out:
 * that of the arrival is as good. */
bool log_send_datagram(int handle, const char *path, const struct log_record *record)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char buffer[LOG_LINE_MAX];
	struct text line;
	ssize_t result;

	text_init(&line, buffer, sizeof buffer);
	text_append(&line, "<%d>w32timed[%ld]: ", LOG_DAEMON | priority(record->level),
		    (long)getpid());
	append_record(&line, record);
	snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
	do
		result = sendto(handle, line.buffer, line.length, MSG_DONTWAIT | MSG_NOSIGNAL,
				(const struct sockaddr *)&address, sizeof address);
	while (result < 0 && errno == EINTR);
	return result == (ssize_t)line.length;
}

static bool offer_system(void *context, const struct log_record *record)
{
	return log_send_datagram((int)(intptr_t)context, _PATH_LOG, record);
}

/* The socket is kept until the process ends. */
void log_sink_system(struct log_sink *sink, enum log_level threshold)
{
	int handle = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	*sink = (struct log_sink){ .threshold = threshold,
				   .offer = offer_system,
				   .context = (void *)(intptr_t)handle };
}

/* --- The private debug log ----------------------------------------------------- */

const char log_file_os_line_end[] = "\n";

int log_file_os_open(const char *path, intptr_t *handle, struct error *error)
{
	struct stat status;
	int opened = open(
		path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW,
		0640);

	if (opened < 0)
		return error_set_system(error, errno, "cannot open the log file %s", path);
	if (fstat(opened, &status) < 0 || !S_ISREG(status.st_mode)) {
		close(opened);
		return error_set(error, EINVAL, "the log file %s is not a regular file", path);
	}
	*handle = opened;
	return 0;
}

void log_file_os_close(intptr_t handle)
{
	close((int)handle);
}

int64_t log_file_os_read(intptr_t handle, char *data, size_t size)
{
	ssize_t got = pread((int)handle, data, size, 0);

	return got < 0 ? -errno : got;
}

int64_t log_file_os_size(intptr_t handle)
{
	struct stat status;

	return fstat((int)handle, &status) < 0 ? -errno : status.st_size;
}

int log_file_os_empty(intptr_t handle)
{
	return ftruncate((int)handle, 0) < 0 ? -errno : 0;
}

bool log_file_os_append(intptr_t handle, const char *data, size_t length)
{
	return write_line((int)handle, data, length);
}
