/* Netlogon answers; the first octet is the number that the question had. */
#include "domain/netlogon.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const char *text, size_t size)
{
	if (memchr(text, '\0', size) == NULL)
		abort();
	for (; *text != '\0'; text++) {
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct netlogon_answer answer;
	int result;

	if (size < 1)
		return 0;
	result = netlogon_answer_decode(data + 1, size - 1, data[0], &answer);
	if (result != 0) {
		if (result != -ENOENT && result != -ENOMSG && result != -EBADMSG &&
		    result != -ENOTSUP)
			abort();
		return 0;
	}
	check_text(answer.forest, sizeof answer.forest);
	check_text(answer.domain, sizeof answer.domain);
	check_text(answer.host, sizeof answer.host);
	check_text(answer.netbios_domain, sizeof answer.netbios_domain);
	check_text(answer.netbios_host, sizeof answer.netbios_host);
	check_text(answer.site, sizeof answer.site);
	check_text(answer.client_site, sizeof answer.client_site);
	return 0;
}
