/* Where values of the configuration come from, what is wrong with them, what is made
 * of them. */
#ifndef W32TIMED_CONFIG_CONFIG_TYPES_H
#define W32TIMED_CONFIG_CONFIG_TYPES_H

#include <stdbool.h>
#include <stddef.h>

#include "config/keys.h"

enum config_role {
	CONFIG_ROLE_STANDALONE,
	CONFIG_ROLE_MEMBER,
	CONFIG_ROLE_CONTROLLER,
	CONFIG_ROLES,
};

enum config_origin {
	CONFIG_ORIGIN_DEFAULT, /* no file sets it */
	CONFIG_ORIGIN_LOCAL,   /* the main file */
	CONFIG_ORIGIN_POLICY,  /* a file of the .d directory */
};

/* One thing wrong with a file. */
struct config_problem {
	char *file;
	unsigned line; /* 0: the file as a whole */
	char *text;    /* names key, value and what is allowed */
};

struct config_problems {
	struct config_problem *list;
	size_t count;
	bool truncated; /* there were more than CONFIG_PROBLEMS_MAX */
};

#define CONFIG_PROBLEMS_MAX 100

/* What settings were made of: all that was asked of a configuration. */
struct config_trace {
	bool keys[CONFIG_KEYS];
	bool role;
};

#endif
