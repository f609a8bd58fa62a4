#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/utf8.h"
#include "config/config.h"
#include "config/config_internal.h"

static const char blanks[] = " \t";

static int value_set_phrase(char phrase[CONFIG_PHRASE_MAX], const char *text)
{
	snprintf(phrase, CONFIG_PHRASE_MAX, "%s", text);
	return -EINVAL;
}

/* "A, B or C is allowed" of "A|B|C". */
static int value_set_words_phrase(char phrase[CONFIG_PHRASE_MAX], const char *words)
{
	struct text text;

	text_init(&text, phrase, CONFIG_PHRASE_MAX);
	while (*words != '\0') {
		size_t length = strcspn(words, "|");
		const char *next = words + length + (words[length] == '|');

		text_append(&text, "%.*s%s", (int)length, words,
			    *next == '\0'               ? " is allowed"
			    : strchr(next, '|') == NULL ? " or "
							: ", ");
		words = next;
	}
	return -EINVAL;
}

/* The word of WORDS that TEXT is, as it is spelled there; false: none. */
static bool value_find_word(const char *words, const char *text, struct text *word)
{
	while (*words != '\0') {
		size_t length = strcspn(words, "|");

		if (strlen(text) == length && text_starts_nocase(words, text)) {
			text_append(word, "%.*s", (int)length, words);
			return true;
		}
		words += length + (words[length] == '|');
	}
	return false;
}

/* The exponent of TEXT, a number of seconds that the key cannot take as it is; -1: TEXT
 * is no power of two in its range. */
static int value_exponent_of(const char *text, const struct config_key_info *info)
{
	char *end;
	unsigned long long seconds = strtoull(text, &end, 0);

	for (uint32_t exponent = info->minimum; exponent <= info->maximum; exponent++) {
		if (*end == '\0' && seconds > info->maximum && seconds == 1ull << exponent)
			return (int)exponent;
	}
	return -1;
}

/* What the numbers count, where a reader might take it for something else. */
static void value_append_unit(struct text *phrase, const struct config_key_info *info,
			      const char *value)
{
	static const struct {
		const char *unit, *words;
	} units[] = {
		{ "s", "seconds" },
		{ "min", "minutes" },
		{ "bytes", "bytes" },
		{ "samples", "samples" },
		{ "ppm", "ppm" },
		{ "answers", "answers" },
		{ "accounts", "accounts" },
		{ "bits", "bits added up" },
		{ "answers per s", "answers per second" },
	};

	if (strcmp(info->unit, "log2 s") == 0) {
		int exponent = value_exponent_of(value, info);

		text_append(phrase,
			    ", which counts as 2 to that power in seconds: from %u s to %u s",
			    1u << info->minimum, 1u << info->maximum);
		if (exponent >= 0)
			text_append(phrase, "; for %u s write %d", 1u << exponent, exponent);
		return;
	}
	if (info->unit[0] >= '0' && info->unit[0] <= '9')
		text_append(phrase, ", in units of %s", info->unit);
	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
		if (strcmp(units[i].unit, info->unit) == 0)
			text_append(phrase, ", in %s", units[i].words);
	}
}

static int value_set_range_phrase(char phrase[CONFIG_PHRASE_MAX],
				  const struct config_key_info *info, const char *value)
{
	struct text text;

	text_init(&text, phrase, CONFIG_PHRASE_MAX);
	if (info->minimum + 1 == info->maximum)
		text_append(&text, "%u or %u is allowed", info->minimum, info->maximum);
	else if (info->maximum == UINT32_MAX)
		text_append(&text, "a number from %u to %s is allowed", info->minimum,
			    info->unlimited ? "0xFFFFFFFE, or 0xFFFFFFFF for no limit,"
					    : "0xFFFFFFFF");
	else
		text_append(&text, "a number from %u to %u is allowed", info->minimum,
			    info->maximum);
	value_append_unit(&text, info, value);
	return -EINVAL;
}

static int value_parse_number(struct config_value *value, const struct config_key_info *info,
			      const char *text, char phrase[CONFIG_PHRASE_MAX])
{
	char decimal[16], buffer[16];
	uint32_t number;
	struct text word;
	bool fine = text_parse_u32(text, &number) == 0 && number >= info->minimum &&
		    number <= info->maximum;

	if (fine && info->words != NULL) {
		text_init(&word, buffer, sizeof buffer);
		snprintf(decimal, sizeof decimal, "%u", number);
		fine = value_find_word(info->words, decimal, &word);
	}
	if (fine) {
		value->number = number;
		return 0;
	}
	if (info->words != NULL)
		return value_set_words_phrase(phrase, info->words);
	return value_set_range_phrase(phrase, info, text);
}

static bool value_is_plain(const char *text)
{
	while (*text != '\0') {
		size_t length = *text == '\t' ? 1 : utf8_decode_printable(text, UTF8_MAX);

		if (length == 0)
			return false;
		text += length;
	}
	return true;
}

static int value_parse_text(struct config_value *value, const struct config_key_info *info,
			    const char *text, char phrase[CONFIG_PHRASE_MAX])
{
	const char *wrong = NULL;
	char buffer[64];
	struct text word;

	if (!value_is_plain(text))
		return value_set_phrase(phrase,
					"only text in UTF-8 without control characters is allowed");
	text_init(&word, buffer, sizeof buffer);
	if (info->words != NULL) {
		if (!value_find_word(info->words, text, &word))
			return value_set_words_phrase(phrase, info->words);
		text = word.buffer;
	}
	if (info->check != NULL)
		wrong = info->check(text, phrase, CONFIG_PHRASE_MAX);
	if (wrong != NULL)
		return wrong == phrase ? -EINVAL : value_set_phrase(phrase, wrong);
	free(value->text);
	value->text = strdup(text);
	return value->text == NULL ? -ENOMEM : 0;
}

static int value_add_item(struct config_value *value, const struct config_key_info *info,
			  const char *item, char phrase[CONFIG_PHRASE_MAX])
{
	const char *wrong = info->check == NULL ? NULL
						: info->check(item, phrase, CONFIG_PHRASE_MAX);
	char **items;

	if (wrong != NULL)
		return wrong == phrase ? -EINVAL : value_set_phrase(phrase, wrong);
	for (size_t i = 0; i < value->item_count; i++) {
		if (text_equal_nocase(value->items[i], item)) {
			snprintf(phrase, CONFIG_PHRASE_MAX, "%.80s is given twice", item);
			return -EINVAL;
		}
	}
	if (value->item_count == info->maximum) {
		snprintf(phrase, CONFIG_PHRASE_MAX, "at most %u are allowed", info->maximum);
		return -EINVAL;
	}
	items = realloc(value->items, (value->item_count + 1) * sizeof *items);
	if (items == NULL)
		return -ENOMEM;
	value->items = items;
	items[value->item_count] = strdup(item);
	if (items[value->item_count] == NULL)
		return -ENOMEM;
	value->item_count++;
	return 0;
}

static int value_parse_list(struct config_value *value, const struct config_key_info *info,
			    const char *text, char phrase[CONFIG_PHRASE_MAX])
{
	char *copy = strdup(text), *item = copy;
	int result = copy == NULL ? -ENOMEM : 0;

	while (result == 0 && *(item += strspn(item, blanks)) != '\0') {
		size_t length = strcspn(item, blanks);
		bool last = item[length] == '\0';

		item[length] = '\0';
		result = value_add_item(value, info, item, phrase);
		item += length + !last;
	}
	free(copy);
	return result;
}

int config_value_parse(struct config_value *value, const struct config_key_info *info,
		       const char *text, char phrase[CONFIG_PHRASE_MAX])
{
	switch (info->type) {
	case CONFIG_TYPE_NUMBER:
		return value_parse_number(value, info, text, phrase);
	case CONFIG_TYPE_LIST:
		return value_parse_list(value, info, text, phrase);
	default:
		return value_parse_text(value, info, text, phrase);
	}
}
