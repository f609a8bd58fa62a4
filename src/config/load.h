/* The configuration from its files: FILE, then FILE's ".d" directory
 * (/etc/w32timed.conf.d, files "*.conf") in the byte order of the names. */
#ifndef W32TIMED_CONFIG_LOAD_H
#define W32TIMED_CONFIG_LOAD_H

#include "config/config.h"

/* *CONFIG is set only when the result is 0; -EINVAL: PROBLEMS says why; a file
 * that cannot be read is a problem of line 0. */
int config_load(const char *file, enum config_role role, struct config **config,
		struct config_problems *problems);

#endif
