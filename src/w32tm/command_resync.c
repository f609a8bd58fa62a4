/* w32tm /resync: have the service correct the clock now. */
#include <stdlib.h>

#include "base/w32time.h"
#include "control/time_service.h"
#include "w32tm/commands.h"
#include "w32tm/daemon.h"
#include "w32tm/format.h"
#include "w32tm/remote.h"

#define RESYNC_TIMEOUT 300.0 /* s; the service gives its sources some seconds each */

static int resync(const struct tool *tool, const char *computer, int flags)
{
	const struct control_resync_call asked = { .flags = flags };
	struct control_resync_reply reply;
	struct error error;
	json_t *json = NULL;
	uint32_t result;

	fprintf(tool->out, REMOTE_RESYNC_LINE "%s\n",
		computer == NULL ? REMOTE_LOCAL_COMPUTER : computer);
	tool_flush(tool);
	result = daemon_call_with(tool, CONTROL_METHOD_RESYNC,
				  control_resync_call_encode(&asked, &error), RESYNC_TIMEOUT, &json,
				  &error);
	if (result == 0)
		result = error_result(-control_resync_reply_decode(json, &reply, &error));
	json_decref(json);
	if (result != 0)
		return tool_fail_error(tool, result, &error);
	fprintf(tool->out, "%s\n", format_sync_result(reply.result));
	return EXIT_SUCCESS;
}

/* The service obeys the lowest bit that is set, so each kind is sent alone. */
int command_resync(const struct tool *tool, struct options *options)
{
	const char *computer = options_claim_value(options, "computer");
	bool nowait = options_claim(options, "nowait");
	bool rediscover = options_claim(options, "rediscover");
	bool soft = options_claim(options, "soft"), force = options_claim(options, "force");
	int flags = RESYNC_HARD;

	if (tool_refuse_unclaimed(tool, options) != 0)
		return EXIT_FAILURE;
	if (rediscover + soft + force > 1)
		return tool_fail(tool, RESULT_INVALID_PARAMETER);
	if (remote_wanted(computer))
		return remote_run(tool, computer, "/resync", options);
	if (rediscover)
		flags = RESYNC_REDISCOVER;
	else if (force)
		flags = RESYNC_FORCE;
	else if (soft)
		flags = 0;
	return resync(tool, computer, nowait ? flags : flags | RESYNC_RETURN_RESULT);
}
