/* Small files, read whole and replaced whole. */
#ifndef W32TIMED_PLATFORM_FILES_H
#define W32TIMED_PLATFORM_FILES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* *DATA is allocated, ended by a NUL that *LENGTH does not count, and belongs
 * to the caller (free).  -EFBIG beyond LIMIT bytes, -EINVAL for what is not a
 * regular file. */
int file_read(const char *path, size_t limit, char **data, size_t *length, struct error *error);

/* The same for a file with a secret: -EPERM if others than its owner, who must be
 * us or root, may read or write it.  On Windows the system, administrators, our
 * service and its account may own, read and write it, and nobody else. */
int file_read_secret(const char *path, size_t limit, char **data, size_t *length,
		     struct error *error);

/* Whether PATH, absolute and without links, is a regular file that only administrators
 * (Linux: root, or whoever we are) may change, folders included; what cannot be told is
 * no.  Windows says no for a file that others may read, too. */
bool file_is_trusted(const char *path);

/* Written beside PATH, synced, renamed over it: afterwards the file is either
 * the old or the new one, whole.  Owner, group and mode of an existing file
 * are kept (a symbolic link is followed); a new one gets MODE.  On Windows the access
 * list is kept, the owner is whoever writes; should Windows lose the old file half way,
 * the new one stays beside it and ERROR says so. */
int file_replace(const char *path, const void *data, size_t length, unsigned mode,
		 struct error *error);

/* Names (not paths) in DIRECTORY that end in SUFFIX and do not begin with a
 * dot, in byte order.  A directory that is not there has none.  Freed with
 * file_names_free(). */
int file_names(const char *directory, const char *suffix, char ***names, size_t *count,
	       struct error *error);
void file_names_free(char **names, size_t count);

#endif
