#include "config.h"

#include "platform/windows/text.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

static int last_error(void)
{
	return GetLastError() == ERROR_INSUFFICIENT_BUFFER ? -ENAMETOOLONG : -EILSEQ;
}

int text_to_wide_buffer(const char *text, wchar_t *buffer, size_t size)
{
	int room = size < INT_MAX ? (int)size : INT_MAX;

	return MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text, -1, buffer, room) > 0
		       ? 0
		       : last_error();
}

int text_from_wide_buffer(const wchar_t *wide, char *buffer, size_t size)
{
	int room = size < INT_MAX ? (int)size : INT_MAX;

	return WideCharToMultiByte(CP_UTF8, WC_ERR_INVALID_CHARS, wide, -1, buffer, room, NULL,
				   NULL) > 0
		       ? 0
		       : last_error();
}

/* A UTF-8 text never has fewer bytes than its UTF-16 form has units, which in
 * turn is at most three times as many bytes. */
wchar_t *text_to_wide(const char *text)
{
	size_t size = strlen(text) + 1;
	wchar_t *wide = calloc(size, sizeof *wide);
	int result;

	if (wide == NULL)
		return NULL;
	result = text_to_wide_buffer(text, wide, size);
	if (result == 0)
		return wide;
	free(wide);
	errno = -result;
	return NULL;
}

char *text_from_wide(const wchar_t *wide)
{
	size_t size = wcslen(wide) * 3 + 1;
	char *text = malloc(size);
	int result;

	if (text == NULL)
		return NULL;
	result = text_from_wide_buffer(wide, text, size);
	if (result == 0)
		return text;
	free(text);
	errno = -result;
	return NULL;
}
