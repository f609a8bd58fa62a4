/* Where a test's control interface listens. */
#ifndef W32TIMED_TESTS_UNIT_LOCAL_PATH_H
#define W32TIMED_TESTS_UNIT_LOCAL_PATH_H

#include <stdio.h>

/* NAME in DIRECTORY, which is the test's own. */
#ifndef local_path
static inline void local_path(char *path, size_t size, const char *directory, const char *name)
{
	snprintf(path, size, "%s/%s", directory, name);
}
#endif

#endif
