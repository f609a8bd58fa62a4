/* What the clock's adjustment was before us, kept outside the process: one that
 * crashes puts nothing back.  It is kept as long as an adjustment is, until the
 * machine starts anew, and for this user. */
#ifndef W32TIMED_PLATFORM_WINDOWS_CLOCK_FOUND_H
#define W32TIMED_PLATFORM_WINDOWS_CLOCK_FOUND_H

#include <stdbool.h>

#include "platform/windows/clock.h"

/* Both do what they can: without, a crash cannot be undone. */
void clock_found_keep(const struct clock_adjustment *found);
void clock_found_forget(void);

/* False: nothing is kept. */
bool clock_found_recall(struct clock_adjustment *found);

#endif
