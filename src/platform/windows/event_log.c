/* The Windows event log: the one of platform/log_sinks.h that the system keeps. */
#include "config.h"

#include "platform/log_sinks.h"

#include <stdio.h>
#include <string.h>
#include <windows.h>

#include "platform/paths.h"
#include "platform/windows/service.h"
#include "platform/windows/text.h"

/* Beside the state, for eyes that have no event viewer. */
#define FILE_NAME  "logs\\w32timed.log"
#define FILE_SIZE  1048576
#define EVERYTHING "0-300"

/* A record's text has at most 1023 bytes. */
#define TEXT_MAX 1024

static WORD type_of(enum log_level level)
{
	switch (level) {
	case LOG_LEVEL_ERROR:
		return EVENTLOG_ERROR_TYPE;
	case LOG_LEVEL_WARNING:
		return EVENTLOG_WARNING_TYPE;
	default:
		return EVENTLOG_INFORMATION_TYPE;
	}
}

struct event_log {
	HANDLE source;
	struct log_file *file; /* NULL: cannot be written */
};

/* The event viewer takes a percent sign with a number behind it for a place where a text
 * is to stand, within texts too: in fe80::1%12 it gets a blank between them. */
static void part_numbers(const wchar_t *text, wchar_t result[2 * TEXT_MAX])
{
	for (; *text != L'\0'; text++) {
		*result++ = *text;
		if (text[0] == L'%' && text[1] >= L'0' && text[1] <= L'9')
			*result++ = L' ';
	}
	*result = L'\0';
}

/* There is no place to report a log that cannot be written. */
static void write_event(void *context, const struct log_record *record)
{
	const struct event_log *log = context;
	wchar_t text[TEXT_MAX], parted[2 * TEXT_MAX];
	const wchar_t *texts[] = { parted };

	if (log->file != NULL) {
		const struct log_sink *sink = log_file_sink(log->file);

		sink->offer(sink->context, record);
	}
	/* What w32timed -v says besides is for the file. */
	if (log->source == NULL || record->level == LOG_LEVEL_DEBUG ||
	    text_to_wide_buffer(record->text, text, TEXT_MAX) < 0)
		return;
	part_numbers(text, parted);
	ReportEventW(log->source, type_of(record->level), 0, record->event, NULL, 1, 0, texts,
		     NULL);
}

static struct log_file *open_file(void)
{
	const char *configuration = path_configuration();
	struct log_file *file;
	char path[1024];

	snprintf(path, sizeof path, "%.*s\\%s", (int)path_folder_length(configuration),
		 configuration, FILE_NAME);
	return log_file_open(&file, path, FILE_SIZE, EVERYTHING, NULL) == 0 ? file : NULL;
}

/* Kept until the process ends, as syslog(3)'s is. */
void log_sink_system(struct log_sink *sink, enum log_level threshold)
{
	static struct event_log log;

	if (log.source == NULL)
		log.source = RegisterEventSourceW(NULL, SERVICE_NAME);
	if (log.file == NULL)
		log.file = open_file();
	*sink = (struct log_sink){ .threshold = threshold, .write = write_event, .context = &log };
}
