/* w32tm /waitsync: wait until the service has time to give: it has stepped the
 * clock or begun to slew it, or trusts its own (ours; time-sync.target waits
 * with it). */
#include <errno.h>
#include <stdlib.h>

#include "control/time_service.h"
#include "ntp/packet.h"
#include "platform/wait.h"
#include "w32tm/commands.h"
#include "w32tm/daemon.h"

/* How long to wait for the next word: TIMEOUT seconds from START on, both
 * negative for ever. */
static double remaining(double start, double timeout)
{
	double left;

	if (timeout < 0)
		return -1;
	left = start + timeout - wait_clock();
	return left > 0 ? left : 0;
}

/* 0, or what is wrong with the answer; *HAS_TIME only from an answer without error. */
static uint32_t judge(const struct tool *tool, const struct varlink_reply *reply, bool *has_time,
		      struct error *error)
{
	uint32_t judged = daemon_judge(tool, reply, error);
	struct control_watch_status_reply watched;

	*has_time = false;
	if (judged == 0)
		judged = error_result(
			-control_watch_status_reply_decode(reply->parameters, &watched, error));
	if (judged == 0)
		*has_time = watched.status.leap != NTP_LEAP_UNSYNCHRONIZED;
	return judged;
}

static uint32_t wait_for_sync(const struct tool *tool, struct control_client *client,
			      double timeout, struct error *error)
{
	double start = wait_clock();
	bool synchronized = false, continues = true;
	struct varlink_reply reply;
	uint32_t judged = 0;
	int result = control_client_call(client, CONTROL_METHOD_WATCH_STATUS, NULL, true,
					 remaining(start, timeout), &reply, error);

	while (result >= 0 && continues) {
		judged = judge(tool, &reply, &synchronized, error);
		continues = reply.continues && judged == 0 && !synchronized;
		varlink_reply_free(&reply);
		if (continues)
			result = control_client_next(client, remaining(start, timeout), &reply,
						     error);
	}
	if (result < 0)
		return error_result(-result);
	return judged != 0 || synchronized ? judged : RESULT_SERVICE_NOT_ACTIVE;
}

int command_waitsync(const struct tool *tool, struct options *options)
{
	uint32_t seconds = 0, result;
	int given = options_claim_number(options, "timeout", 0, UINT32_MAX, &seconds);
	struct control_client *client;
	struct error error;

	if (tool_refuse_unclaimed(tool, options) != 0)
		return EXIT_FAILURE;
	if (given < 0)
		return tool_fail(tool, RESULT_INVALID_PARAMETER);
	result = daemon_open(tool, &client, &error);
	if (result != 0)
		return tool_fail_error(tool, result, &error);
	result = wait_for_sync(tool, client, given > 0 ? seconds : -1.0, &error);
	control_client_close(client);
	if (result != 0)
		return tool_fail_error(tool, result, &error);
	fprintf(tool->out, "The command completed successfully.\n");
	return EXIT_SUCCESS;
}
