/* Addresses, blocks of addresses and lists of log entries, as an administrator or
 * a command line gives them: what is accepted reads the same when written out. */
#include "platform/address.h"
#include "platform/log_entries.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_address(const char *text)
{
	struct net_address address, again;
	char buffer[NET_ADDRESS_TEXT_MAX], whole[NET_ADDRESS_TEXT_MAX];

	if (net_address_parse(text, 123, &address) < 0)
		return;
	if (net_address_parse(net_address_host_text(&address, buffer), 123, &again) < 0 ||
	    !net_address_equal(&address, &again))
		abort();
	if (strstr(net_address_text(&address, whole), buffer) == NULL)
		abort();
	net_address_unmap(&address);
}

static void check_block(const char *text)
{
	struct net_prefix prefix;

	if (net_prefix_parse(text, &prefix) < 0 || prefix.zone[0] != '\0')
		return;
	if (!net_prefix_contains(&prefix, &prefix.address))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct log_entries entries;
	char text[256];

	if (size >= sizeof text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	check_address(text);
	check_block(text);
	log_entries_parse(text, &entries, NULL);
	return 0;
}
