/* Logging with W32Time's event IDs.
 *
 * One struct log is made in main() and handed down.  A record goes to every
 * sink whose threshold lets it pass: the journal, syslog, standard error, the
 * private debug log (w32tm /debug).  Nothing secret may be put in a record. */
#ifndef W32TIMED_BASE_LOG_H
#define W32TIMED_BASE_LOG_H

#include <stdbool.h>

#include "base/events.h"
#include "base/format.h"
#include "base/timescale.h"

enum log_level {
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARNING,
	LOG_LEVEL_INFORMATION,
	LOG_LEVEL_DEBUG,
};

struct log_record {
	enum log_level level;
	unsigned event;   /* a W32Time event ID (base/events.h), or 0 */
	const char *text; /* one line, no newline; lives only during the call */
};

struct log_sink {
	/* Records with a level above the threshold are not passed on. */
	enum log_level threshold;
	/* One that takes everything, or: */
	void (*write)(void *context, const struct log_record *record);
	/* one that may have no room.  It never waits for room: what it does not take
	 * (false) is lost and counted, and how many were is the first that it gets when it
	 * takes something again. */
	bool (*offer)(void *context, const struct log_record *record);
	void *context;
	unsigned lost; /* since it took something */
};

struct log;

#define LOG_SINKS_MAX 4

/* Returns NULL when memory is short. */
struct log *log_create(void);
void log_destroy(struct log *log);

/* SINK is kept by reference and must outlive the log or be removed first.
 * Returns -ENOSPC when there are LOG_SINKS_MAX already. */
int log_add_sink(struct log *log, struct log_sink *sink);
void log_remove_sink(struct log *log, struct log_sink *sink);

/* Whether anybody would read a record of this level: lets a caller save the
 * work of gathering what it would say. */
bool log_wants(const struct log *log, enum log_level level);

/* Control characters in the text (names from the network) become '?'; a text
 * longer than 1023 bytes is cut.  LOG may be NULL: nothing is written. */
void log_event(struct log *log, enum log_level level, unsigned event, const char *format, ...)
	__attribute__((format(PRINTF_FORMAT, 4, 5)));

/* log_event with level DEBUG and no event ID. */
void log_debug(struct log *log, const char *format, ...)
	__attribute__((format(PRINTF_FORMAT, 2, 3)));

/* A gate for records that an outsider can cause: opens once an interval. */
struct log_gate {
	raw_ns last;
	bool used;
	unsigned suppressed; /* since it last opened */
};

/* True when at least INTERVAL seconds have passed since the last true; then
 * *SUPPRESSED (if not NULL) is how often it was shut in between. */
bool log_gate_open(struct log_gate *gate, raw_ns now, double interval, unsigned *suppressed);

#endif
