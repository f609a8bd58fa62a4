/* What platform/log_file.c asks of the operating system. */
#ifndef W32TIMED_PLATFORM_LOG_FILE_OS_H
#define W32TIMED_PLATFORM_LOG_FILE_OS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

extern const char log_file_os_line_end[];

/* A regular file, made if it is not there, to read and to append to.  0 or a negative
 * errno with ERROR set; -ELOOP for a symbolic link. */
int log_file_os_open(const char *path, intptr_t *handle, struct error *error);
void log_file_os_close(intptr_t handle);

/* The first SIZE bytes: how many there are, or a negative errno. */
int64_t log_file_os_read(intptr_t handle, char *data, size_t size);
int64_t log_file_os_size(intptr_t handle); /* or a negative errno */
int log_file_os_empty(intptr_t handle);    /* 0 or a negative errno */

/* At the end, whatever other programs do to the file.  False if it cannot be written. */
bool log_file_os_append(intptr_t handle, const char *data, size_t length);

#endif
