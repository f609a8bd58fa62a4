#include "w32tm/daemon.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "platform/paths.h"
#include "w32tm/json.h"
#include "w32tm/settings.h"

static char *configured_socket(const struct tool *tool)
{
	const char *file = tool->config == NULL ? path_configuration() : tool->config;
	struct config_problems problems = { .list = NULL };
	struct config *config = NULL;
	const char *path = "";
	char *result;

	if (settings_load(file, CONFIG_ROLE_STANDALONE, &config, &problems) == 0)
		path = config_text(config, KEY_W32TIMED_CONTROL_SOCKET);
	result = strdup(path[0] == '\0' ? path_control() : path);
	config_destroy(config);
	config_problems_free(&problems);
	return result;
}

/* --socket, $W32TIMED_CONTROL, or where the configuration puts it. */
static char *socket_path(const struct tool *tool)
{
	const char *path = tool->socket == NULL ? getenv("W32TIMED_CONTROL") : tool->socket;

	if (path == NULL || path[0] == '\0')
		return configured_socket(tool);
	return strdup(path);
}

uint32_t daemon_open(const struct tool *tool, struct control_client **client, struct error *error)
{
	char *path = socket_path(tool);
	int result;

	error->text[0] = '\0';
	if (path == NULL)
		return RESULT_NOT_ENOUGH_MEMORY;
	result = control_client_open(client, path, error);
	free(path);
	if (result == -ENOENT || result == -ECONNREFUSED)
		return RESULT_SERVICE_NOT_ACTIVE;
	return error_result(-result);
}

static void print_problems(const struct tool *tool, const json_t *problems)
{
	const json_t *problem;
	size_t i;

	tool_flush(tool);
	json_array_foreach(problems, i, problem)
	{
		json_print_text(tool->diagnoses, json_member_text(problem, "file"));
		fprintf(tool->diagnoses, ":%" PRId64 ": ", json_member_integer(problem, "line"));
		json_print_text(tool->diagnoses, json_member_text(problem, "text"));
		putc('\n', tool->diagnoses);
	}
}

static bool is_error(const char *name, const char *interface, const char *error)
{
	size_t length = strlen(interface);

	return strncmp(name, interface, length) == 0 && name[length] == '.' &&
	       strcmp(name + length + 1, error) == 0;
}

static uint32_t judge_failure(const json_t *parameters, struct error *error)
{
	int64_t code = json_member_integer(parameters, "code");
	uint32_t result = RESULT_GENERAL_FAILURE;

	error_set(error, EIO, "%s", json_member_text(parameters, "message"));
	if (code > 0 && code <= INT_MAX)
		result = error_result((int)code);
	/* Nothing that Windows has a word for. */
	return result == RESULT_GENERAL_FAILURE ? RESULT_SERVICE_SPECIFIC : result;
}

uint32_t daemon_judge(const struct tool *tool, const struct varlink_reply *reply,
		      struct error *error)
{
	static const char service[] = "org.varlink.service";
	const char *name = reply->error;

	error->text[0] = '\0';
	if (name == NULL)
		return 0;
	if (is_error(name, CONTROL_INTERFACE, "AccessDenied") ||
	    is_error(name, service, "PermissionDenied")) {
		error_set(error, EACCES, "only root and the group w32timed may do this");
		return RESULT_ACCESS_DENIED;
	}
	if (is_error(name, CONTROL_INTERFACE, "ConfigurationInvalid")) {
		print_problems(tool, json_object_get(reply->parameters, "problems"));
		error_set(error, EINVAL, "the service keeps the configuration that it had");
		return RESULT_INVALID_DATA;
	}
	if (is_error(name, CONTROL_INTERFACE, "Failed"))
		return judge_failure(reply->parameters, error);
	error_set(error, EPROTO, "the service answered %s", name);
	if (is_error(name, service, "InvalidParameter"))
		return RESULT_INVALID_PARAMETER;
	return RESULT_NOT_SUPPORTED;
}

static uint32_t call(const struct tool *tool, struct control_client *client, const char *method,
		     json_t *parameters, double timeout, json_t **answer, struct error *error)
{
	struct varlink_reply reply = { .error = NULL };
	int result = control_client_call(client, method, parameters, false, timeout, &reply, error);
	uint32_t judged;

	if (result < 0)
		return error_result(-result);
	judged = daemon_judge(tool, &reply, error);
	if (judged == 0 && answer != NULL)
		*answer = json_incref(reply.parameters);
	varlink_reply_free(&reply);
	return judged;
}

uint32_t daemon_call(const struct tool *tool, const char *method, json_t *parameters,
		     double timeout, json_t **reply, struct error *error)
{
	struct control_client *client;
	uint32_t result = daemon_open(tool, &client, error);

	if (result != 0) {
		json_decref(parameters);
		return result;
	}
	result = call(tool, client, method, parameters, timeout, reply, error);
	control_client_close(client);
	return result;
}

static uint32_t copy(const char *text, char **result)
{
	*result = strdup(text);
	return *result == NULL ? RESULT_NOT_ENOUGH_MEMORY : 0;
}

uint32_t daemon_configuration_file(const struct tool *tool, char **file, struct error *error)
{
	json_t *info = NULL;
	const char *path;
	uint32_t result;

	if (tool->config != NULL)
		return copy(tool->config, file);
	if (daemon_call(tool, "GetInfo", NULL, DAEMON_TIMEOUT, &info, error) != 0)
		return copy(path_configuration(), file);
	error->text[0] = '\0';
	path = json_member_text(info, "configuration_file");
	if (!path_is_absolute(path)) {
		error_set(
			error, EINVAL,
			"the service was started with the relative path \"%s\"; say with --config "
			"where that is",
			path);
		result = RESULT_FILE_NOT_FOUND;
	} else {
		result = copy(path, file);
	}
	json_decref(info);
	return result;
}
