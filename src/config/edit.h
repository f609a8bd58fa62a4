/* Changing the text of a configuration file: comments, order, spacing and line
 * ends of all other lines survive.  Pure: text in, text out. */
#ifndef W32TIMED_CONFIG_EDIT_H
#define W32TIMED_CONFIG_EDIT_H

#include <stddef.h>

#include "base/error.h"
#include "config/keys.h"

struct config_change {
	enum config_key key;
	const char *value; /* NULL: take the key out */
};

/* *RESULT is allocated, ended by NUL, the caller's.  A key that stands in the
 * file is changed where it stands (further lines of a continued value go); a
 * new one is put below a comment of its section that shows it ("; Key = ..."),
 * else at the end of its section, a new section at the end of the text.  Returns
 * 0, or -EINVAL for a value that the key does not allow or that would be read as a
 * comment (ERROR says why), or -ENOMEM.  NtpServer and lists, whose items stand
 * between blanks, go on in indented lines if they are long. */
int config_edit(const char *text, const struct config_change *changes, size_t count, char **result,
		struct error *error);

/* Reads FILE, edits it, checks the result together with the .d directory as the
 * daemon would, and replaces it in one step.  A missing file counts as empty.  Two
 * who edit it at once do so one after the other.
 * On any failure nothing was changed; -EINVAL: what would be written is refused;
 * -EBUSY: another has kept it locked for seconds. */
int config_edit_file(const char *file, const struct config_change *changes, size_t count,
		     struct error *error);

#endif
