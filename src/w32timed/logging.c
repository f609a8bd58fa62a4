#include "w32timed/logging.h"

#include <errno.h>

#include "w32timed/settings.h"

#define FILE_SIZE_DEFAULT    10000000
#define FILE_ENTRIES_DEFAULT "0-300"

int logging_open(struct logging *logging, bool foreground, unsigned verbose)
{
	*logging = (struct logging){ .log = log_create(), .verbose = verbose };
	if (logging->log == NULL)
		return -ENOMEM;
	if (foreground)
		log_sink_stderr(&logging->main, LOG_LEVEL_INFORMATION);
	else
		log_sink_system(&logging->main, LOG_LEVEL_INFORMATION);
	if (verbose > 0)
		logging->main.threshold = LOG_LEVEL_DEBUG;
	return log_add_sink(logging->log, &logging->main);
}

static void logging_close_file(struct logging *logging)
{
	if (logging->file == NULL)
		return;
	log_remove_sink(logging->log, log_file_sink(logging->file));
	log_file_close(logging->file);
	logging->file = NULL;
}

void logging_close(struct logging *logging)
{
	logging_close_file(logging);
	log_destroy(logging->log);
	logging->log = NULL;
}

int logging_set_file(struct logging *logging, const char *path, uint64_t size, const char *entries,
		     bool truncate, struct error *error)
{
	struct log_file *file;
	int result;

	if (path == NULL || *path == '\0') {
		logging_close_file(logging);
		return 0;
	}
	if (entries == NULL || *entries == '\0')
		entries = FILE_ENTRIES_DEFAULT;
	result = log_file_open(&file, path, size == 0 ? FILE_SIZE_DEFAULT : size, entries, error);
	if (result < 0)
		return result;
	logging_close_file(logging);
	if (truncate)
		log_file_empty(file);
	logging->file = file;
	return log_add_sink(logging->log, log_file_sink(file));
}

void logging_set_level(struct logging *logging, const struct config *config)
{
	logging->main.threshold = logging->verbose > 0 ? LOG_LEVEL_DEBUG
						       : settings_log_level(config);
}

void logging_configure(struct logging *logging, const struct config *config)
{
	struct error error;

	logging_set_level(logging, config);
	if (logging_set_file(logging, config_text(config, KEY_CONFIG_FILE_LOG_NAME),
			     config_number(config, KEY_CONFIG_FILE_LOG_SIZE),
			     config_text(config, KEY_CONFIG_FILE_LOG_ENTRIES), false, &error) < 0)
		log_event(logging->log, LOG_LEVEL_WARNING, EVENT_LOG_FILE_SETUP_FAILED,
			  "the private log cannot be written: %s", error.text);
}

void logging_problems(struct logging *logging, unsigned event,
		      const struct config_problems *problems, const char *afterwards)
{
	for (size_t i = 0; i < problems->count; i++) {
		const struct config_problem *problem = &problems->list[i];

		if (problem->line > 0)
			log_event(logging->log, LOG_LEVEL_ERROR, event, "%s:%u: %s%s",
				  problem->file, problem->line, problem->text, afterwards);
		else
			log_event(logging->log, LOG_LEVEL_ERROR, event, "%s: %s%s", problem->file,
				  problem->text, afterwards);
	}
}
