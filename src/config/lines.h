/* The lines of a configuration file: libinih takes names, values and comments apart,
 * one line at a time; this says where in the text they stand, for messages, for
 * editing, and for lines that are longer than libinih's buffer. */
#ifndef W32TIMED_CONFIG_LINES_H
#define W32TIMED_CONFIG_LINES_H

#include <stdbool.h>
#include <stddef.h>

/* The longest name of a section or key that is looked up; all known ones are shorter. */
#define CONFIG_NAME_MAX 49

enum config_line_kind {
	CONFIG_LINE_BLANK,
	CONFIG_LINE_COMMENT,
	CONFIG_LINE_SECTION,
	CONFIG_LINE_SETTING,
	CONFIG_LINE_CONTINUATION, /* of the value of the last setting */
	CONFIG_LINE_WRONG,        /* a section without "]", a setting without "=", no name */
};

struct config_span {
	const char *start;
	size_t length;
};

struct config_line {
	enum config_line_kind kind;
	bool heading; /* a section, or what should have been one */
	unsigned number;
	struct config_span text;  /* without the line end and a BOM */
	struct config_span end;   /* "\n", "\r\n", "" at the end of the text */
	struct config_span name;  /* of a section or setting, blanks stripped */
	struct config_span value; /* of a setting or continuation, likewise */
	struct config_span tail;  /* behind value or "]": blanks, a comment */
};

struct config_lines {
	const char *position, *end;
	unsigned number;
	bool in_setting;
};

/* LENGTH bytes, which must hold no NUL and outlive the scanner.  A BOM at the start
 * (all of them, should there be more) is left out. */
void config_lines_init(struct config_lines *lines, const char *text, size_t length);

/* False at the end of the text. */
bool config_lines_next(struct config_lines *lines, struct config_line *line);

#endif
