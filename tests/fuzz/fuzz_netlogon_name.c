/* Names of netlogon answers, at every place of the input. */
#include "domain/netlogon_name.h"

#include <stdlib.h>
#include <string.h>

#define INPUT_MAX 1024

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[256];

	if (size > INPUT_MAX)
		return 0;
	for (size_t start = 0; start < size; start++) {
		size_t offset = start, room = 1 + start % sizeof text;

		if (netlogon_name_decode(data, size, &offset, text, room) != 0)
			continue;
		if (offset <= start || offset > size || memchr(text, '\0', room) == NULL)
			abort();
	}
	return 0;
}
