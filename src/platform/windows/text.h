/* Text as Windows' functions want it (UTF-16) and as all of ours is (UTF-8). */
#ifndef W32TIMED_PLATFORM_WINDOWS_TEXT_H
#define W32TIMED_PLATFORM_WINDOWS_TEXT_H

#include <stddef.h>
#include <wchar.h>

/* Allocated (free); NULL with errno EILSEQ for what is no UTF-8 (UTF-16), or
 * ENOMEM. */
wchar_t *text_to_wide(const char *text);
char *text_from_wide(const wchar_t *wide);

/* Into BUFFER of SIZE elements, its NUL included: 0, -EILSEQ or -ENAMETOOLONG. */
int text_to_wide_buffer(const char *text, wchar_t *buffer, size_t size);
int text_from_wide_buffer(const wchar_t *wide, char *buffer, size_t size);

#endif
