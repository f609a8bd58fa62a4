/* The configuration shown as W32Time's registry would be. */
#ifndef W32TIMED_W32TM_REGISTRY_H
#define W32TIMED_W32TM_REGISTRY_H

#include <stdio.h>

#include "config/config.h"

/* A table of the values of SECTION that the registry would hold; SECTION -1: an
 * empty table. */
void registry_print(FILE *out, const struct config *config, int section);

#endif
