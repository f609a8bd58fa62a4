/* One configuration file into a struct config: libinih takes the lines apart,
 * this file feeds it with them one by one and keeps book of where they are. */
#include <errno.h>
#include <ini.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/format.h"
#include "base/text.h"
#include "config/config.h"
#include "config/config_internal.h"
#include "config/lines.h"

struct parser {
	struct config *config;
	enum config_origin origin;
	const char *file;
	struct config_problems *problems;
	struct config_lines lines;
	struct config_line line; /* that libinih has got last */
	int section;             /* -1: none, or an unknown one */
	bool before_sections;
	int key; /* of the setting that may still go on, -1: none or a wrong one */
	unsigned key_line;
	char *value;
	unsigned first_lines[CONFIG_KEYS]; /* 0: not given yet in this file */
	int result;
};

/* How a value that may be long is shown in a message. */
#define VALUE_FORMAT           "%.60s%s"
#define VALUE_ARGUMENTS(value) value, strlen(value) > 60 ? "..." : ""

__attribute__((format(PRINTF_FORMAT, 3, 4))) static void complain(struct parser *parser,
								  unsigned line, const char *format,
								  ...)
{
	char text[1024];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	config_problem_add(parser->problems, parser->file, line, "%s", text);
	if (parser->result == 0)
		parser->result = -EINVAL;
}

/* A list goes on with what this file gave before; anything else begins. */
static void begin_value(struct parser *parser, struct config_value *value)
{
	struct config_value *old = &parser->config->values[parser->key];

	if (config_key_info(parser->key)->type == CONFIG_TYPE_LIST &&
	    parser->first_lines[parser->key] != parser->key_line) {
		*value = *old;
		*old = (struct config_value){ .origin = CONFIG_ORIGIN_DEFAULT };
		return;
	}
	*value = (struct config_value){
		.origin = parser->origin,
		.file = strdup(parser->file),
		.line = parser->key_line,
	};
	if (value->file == NULL)
		parser->result = -ENOMEM;
}

/* The pending setting is whole: its value goes into the configuration. */
static void finish_setting(struct parser *parser)
{
	const struct config_key_info *info;
	char phrase[CONFIG_PHRASE_MAX];
	struct config_value value, *old;
	int result;

	if (parser->key < 0)
		return;
	info = config_key_info(parser->key);
	old = &parser->config->values[parser->key];
	begin_value(parser, &value);
	result = config_value_parse(&value, info, parser->value, phrase);
	if (result == -ENOMEM)
		parser->result = result;
	else if (result < 0)
		complain(parser, parser->key_line, "%s = " VALUE_FORMAT ": %s", info->name,
			 VALUE_ARGUMENTS(parser->value), phrase);
	if (result == 0 || info->type == CONFIG_TYPE_LIST) {
		config_value_clear(old);
		*old = value;
	} else {
		config_value_clear(&value);
	}
	parser->key = -1;
}

static void complain_of_unknown_key(struct parser *parser, const char *name, const char *value)
{
	const char *nearest = config_key_nearest(parser->section, name);
	const char *section = config_section_name(parser->section);

	for (int i = 0; i < CONFIG_SECTIONS; i++) {
		if (config_key_find(i, name) >= 0) {
			complain(parser, parser->line.number,
				 "%.60s = " VALUE_FORMAT ": belongs in [%s], not in [%s]", name,
				 VALUE_ARGUMENTS(value), config_section_name(i), section);
			return;
		}
	}
	complain(parser, parser->line.number, "%.60s = " VALUE_FORMAT ": unknown key in [%s]%s%s%s",
		 name, VALUE_ARGUMENTS(value), section, nearest == NULL ? "" : "; did you mean ",
		 nearest == NULL ? "" : nearest, nearest == NULL ? "" : "?");
}

static void begin_setting(struct parser *parser, const char *name, const char *value)
{
	unsigned line = parser->line.number;
	int key;

	if (parser->before_sections)
		complain(parser, line,
			 "%.60s = " VALUE_FORMAT ": stands before the first [section]", name,
			 VALUE_ARGUMENTS(value));
	if (parser->section < 0)
		return;
	key = config_key_find(parser->section, name);
	if (key < 0) {
		complain_of_unknown_key(parser, name, value);
		return;
	}
	if (parser->first_lines[key] == 0) {
		parser->first_lines[key] = line;
	} else if (config_key_info(key)->type != CONFIG_TYPE_LIST) {
		complain(parser, line, "%s = " VALUE_FORMAT ": %s was given before, in line %u",
			 name, VALUE_ARGUMENTS(value), config_key_info(key)->name,
			 parser->first_lines[key]);
		return;
	}
	free(parser->value);
	parser->value = strdup(value);
	parser->key = parser->value == NULL ? -1 : key;
	parser->key_line = line;
	if (parser->value == NULL)
		parser->result = -ENOMEM;
}

static void continue_setting(struct parser *parser, const char *value)
{
	const struct config_key_info *info;
	size_t size = parser->value == NULL ? 0 : strlen(parser->value) + strlen(value) + 2;
	char *joined;

	if (parser->key < 0)
		return;
	info = config_key_info(parser->key);
	if (!info->wraps) {
		complain(parser, parser->line.number,
			 VALUE_FORMAT ": an indented line goes on with the value above it, but the "
				      "value of %s takes one line",
			 VALUE_ARGUMENTS(value), info->name);
		return;
	}
	joined = malloc(size);
	if (joined == NULL) {
		parser->result = -ENOMEM;
		return;
	}
	snprintf(joined, size, "%s%s%s", parser->value, *parser->value == '\0' ? "" : " ", value);
	free(parser->value);
	parser->value = joined;
}

/* From libinih: the setting, or the further part of one, in parser->line. */
static int take_setting(void *context, const char *section, const char *name, const char *value)
{
	struct parser *parser = context;

	(void)section;
	if (parser->line.kind == CONFIG_LINE_SETTING)
		begin_setting(parser, name, value);
	else if (parser->line.kind == CONFIG_LINE_CONTINUATION)
		continue_setting(parser, value);
	return 1;
}

static void begin_section(struct parser *parser)
{
	char name[CONFIG_NAME_MAX + 1];
	const char *nearest;

	snprintf(name, sizeof name, "%.*s", (int)parser->line.name.length, parser->line.name.start);
	parser->before_sections = false;
	parser->section = config_section_find(name);
	if (parser->section >= 0)
		return;
	nearest = config_section_nearest(name);
	if (nearest != NULL)
		complain(parser, parser->line.number, "[%s]: unknown section; did you mean [%s]?",
			 name, nearest);
	else
		complain(parser, parser->line.number,
			 "[%s]: unknown section; there are [Config], [Parameters], [NtpClient], "
			 "[NtpServer], [Domain] and [w32timed]",
			 name);
}

/* Whether libinih, whose buffer has SIZE bytes, takes the line uncut. */
static bool check_line(struct parser *parser, size_t size)
{
	const struct config_line *line = &parser->line;
	size_t longest = size - 2 < CONFIG_LINE_MAX ? size - 2 : CONFIG_LINE_MAX;

	if (line->text.length > longest) {
		complain(parser, line->number,
			 "%.40s...: the line has %zu bytes, at most %zu are allowed (a long list "
			 "may go on in indented lines)",
			 line->text.start, line->text.length, longest);
		return false;
	}
	if (line->name.length > CONFIG_NAME_MAX) {
		complain(parser, line->number,
			 "%.40s...: the name has %zu bytes, at most %d are allowed",
			 line->name.start, line->name.length, CONFIG_NAME_MAX);
		return false;
	}
	if (line->kind == CONFIG_LINE_WRONG) {
		complain(parser, line->number,
			 "%.*s: only [SECTION], KEY = VALUE and comments are allowed",
			 line->text.length > 60 ? 60 : (int)line->text.length, line->text.start);
		return false;
	}
	return true;
}

/* In place of a wrong line libinih gets an empty one, in place of a wrong heading
 * one without a name: what section it meant is anybody's guess. */
static void withhold_line(struct parser *parser, char *buffer)
{
	buffer[0] = '\0';
	if (!parser->line.heading)
		return;
	strcpy(buffer, "[]");
	parser->section = -1;
	parser->before_sections = false;
}

/* For libinih: the next line. */
static char *give_line(char *buffer, int size, void *context)
{
	struct parser *parser = context;
	struct config_line *line = &parser->line;
	size_t length;

	if (!config_lines_next(&parser->lines, line)) {
		finish_setting(parser);
		return NULL;
	}
	if (line->kind != CONFIG_LINE_BLANK && line->kind != CONFIG_LINE_COMMENT &&
	    line->kind != CONFIG_LINE_CONTINUATION)
		finish_setting(parser);
	if (!check_line(parser, (size_t)size)) {
		withhold_line(parser, buffer);
		return buffer;
	}
	if (line->kind == CONFIG_LINE_SECTION)
		begin_section(parser);
	/* Not every libinih knows comments behind the further parts of a value. */
	length = line->text.length;
	if (line->kind == CONFIG_LINE_CONTINUATION)
		length = (size_t)(line->tail.start - line->text.start);
	memcpy(buffer, line->text.start, length);
	buffer[length] = '\n';
	buffer[length + 1] = '\0';
	return buffer;
}

int config_parse(struct config *config, enum config_origin origin, const char *name,
		 const char *data, size_t length, struct config_problems *problems)
{
	struct parser parser = {
		.config = config,
		.origin = origin,
		.file = name,
		.problems = problems,
		.section = -1,
		.before_sections = true,
		.key = -1,
	};
	const char *nul = length == 0 ? NULL : memchr(data, '\0', length);
	unsigned line = 1;
	int stopped;

	if (nul != NULL) {
		for (const char *c = data; c < nul; c++)
			line += *c == '\n';
		complain(&parser, line, "a NUL byte: the file must be plain text in UTF-8");
		return parser.result;
	}
	config_lines_init(&parser.lines, length == 0 ? "" : data, length);
	stopped = ini_parse_stream(give_line, &parser, take_setting, &parser);
	if (stopped < 0)
		parser.result = -ENOMEM;
	else if (stopped > 0 && parser.result == 0)
		/* It was built otherwise than config/lines.h takes it to be. */
		complain(&parser, (unsigned)stopped, "libinih cannot read this line");
	free(parser.value);
	return parser.result;
}
