#include "w32tm/json.h"

#include <stdbool.h>

/* Nanoseconds of an offset of years are more than anybody measures. */
#define DIGITS JSON_REAL_PRECISION(15)

void json_print_text(FILE *out, const char *text)
{
	for (const unsigned char *c = (const unsigned char *)text; *c != '\0'; c++) {
		/* In UTF-8 the second set of control characters has two bytes. */
		bool second_set = c[0] == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0;

		putc(*c < ' ' || *c == 0x7f || second_set ? '?' : *c, out);
		c += second_set;
	}
}

void json_print(FILE *out, const json_t *value)
{
	json_dumpf(value, out, JSON_INDENT(2) | JSON_ENCODE_ANY | DIGITS);
	putc('\n', out);
}

void json_print_line(FILE *out, const json_t *value)
{
	json_dumpf(value, out, JSON_COMPACT | JSON_ENCODE_ANY | DIGITS);
	putc('\n', out);
}
