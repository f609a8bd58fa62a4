/* w32tm /debug: the service's private log. */
#include <stdlib.h>

#include "base/text.h"
#include "control/time_service.h"
#include "w32tm/commands.h"
#include "w32tm/daemon.h"
#include "w32tm/settings.h"

struct debug_log {
	const char *file, *size, *entries; /* all NULL: none */
	bool truncate;
};

/* The service reads its configuration whether it can write the log or not; only
 * SetDebugLog says which.  One that does not run will read the file when it starts. */
static uint32_t tell_service(const struct tool *tool, const struct debug_log *log, uint32_t size,
			     struct error *error)
{
	const struct control_set_debug_log_call wanted = {
		.file = log->file,
		.has_size = true,
		.size = size,
		.entries = log->entries,
		.has_truncate = true,
		.truncate = log->truncate,
	};
	uint32_t result = settings_reload(tool, error);

	if (result == 0 && log->file != NULL)
		result = daemon_call_with(tool, CONTROL_METHOD_SET_DEBUG_LOG,
					  control_set_debug_log_call_encode(&wanted, error),
					  DAEMON_TIMEOUT, NULL, error);
	return result == RESULT_SERVICE_NOT_ACTIVE ? 0 : result;
}

static int set_debug_log(const struct tool *tool, const struct debug_log *log, uint32_t size)
{
	struct config_change changes[] = {
		{ KEY_CONFIG_FILE_LOG_NAME, log->file },
		{ KEY_CONFIG_FILE_LOG_SIZE, log->size },
		{ KEY_CONFIG_FILE_LOG_ENTRIES, log->entries },
	};
	struct error error;
	uint32_t result = settings_change(tool, changes, sizeof changes / sizeof changes[0],
					  &error);

	if (result == 0)
		result = tell_service(tool, log, size, &error);
	if (result != 0)
		return tool_fail_error(tool, result, &error);
	fprintf(tool->out, "The command completed successfully.\n");
	return EXIT_SUCCESS;
}

int command_debug(const struct tool *tool, struct options *options)
{
	bool disable = options_claim(options, "disable"), enable = options_claim(options, "enable");
	struct debug_log log = {
		.file = options_claim_value(options, "file"),
		.size = options_claim_value(options, "size"),
		.entries = options_claim_value(options, "entries"),
		.truncate = options_claim(options, "truncate"),
	};
	bool any = log.file != NULL || log.size != NULL || log.entries != NULL || log.truncate;
	bool all = log.file != NULL && log.size != NULL && log.entries != NULL;
	uint32_t size = 0;

	if (tool_refuse_unclaimed(tool, options) != 0)
		return EXIT_FAILURE;
	if (disable == enable || (disable && any) || (enable && !all) ||
	    (enable && text_parse_u32(log.size, &size) < 0))
		return tool_fail(tool, RESULT_INVALID_PARAMETER);
	return set_debug_log(tool, &log, size);
}
