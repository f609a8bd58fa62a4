/* What an operating system does for platform/file_lock.h. */
#ifndef W32TIMED_PLATFORM_FILE_LOCK_OS_H
#define W32TIMED_PLATFORM_FILE_LOCK_OS_H

#include <stdint.h>

/* Makes the file NAME and locks it, without waiting for whoever holds it (-EBUSY); one
 * that has just let it go may cost some milliseconds. */
int file_lock_os_open(const char *name, intptr_t *handle);
void file_lock_os_close(const char *name, intptr_t handle);

#endif
