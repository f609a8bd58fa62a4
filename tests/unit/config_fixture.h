/* A configuration to parse texts into. */
#ifndef W32TIMED_TESTS_UNIT_CONFIG_FIXTURE_H
#define W32TIMED_TESTS_UNIT_CONFIG_FIXTURE_H

#include "config/config.h"

/* Each test runs in a process of its own. */
extern struct config *config;
extern struct config_problems problems;

void config_set_up(void);
void config_tear_down(void);

/* Into CONFIG, as the file "main"; what is wrong goes to PROBLEMS. */
int parse(const char *text);

#endif
