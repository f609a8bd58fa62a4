#include "config/lines.h"

#include <string.h>

/* isspace() of the C locale. */
static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static struct config_span strip(const char *start, const char *end)
{
	while (start < end && is_blank(*start))
		start++;
	while (end > start && is_blank(end[-1]))
		end--;
	return (struct config_span){ start, (size_t)(end - start) };
}

/* The first of STOPS or of an inline comment (";" behind a blank), or END. */
static const char *find_stop(const char *start, const char *end, const char *stops)
{
	bool behind_blank = false;

	for (; start < end; start++) {
		if (strchr(stops, *start) != NULL || (behind_blank && *start == ';'))
			return start;
		behind_blank = is_blank(*start);
	}
	return end;
}

static void set_value(struct config_line *line, const char *start, const char *end)
{
	line->value = strip(start, find_stop(start, end, ""));
	line->tail.start = line->value.start + line->value.length;
	line->tail.length = (size_t)(end - line->tail.start);
}

static void scan_section(struct config_line *line, const char *start, const char *end)
{
	const char *stop = find_stop(start + 1, end, "]");
	struct config_span rest;

	line->heading = true;
	line->kind = CONFIG_LINE_WRONG;
	if (stop == end || *stop != ']')
		return;
	line->name = strip(start + 1, stop);
	line->tail = (struct config_span){ stop + 1, (size_t)(end - stop - 1) };
	rest = strip(stop + 1, end);
	if (rest.length == 0 || rest.start[0] == ';' || rest.start[0] == '#')
		line->kind = CONFIG_LINE_SECTION;
}

static void scan_setting(struct config_line *line, const char *start, const char *end)
{
	const char *stop = find_stop(start, end, "=:");

	line->kind = CONFIG_LINE_WRONG;
	if (stop == end || *stop == ';' || stop == start)
		return;
	line->kind = CONFIG_LINE_SETTING;
	line->name = strip(start, stop);
	set_value(line, stop + 1, end);
}

static void classify(const struct config_lines *lines, struct config_line *line)
{
	const char *end = line->text.start + line->text.length;
	struct config_span inside = strip(line->text.start, end);

	if (inside.length == 0) {
		line->kind = CONFIG_LINE_BLANK;
	} else if (inside.start[0] == ';' || inside.start[0] == '#') {
		line->kind = CONFIG_LINE_COMMENT;
	} else if (lines->in_setting && inside.start > line->text.start) {
		line->kind = CONFIG_LINE_CONTINUATION;
		set_value(line, inside.start, end);
	} else if (inside.start[0] == '[') {
		scan_section(line, inside.start, end);
	} else {
		scan_setting(line, inside.start, end);
	}
}

void config_lines_init(struct config_lines *lines, const char *text, size_t length)
{
	*lines = (struct config_lines){ .position = text, .end = text + length };
	/* All there are: libinih would take a second one away by itself. */
	while (length >= 3 && memcmp(lines->position, "\xEF\xBB\xBF", 3) == 0) {
		lines->position += 3;
		length -= 3;
	}
}

bool config_lines_next(struct config_lines *lines, struct config_line *line)
{
	size_t left = (size_t)(lines->end - lines->position);
	const char *start = lines->position, *end;

	if (left == 0)
		return false;
	end = memchr(start, '\n', left);
	lines->position = end == NULL ? lines->end : end + 1;
	if (end == NULL)
		end = lines->end;
	if (end > start && end < lines->end && end[-1] == '\r')
		end--;
	*line = (struct config_line){
		.number = ++lines->number,
		.text = { start, (size_t)(end - start) },
		.end = { end, (size_t)(lines->position - end) },
	};
	classify(lines, line);
	if (line->kind == CONFIG_LINE_SETTING)
		lines->in_setting = true;
	else if (line->heading)
		lines->in_setting = false;
	return true;
}
