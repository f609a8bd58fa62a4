#include "w32tm/daemon.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "control/time_service.h"
#include "control/varlink_service.h"
#include "platform/files.h"
#include "platform/paths.h"
#include "w32tm/installation.h"
#include "w32tm/json.h"

uint32_t daemon_open(const struct tool *tool, struct control_client **client, struct error *error)
{
	char *path = installation_socket_path(tool);
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

static void print_problems(const struct tool *tool,
			   const struct control_error_configuration_invalid *invalid)
{
	tool_flush(tool);
	for (size_t i = 0; i < invalid->problems_count; i++) {
		const struct control_problem *problem = &invalid->problems[i];

		json_print_text(tool->diagnoses, problem->file);
		fprintf(tool->diagnoses, ":%" PRId64 ": ", problem->line);
		json_print_text(tool->diagnoses, problem->text);
		putc('\n', tool->diagnoses);
	}
}

static uint32_t judge_configuration(const struct tool *tool, const json_t *parameters,
				    struct error *error)
{
	struct control_error_configuration_invalid invalid;
	int result = control_error_configuration_invalid_decode(parameters, &invalid, error);

	if (result < 0)
		return error_result(-result);
	print_problems(tool, &invalid);
	control_error_configuration_invalid_free(&invalid);
	error_set(error, EINVAL, "the service keeps the configuration that it had");
	return RESULT_INVALID_DATA;
}

static uint32_t judge_failure(const json_t *parameters, struct error *error)
{
	struct control_error_failed failed;
	uint32_t result = RESULT_GENERAL_FAILURE;

	if (control_error_failed_decode(parameters, &failed, error) < 0)
		return error_result(error->code);
	error_set(error, EIO, "%s", failed.message);
	if (failed.code > 0 && failed.code <= INT_MAX)
		result = error_result((int)failed.code);
	/* Nothing that Windows has a word for. */
	return result == RESULT_GENERAL_FAILURE ? RESULT_SERVICE_SPECIFIC : result;
}

uint32_t daemon_judge(const struct tool *tool, const struct varlink_reply *reply,
		      struct error *error)
{
	const char *name = reply->error;

	error->text[0] = '\0';
	if (name == NULL)
		return 0;
	if (strcmp(name, CONTROL_ERROR_ACCESS_DENIED) == 0 ||
	    strcmp(name, VARLINK_INTERFACE ".PermissionDenied") == 0) {
		error_set(error, EACCES, "only root and the group w32timed may do this");
		return RESULT_ACCESS_DENIED;
	}
	if (strcmp(name, CONTROL_ERROR_CONFIGURATION_INVALID) == 0)
		return judge_configuration(tool, reply->parameters, error);
	if (strcmp(name, CONTROL_ERROR_FAILED) == 0)
		return judge_failure(reply->parameters, error);
	error_set(error, EPROTO, "the service answered %s", name);
	if (strcmp(name, VARLINK_ERROR_INVALID_PARAMETER) == 0)
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

uint32_t daemon_call_with(const struct tool *tool, const char *method, json_t *parameters,
			  double timeout, json_t **reply, struct error *error)
{
	struct control_client *client;
	uint32_t result;

	if (parameters == NULL)
		return error_result(error->code);
	result = daemon_open(tool, &client, error);
	if (result != 0) {
		json_decref(parameters);
		return result;
	}
	result = call(tool, client, method, parameters, timeout, reply, error);
	control_client_close(client);
	return result;
}

uint32_t daemon_call(const struct tool *tool, const char *method, double timeout, json_t **reply,
		     struct error *error)
{
	error_set(error, ENOMEM, "cannot call %s", method);
	return daemon_call_with(tool, method, json_object(), timeout, reply, error);
}

static uint32_t copy(const char *text, char **result)
{
	*result = strdup(text);
	return *result == NULL ? RESULT_NOT_ENOUGH_MEMORY : 0;
}

static uint32_t choose_file(const struct control_get_info_reply *info, char **file,
			    struct error *error)
{
	const char *named = info->configuration_file;

	if (!path_is_absolute(named)) {
		error_set(
			error, EINVAL,
			"the service was started with the relative path \"%s\"; say with --config "
			"where that is",
			named);
		return RESULT_FILE_NOT_FOUND;
	}
	/* The service has few rights and may have been taken over; we may have all. */
	if (strcmp(named, path_configuration()) == 0 || file_is_trusted(named))
		return copy(named, file);
	error_set(error, EACCES,
		  "the service names the file \"%s\", which others than root may put there or "
		  "change; if it is meant, say so with --config",
		  named);
	return RESULT_ACCESS_DENIED;
}

uint32_t daemon_configuration_file(const struct tool *tool, char **file, struct error *error)
{
	struct control_get_info_reply info;
	struct control_client *client;
	struct error reason = { .text = "" };
	json_t *reply = NULL;
	uint32_t result;

	if (tool->config != NULL)
		return copy(tool->config, file);
	result = daemon_open(tool, &client, error);
	if (result == RESULT_SERVICE_NOT_ACTIVE) {
		error->text[0] = '\0';
		return copy(path_configuration(), file);
	}
	if (result != 0)
		return result;
	result = call(tool, client, CONTROL_METHOD_GET_INFO, NULL, DAEMON_TIMEOUT, &reply, &reason);
	control_client_close(client);
	if (result == 0)
		result = error_result(-control_get_info_reply_decode(reply, &info, &reason));
	if (result == 0)
		result = choose_file(&info, file, error);
	else
		error_set(error, EIO,
			  "the service does not say which configuration file it reads (%s); say "
			  "it with --config",
			  reason.text);
	json_decref(reply);
	return result;
}
