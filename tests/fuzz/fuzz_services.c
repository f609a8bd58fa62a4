/* SRV answers as they come from a name server. */
#include "resolver/services.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct resolver_service services[RESOLVER_SERVICES_MAX];
	int count = services_decode(data, size, services);

	if (count > RESOLVER_SERVICES_MAX || count == 0)
		abort();
	for (int i = 0; i < count; i++) {
		if (!resolver_is_host_name(services[i].host))
			abort();
		if (i > 0 && services[i].priority < services[i - 1].priority)
			abort();
	}
	return 0;
}
