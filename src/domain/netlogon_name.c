#include "domain/netlogon_name.h"

#include <errno.h>
#include <stdbool.h>

#define POINTER   0xc0u
#define LABEL_MAX 63u
/* Servers use one hop; nobody needs many. */
#define HOPS_MAX 16

/* How many octets the UTF-8 character at TEXT has; 0: it is none, or a control
 * character. */
static size_t character_length(const uint8_t *text, size_t length)
{
	uint32_t code;
	size_t octets;

	if (text[0] < 0x80)
		return text[0] >= 0x20 && text[0] != 0x7f;
	if ((text[0] & 0xe0) == 0xc0) {
		octets = 2;
		code = text[0] & 0x1fu;
	} else if ((text[0] & 0xf0) == 0xe0) {
		octets = 3;
		code = text[0] & 0x0fu;
	} else if ((text[0] & 0xf8) == 0xf0) {
		octets = 4;
		code = text[0] & 0x07u;
	} else {
		return 0;
	}
	if (octets > length)
		return 0;
	for (size_t i = 1; i < octets; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (text[i] & 0x3fu);
	}
	/* Shorter forms, control characters, surrogates, beyond Unicode. */
	if (code < 0xa0 || (octets == 3 && code < 0x800) || (octets == 4 && code < 0x10000) ||
	    (code >= 0xd800 && code < 0xe000) || code > 0x10ffff)
		return 0;
	return octets;
}

static bool is_label(const uint8_t *text, size_t length)
{
	while (length > 0) {
		size_t octets = text[0] == '.' ? 0 : character_length(text, length);

		if (octets == 0)
			return false;
		text += octets;
		length -= octets;
	}
	return true;
}

struct name {
	char *text;
	size_t size, used;
};

static int add_label(struct name *name, const uint8_t *label, size_t length)
{
	size_t dot = name->used > 0;

	if (!is_label(label, length) || length + dot + 1 > name->size - name->used)
		return -EBADMSG;
	if (dot)
		name->text[name->used++] = '.';
	for (size_t i = 0; i < length; i++)
		name->text[name->used++] = (char)label[i];
	return 0;
}

int netlogon_name_decode(const uint8_t *data, size_t length, size_t *offset, char *text,
			 size_t size)
{
	struct name name = { text, size, 0 };
	size_t at = *offset, start = at, end = 0;
	unsigned hops = 0;

	while (at < length && data[at] != 0) {
		if ((data[at] & POINTER) == POINTER) {
			size_t target;

			if (at + 1 >= length || ++hops > HOPS_MAX)
				return -EBADMSG;
			target = (size_t)(data[at] & ~POINTER) << 8 | data[at + 1];
			if (target >= start)
				return -EBADMSG;
			if (hops == 1)
				end = at + 2;
			at = start = target;
			continue;
		}
		if (data[at] > LABEL_MAX || data[at] >= length - at ||
		    add_label(&name, data + at + 1, data[at]) != 0)
			return -EBADMSG;
		at += 1u + data[at];
	}
	if (at >= length)
		return -EBADMSG;
	text[name.used] = '\0';
	*offset = hops > 0 ? end : at + 1;
	return 0;
}
