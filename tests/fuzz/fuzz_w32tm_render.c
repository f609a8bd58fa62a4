/* The daemon's answers as w32tm decodes and shows them: any JSON, in every listing. */
#include <jansson.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "w32tm/json.h"
#include "w32tm/render.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was decoded can be encoded, and is the same then. */
static void encode_again(const struct schema_type *type, const void *structure)
{
	json_t *first = schema_encode(type, structure, NULL), *second;
	void *copy = malloc(type->size);

	if (first == NULL || copy == NULL || schema_decode(type, first, copy, NULL) < 0)
		abort();
	second = schema_encode(type, copy, NULL);
	if (!json_equal(first, second))
		abort();
	schema_free(type, copy);
	free(copy);
	json_decref(first);
	json_decref(second);
}

static void show_source_and_domain(FILE *out, const json_t *json)
{
	struct control_get_source_reply source;
	struct control_get_domain_reply domain;

	if (control_get_source_reply_decode(json, &source, NULL) == 0)
		render_source(out, source.source);
	if (control_get_domain_reply_decode(json, &domain, NULL) < 0)
		return;
	render_domain(out, &domain.domain);
	encode_again(&control_get_domain_reply_type, &domain);
	control_get_domain_reply_free(&domain);
}

static void show(FILE *out, const json_t *json, bool verbose)
{
	struct control_get_status_reply status;
	struct control_get_peers_reply peers;
	struct control_get_configuration_reply configuration;

	if (control_get_status_reply_decode(json, &status, NULL) == 0) {
		render_status(out, &status.status, verbose);
		encode_again(&control_get_status_reply_type, &status);
	}
	if (control_get_peers_reply_decode(json, &peers, NULL) == 0) {
		render_peers(out, &peers, verbose);
		encode_again(&control_get_peers_reply_type, &peers);
		control_get_peers_reply_free(&peers);
	}
	if (control_get_configuration_reply_decode(json, &configuration, NULL) == 0) {
		render_configuration(out, &configuration, verbose);
		encode_again(&control_get_configuration_reply_type, &configuration);
		control_get_configuration_reply_free(&configuration);
	}
}

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
	show_source_and_domain(out, reply);
	show(out, reply, false);
	show(out, reply, true);
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
