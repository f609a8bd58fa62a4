/* Leaving the terminal: what a daemon does that no service manager started. */
#ifndef W32TIMED_PLATFORM_BACKGROUND_H
#define W32TIMED_PLATFORM_BACKGROUND_H

#include "base/error.h"

#define BACKGROUND_NONE (-1)

/* Standard input, output and error that whoever started us left closed lead nowhere
 * from here on; otherwise what is opened next would take their place, and log lines
 * go into it.  Call it first. */
void background_fill_standard_handles(void);

/* Returns in a new process of its own session.  The one that was started waits
 * until background_ready(*READY) and then ends with status 0, or with status 1
 * if the new one ends before that.  Call it before anything is opened. */
int background_start(int *ready, struct error *error);

/* Standard input, output and error lead nowhere from here on.  Does nothing
 * for BACKGROUND_NONE. */
void background_ready(int ready);

#endif
