/* Text in a buffer that belongs to the caller, built up piece by piece and
 * never written past its end. */
#ifndef W32TIMED_BASE_TEXT_H
#define W32TIMED_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/format.h"

struct text {
	char *buffer; /* always ended by NUL */
	size_t size;  /* of the buffer, NUL included */
	size_t length;
	bool truncated; /* something did not fit; what is there is a whole prefix */
};

/* SIZE must be at least 1. */
void text_init(struct text *text, char *buffer, size_t size);
void text_append(struct text *text, const char *format, ...)
	__attribute__((format(PRINTF_FORMAT, 2, 3)));

/* A number as W32Time's settings write it: decimal, or hexadecimal behind 0x,
 * nothing before or behind.  Returns 0, -EINVAL (no number), or -ERANGE. */
int text_parse_u32(const char *text, uint32_t *value);
int text_parse_u64(const char *text, uint64_t *value);

/* A finite decimal number with an optional sign and fraction ("-23.2", "40"),
 * in the C locale's notation whatever the process' locale is. */
int text_parse_double(const char *text, double *value);

/* ASCII only, in any locale: keys, host names and options are. */
int text_compare_nocase(const char *a, const char *b);
bool text_equal_nocase(const char *a, const char *b);
bool text_starts_nocase(const char *text, const char *prefix);

/* A wait of so many seconds as somebody would say it: "4 seconds", "15 minutes". */
#define TEXT_WAIT_MAX 32
const char *text_wait(char buffer[TEXT_WAIT_MAX], double seconds);

/* Cuts the text at *REST at the first SEPARATOR: returns what was before it and moves
 * *REST behind it, or to NULL after the last piece; NULL if *REST is. */
char *text_split(char **rest, char separator);

/* Edits (insert, delete, replace, swap neighbours) that make A into B without
 * regard to case; names longer than 63 bytes are infinitely far away. */
unsigned text_distance(const char *a, const char *b);

#endif
