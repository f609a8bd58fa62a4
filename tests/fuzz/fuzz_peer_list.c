/* The value of NtpServer: what is accepted is within bounds, and means the same
 * when it is written anew from its parts. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/peer_list.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
	if (!condition)
		abort();
}

static void write_anew(const struct peer_entry *entry, char *text, size_t size)
{
	bool brackets = strchr(entry->host, ':') != NULL;

	snprintf(text, size, "%s%s%s:%u,0x%x", brackets ? "[" : "", entry->host,
		 brackets ? "]" : "", entry->port, entry->flags);
}

static void check_entry(const struct peer_entry *entry)
{
	static struct peer_list again;
	char text[400];

	require(entry->host[0] != '\0' && entry->port != 0 && entry->flags <= 0xf);
	require(entry->flags_given || entry->flags == 0);
	require(memchr(entry->text, '\0', sizeof entry->text) != NULL);
	write_anew(entry, text, sizeof text);
	if (strlen(text) >= sizeof entry->text)
		return;
	require(peer_list_parse(text, &again, NULL) == 0 && again.count == 1);
	require(strcmp(again.entries[0].host, entry->host) == 0);
	require(again.entries[0].port == entry->port && again.entries[0].flags == entry->flags);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct peer_list list;
	struct error error = { .text = "" };
	char *text = malloc(size + 1);

	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	if (peer_list_parse(text, &list, &error) == 0) {
		require(list.count <= PEER_LIST_MAX);
		for (size_t i = 0; i < list.count; i++)
			check_entry(&list.entries[i]);
	} else {
		require(error.text[0] != '\0');
	}
	free(text);
	return 0;
}
