/* What every command is handed: where to write and which daemon to talk to. */
#ifndef W32TIMED_W32TM_TOOL_H
#define W32TIMED_W32TM_TOOL_H

#include <stdbool.h>
#include <stdio.h>

#include "base/error.h"
#include "w32tm/errors.h"
#include "w32tm/options.h"

struct tool {
	FILE *out;          /* W32Time's own texts, error messages too */
	FILE *diagnoses;    /* what Windows would not say */
	const char *socket; /* --socket, $W32TIMED_CONTROL; NULL: as configured */
	const char *config; /* --config; NULL: the daemon's, or the usual one */
};

/* Each prints what went wrong and returns the exit status for it (1; Linux
 * keeps too few bits for an HRESULT). */
int tool_fail(const struct tool *tool, uint32_t result);
/* ERROR's sentence goes to the diagnoses. */
int tool_fail_error(const struct tool *tool, uint32_t result, const struct error *error);

/* Prints the arguments that no command claimed; 0 if there were none. */
int tool_refuse_unclaimed(const struct tool *tool, const struct options *options);

/* Claims /format:json: 1 if it was given, 0 if not, -EINVAL for another one. */
int tool_claim_json(struct options *options);

/* Flushes a line that the user may be waiting for. */
void tool_flush(const struct tool *tool);

#endif
