#include "w32tm/reg_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/text.h"
#include "base/utf8.h"

/* --- To UTF-8 ------------------------------------------------------------------- */

static uint32_t reg_file_unit_at(const uint8_t *bytes, bool big)
{
	return big ? bytes_get_be16(bytes) : bytes_get_le16(bytes);
}

/* Allocated and ended by NUL; *USED does not count it.  An odd byte at the end and halves
 * of pairs are -EINVAL. */
static int reg_file_from_utf16(const uint8_t *bytes, size_t length, bool big, char **text,
			       size_t *used)
{
	char *buffer = malloc(length / 2 * 3 + 1), *end = buffer;

	if (buffer == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < length; i += 2) {
		uint32_t code, low;

		code = i + 1 < length ? reg_file_unit_at(bytes + i, big) : 0xdc00;
		if (code >= 0xd800 && code < 0xdc00 && i + 3 < length) {
			low = reg_file_unit_at(bytes + i + 2, big);
			if (low >= 0xdc00 && low < 0xe000) {
				code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
				i += 2;
			}
		}
		if (code >= 0xd800 && code < 0xe000) {
			free(buffer);
			return -EINVAL;
		}
		end += utf8_encode_character(code, end);
	}
	*end = '\0';
	*used = (size_t)(end - buffer);
	*text = buffer;
	return 0;
}

static int reg_file_to_utf8(const char *data, size_t length, char **text, size_t *used)
{
	const uint8_t *bytes = (const uint8_t *)data;

	if (length >= 2 && bytes[0] == 0xff && bytes[1] == 0xfe)
		return reg_file_from_utf16(bytes + 2, length - 2, false, text, used);
	if (length >= 2 && bytes[0] == 0xfe && bytes[1] == 0xff)
		return reg_file_from_utf16(bytes + 2, length - 2, true, text, used);
	if (length >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0) {
		bytes += 3;
		length -= 3;
	}
	if (!utf8_is_valid(bytes, length))
		return -EINVAL;
	*text = malloc(length + 1);
	if (*text == NULL)
		return -ENOMEM;
	memcpy(*text, bytes, length);
	(*text)[length] = '\0';
	*used = length;
	return 0;
}

/* --- Values ----------------------------------------------------------------------- */

/* The registry ends text with a NUL, a list's items each with one and the list
 * with another: items stand between blanks here. */
static void reg_file_join_items(char *text, size_t used, bool list)
{
	char *end = text;
	bool gap = false;

	for (size_t i = 0; i < used; i++) {
		if (text[i] != '\0') {
			if (gap && end > text)
				*end++ = ' ';
			gap = false;
			*end++ = text[i];
		} else if (!list) {
			break;
		} else {
			gap = true;
		}
	}
	*end = '\0';
}

int reg_value_decode(struct reg_value *value, unsigned type, const uint8_t *bytes, size_t length,
		     char **text)
{
	size_t used;
	int result;

	*text = NULL;
	value->type = type;
	if (type == REG_TYPE_NUMBER) {
		if (length != 4)
			return -EINVAL;
		value->number = bytes_get_le32(bytes);
		return 0;
	}
	if (type != REG_TYPE_TEXT && type != REG_TYPE_EXPAND && type != REG_TYPE_LIST)
		return 0;
	result = reg_file_from_utf16(bytes, length, false, text, &used);
	if (result < 0)
		return result;
	reg_file_join_items(*text, used, type == REG_TYPE_LIST);
	value->text = *text;
	return 0;
}

static int reg_file_hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Up to DIGITS digits at *TEXT, which is moved behind them. */
static int reg_file_take_hex(const char **text, unsigned digits, uint32_t *number)
{
	unsigned taken = 0;

	for (*number = 0; taken < digits && reg_file_hex_digit(**text) >= 0; taken++)
		*number = *number << 4 | (uint32_t)reg_file_hex_digit(*(*text)++);
	return taken > 0 ? 0 : -EINVAL;
}

/* "01,00,00,00", in place. */
static int reg_file_take_bytes(char *text, size_t *count)
{
	uint8_t *bytes = (uint8_t *)text;
	const char *next = text;

	for (*count = 0; *next != '\0';) {
		uint32_t byte;

		if (reg_file_take_hex(&next, 2, &byte) < 0)
			return -EINVAL;
		next += strspn(next, " \t");
		if (*next != '\0' && *next++ != ',')
			return -EINVAL;
		next += strspn(next, " \t");
		bytes[(*count)++] = (uint8_t)byte;
	}
	return 0;
}

/* A text in quotes at TEXT, unescaped in place; *REST is what follows.  NULL if it has
 * no end. */
static char *reg_file_take_quoted(char *text, char **rest)
{
	char *from = text + 1, *to = text;

	for (; *from != '"'; *to++ = *from++) {
		if (*from == '\\')
			from++;
		if (*from == '\0')
			return NULL;
	}
	*rest = from + 1;
	*to = '\0';
	return text;
}

static int reg_file_read_hex(struct reg_value *value, char *text, char **decoded)
{
	uint32_t type = REG_TYPE_BINARY;
	const char *next = text;
	size_t count;

	if (*next == '(') {
		next++;
		if (reg_file_take_hex(&next, 8, &type) < 0 || *next++ != ')')
			return -EINVAL;
	}
	if (*next++ != ':')
		return -EINVAL;
	text += next - text;
	if (reg_file_take_bytes(text, &count) < 0)
		return -EINVAL;
	return reg_value_decode(value, type, (const uint8_t *)text, count, decoded);
}

/* What stands behind the "=". */
static int reg_file_read_data(struct reg_value *value, char *text, char **decoded)
{
	static const char number[] = "dword:", hex[] = "hex";
	char *rest = text;

	*decoded = NULL;
	if (strcmp(text, "-") == 0) {
		value->deleted = true;
		return 0;
	}
	if (text[0] == '"') {
		value->type = REG_TYPE_TEXT;
		value->text = reg_file_take_quoted(text, &rest);
		return value->text == NULL || *rest != '\0' ? -EINVAL : 0;
	}
	if (text_starts_nocase(text, number)) {
		const char *next = text + strlen(number);

		value->type = REG_TYPE_NUMBER;
		return reg_file_take_hex(&next, 8, &value->number) < 0 || *next != '\0' ? -EINVAL
											: 0;
	}
	if (text_starts_nocase(text, hex))
		return reg_file_read_hex(value, text + strlen(hex), decoded);
	return -EINVAL;
}

/* --- Lines -------------------------------------------------------------------------- */

struct reader {
	char *rest;      /* NULL: the end */
	unsigned line;   /* of what was read last */
	unsigned joined; /* further lines that belong to it */
	const char *key; /* NULL: none yet */
	bool passed;     /* the key is one that is deleted */
	reg_value_handler handler;
	void *context;
	struct error *error;
};

static void reg_file_trim_end(char *text)
{
	size_t length = strlen(text);

	while (length > 0 && strchr(" \t\r", text[length - 1]) != NULL)
		length--;
	text[length] = '\0';
}

/* The next line without blanks around it; one that ends in a backslash goes on in
 * the next.  NULL at the end. */
static char *reg_file_next_line(struct reader *reader)
{
	char *line = text_split(&reader->rest, '\n'), *more;
	size_t length, added;

	reader->line += 1 + reader->joined;
	reader->joined = 0;
	if (line == NULL)
		return NULL;
	line += strspn(line, " \t");
	reg_file_trim_end(line);
	length = strlen(line);
	while (line[0] != ';' && line[0] != '[' && length > 0 && line[length - 1] == '\\') {
		more = text_split(&reader->rest, '\n');
		line[--length] = '\0';
		if (more == NULL)
			break;
		reader->joined++;
		more += strspn(more, " \t");
		reg_file_trim_end(more);
		added = strlen(more);
		memmove(line + length, more, added + 1);
		length += added;
	}
	return line;
}

static int reg_file_wrong_line(const struct reader *reader)
{
	return error_set(reader->error, EINVAL, "line %u is not a line of a registry file",
			 reader->line);
}

static int reg_file_read_key(struct reader *reader, char *line)
{
	size_t length = strlen(line);
	struct reg_value value = { .deleted = true, .line = reader->line };

	if (line[length - 1] != ']')
		return reg_file_wrong_line(reader);
	line[length - 1] = '\0';
	reader->passed = line[1] == '-';
	reader->key = line + 1 + reader->passed;
	value.key = reader->key;
	if (reader->passed)
		reader->handler(reader->context, &value);
	return 0;
}

static int reg_file_read_value(struct reader *reader, char *line)
{
	struct reg_value value = { .key = reader->key, .name = "", .line = reader->line };
	char *rest = line + 1, *decoded = NULL;
	int result;

	if (reader->key == NULL || reader->passed)
		return reg_file_wrong_line(reader);
	if (line[0] == '"')
		value.name = reg_file_take_quoted(line, &rest);
	if (value.name == NULL)
		return reg_file_wrong_line(reader);
	rest += strspn(rest, " \t");
	if (*rest++ != '=')
		return reg_file_wrong_line(reader);
	rest += strspn(rest, " \t");
	result = reg_file_read_data(&value, rest, &decoded);
	if (result == 0)
		reader->handler(reader->context, &value);
	free(decoded);
	return result == -EINVAL ? reg_file_wrong_line(reader) : result;
}

static bool reg_file_is_head(const char *line)
{
	return text_equal_nocase(line, "Windows Registry Editor Version 5.00") ||
	       text_equal_nocase(line, "REGEDIT4");
}

static int reg_file_read_lines(struct reader *reader)
{
	char *line = reg_file_next_line(reader);
	int result = 0;

	if (line == NULL || !reg_file_is_head(line))
		return error_set(reader->error, EINVAL,
				 "this is no file that regedit has exported");
	while (result == 0 && (line = reg_file_next_line(reader)) != NULL) {
		if (line[0] == '\0' || line[0] == ';')
			continue;
		if (line[0] == '[')
			result = reg_file_read_key(reader, line);
		else if (line[0] == '"' || line[0] == '@')
			result = reg_file_read_value(reader, line);
		else
			result = reg_file_wrong_line(reader);
	}
	return result;
}

int reg_file_read(const char *data, size_t length, reg_value_handler handler, void *context,
		  struct error *error)
{
	struct reader reader = { .handler = handler, .context = context, .error = error };
	size_t used;
	char *text;
	int result = reg_file_to_utf8(data, length, &text, &used);

	if (result == -EINVAL)
		return error_set(error, EINVAL, "this is neither UTF-16 nor UTF-8");
	if (result < 0)
		return error_set_system(error, -result, "cannot read the registry file");
	reader.rest = text;
	if (strlen(text) != used)
		result = error_set(error, EINVAL, "there are zero bytes in the text");
	else
		result = reg_file_read_lines(&reader);
	free(text);
	if (result == -ENOMEM)
		return error_set_system(error, ENOMEM, "cannot read the registry file");
	return result;
}
