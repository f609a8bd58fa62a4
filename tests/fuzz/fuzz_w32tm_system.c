/* What w32tm reads from the system: the rule of a time zone, the list of leap
 * seconds; and a name with a port as users write it. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "w32tm/leap_list.h"
#include "w32tm/probe.h"
#include "w32tm/zone_rule.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void show(FILE *out, const char *text)
{
	struct probe_target target;
	struct leap_list list;
	struct zone_rule rule;

	if (zone_rule_parse(text, &rule) == 0) {
		zone_rule_name(&rule, text);
		zone_rule_print(out, &rule, false);
	}
	if (leap_list_parse(text, &list) == 0)
		leap_list_print(out, &list, true);
	if (probe_target_parse(text, &target) == 0 && target.port == 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), *shown;
	size_t length;
	FILE *out;

	if (text == NULL)
		abort();
	memcpy(text, data, size);
	text[size] = '\0';
	out = open_memstream(&shown, &length);
	if (out == NULL)
		abort();
	show(out, text);
	fclose(out);
	free(shown);
	free(text);
	return 0;
}
