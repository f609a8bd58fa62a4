/* UTF-8, strictly as in RFC 3629: nothing overlong, no surrogates, nothing beyond
 * U+10FFFF. */
#ifndef W32TIMED_BASE_UTF8_H
#define W32TIMED_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UTF8_MAX 4 /* bytes of a character */

/* How many bytes the character at TEXT has, of which LEFT (1 or more) can be read;
 * 0: it is not UTF-8.  Nothing behind a byte that does not fit is read, so that
 * LEFT may be UTF8_MAX for text ended by NUL.  *CODE (unless NULL) is its code
 * point. */
size_t utf8_decode_character(const void *text, size_t left, uint32_t *code);

/* Whether the character CODE does something to a line instead of standing in it: control
 * characters (U+0000 to 1F and 7F to 9F), those that turn the direction of writing,
 * separate lines or are invisible.  Such text can look like another one. */
bool utf8_is_control(uint32_t code);

/* As utf8_decode_character(), but 0 for what utf8_is_control() as well. */
size_t utf8_decode_printable(const void *text, size_t left);

bool utf8_is_valid(const void *text, size_t length);

/* Returns how many BYTES the character takes.  CODE is a code point that
 * utf8_decode_character() could give. */
size_t utf8_encode_character(uint32_t code, char bytes[UTF8_MAX]);

#endif
