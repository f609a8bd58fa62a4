/* The text of a file into a struct config, line by line. */
#include <errno.h>
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
	struct config_line line;
	int section; /* -1: none, or an unknown one */
	bool before_sections;
	int key; /* of the setting that may still go on, -1: none or a wrong one */
	unsigned key_line;
	char *value; /* ended by NUL */
	size_t value_length, value_size;
	unsigned first_lines[CONFIG_KEYS]; /* 0: not given yet in this file */
	unsigned problem_count;            /* in this file */
	int result;
};

/* How a value that may be long is shown in a message. */
#define VALUE_FORMAT           "%.60s%s"
#define VALUE_ARGUMENTS(value) value, strlen(value) > 60 ? "..." : ""

__attribute__((format(PRINTF_FORMAT, 3, 4))) static void parse_complain(struct parser *parser,
									unsigned line,
									const char *format, ...)
{
	char text[1024];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	config_problem_add(parser->problems, parser->file, line, "%s", text);
	parser->problem_count++;
	if (parser->result == 0)
		parser->result = -EINVAL;
}

/* A list goes on with what this file gave before; anything else begins. */
static void parse_begin_value(struct parser *parser, struct config_value *value)
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

/* Said of a value that was refused and looks as if a comment stood in it. */
static const char *parse_comment_hint(const char *value)
{
	return strpbrk(value, "#;") == NULL ? "" : "; a comment behind a value begins with \" ;\"";
}

/* The pending setting is whole: its value goes into the configuration. */
static void parse_finish_setting(struct parser *parser)
{
	const struct config_key_info *info;
	char phrase[CONFIG_PHRASE_MAX];
	struct config_value value, *old;
	int result;

	if (parser->key < 0)
		return;
	info = config_key_info(parser->key);
	old = &parser->config->values[parser->key];
	parse_begin_value(parser, &value);
	result = config_value_parse(&value, info, parser->value, phrase);
	if (result == -ENOMEM)
		parser->result = result;
	else if (result < 0)
		parse_complain(parser, parser->key_line, "%s = " VALUE_FORMAT ": %s%s", info->name,
			       VALUE_ARGUMENTS(parser->value), phrase,
			       parse_comment_hint(parser->value));
	if (result == 0 || info->type == CONFIG_TYPE_LIST) {
		config_value_clear(old);
		*old = value;
	} else {
		config_value_clear(&value);
	}
	parser->key = -1;
}

static void parse_complain_of_unknown_key(struct parser *parser, const char *name,
					  const char *value)
{
	const char *nearest = config_key_nearest(parser->section, name);
	const char *section = config_section_name(parser->section);

	for (int i = 0; i < CONFIG_SECTIONS; i++) {
		if (config_key_find(i, name) >= 0) {
			parse_complain(parser, parser->line.number,
				       "%.60s = " VALUE_FORMAT ": belongs in [%s], not in [%s]",
				       name, VALUE_ARGUMENTS(value), config_section_name(i),
				       section);
			return;
		}
	}
	parse_complain(parser, parser->line.number,
		       "%.60s = " VALUE_FORMAT ": unknown key in [%s]%s%s%s", name,
		       VALUE_ARGUMENTS(value), section, nearest == NULL ? "" : "; did you mean ",
		       nearest == NULL ? "" : nearest, nearest == NULL ? "" : "?");
}

/* More of the value behind a blank; what is there is not copied each time. */
static void parse_add_to_value(struct parser *parser, struct config_span more)
{
	size_t needed = parser->value_length + 1 + more.length + 1;

	if (needed > parser->value_size) {
		char *grown = realloc(parser->value, 2 * needed);

		if (grown == NULL) {
			parser->result = -ENOMEM;
			return;
		}
		parser->value = grown;
		parser->value_size = 2 * needed;
	}
	if (parser->value_length > 0)
		parser->value[parser->value_length++] = ' ';
	memcpy(parser->value + parser->value_length, more.start, more.length);
	parser->value_length += more.length;
	parser->value[parser->value_length] = '\0';
}

/* The key of NAME = VALUE in the line; -1: complained. */
static int parse_find_key(struct parser *parser, const char *name, const char *value)
{
	unsigned line = parser->line.number;
	int key;

	if (parser->before_sections)
		parse_complain(parser, line,
			       "%.60s = " VALUE_FORMAT ": stands before the first [section]", name,
			       VALUE_ARGUMENTS(value));
	if (parser->section < 0)
		return -1;
	key = config_key_find(parser->section, name);
	if (key < 0) {
		parse_complain_of_unknown_key(parser, name, value);
		return -1;
	}
	if (parser->first_lines[key] != 0 && config_key_info(key)->type != CONFIG_TYPE_LIST) {
		parse_complain(parser, line,
			       "%s = " VALUE_FORMAT ": %s was given before, in line %u", name,
			       VALUE_ARGUMENTS(value), config_key_info(key)->name,
			       parser->first_lines[key]);
		return -1;
	}
	return key;
}

static void parse_begin_setting(struct parser *parser)
{
	const struct config_line *line = &parser->line;
	char name[CONFIG_NAME_MAX + 1];

	snprintf(name, sizeof name, "%.*s", (int)line->name.length, line->name.start);
	parser->value_length = 0;
	parse_add_to_value(parser, line->value);
	if (parser->result == -ENOMEM)
		return;
	parser->key = parse_find_key(parser, name, parser->value);
	parser->key_line = line->number;
	if (parser->key >= 0 && parser->first_lines[parser->key] == 0)
		parser->first_lines[parser->key] = line->number;
}

static void parse_continue_setting(struct parser *parser)
{
	const struct config_line *line = &parser->line;
	const struct config_key_info *info;

	if (parser->key < 0)
		return;
	info = config_key_info(parser->key);
	if (info->wraps)
		parse_add_to_value(parser, line->value);
	else
		parse_complain(
			parser, line->number,
			"%.*s%s: an indented line goes on with the value above it, but the value "
			"of %s takes one line",
			line->value.length > 60 ? 60 : (int)line->value.length, line->value.start,
			line->value.length > 60 ? "..." : "", info->name);
}

static void parse_begin_section(struct parser *parser)
{
	char name[CONFIG_NAME_MAX + 1];
	const char *nearest;

	snprintf(name, sizeof name, "%.*s", (int)parser->line.name.length, parser->line.name.start);
	parser->section = config_section_find(name);
	if (parser->section >= 0)
		return;
	nearest = config_section_nearest(name);
	if (nearest != NULL)
		parse_complain(parser, parser->line.number,
			       "[%s]: unknown section; did you mean [%s]?", name, nearest);
	else
		parse_complain(
			parser, parser->line.number,
			"[%s]: unknown section; there are [Config], [Parameters], [NtpClient], "
			"[NtpServer], [Domain] and [w32timed]",
			name);
}

static bool parse_check_line(struct parser *parser)
{
	const struct config_line *line = &parser->line;

	if (line->kind == CONFIG_LINE_WRONG)
		parse_complain(parser, line->number,
			       "%.*s: only [SECTION], KEY = VALUE and comments are allowed",
			       line->text.length > 60 ? 60 : (int)line->text.length,
			       line->text.start);
	else if (line->name.length > CONFIG_NAME_MAX)
		parse_complain(parser, line->number,
			       "%.40s...: the name has %zu bytes, at most %d are allowed",
			       line->name.start, line->name.length, CONFIG_NAME_MAX);
	else
		return true;
	return false;
}

static void parse_take_line(struct parser *parser)
{
	const struct config_line *line = &parser->line;

	if (line->kind == CONFIG_LINE_BLANK || line->kind == CONFIG_LINE_COMMENT)
		return;
	if (line->kind == CONFIG_LINE_CONTINUATION) {
		parse_continue_setting(parser);
		return;
	}
	parse_finish_setting(parser);
	if (line->heading) {
		/* Settings below a wrong heading belong to an unknown section. */
		parser->section = -1;
		parser->before_sections = false;
	}
	if (!parse_check_line(parser))
		return;
	if (line->heading)
		parse_begin_section(parser);
	else
		parse_begin_setting(parser);
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
	struct config_lines lines;
	unsigned line = 1;

	if (nul != NULL) {
		for (const char *c = data; c < nul; c++)
			line += *c == '\n';
		parse_complain(&parser, line, "a NUL byte: the file must be plain text in UTF-8");
		return parser.result;
	}
	config_lines_init(&lines, length == 0 ? "" : data, length);
	/* The list of problems is full, and the search for similar names is slow. */
	while (parser.problem_count <= CONFIG_PROBLEMS_MAX && parser.result != -ENOMEM &&
	       config_lines_next(&lines, &parser.line))
		parse_take_line(&parser);
	parse_finish_setting(&parser);
	free(parser.value);
	return parser.result;
}
