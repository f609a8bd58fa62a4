#include "domain/netlogon_name.h"

#include <errno.h>
#include <stdbool.h>

#include "base/bytes.h"
#include "base/utf8.h"

#define POINTER      0xc0u
#define POINTER_MASK 0x3fffu
#define LABEL_MAX    63u
/* Servers use one hop; nobody needs many. */
#define HOPS_MAX 16

static bool netlogon_name_is_label(const uint8_t *text, size_t length)
{
	while (length > 0) {
		size_t octets = text[0] == '.' ? 0 : utf8_decode_printable(text, length);

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

static int netlogon_name_add_label(struct name *name, const uint8_t *label, size_t length)
{
	size_t dot = name->used > 0;

	if (!netlogon_name_is_label(label, length) || length + dot + 1 > name->size - name->used)
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
			target = bytes_get_be16(data + at) & POINTER_MASK;
			if (target >= start)
				return -EBADMSG;
			if (hops == 1)
				end = at + 2;
			at = start = target;
			continue;
		}
		if (data[at] > LABEL_MAX || data[at] >= length - at ||
		    netlogon_name_add_label(&name, data + at + 1, data[at]) != 0)
			return -EBADMSG;
		at += 1u + data[at];
	}
	if (at >= length)
		return -EBADMSG;
	text[name.used] = '\0';
	*offset = hops > 0 ? end : at + 1;
	return 0;
}
