/* Where log records end up on this system. */
#ifndef W32TIMED_PLATFORM_LOG_SINKS_H
#define W32TIMED_PLATFORM_LOG_SINKS_H

#include "base/error.h"
#include "base/log.h"

/* A record's text has at most 1023 bytes. */
#define LOG_LINE_MAX 1280

/* Standard error: "w32timed[pid]: event 35: text", or, when standard error is
 * the journal ($JOURNAL_STREAM), "<priority>event 35: text". */
void log_sink_stderr(struct log_sink *sink, enum log_level threshold);

/* syslog(3) on Linux, the event log on Windows. */
void log_sink_system(struct log_sink *sink, enum log_level threshold);

/* The private debug log, [Config] FileLogName: lines of the form
 * "<days since 1601> <hh:mm:ss.fffffff>s - <text>" (UTC).  When the file would
 * grow beyond SIZE bytes (0: no limit) it begins anew; ENTRIES ("0-300", "0-100,103") says
 * which event IDs are written, plain debug lines count as 0. */
struct log_file;

/* A file that holds anything but such lines is -EEXIST, a symbolic link -ELOOP:
 * who may turn the log on may not thereby spoil what else the daemon can write. */
int log_file_open(struct log_file **file, const char *path, uint64_t size, const char *entries,
		  struct error *error);
void log_file_close(struct log_file *file);
/* Begins it anew now.  A negative errno. */
int log_file_empty(struct log_file *file);
struct log_sink *log_file_sink(struct log_file *file);

#endif
