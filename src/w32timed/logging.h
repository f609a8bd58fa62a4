/* The daemon's log sinks as the configuration and the command line want them. */
#ifndef W32TIMED_W32TIMED_LOGGING_H
#define W32TIMED_W32TIMED_LOGGING_H

#include "base/error.h"
#include "base/log.h"
#include "config/config.h"
#include "platform/log_sinks.h"

struct logging {
	struct log *log;
	struct log_sink main;
	struct log_file *file; /* the private debug log; NULL: off */
	unsigned verbose;      /* -v given so often */
};

/* LOGGING must stay where it is until logging_close(). */
int logging_open(struct logging *logging, bool foreground, unsigned verbose);
void logging_close(struct logging *logging);

/* LogLevel (raised by -v). */
void logging_set_level(struct logging *logging, const struct config *config);

/* LogLevel and the private log's FileLog keys: once the privileges are dropped, or
 * the next time the same file could not be opened again.  A file that cannot be is
 * event 19; the rest goes on. */
void logging_configure(struct logging *logging, const struct config *config);

/* An error line for each of PROBLEMS; AFTERWARDS is said behind it ("" or
 * "; ..."). */
void logging_problems(struct logging *logging, unsigned event,
		      const struct config_problems *problems, const char *afterwards);

/* Starts the private log, TRUNCATE: with an empty file; PATH NULL or empty: stops
 * it. */
int logging_set_file(struct logging *logging, const char *path, uint64_t size, const char *entries,
		     bool truncate, struct error *error);

#endif
