/* w32tm /dumpreg: the configuration file, shown as the registry would be.  The
 * service need not run. */
#include <stdlib.h>

#include "base/text.h"
#include "control/time_service.h"
#include "w32tm/commands.h"
#include "w32tm/daemon.h"
#include "w32tm/installation.h"
#include "w32tm/json.h"
#include "w32tm/registry.h"
#include "w32tm/remote.h"

static bool dumpreg_role_from_word(const char *word, enum config_role *role)
{
	if (text_equal_nocase(word, "standalone"))
		*role = CONFIG_ROLE_STANDALONE;
	else if (text_equal_nocase(word, "member"))
		*role = CONFIG_ROLE_MEMBER;
	else if (text_equal_nocase(word, "controller"))
		*role = CONFIG_ROLE_CONTROLLER;
	else
		return false;
	return true;
}

/* As the running service found, if it runs and the file names none. */
static enum config_role dumpreg_find_role(const struct tool *tool, const struct config *config)
{
	enum config_role role = CONFIG_ROLE_STANDALONE;
	struct control_get_configuration_reply reply;
	struct error error;
	json_t *json = NULL;

	if (!text_equal_nocase(config_text(config, KEY_DOMAIN_ROLE), "Auto"))
		return config_role(config);
	if (daemon_call(tool, CONTROL_METHOD_GET_CONFIGURATION, DAEMON_TIMEOUT, &json, &error) ==
		    0 &&
	    control_get_configuration_reply_decode(json, &reply, &error) == 0) {
		dumpreg_role_from_word(reply.role, &role);
		control_get_configuration_reply_free(&reply);
	}
	json_decref(json);
	return role;
}

static int dumpreg_fail_with(const struct tool *tool, const struct config_problems *problems)
{
	tool_fail(tool, RESULT_INVALID_DATA);
	tool_flush(tool);
	for (size_t i = 0; i < problems->count; i++) {
		const struct config_problem *problem = &problems->list[i];

		json_print_text(tool->diagnoses, problem->file);
		fprintf(tool->diagnoses, ":%u: ", problem->line);
		json_print_text(tool->diagnoses, problem->text);
		putc('\n', tool->diagnoses);
	}
	return EXIT_FAILURE;
}

static int dumpreg_dump_file(const struct tool *tool, const char *file, int section)
{
	struct config_problems problems = { .list = NULL };
	struct config *config = NULL;
	int status = EXIT_SUCCESS;

	if (installation_load(file, &config, &problems) < 0) {
		status = dumpreg_fail_with(tool, &problems);
	} else {
		config_set_role(config, dumpreg_find_role(tool, config));
		registry_print(tool->out, config, section);
		config_destroy(config);
	}
	config_problems_free(&problems);
	return status;
}

static int dumpreg_dump(const struct tool *tool, int section)
{
	struct error error = { .text = "" };
	char *file;
	uint32_t result = daemon_configuration_file(tool, &file, &error);
	int status;

	if (result != 0)
		return tool_fail_error(tool, result, &error);
	status = dumpreg_dump_file(tool, file, section);
	free(file);
	return status;
}

int command_dumpreg(const struct tool *tool, struct options *options)
{
	const char *computer = options_claim_value(options, "computer");
	const char *subkey = options_claim_value(options, "subkey");
	int section = subkey == NULL ? -1 : config_section_find(subkey);

	if (tool_refuse_unclaimed(tool, options) != 0)
		return EXIT_FAILURE;
	if (remote_wanted(computer))
		return remote_run(tool, computer, "/dumpreg", options);
	if (subkey != NULL && section < 0)
		return tool_fail(tool, RESULT_FILE_NOT_FOUND);
	return dumpreg_dump(tool, section);
}
