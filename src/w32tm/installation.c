#include "w32tm/installation.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config/load.h"
#include "platform/files.h"
#include "platform/paths.h"

const char *installation_configuration_file(const struct tool *tool)
{
	return tool->config == NULL ? path_configuration() : tool->config;
}

static bool installation_is_missing(const char *file)
{
	size_t length;
	char *text;
	int result = file_read(file, CONFIG_FILE_MAX, &text, &length, NULL);

	if (result == 0)
		free(text);
	return result == -ENOENT;
}

int installation_load(const char *file, struct config **config, struct config_problems *problems)
{
	if (!installation_is_missing(file))
		return config_load(file, config, problems);
	*config = config_create(CONFIG_ROLE_STANDALONE);
	return *config == NULL ? -ENOMEM : 0;
}

static char *installation_configured_socket(const struct tool *tool)
{
	struct config_problems problems = { .list = NULL };
	struct config *config = NULL;
	const char *path = "";
	char *result;

	if (installation_load(installation_configuration_file(tool), &config, &problems) == 0)
		path = config_text(config, KEY_W32TIMED_CONTROL_SOCKET);
	result = strdup(path[0] == '\0' ? path_control() : path);
	config_destroy(config);
	config_problems_free(&problems);
	return result;
}

char *installation_socket_path(const struct tool *tool)
{
	const char *path = tool->socket == NULL ? getenv("W32TIMED_CONTROL") : tool->socket;

	if (path == NULL || path[0] == '\0')
		return installation_configured_socket(tool);
	return strdup(path);
}
