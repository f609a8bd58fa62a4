#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct log {
	struct log_sink *sinks[LOG_SINKS_MAX];
	unsigned count;
};

struct log *log_create(void)
{
	return calloc(1, sizeof(struct log));
}

void log_destroy(struct log *log)
{
	free(log);
}

int log_add_sink(struct log *log, struct log_sink *sink)
{
	if (log->count == LOG_SINKS_MAX)
		return -ENOSPC;
	log->sinks[log->count++] = sink;
	return 0;
}

void log_remove_sink(struct log *log, struct log_sink *sink)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < log->count; i++) {
		if (log->sinks[i] != sink)
			log->sinks[kept++] = log->sinks[i];
	}
	log->count = kept;
}

bool log_wants(const struct log *log, enum log_level level)
{
	if (log == NULL)
		return false;
	for (unsigned i = 0; i < log->count; i++) {
		if (level <= log->sinks[i]->threshold)
			return true;
	}
	return false;
}

/* False: nothing is taken still. */
static bool log_sink_tell_loss(struct log_sink *sink)
{
	char text[80];
	const struct log_record record = { .level = LOG_LEVEL_WARNING, .text = text };

	if (sink->lost == 0)
		return true;
	snprintf(text, sizeof text, "this log could not be written: %u records are missing here",
		 sink->lost);
	if (!sink->offer(sink->context, &record))
		return false;
	sink->lost = 0;
	return true;
}

static void log_sink_pass(struct log_sink *sink, const struct log_record *record)
{
	if (sink->offer == NULL)
		sink->write(sink->context, record);
	else if (!log_sink_tell_loss(sink) || !sink->offer(sink->context, record))
		sink->lost++;
}

__attribute__((format(PRINTF_FORMAT, 4, 0))) static void log_write_record(struct log *log,
									  enum log_level level,
									  unsigned event,
									  const char *format,
									  va_list arguments)
{
	char text[1024];
	struct log_record record = { .level = level, .event = event, .text = text };

	vsnprintf(text, sizeof text, format, arguments);
	for (char *c = text; *c != '\0'; c++) {
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
	}
	for (unsigned i = 0; i < log->count; i++) {
		if (level <= log->sinks[i]->threshold)
			log_sink_pass(log->sinks[i], &record);
	}
}

void log_event(struct log *log, enum log_level level, unsigned event, const char *format, ...)
{
	va_list arguments;

	if (!log_wants(log, level))
		return;
	va_start(arguments, format);
	log_write_record(log, level, event, format, arguments);
	va_end(arguments);
}

void log_debug(struct log *log, const char *format, ...)
{
	va_list arguments;

	if (!log_wants(log, LOG_LEVEL_DEBUG))
		return;
	va_start(arguments, format);
	log_write_record(log, LOG_LEVEL_DEBUG, 0, format, arguments);
	va_end(arguments);
}

bool log_gate_open(struct log_gate *gate, raw_ns now, double interval, unsigned *suppressed)
{
	if (gate->used && ns_interval(gate->last, now) < interval) {
		gate->suppressed++;
		return false;
	}
	if (suppressed != NULL)
		*suppressed = gate->suppressed;
	gate->used = true;
	gate->last = now;
	gate->suppressed = 0;
	return true;
}
