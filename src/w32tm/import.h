/* W32Time's settings in the registry become ours.  Pure. */
#ifndef W32TIMED_W32TM_IMPORT_H
#define W32TIMED_W32TM_IMPORT_H

#include <stddef.h>
#include <stdio.h>

#include "config/config.h"
#include "config/edit.h"
#include "w32tm/reg_file.h"

/* What is to be set; zero at the start. */
struct import {
	struct {
		char *value; /* allocated; NULL: the key is to be taken out */
		bool wanted, policy;
	} keys[CONFIG_KEYS];
	FILE *skipped; /* who was left out and why, a line each */
	size_t others; /* values of other parts of the registry */
	int result;    /* -ENOMEM when memory was short */
};

/* A reg_value_handler with a struct import as its context.  Settings by policy win
 * over those of the service's own key wherever they stand. */
void import_value(void *context, const struct reg_value *value);

/* Into CHANGES, CONFIG_KEYS long, which refer to IMPORT.  Returns how many. */
size_t import_changes(const struct import *import, struct config_change *changes);

void import_free(struct import *import);

#endif
