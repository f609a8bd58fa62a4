/* What platform/files.c asks of the operating system. */
#ifndef W32TIMED_PLATFORM_FILES_OS_H
#define W32TIMED_PLATFORM_FILES_OS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A file opened for reading, without waiting for anything.  0 or a negative errno,
 * -EINVAL for what is not a regular file. */
int file_os_open(const char *path, intptr_t *handle);
void file_os_close(intptr_t handle);

/* Whether nobody else may read or write it; and how an error says what that means. */
bool file_os_is_private(intptr_t handle);
extern const char file_os_private_rule[];

/* How many bytes were read, at most SIZE; 0 at the end; or a negative errno. */
int64_t file_os_read(intptr_t handle, char *data, size_t size);

/* Calls ADD with each name in DIRECTORY until it returns an error, which is returned
 * then; -ENOENT if there is no such directory. */
int file_os_list(const char *directory, int (*add)(void *context, const char *name), void *context);

#endif
