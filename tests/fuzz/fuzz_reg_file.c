/* An exported registry file, and the settings made of it: whatever the bytes, no
 * crash, and what is to be set the configuration allows. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "w32tm/import.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config_change changes[CONFIG_KEYS];
	struct error error = { .text = "" };
	struct import import = { .others = 0 };
	char *shown, *edited;
	size_t length;

	import.skipped = open_memstream(&shown, &length);
	if (import.skipped == NULL)
		abort();
	if (reg_file_read((const char *)data, size, import_value, &import, &error) < 0 &&
	    error.text[0] == '\0')
		abort();
	for (size_t i = 0, count = import_changes(&import, changes); i < count; i++) {
		if (config_edit("", &changes[i], 1, &edited, &error) < 0)
			abort();
		free(edited);
	}
	fclose(import.skipped);
	free(shown);
	import_free(&import);
	return 0;
}
