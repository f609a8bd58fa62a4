/* Paths as Windows' file functions want them. */
#ifndef W32TIMED_PLATFORM_WINDOWS_PATH_H
#define W32TIMED_PLATFORM_WINDOWS_PATH_H

#include <wchar.h>

/* PATH in UTF-16, in the form that has no limit of 260 characters if it needs it.
 * Allocated (free); 0, -ENOMEM, -EILSEQ (no UTF-8), -EINVAL or -ENAMETOOLONG. */
int path_to_wide(const char *path, wchar_t **wide);

#endif
