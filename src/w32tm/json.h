/* Writing JSON, and texts that others sent. */
#ifndef W32TIMED_W32TM_JSON_H
#define W32TIMED_W32TM_JSON_H

#include <jansson.h>
#include <stdio.h>

/* TEXT with a question mark for whatever a terminal would obey or be misled by
 * (utf8_is_control()) and for bytes that are not UTF-8.  Whatever came from outside (the
 * service, a remote machine, a name server) is printed by this. */
void json_print_text(FILE *out, const char *text);

/* One value, all of it ASCII, and a newline: indented, or on one line for a stream of them. */
void json_print(FILE *out, const json_t *value);
void json_print_line(FILE *out, const json_t *value);

#endif
