#include "w32tm/json.h"

#include "base/utf8.h"

/* Nanoseconds of an offset of years are more than anybody measures. */
#define DIGITS JSON_REAL_PRECISION(15)
/* ASCII: jansson itself escapes only the first set of control characters. */
#define LOOKS (JSON_ENCODE_ANY | JSON_ENSURE_ASCII | DIGITS)

void json_print_text(FILE *out, const char *text)
{
	while (*text != '\0') {
		size_t whole = utf8_decode_character(text, UTF8_MAX, NULL);

		if (utf8_decode_printable(text, UTF8_MAX) > 0)
			fwrite(text, 1, whole, out);
		else
			putc('?', out);
		text += whole == 0 ? 1 : whole;
	}
}

void json_print(FILE *out, const json_t *value)
{
	json_dumpf(value, out, JSON_INDENT(2) | LOOKS);
	putc('\n', out);
}

void json_print_line(FILE *out, const json_t *value)
{
	json_dumpf(value, out, JSON_COMPACT | LOOKS);
	putc('\n', out);
}
