#include "base/utf8.h"

/* The least code point that needs so many bytes. */
static const uint32_t least[UTF8_MAX + 1] = { 0, 0, 0x80, 0x800, 0x10000 };

/* By its first byte; 0: no character begins so. */
static size_t utf8_expected_length(uint8_t first)
{
	if (first < 0x80)
		return 1;
	if (first < 0xc0)
		return 0;
	return first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf8 ? 4 : 0;
}

size_t utf8_decode_character(const void *text, size_t left, uint32_t *code)
{
	const uint8_t *bytes = text;
	size_t length = utf8_expected_length(bytes[0]);
	uint32_t value;

	if (length == 0 || length > left)
		return 0;
	value = length == 1 ? bytes[0] : bytes[0] & 0x7fu >> length;
	for (size_t i = 1; i < length; i++) {
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
		value = value << 6 | (bytes[i] & 0x3f);
	}
	if (value < least[length] || value > 0x10ffff || (value >= 0xd800 && value < 0xe000))
		return 0;
	if (code != NULL)
		*code = value;
	return length;
}

bool utf8_is_control(uint32_t code)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{ 0x00, 0x1f },     { 0x7f, 0x9f },     { 0xad, 0xad },       { 0x61c, 0x61c },
		{ 0x180e, 0x180e }, { 0x200b, 0x200f }, { 0x2028, 0x202e },   { 0x2060, 0x206f },
		{ 0xfeff, 0xfeff }, { 0xfff9, 0xfffb }, { 0xe0000, 0xe007f },
	};

	for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
		if (code >= ranges[i].first && code <= ranges[i].last)
			return true;
	}
	return false;
}

size_t utf8_decode_printable(const void *text, size_t left)
{
	uint32_t code = 0;
	size_t length = utf8_decode_character(text, left, &code);

	return length > 0 && utf8_is_control(code) ? 0 : length;
}

bool utf8_is_valid(const void *text, size_t length)
{
	const uint8_t *bytes = text;

	for (size_t i = 0, step; i < length; i += step) {
		step = utf8_decode_character(bytes + i, length - i, NULL);
		if (step == 0)
			return false;
	}
	return true;
}

size_t utf8_encode_character(uint32_t code, char bytes[UTF8_MAX])
{
	size_t length = 1;

	while (length < UTF8_MAX && code >= least[length + 1])
		length++;
	for (size_t i = length; i-- > 1; code >>= 6)
		bytes[i] = (char)(0x80 | (code & 0x3f));
	bytes[0] = (char)(length == 1 ? code : (0xf00u >> length & 0xff) | code);
	return length;
}
