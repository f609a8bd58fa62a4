/* UTF-8: what is decoded is what its code point encodes to. */
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t at = 0;

	while (at < size) {
		char bytes[UTF8_MAX];
		uint32_t code;
		size_t length = utf8_decode_character(data + at, size - at, &code);

		if (length == 0)
			break;
		if (length > size - at || utf8_encode_character(code, bytes) != length ||
		    memcmp(bytes, data + at, length) != 0)
			abort();
		at += length;
	}
	if (utf8_is_valid(data, size) != (at == size))
		abort();
	return 0;
}
