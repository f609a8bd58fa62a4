#include "base/error.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

__attribute__((format(PRINTF_FORMAT, 3, 0))) static void error_set_text(struct error *error,
									int code,
									const char *format,
									va_list arguments)
{
	error->code = code;
	vsnprintf(error->text, sizeof error->text, format, arguments);
}

int error_set(struct error *error, int code, const char *format, ...)
{
	va_list arguments;

	if (error != NULL) {
		va_start(arguments, format);
		error_set_text(error, code, format, arguments);
		va_end(arguments);
	}
	return -code;
}

/* Some C libraries know few of the errors that the network brings. */
static const char *error_describe(int code)
{
	static const struct {
		int code;
		const char *text;
	} more[] = {
		{ EADDRINUSE, "Address already in use" },
		{ EADDRNOTAVAIL, "Cannot assign requested address" },
		{ EAFNOSUPPORT, "Address family not supported by protocol" },
		{ ECANCELED, "Operation canceled" },
		{ ECONNABORTED, "Software caused connection abort" },
		{ ECONNREFUSED, "Connection refused" },
		{ ECONNRESET, "Connection reset by peer" },
		{ EHOSTUNREACH, "No route to host" },
		{ ELOOP, "Too many levels of symbolic links" },
		{ ENETUNREACH, "Network is unreachable" },
		{ ENOBUFS, "No buffer space available" },
		{ ENOTSUP, "Operation not supported" },
		{ EOVERFLOW, "Value too large for defined data type" },
		{ ETIMEDOUT, "Connection timed out" },
	};
	const char *text = strerror(code);

	if (text != NULL && strncmp(text, "Unknown error", 13) != 0)
		return text;
	for (size_t i = 0; i < sizeof more / sizeof *more; i++) {
		if (more[i].code == code)
			return more[i].text;
	}
	return "Unknown error";
}

int error_set_system(struct error *error, int code, const char *format, ...)
{
	va_list arguments;
	size_t used;

	if (error != NULL) {
		va_start(arguments, format);
		error_set_text(error, code, format, arguments);
		va_end(arguments);
		used = strlen(error->text);
		snprintf(error->text + used, sizeof error->text - used, ": %s",
			 error_describe(code));
	}
	return -code;
}
