/* What an operating system does for platform/file_lock.h. */
#ifndef W32TIMED_PLATFORM_FILE_LOCK_OS_H
#define W32TIMED_PLATFORM_FILE_LOCK_OS_H

#include <stdint.h>

/* Makes the file NAME and locks it, without waiting.  -EBUSY: another holds it,
 * or has just let it go. */
int file_lock_os_open(const char *name, intptr_t *handle);
void file_lock_os_close(const char *name, intptr_t handle);

#endif
