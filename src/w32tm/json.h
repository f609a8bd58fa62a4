/* Writing JSON, and texts that others sent. */
#ifndef W32TIMED_W32TM_JSON_H
#define W32TIMED_W32TM_JSON_H

#include <jansson.h>
#include <stdio.h>

/* TEXT without the control characters that a terminal would obey. */
void json_print_text(FILE *out, const char *text);

/* One value and a newline: indented, or on one line for a stream of them. */
void json_print(FILE *out, const json_t *value);
void json_print_line(FILE *out, const json_t *value);

#endif
