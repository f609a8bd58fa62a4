/* The lines of a configuration file, told apart as libinih tells them apart.
 *
 * libinih hands out names and values without saying where they stood, and
 * silently cuts what is too long; this scanner knows both, for the messages of
 * config_parse() and for editing. */
#ifndef W32TIMED_CONFIG_LINES_H
#define W32TIMED_CONFIG_LINES_H

#include <stdbool.h>
#include <stddef.h>

/* libinih's usual build has room for 200 bytes, CR LF and NUL among them, and
 * for names of 49. */
#define CONFIG_LINE_MAX 197
#define CONFIG_NAME_MAX 49

enum config_line_kind {
	CONFIG_LINE_BLANK,
	CONFIG_LINE_COMMENT,
	CONFIG_LINE_SECTION,
	CONFIG_LINE_SETTING,
	CONFIG_LINE_CONTINUATION, /* of the value of the last setting */
	CONFIG_LINE_WRONG,        /* a section without "]", a setting without "=" */
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

/* LENGTH bytes, which must hold no NUL and outlive the scanner. */
void config_lines_init(struct config_lines *lines, const char *text, size_t length);

/* False at the end of the text. */
bool config_lines_next(struct config_lines *lines, struct config_line *line);

#endif
