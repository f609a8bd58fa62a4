/* Reading the daemon's answers without trusting them, and writing JSON. */
#ifndef W32TIMED_W32TM_JSON_H
#define W32TIMED_W32TM_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* A member of OBJECT; 0, 0.0, "" or false where it is missing or of another
 * type.  An integer stands for a real as well. */
int64_t json_member_integer(const json_t *object, const char *name);
double json_member_real(const json_t *object, const char *name);
const char *json_member_text(const json_t *object, const char *name);
bool json_member_true(const json_t *object, const char *name);

/* TEXT without the control characters that a terminal would obey. */
void json_print_text(FILE *out, const char *text);

/* One value and a newline: indented, or on one line for a stream of them. */
void json_print(FILE *out, const json_t *value);
void json_print_line(FILE *out, const json_t *value);

#endif
