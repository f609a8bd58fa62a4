/* Whether somebody watches. */
#ifndef W32TIMED_PLATFORM_TERMINAL_H
#define W32TIMED_PLATFORM_TERMINAL_H

#include <stdbool.h>
#include <stdio.h>

bool terminal_is(FILE *file);

#endif
