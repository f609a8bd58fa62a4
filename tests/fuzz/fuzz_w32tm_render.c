/* The daemon's answers as w32tm shows them: any JSON, in every listing. */
#include <jansson.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "w32tm/json.h"
#include "w32tm/render.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	json_t *reply = json_loadb((const char *)data, size, JSON_DECODE_ANY, NULL);
	char *text;
	size_t length;
	FILE *out;

	if (reply == NULL)
		return 0;
	out = open_memstream(&text, &length);
	if (out == NULL)
		abort();
	render_source(out, reply);
	for (int verbose = 0; verbose < 2; verbose++) {
		render_status(out, reply, verbose);
		render_peers(out, reply, verbose);
		render_configuration(out, reply, verbose);
	}
	json_print(out, reply);
	json_print_line(out, reply);
	fclose(out);
	for (size_t i = 0; i < length; i++) {
		/* Nothing that a terminal would obey. */
		if ((unsigned char)text[i] < ' ' && text[i] != '\n')
			abort();
	}
	free(text);
	json_decref(reply);
	return 0;
}
