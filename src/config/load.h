/* The configuration from its files: FILE, then FILE's ".d" directory
 * (/etc/w32timed.conf.d, files "*.conf") in the byte order of the names. */
#ifndef W32TIMED_CONFIG_LOAD_H
#define W32TIMED_CONFIG_LOAD_H

#include "config/config.h"

/* More bytes than any configuration has. */
#define CONFIG_FILE_MAX (1024 * 1024)

/* What is written there; its role is that of [Domain] Role, or stand-alone until
 * config_set_role() says what the machine was found to be.  *CONFIG is set only when
 * the result is 0; -EINVAL: PROBLEMS says why; a file that cannot be read is a problem
 * of line 0; -ENOMEM.  The ".d" directory need not be there. */
int config_load(const char *file, struct config **config, struct config_problems *problems);

/* The same with LENGTH bytes of TEXT in place of what is in FILE: what would
 * come of it if they were written there? */
int config_load_text(const char *file, const char *text, size_t length, struct config **config,
		     struct config_problems *problems);

#endif
