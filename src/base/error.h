/* How a function says that it failed.
 *
 * A function that can fail returns 0 (or a count) on success and a negative
 * errno value on failure.  One whose failure a person must understand takes a
 * struct error as its last argument as well and leaves a whole sentence there,
 * without a full stop and without a newline: what was tried, on what, and why
 * it did not work.  The caller may pass NULL. */
#ifndef W32TIMED_BASE_ERROR_H
#define W32TIMED_BASE_ERROR_H

#include <stdarg.h>

#include "base/format.h"

struct error {
	int code;       /* errno value, positive; 0: no error */
	char text[512]; /* always ended by NUL; never holds a secret */
};

/* Fill ERROR (if not NULL) and return -CODE, so that a caller can write
 * "return error_set(error, EINVAL, "...");". */
int error_set(struct error *error, int code, const char *format, ...)
	__attribute__((format(PRINTF_FORMAT, 3, 4)));

/* The same, with ": " and the system's text for CODE behind the sentence. */
int error_set_system(struct error *error, int code, const char *format, ...)
	__attribute__((format(PRINTF_FORMAT, 3, 4)));

#endif
