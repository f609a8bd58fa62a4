/* A folder of the test's own, and lines for logs. */
#ifndef W32TIMED_TESTS_UNIT_FILES_FIXTURE_H
#define W32TIMED_TESTS_UNIT_FILES_FIXTURE_H

#include "platform/log_sinks.h"
#include "unit.h"

extern char directory[64];

void make_place(void);
void remove_place(void); /* with what is in it */

/* NAME in it; the last four results are good. */
const char *in_place(const char *name);
unsigned entries(void); /* how many there are in it */
void write_file(const char *path, const char *text);
void check_content(const char *path, const char *expected);

void put(struct log_sink *sink, unsigned event, const char *text);

#endif
