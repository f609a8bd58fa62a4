/* What the clock's adjustment was before us, kept outside the process: one that
 * crashes puts nothing back.  It is kept as long as an adjustment is, until the
 * machine starts anew, and for this user. */
#ifndef W32TIMED_PLATFORM_CLOCK_FOUND_WINDOWS_H
#define W32TIMED_PLATFORM_CLOCK_FOUND_WINDOWS_H

#include <stdbool.h>

#include "platform/clock_windows.h"

/* Both do what they can: without, a crash cannot be undone. */
void clock_found_keep(const struct clock_adjustment *found);
void clock_found_forget(void);

/* False: nothing is kept. */
bool clock_found_recall(struct clock_adjustment *found);

#endif
