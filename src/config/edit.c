#include "config/edit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "config/config_internal.h"
#include "config/lines.h"

static const char blanks[] = " \t";

/* A line of more bytes goes on in indented ones if it may, and its comment gets a line
 * of its own; where further lines of a value end, where they can. */
enum { LINE_LONG = 197, WRAP_COLUMN = 78 };

struct buffer {
	char *data; /* ended by NUL once something was added */
	size_t length, size;
	bool failed; /* memory was short: the rest is missing */
};

static void edit_add(struct buffer *buffer, const char *data, size_t length)
{
	size_t needed = buffer->length + length + 1;

	if (needed > buffer->size && !buffer->failed) {
		size_t size = needed * 2;
		char *grown = realloc(buffer->data, size);

		buffer->failed = grown == NULL;
		if (grown != NULL) {
			buffer->data = grown;
			buffer->size = size;
		}
	}
	if (buffer->failed)
		return;
	memcpy(buffer->data + buffer->length, data, length);
	buffer->length += length;
	buffer->data[buffer->length] = '\0';
}

static void edit_add_text(struct buffer *buffer, const char *text)
{
	edit_add(buffer, text, strlen(text));
}

/* One key's change, and where the text has to be touched for it. */
struct edit {
	const struct config_key_info *info;
	const char *value; /* NULL: take out */
	const char *text;
	const char *line_end;
	/* Where in the key's section a new line is inserted (the byte after it); NULL: the
	 * section is missing. */
	const char *insertion;
	/* The end of a comment there that shows the key; it is preferred. */
	const char *shown;
	bool found; /* the key stands in the file */
	struct error *error;
	struct buffer result;
};

/* What follows an indented heading would become part of an inserted value. */
static bool edit_is_indented(const struct config_line *line)
{
	return line->text.start[0] != '[';
}

/* Takes a run of lines of the section in; comments right above the next heading
 * belong to that one, others to what is above them. */
static void edit_follow_section(struct edit *edit, const struct config_line *line,
				const char **comments)
{
	const char *end = line->end.start + line->end.length;

	switch (line->kind) {
	case CONFIG_LINE_COMMENT:
		*comments = end;
		break;
	case CONFIG_LINE_BLANK:
		if (*comments != NULL)
			edit->insertion = *comments;
		*comments = NULL;
		break;
	case CONFIG_LINE_SECTION:
		if (edit_is_indented(line))
			edit->insertion = NULL;
		*comments = NULL;
		break;
	default:
		edit->insertion = end;
		*comments = NULL;
	}
}

static int edit_section_of(const struct config_line *line)
{
	char name[CONFIG_NAME_MAX + 1];

	if (line->name.length > CONFIG_NAME_MAX)
		return -1;
	snprintf(name, sizeof name, "%.*s", (int)line->name.length, line->name.start);
	return config_section_find(name);
}

static bool edit_is_key(const struct edit *edit, const struct config_line *line)
{
	char name[CONFIG_NAME_MAX + 1];

	if (line->name.length > CONFIG_NAME_MAX)
		return false;
	snprintf(name, sizeof name, "%.*s", (int)line->name.length, line->name.start);
	return config_key_find(edit->info->section, name) == (int)edit->info->key;
}

/* "; Key = ..." */
static bool edit_shows_key(const struct edit *edit, const struct config_line *line)
{
	const char *c = line->text.start;
	size_t length = strlen(edit->info->name);

	if (line->kind != CONFIG_LINE_COMMENT)
		return false;
	c += strspn(c, " \t;#");
	if (!text_starts_nocase(c, edit->info->name))
		return false;
	c += length;
	return c[strspn(c, blanks)] == '=';
}

/* An indented line would become part of a value that is put above it. */
static void edit_follow_shown(struct edit *edit, const struct config_line *line, const char **shown)
{
	if (*shown == NULL && edit->shown == NULL && edit_shows_key(edit, line))
		*shown = line->end.start + line->end.length;
	if (*shown == NULL || line->kind == CONFIG_LINE_COMMENT || line->kind == CONFIG_LINE_BLANK)
		return;
	if (strchr(" \t\v\f\r", line->text.start[0]) == NULL)
		edit->shown = *shown;
	*shown = NULL;
}

/* Finds the key, a comment that shows it, and the end of its section's first part. */
static void edit_survey(struct edit *edit)
{
	struct config_lines lines;
	struct config_line line;
	const char *comments = NULL, *shown = NULL;
	bool in_section = false, in_first = false, first_seen = false;

	edit->line_end = "\n";
	config_lines_init(&lines, edit->text, strlen(edit->text));
	while (config_lines_next(&lines, &line)) {
		if (line.number == 1 && line.end.length == 2)
			edit->line_end = "\r\n";
		if (in_first) {
			edit_follow_section(edit, &line, &comments);
			edit_follow_shown(edit, &line, &shown);
		}
		if (line.kind == CONFIG_LINE_SECTION) {
			in_section = edit_section_of(&line) == (int)edit->info->section;
			in_first = in_section && !first_seen;
			first_seen = first_seen || in_section;
			if (in_first)
				edit->insertion = line.end.start + line.end.length;
		} else if (line.kind == CONFIG_LINE_SETTING && in_section) {
			edit->found = edit->found || edit_is_key(edit, &line);
		}
	}
	if (in_first && comments != NULL)
		edit->insertion = comments;
	if (in_first && shown != NULL)
		edit->shown = shown;
	if (edit->shown != NULL)
		edit->insertion = edit->shown;
}

/* The value, going on in indented lines where the one behind the prefix, which
 * has COLUMN bytes, is full. */
static void edit_write_wrapped(struct edit *edit, size_t column)
{
	static const char indent[] = "        ";
	const char *word = edit->value;
	bool begun = false;

	while (*word != '\0') {
		size_t length = strcspn(word, blanks);

		if (column + 1 + length > WRAP_COLUMN) {
			edit_add_text(&edit->result, edit->line_end);
			edit_add_text(&edit->result, indent);
			column = strlen(indent);
		} else if (begun) {
			edit_add_text(&edit->result, " ");
			column++;
		}
		edit_add(&edit->result, word, length);
		begun = true;
		column += length;
		word += length;
		word += strspn(word, blanks);
	}
}

/* PREFIX ("Key = "), value and TAIL (blanks, a comment), without a line end. */
static void edit_write_setting(struct edit *edit, struct config_span prefix,
			       struct config_span tail)
{
	struct buffer *result = &edit->result;
	size_t skipped = strspn(tail.start, blanks);
	bool blank = tail.start == prefix.start + prefix.length &&
		     strchr("=:", prefix.start[prefix.length - 1]) != NULL;
	size_t length = prefix.length + blank + strlen(edit->value);

	if (skipped < tail.length && length + 1 + tail.length > LINE_LONG) {
		/* The comment gets a line of its own, above. */
		edit_add(result, tail.start + skipped, tail.length - skipped);
		edit_add_text(result, edit->line_end);
		tail.length = skipped;
	}
	edit_add(result, prefix.start, prefix.length);
	edit_add_text(result, blank ? " " : "");
	if (length > LINE_LONG && edit->info->wraps) {
		edit_write_wrapped(edit, prefix.length);
		return;
	}
	edit_add_text(result, edit->value);
	if (skipped < tail.length) {
		edit_add_text(result, skipped == 0 ? " " : "");
		edit_add(result, tail.start, tail.length);
	}
}

static void edit_write_new_setting(struct edit *edit)
{
	char prefix[CONFIG_NAME_MAX + 4];

	snprintf(prefix, sizeof prefix, "%s = ", edit->info->name);
	edit_write_setting(edit, (struct config_span){ prefix, strlen(prefix) },
			   (struct config_span){ "", 0 });
	edit_add_text(&edit->result, edit->line_end);
}

/* So that what is added next begins a line. */
static void edit_end_line(struct edit *edit)
{
	const struct buffer *result = &edit->result;

	if (result->length > 0 && result->data[result->length - 1] != '\n')
		edit_add_text(&edit->result, edit->line_end);
}

static void edit_write_new_section(struct edit *edit)
{
	edit_end_line(edit);
	if (edit->result.length > 0)
		edit_add_text(&edit->result, edit->line_end);
	edit_add_text(&edit->result, "[");
	edit_add_text(&edit->result, config_section_name(edit->info->section));
	edit_add_text(&edit->result, "]");
	edit_add_text(&edit->result, edit->line_end);
	edit_write_new_setting(edit);
}

/* How far the text is copied, and what the scanner is in. */
struct progress {
	const char *copied;
	bool in_section, in_value, written;
};

static void edit_copy_until(struct edit *edit, struct progress *progress, const char *until)
{
	edit_add(&edit->result, progress->copied, (size_t)(until - progress->copied));
	progress->copied = until;
}

static void edit_rewrite_line(struct edit *edit, struct progress *progress,
			      const struct config_line *line)
{
	const char *end = line->end.start + line->end.length;
	struct config_span prefix;

	if (line->kind == CONFIG_LINE_SECTION)
		progress->in_section = edit_section_of(line) == (int)edit->info->section;
	if (line->kind == CONFIG_LINE_SETTING)
		progress->in_value = progress->in_section && edit_is_key(edit, line);
	else if (line->kind == CONFIG_LINE_SECTION || line->kind == CONFIG_LINE_WRONG)
		progress->in_value = false;
	if (progress->in_value &&
	    (line->kind == CONFIG_LINE_SETTING || line->kind == CONFIG_LINE_CONTINUATION)) {
		edit_copy_until(edit, progress, line->text.start);
		progress->copied = end;
		if (edit->value != NULL && !progress->written) {
			prefix.start = line->text.start;
			prefix.length = (size_t)(line->value.start - line->text.start);
			edit_write_setting(edit, prefix, line->tail);
			edit_add(&edit->result, line->end.start, line->end.length);
			progress->written = true;
		}
	}
	if (!edit->found && edit->value != NULL && edit->insertion == end) {
		edit_copy_until(edit, progress, end);
		edit_end_line(edit);
		edit_write_new_setting(edit);
	}
}

static int edit_rewrite(struct edit *edit)
{
	struct progress progress = { .copied = edit->text };
	struct config_lines lines;
	struct config_line line;

	config_lines_init(&lines, edit->text, strlen(edit->text));
	while (config_lines_next(&lines, &line))
		edit_rewrite_line(edit, &progress, &line);
	edit_copy_until(edit, &progress, edit->text + strlen(edit->text));
	if (!edit->found && edit->value != NULL && edit->insertion == NULL)
		edit_write_new_section(edit);
	if (edit->result.failed)
		return error_set_system(edit->error, ENOMEM, "cannot edit the configuration");
	return 0;
}

/* What the key does not allow, and what the file's form cannot say. */
static int edit_check_value(const struct config_key_info *info, const char *value,
			    struct error *error)
{
	struct config_value parsed = { .origin = CONFIG_ORIGIN_DEFAULT };
	char phrase[CONFIG_PHRASE_MAX];
	int result = config_value_parse(&parsed, info, value, phrase);

	config_value_clear(&parsed);
	if (result == -ENOMEM)
		return error_set_system(error, ENOMEM, "cannot check %s", info->name);
	if (result < 0)
		return error_set(error, EINVAL, "%s = %.60s%s: %s", info->name, value,
				 strlen(value) > 60 ? "..." : "", phrase);
	if (value[0] == ';' || strstr(value, " ;") != NULL || strstr(value, "\t;") != NULL)
		return error_set(error, EINVAL,
				 "%s = %.60s: a \";\" behind a blank would begin a comment",
				 info->name, value);
	return 0;
}

/* *TEXT becomes what it is with the change made; VALUE has no blanks around it. */
static int edit_apply_change(char **text, const struct config_key_info *info, const char *value,
			     struct error *error)
{
	struct edit edit = { .info = info, .value = value, .text = *text, .error = error };
	int result = value == NULL ? 0 : edit_check_value(info, value, error);

	if (result < 0)
		return result;
	edit_survey(&edit);
	/* So that there is a result even if it is empty. */
	edit_add_text(&edit.result, "");
	result = edit_rewrite(&edit);
	if (result < 0) {
		free(edit.result.data);
		return result;
	}
	free(*text);
	*text = edit.result.data;
	return 0;
}

static char *edit_copy_stripped(const char *value)
{
	char *copy = strdup(value + strspn(value, blanks));
	size_t length = copy == NULL ? 0 : strlen(copy);

	while (length > 0 && strchr(blanks, copy[length - 1]) != NULL)
		copy[--length] = '\0';
	return copy;
}

int config_edit(const char *text, const struct config_change *changes, size_t count, char **result,
		struct error *error)
{
	char *edited = strdup(text);

	if (edited == NULL)
		return error_set_system(error, ENOMEM, "cannot edit the configuration");
	for (size_t i = 0; i < count; i++) {
		const struct config_change *change = &changes[i];
		char *value = change->value == NULL ? NULL : edit_copy_stripped(change->value);
		int outcome;

		if (value == NULL && change->value != NULL)
			outcome = error_set_system(error, ENOMEM, "cannot edit the configuration");
		else
			outcome = edit_apply_change(&edited, config_key_info(change->key), value,
						    error);
		free(value);
		if (outcome < 0) {
			free(edited);
			return outcome;
		}
	}
	*result = edited;
	return 0;
}
