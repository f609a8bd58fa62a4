/* /computer:HOST for commands that talk to a service: the same command, run by
 * the w32tm of that machine over ssh. */
#ifndef W32TIMED_W32TM_REMOTE_H
#define W32TIMED_W32TM_REMOTE_H

#include <stdbool.h>
#include <stddef.h>

#include "w32tm/options.h"
#include "w32tm/tool.h"

/* What /resync says first; the remote machine's line is shown with its name. */
#define REMOTE_RESYNC_LINE    "Sending resync command to "
#define REMOTE_LOCAL_COMPUTER "local computer"

/* COMPUTER may be NULL: not given.  "localhost" and "." are this machine. */
bool remote_wanted(const char *computer);

/* Runs COMMAND with OPTIONS, but not with its /computer, on COMPUTER; prints
 * what it prints and returns its exit status. */
int remote_run(const struct tool *tool, const char *computer, const char *command,
	       const struct options *options);

/* WORD as the remote machine's shell must see it to take it as it is: between
 * apostrophes.  Allocated; NULL when memory is short. */
char *remote_quote(const char *word);

#endif
