#include "base/error.h"

#include <stdio.h>
#include <string.h>

__attribute__((format(printf, 3, 0))) static void set_text(struct error *error, int code,
							   const char *format, va_list arguments)
{
	error->code = code;
	vsnprintf(error->text, sizeof error->text, format, arguments);
}

int error_set(struct error *error, int code, const char *format, ...)
{
	va_list arguments;

	if (error != NULL) {
		va_start(arguments, format);
		set_text(error, code, format, arguments);
		va_end(arguments);
	}
	return -code;
}

int error_set_system(struct error *error, int code, const char *format, ...)
{
	va_list arguments;
	size_t used;

	if (error != NULL) {
		va_start(arguments, format);
		set_text(error, code, format, arguments);
		va_end(arguments);
		used = strlen(error->text);
		snprintf(error->text + used, sizeof error->text - used, ": %s", strerror(code));
	}
	return -code;
}
