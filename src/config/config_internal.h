/* How a configuration is held; only for src/config. */
#ifndef W32TIMED_CONFIG_CONFIG_INTERNAL_H
#define W32TIMED_CONFIG_CONFIG_INTERNAL_H

#include "base/format.h"
#include "config/config_types.h"
#include "config/keys.h"

/* Enough for any phrase below. */
#define CONFIG_PHRASE_MAX 600

struct config_value {
	enum config_origin origin; /* DEFAULT: nothing below means anything */
	uint32_t number;
	char *text;   /* of a text key; words as the table spells them */
	char **items; /* of a list */
	size_t item_count;
	char *file; /* where it is written */
	unsigned line;
};

struct config {
	enum config_role role;
	struct config_value values[CONFIG_KEYS];
	struct config_trace *trace; /* NULL: questions are not noted */
};

void config_value_clear(struct config_value *value);

/* Fills VALUE's number, text or items from TEXT, adding to the items that are
 * there.  0, -ENOMEM, or -EINVAL: PHRASE then says what is wrong or allowed. */
int config_value_parse(struct config_value *value, const struct config_key_info *info,
		       const char *text, char phrase[CONFIG_PHRASE_MAX]);

/* FILE and PROBLEMS may be NULL.  What is no character becomes '?'. */
void config_problem_add(struct config_problems *problems, const char *file, unsigned line,
			const char *format, ...) __attribute__((format(PRINTF_FORMAT, 4, 5)));

#endif
