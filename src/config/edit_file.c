#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config/edit.h"
#include "config/load.h"
#include "platform/files.h"

/* What the daemon would say of FILE if TEXT were in it. */
static int check_text(const char *file, const char *text, struct error *error)
{
	struct config_problems problems = { .list = NULL };
	struct config *config;
	int result = config_load_text(file, text, strlen(text), CONFIG_ROLE_STANDALONE, &config,
				      &problems);

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

int config_edit_file(const char *file, const struct config_change *changes, size_t count,
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
		result = check_text(file, new, error);
	if (result == 0)
		result = file_replace(file, new, strlen(new), 0644, error);
	free(old);
	free(new);
	return result;
}
