#include "w32tm/options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

int options_create(struct options *options, const char *const *arguments, size_t count)
{
	options->count = 0;
	options->list = calloc(count + 1, sizeof *options->list);
	if (options->list == NULL)
		return -ENOMEM;
	for (; options->count < count; options->count++)
		options->list[options->count].argument = arguments[options->count];
	return 0;
}

void options_free(struct options *options)
{
	free(options->list);
	options->list = NULL;
	options->count = 0;
}

static bool is_mark(char c)
{
	return c == '/' || c == '-';
}

bool option_is(const char *argument, const char *name)
{
	return is_mark(argument[0]) && text_equal_nocase(argument + 1, name);
}

const char *option_value(const char *argument, const char *name)
{
	size_t length = strlen(name);

	if (!is_mark(argument[0]) || !text_starts_nocase(argument + 1, name) ||
	    argument[1 + length] != ':')
		return NULL;
	return argument + 1 + length + 1;
}

bool options_claim(struct options *options, const char *name)
{
	for (size_t i = 0; i < options->count; i++) {
		if (options->list[i].claimed || !option_is(options->list[i].argument, name))
			continue;
		options->list[i].claimed = true;
		return true;
	}
	return false;
}

const char *options_claim_value(struct options *options, const char *name)
{
	for (size_t i = 0; i < options->count; i++) {
		const char *value = option_value(options->list[i].argument, name);

		if (options->list[i].claimed || value == NULL)
			continue;
		options->list[i].claimed = true;
		return value;
	}
	return NULL;
}

const char *options_claim_word(struct options *options)
{
	for (size_t i = 0; i < options->count; i++) {
		if (options->list[i].claimed || is_mark(options->list[i].argument[0]))
			continue;
		options->list[i].claimed = true;
		return options->list[i].argument;
	}
	return NULL;
}

int options_claim_number(struct options *options, const char *name, uint32_t minimum,
			 uint32_t maximum, uint32_t *value)
{
	const char *text = options_claim_value(options, name);
	uint32_t number;

	if (text == NULL)
		return 0;
	if (text_parse_u32(text, &number) < 0 || number < minimum || number > maximum)
		return -EINVAL;
	*value = number;
	return 1;
}

bool options_all_claimed(const struct options *options)
{
	for (size_t i = 0; i < options->count; i++) {
		if (!options->list[i].claimed)
			return false;
	}
	return true;
}
