/* The help screen. */
#ifndef W32TIMED_W32TM_HELP_H
#define W32TIMED_W32TM_HELP_H

#include <stdio.h>

#define HELP_WIDTH 80

void help_print(FILE *out);

#endif
