/* One change of a file.  First line: the key's name and, behind a blank, its new
 * value (without a blank: the key is taken out); the rest: the file.  In a file
 * that loads, the change changes that key and no other, and the result loads. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "config/config.h"
#include "config/edit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
	if (!condition)
		abort();
}

static struct config *parse(const char *text)
{
	struct config *config = config_create(CONFIG_ROLE_STANDALONE);

	if (config_parse(config, CONFIG_ORIGIN_LOCAL, "input", text, strlen(text), NULL) == 0)
		return config;
	config_destroy(config);
	return NULL;
}

/* -1: no such key. */
static int find_key(const char *name)
{
	for (int i = 0; i < CONFIG_KEYS; i++) {
		if (text_equal_nocase(config_key_info(i)->name, name))
			return i;
	}
	return -1;
}

/* What VALUE alone would give the key. */
static struct config *expected(const struct config_change *change)
{
	char *text;
	struct config *config;

	require(config_edit("", change, 1, &text, NULL) == 0);
	config = parse(text);
	require(config != NULL);
	free(text);
	return config;
}

static void check_result(const struct config *before, const char *result,
			 const struct config_change *change)
{
	struct config *after = parse(result), *alone = expected(change);

	require(after != NULL);
	for (int i = 0; i < CONFIG_KEYS; i++) {
		const struct config *wanted = i == (int)change->key ? alone : before;

		require(config_same(wanted, after, i));
		require(config_origin(wanted, i) == config_origin(after, i));
	}
	config_destroy(after);
	config_destroy(alone);
}

static void edit(const char *text, const struct config_change *change)
{
	struct config *before = parse(text);
	char *once, *twice;

	if (config_edit(text, change, 1, &once, NULL) == 0) {
		if (before != NULL)
			check_result(before, once, change);
		require(config_edit(once, change, 1, &twice, NULL) == 0);
		/* But for the end of a last line that had none. */
		require(before == NULL || strncmp(once, twice, strlen(once)) == 0);
		free(once);
		free(twice);
	}
	config_destroy(before);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *input = malloc(size + 1), *text, *value;
	struct config_change change;
	int key;

	if (size > 0)
		memcpy(input, data, size);
	input[size] = '\0';
	text = strchr(input, '\n');
	if (text != NULL) {
		*text++ = '\0';
		value = strchr(input, ' ');
		if (value != NULL)
			*value++ = '\0';
		key = find_key(input);
		change = (struct config_change){ key < 0 ? 0 : key, value };
		if (key >= 0)
			edit(text, &change);
	}
	free(input);
	return 0;
}
