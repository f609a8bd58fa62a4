/* Extension fields by themselves, as an authentication reads them again. */
#include "ntp/packet.h"

#include <errno.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ntp_extension extension;
	size_t offset = 0, before = 0;
	unsigned sum = 0;
	int result;

	while ((result = ntp_extension_next(data, size, &offset, &extension)) == 1) {
		/* Ever onwards, and all of it can be read. */
		if (offset != before + 4 + extension.length || offset > size)
			abort();
		for (size_t i = 0; i < extension.length; i++)
			sum += extension.value[i];
		before = offset;
	}
	if (result == 0 ? offset != size : result != -EBADMSG || offset != before)
		abort();
	return sum == UINT32_MAX ? 1 : 0;
}
