/* Which event IDs go to the private debug log: [Config] FileLogEntries. */
#ifndef W32TIMED_PLATFORM_LOG_ENTRIES_H
#define W32TIMED_PLATFORM_LOG_ENTRIES_H

#include <stdbool.h>

#include "base/error.h"

#define LOG_ENTRY_MAX 300

struct log_entries {
	bool wanted[LOG_ENTRY_MAX + 1];
};

/* "0-300", "0-100,103,120-130"; blanks around numbers do not matter.  -EINVAL
 * with ERROR set for anything else. */
int log_entries_parse(const char *text, struct log_entries *entries, struct error *error);

/* An event beyond the last is never wanted. */
bool log_entries_want(const struct log_entries *entries, unsigned event);

#endif
