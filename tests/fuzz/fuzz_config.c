/* A configuration file: nothing crashes, every refusal is explained, what was
 * accepted is within the table's bounds, and libinih reads each line, which it
 * gets by itself, as it does in the whole file. */
#include <ini.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "config/config.h"
#include "config/lines.h"

/* Longer ones do not fit into its buffer. */
#define LINE_LONGEST 197

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
	if (!condition)
		abort();
}

struct comparison {
	struct config_lines lines;
	struct config_line line;
	char name[CONFIG_NAME_MAX + 1]; /* of the setting that libinih is in */
	bool cut;                       /* the last setting was kept from libinih */
};

static bool same_span(const struct config_span *span, const char *text)
{
	return span->length == strlen(text) && memcmp(span->start, text, span->length) == 0;
}

static int compare_setting(void *context, const char *section, const char *name, const char *value)
{
	struct comparison *comparison = context;
	const struct config_line *line = &comparison->line;

	(void)section;
	require(same_span(&line->value, value));
	if (line->kind == CONFIG_LINE_SETTING) {
		require(same_span(&line->name, name));
		snprintf(comparison->name, sizeof comparison->name, "%s", name);
	} else {
		require(line->kind == CONFIG_LINE_CONTINUATION);
		require(strcmp(comparison->name, name) == 0);
	}
	/* Each once. */
	comparison->line.kind = CONFIG_LINE_BLANK;
	return 1;
}

static char *next_line(char *buffer, int size, void *context)
{
	struct comparison *comparison = context;
	struct config_line *line = &comparison->line;
	size_t length;

	/* Libinih has handed out what it had to. */
	require(line->kind != CONFIG_LINE_SETTING && line->kind != CONFIG_LINE_CONTINUATION);
	if (!config_lines_next(&comparison->lines, line))
		return NULL;
	if (line->kind == CONFIG_LINE_SETTING || line->heading)
		comparison->cut = false;
	if (line->text.length > LINE_LONGEST || line->name.length > CONFIG_NAME_MAX)
		comparison->cut = true;
	if (comparison->cut || line->heading || line->kind == CONFIG_LINE_WRONG) {
		line->kind = CONFIG_LINE_BLANK;
		strcpy(buffer, line->heading ? "[]" : "");
	} else {
		length = line->text.length;
		if (line->kind == CONFIG_LINE_CONTINUATION)
			length = (size_t)(line->tail.start - line->text.start);
		require(snprintf(buffer, (size_t)size, "%.*s\n", (int)length, line->text.start) <
			size);
	}
	return buffer;
}

static void compare_with_libinih(const uint8_t *data, size_t size)
{
	struct comparison comparison = { .cut = false };

	config_lines_init(&comparison.lines, (const char *)data, size);
	require(ini_parse_stream(next_line, &comparison, compare_setting, &comparison) == 0);
}

static void check_value(const struct config *config, enum config_key key)
{
	const struct config_key_info *info = config_key_info(key);

	switch (info->type) {
	case CONFIG_TYPE_NUMBER:
		require(config_number(config, key) >= info->minimum);
		require(config_number(config, key) <= info->maximum);
		break;
	case CONFIG_TYPE_LIST:
		require(config_list_count(config, key) <= info->maximum);
		for (size_t i = 0; i < config_list_count(config, key); i++)
			require(config_list_item(config, key, i)[0] != '\0');
		break;
	default:
		require(config_text(config, key) != NULL);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config *config = config_create(size % CONFIG_ROLES), *copy;
	struct config_problems problems = { .list = NULL };
	int result = config_parse(config, CONFIG_ORIGIN_LOCAL, "input", (const char *)data, size,
				  &problems);

	require((result == 0) == (problems.count == 0));
	for (size_t i = 0; i < problems.count; i++)
		require(problems.list[i].text[0] != '\0' && problems.list[i].line > 0);
	copy = config_copy(config);
	for (int i = 0; i < CONFIG_KEYS; i++) {
		check_value(config, i);
		require(config_same(config, copy, i));
	}
	config_check(config, &problems);
	config_destroy(copy);
	config_destroy(config);
	config_problems_free(&problems);
	if (memchr(size == 0 ? (const uint8_t *)"" : data, '\0', size) == NULL)
		compare_with_libinih(data, size);
	return 0;
}
