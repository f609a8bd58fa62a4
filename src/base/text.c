#include "base/text.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void text_init(struct text *text, char *buffer, size_t size)
{
	*text = (struct text){ .buffer = buffer, .size = size };
	buffer[0] = '\0';
}

void text_append(struct text *text, const char *format, ...)
{
	size_t room = text->size - text->length;
	va_list arguments;
	int wanted;

	if (text->truncated)
		return;
	va_start(arguments, format);
	wanted = vsnprintf(text->buffer + text->length, room, format, arguments);
	va_end(arguments);
	if (wanted < 0 || (size_t)wanted >= room) {
		text->truncated = true;
		text->length = strlen(text->buffer);
	} else {
		text->length += (size_t)wanted;
	}
}

static int text_digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return INT_MAX;
}

int text_parse_u64(const char *text, uint64_t *value)
{
	unsigned base = 10;
	uint64_t result = 0;

	if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
		base = 16;
		text += 2;
	}
	if (*text == '\0')
		return -EINVAL;
	for (; *text != '\0'; text++) {
		unsigned digit = (unsigned)text_digit_value(*text);

		if (digit >= base)
			return -EINVAL;
		if (result > (UINT64_MAX - digit) / base)
			return -ERANGE;
		result = result * base + digit;
	}
	*value = result;
	return 0;
}

int text_parse_u32(const char *text, uint32_t *value)
{
	uint64_t wide;
	int result = text_parse_u64(text, &wide);

	if (result < 0)
		return result;
	if (wide > UINT32_MAX)
		return -ERANGE;
	*value = (uint32_t)wide;
	return 0;
}

int text_parse_double(const char *text, double *value)
{
	double result = 0, scale = 1;
	bool negative = *text == '-', digits = false, fraction = false;

	if (*text == '-' || *text == '+')
		text++;
	for (; *text != '\0'; text++) {
		if (*text == '.' && !fraction) {
			fraction = true;
		} else if (*text >= '0' && *text <= '9') {
			digits = true;
			result = result * 10 + (*text - '0');
			if (fraction)
				scale *= 10;
		} else {
			return -EINVAL;
		}
	}
	if (!digits)
		return -EINVAL;
	result /= scale;
	if (!isfinite(result))
		return -ERANGE;
	*value = negative ? -result : result;
	return 0;
}

static int text_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : (unsigned char)c;
}

int text_compare_nocase(const char *a, const char *b)
{
	while (*a != '\0' && text_lower(*a) == text_lower(*b)) {
		a++;
		b++;
	}
	return text_lower(*a) - text_lower(*b);
}

bool text_equal_nocase(const char *a, const char *b)
{
	return text_compare_nocase(a, b) == 0;
}

bool text_starts_nocase(const char *text, const char *prefix)
{
	for (; *prefix != '\0'; text++, prefix++) {
		if (text_lower(*text) != text_lower(*prefix))
			return false;
	}
	return true;
}

static unsigned text_least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

char *text_split(char **rest, char separator)
{
	char *piece = *rest, *end;

	if (piece == NULL)
		return NULL;
	end = strchr(piece, separator);
	if (end != NULL)
		*end++ = '\0';
	*rest = end;
	return piece;
}

/* Optimal string alignment: rows of the edit matrix, the last three kept. */
unsigned text_distance(const char *a, const char *b)
{
	enum { LONGEST = 63 };
	unsigned rows[3][LONGEST + 2];
	size_t length_a = strlen(a), length_b = strlen(b);

	if (length_a > LONGEST || length_b > LONGEST)
		return UINT_MAX;
	for (size_t j = 0; j <= length_b; j++)
		rows[0][j] = (unsigned)j;
	for (size_t i = 1; i <= length_a; i++) {
		unsigned *row = rows[i % 3], *above = rows[(i + 2) % 3],
			 *before = rows[(i + 1) % 3];

		row[0] = (unsigned)i;
		for (size_t j = 1; j <= length_b; j++) {
			bool same = text_lower(a[i - 1]) == text_lower(b[j - 1]);

			row[j] = text_least(text_least(above[j], row[j - 1]) + 1,
					    above[j - 1] + !same);
			if (i > 1 && j > 1 && text_lower(a[i - 1]) == text_lower(b[j - 2]) &&
			    text_lower(a[i - 2]) == text_lower(b[j - 1]))
				row[j] = text_least(row[j], before[j - 2] + 1);
		}
	}
	return rows[length_a % 3][length_b];
}

const char *text_wait(char buffer[TEXT_WAIT_MAX], double seconds)
{
	bool minutes = seconds >= 119.5;

	snprintf(buffer, TEXT_WAIT_MAX, "%.0f %s", minutes ? round(seconds / 60) : round(seconds),
		 minutes ? "minutes" : "seconds");
	return buffer;
}
