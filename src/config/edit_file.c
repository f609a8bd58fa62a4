#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config/edit.h"
#include "config/load.h"
#include "platform/file_lock.h"
#include "platform/files.h"

/* Another program's change takes no time; if it hangs, we must not hang too. */
#define LOCK_PATIENCE 5.0 /* s */

/* What the daemon would say of FILE if TEXT were in it. */
static int edit_check_text(const char *file, const char *text, struct error *error)
{
	struct config_problems problems = { .list = NULL };
	struct config *config;
	int result = config_load_text(file, text, strlen(text), &config, &problems);

	if (result == 0) {
		config_destroy(config);
	} else if (problems.count > 0 && problems.list[0].line > 0) {
		error_set(error, -result, "%s:%u: %s", problems.list[0].file, problems.list[0].line,
			  problems.list[0].text);
	} else if (problems.count > 0) {
		error_set(error, -result, "%s: %s", problems.list[0].file, problems.list[0].text);
	} else {
		error_set_system(error, -result, "cannot check %s", file);
	}
	config_problems_free(&problems);
	return result;
}

static int edit_while_locked(const char *file, const struct config_change *changes, size_t count,
			     struct error *error)
{
	char *old = NULL, *new = NULL;
	size_t length = 0;
	int result = file_read(file, CONFIG_FILE_MAX, &old, &length, error);

	if (result == -ENOENT)
		result = 0;
	if (result == 0 && old != NULL && strlen(old) != length)
		result = error_set(error, EINVAL, "%s: a NUL byte: it must be plain text in UTF-8",
				   file);
	if (result == 0)
		result = config_edit(old == NULL ? "" : old, changes, count, &new, error);
	if (result == 0)
		result = edit_check_text(file, new, error);
	if (result == 0)
		result = file_replace(file, new, strlen(new), 0644, error);
	free(old);
	free(new);
	return result;
}

int config_edit_file(const char *file, const struct config_change *changes, size_t count,
		     struct error *error)
{
	struct file_lock *lock;
	int result = file_lock_take(file, LOCK_PATIENCE, &lock, error);

	if (result < 0)
		return result;
	result = edit_while_locked(file, changes, count, error);
	file_lock_release(lock);
	return result;
}
