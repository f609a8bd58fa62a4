/* w32tm /register, /unregister: whether the service starts with the system. */
#include <errno.h>
#include <stdlib.h>

#include "platform/files.h"
#include "platform/paths.h"
#include "platform/service_registration.h"
#include "w32tm/commands.h"

#define SAMPLE_MAX 1048576

/* The configuration file, unless there is one. */
static int write_sample(const char *file, struct error *error)
{
	size_t length;
	char *text;
	int result = file_read(file, SAMPLE_MAX, &text, &length, error);

	if (result != -ENOENT) {
		if (result == 0)
			free(text);
		return result;
	}
	result = file_read(path_sample(), SAMPLE_MAX, &text, &length, error);
	if (result < 0)
		return result;
	result = file_replace(file, text, length, 0644, error);
	free(text);
	return result;
}

static int finish(const struct tool *tool, int result, const char *done, const struct error *error)
{
	if (result < 0)
		return tool_fail_error(tool,
				       result == -ENOENT ? RESULT_SERVICE_DOES_NOT_EXIST
							 : error_result(-result),
				       error);
	fprintf(tool->out, "W32Time successfully %s.\n", done);
	return EXIT_SUCCESS;
}

int command_register(const struct tool *tool, struct options *options)
{
	struct error error = { .text = "" };
	int result;

	if (tool_refuse_unclaimed(tool, options) != 0)
		return EXIT_FAILURE;
	result = service_register(NULL, &error);
	if (result == 0)
		result = write_sample(tool->config == NULL ? path_configuration() : tool->config,
				      &error);
	return finish(tool, result, "registered", &error);
}

int command_unregister(const struct tool *tool, struct options *options)
{
	struct error error = { .text = "" };

	if (tool_refuse_unclaimed(tool, options) != 0)
		return EXIT_FAILURE;
	return finish(tool, service_unregister(&error), "unregistered", &error);
}
