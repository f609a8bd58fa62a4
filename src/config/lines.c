#include "config/lines.h"

#include <ini.h>
#include <string.h>

/* The rest of a value goes to libinih as that of a key of its own. */
static const char lines_head[] = "k=";

/* isspace() of the C locale. */
static bool lines_is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static const char *lines_skip_blanks(const char *start, const char *end)
{
	while (start < end && lines_is_blank(*start))
		start++;
	return start;
}

static struct config_span lines_strip(const char *start, const char *end)
{
	start = lines_skip_blanks(start, end);
	while (end > start && lines_is_blank(end[-1]))
		end--;
	return (struct config_span){ start, (size_t)(end - start) };
}

static const char *span_end(struct config_span span)
{
	return span.start + span.length;
}

/* One line on its way through libinih, in pieces if its buffer is too small. */
struct scan {
	struct config_line *line;
	const char *end;       /* of the line */
	const char *piece;     /* what libinih has now */
	const char *piece_end; /* what it gets next */
	unsigned given;
	bool found;   /* libinih has handed out a setting, or the value's first piece */
	bool comment; /* what follows is one */
};

/* How much of what is left goes into ROOM bytes.  A comment begins behind a blank:
 * the blank and what follows it stay together. */
static size_t scan_piece_length(const struct scan *scan, size_t room)
{
	size_t left = (size_t)(scan->end - scan->piece);

	if (left <= room)
		return left;
	return lines_is_blank(scan->piece[room - 1]) ? room - 1 : room;
}

/* For libinih: an empty line, as it takes a BOM off the first one; then the pieces. */
static char *scan_give_piece(char *buffer, int size, void *context)
{
	struct scan *scan = context;
	bool continues = scan->given > 1 || scan->line->kind == CONFIG_LINE_CONTINUATION;
	size_t head = continues ? strlen(lines_head) : 0, length;

	if (scan->given++ == 0)
		return strcpy(buffer, "\n");
	scan->piece = scan->piece_end;
	if (scan->comment || (scan->given > 2 && (!scan->found || scan->piece == scan->end)))
		return NULL;
	length = scan_piece_length(scan, (size_t)size - head - 2);
	scan->piece_end = scan->piece + length;
	memcpy(buffer, lines_head, head);
	memcpy(buffer + head, scan->piece, length);
	memcpy(buffer + head + length, "\n", 2);
	return buffer;
}

/* From libinih: it has stripped names and values, and taken off comments. */
static int scan_take_setting(void *context, const char *section, const char *name,
			     const char *value)
{
	struct scan *scan = context;
	struct config_line *line = scan->line;
	const char *start = scan->piece;

	(void)section;
	if (!scan->found && line->kind != CONFIG_LINE_CONTINUATION) {
		line->kind = CONFIG_LINE_SETTING;
		line->name.start = lines_skip_blanks(start, scan->piece_end);
		line->name.length = strlen(name);
		/* Behind "=" or ":". */
		start = lines_skip_blanks(span_end(line->name), scan->piece_end) + 1;
	}
	scan->found = true;
	start = lines_skip_blanks(start, scan->piece_end);
	if (line->value.length == 0)
		line->value.start = start;
	start += strlen(value);
	if (*value != '\0')
		line->value.length = (size_t)(start - line->value.start);
	scan->comment = lines_skip_blanks(start, scan->piece_end) < scan->piece_end;
	return 1;
}

/* A setting, or more of the last one's value if that is what LINE is. */
static void lines_scan_setting(struct config_line *line)
{
	struct scan scan = {
		.line = line,
		.end = span_end(line->text),
		.piece_end = line->text.start,
	};

	/* Its result is a line number of its own; a wrong line is seen by what was not found. */
	(void)ini_parse_stream(scan_give_piece, &scan, scan_take_setting, &scan);
	if (!scan.found || (line->kind == CONFIG_LINE_SETTING && line->name.length == 0))
		line->kind = CONFIG_LINE_WRONG;
	if (line->kind == CONFIG_LINE_WRONG)
		return;
	line->tail.start = span_end(line->value);
	line->tail.length = (size_t)(scan.end - line->tail.start);
}

/* libinih cuts a section's name without a word, and says nothing of a heading with
 * no settings below it. */
static void lines_scan_section(struct config_line *line, const char *start)
{
	const char *end = span_end(line->text);
	const char *stop = memchr(start, ']', (size_t)(end - start));
	struct config_span rest;

	line->heading = true;
	line->kind = CONFIG_LINE_WRONG;
	if (stop == NULL)
		return;
	line->name = lines_strip(start + 1, stop);
	line->tail = (struct config_span){ stop + 1, (size_t)(end - stop - 1) };
	rest = lines_strip(stop + 1, end);
	if (rest.length == 0 || rest.start[0] == ';' || rest.start[0] == '#')
		line->kind = CONFIG_LINE_SECTION;
}

static void lines_classify(const struct config_lines *lines, struct config_line *line)
{
	const char *end = span_end(line->text);
	const char *inside = lines_skip_blanks(line->text.start, end);

	if (inside == end) {
		line->kind = CONFIG_LINE_BLANK;
	} else if (*inside == ';' || *inside == '#') {
		line->kind = CONFIG_LINE_COMMENT;
	} else if (lines->in_setting && inside > line->text.start) {
		line->kind = CONFIG_LINE_CONTINUATION;
		lines_scan_setting(line);
	} else if (*inside == '[') {
		lines_scan_section(line, inside);
	} else {
		line->kind = CONFIG_LINE_WRONG;
		lines_scan_setting(line);
	}
}

void config_lines_init(struct config_lines *lines, const char *text, size_t length)
{
	*lines = (struct config_lines){ .position = text, .end = text + length };
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
	lines_classify(lines, line);
	if (line->kind == CONFIG_LINE_SETTING)
		lines->in_setting = true;
	else if (line->heading)
		lines->in_setting = false;
	return true;
}
