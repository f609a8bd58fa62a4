/* What the daemon keeps from one run to the next: the oscillator's frequency.
 * The file is text, a line a value:
 *
 *     w32timed-state 1
 *     frequency -12.345678 ppm
 *     uncertainty 0.012000 ppm
 */
#ifndef W32TIMED_W32TIMED_STATE_FILE_H
#define W32TIMED_W32TIMED_STATE_FILE_H

#include <stddef.h>

#include "base/error.h"
#include "discipline/discipline.h"

#define STATE_FILE_LIMIT 4096
#define STATE_FILE_NAME  "state"

/* Pure: -EBADMSG for anything that state_format() would not have written or
 * that no oscillator could have (beyond 1000 ppm). */
int state_parse(const char *text, size_t length, struct discipline_frequency *frequency);
void state_format(const struct discipline_frequency *frequency, char *buffer, size_t size);

/* DIRECTORY/state.  -ENOENT: none was kept yet. */
int state_load(const char *directory, struct discipline_frequency *frequency, struct error *error);
int state_save(const char *directory, const struct discipline_frequency *frequency,
	       struct error *error);

#endif
