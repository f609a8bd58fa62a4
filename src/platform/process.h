/* Other programs, run and waited for. */
#ifndef W32TIMED_PLATFORM_PROCESS_H
#define W32TIMED_PLATFORM_PROCESS_H

#include <stdbool.h>

#include "base/error.h"

/* The number by which the system knows this process. */
long process_id(void);

/* Whether this process may change the system (Linux: it is root's). */
bool process_is_administrator(void);

/* Runs ARGUMENTS[0], sought in PATH, with ARGUMENTS (ended by NULL); its
 * standard input is empty, its standard error ours; each line that it prints is
 * given to LINE without its newline (LINE NULL: it prints where we do).
 * Returns its exit status, 128 and more if a signal ended it, or a negative
 * errno: -ENOENT if there is no such program. */
int process_run(char *const *arguments, void (*line)(void *context, const char *line),
		void *context, struct error *error);

#endif
