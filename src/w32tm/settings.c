#include "w32tm/settings.h"

#include <stdlib.h>

#include "control/time_service.h"
#include "w32tm/daemon.h"
#include "w32tm/installation.h"

#define RELOAD_TIMEOUT 60.0 /* s */

static void settings_tell_overruled(const struct tool *tool, const char *file,
				    const struct config_change *changes, size_t count)
{
	struct config_problems problems = { .list = NULL };
	struct config *config = NULL;

	if (installation_load(file, &config, &problems) == 0) {
		for (size_t i = 0; i < count; i++) {
			if (config_origin(config, changes[i].key) == CONFIG_ORIGIN_POLICY)
				fprintf(tool->diagnoses,
					"w32tm: %s is set in %s.d as well, and that has the last "
					"word\n",
					config_key_info(changes[i].key)->name, file);
		}
	}
	config_destroy(config);
	config_problems_free(&problems);
}

uint32_t settings_change(const struct tool *tool, const struct config_change *changes, size_t count,
			 struct error *error)
{
	uint32_t result;
	char *file;
	int edited;

	error->text[0] = '\0';
	result = daemon_configuration_file(tool, &file, error);
	if (result != 0)
		return result;
	edited = config_edit_file(file, changes, count, error);
	if (edited == 0)
		settings_tell_overruled(tool, file, changes, count);
	free(file);
	return error_result(-edited);
}

uint32_t settings_reload(const struct tool *tool, struct error *error)
{
	return daemon_call(tool, CONTROL_METHOD_RELOAD, RELOAD_TIMEOUT, NULL, error);
}
