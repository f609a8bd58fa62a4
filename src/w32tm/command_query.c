/* w32tm /query: what the running service says of itself. */
#include <stdlib.h>

#include "w32tm/commands.h"
#include "w32tm/daemon.h"
#include "w32tm/json.h"
#include "w32tm/remote.h"
#include "w32tm/render.h"

enum query_kind {
	QUERY_SOURCE,
	QUERY_CONFIGURATION,
	QUERY_PEERS,
	QUERY_STATUS,
	QUERY_DOMAIN,
	QUERY_KINDS
};

static const struct {
	const char *option, *method;
} queries[QUERY_KINDS] = {
	[QUERY_SOURCE] = { "source", "GetSource" },
	[QUERY_CONFIGURATION] = { "configuration", "GetConfiguration" },
	[QUERY_PEERS] = { "peers", "GetPeers" },
	[QUERY_STATUS] = { "status", "GetStatus" },
	[QUERY_DOMAIN] = { "domain", "GetDomain" },
};

static void render(const struct tool *tool, enum query_kind kind, const json_t *reply, bool verbose)
{
	switch (kind) {
	case QUERY_SOURCE:
		render_source(tool->out, reply);
		break;
	case QUERY_CONFIGURATION:
		render_configuration(tool->out, reply, verbose);
		break;
	case QUERY_PEERS:
		render_peers(tool->out, reply, verbose);
		break;
	case QUERY_DOMAIN:
		render_domain(tool->out, reply);
		break;
	default:
		render_status(tool->out, reply, verbose);
		break;
	}
}

static int query(const struct tool *tool, enum query_kind kind, bool verbose, bool json)
{
	struct error error;
	json_t *reply;
	uint32_t result = daemon_call(tool, queries[kind].method, NULL, DAEMON_TIMEOUT, &reply,
				      &error);

	if (result != 0)
		return tool_fail_error(tool, result, &error);
	if (json && (kind == QUERY_STATUS || kind == QUERY_DOMAIN))
		json_print(tool->out, json_object_get(reply, queries[kind].option));
	else if (json)
		json_print(tool->out, reply);
	else
		render(tool, kind, reply, verbose);
	json_decref(reply);
	return EXIT_SUCCESS;
}

int command_query(const struct tool *tool, struct options *options)
{
	const char *computer = options_claim_value(options, "computer");
	bool verbose = options_claim(options, "verbose");
	int json = tool_claim_json(options), kinds = 0;
	enum query_kind kind = QUERY_KINDS;

	for (enum query_kind i = 0; i < QUERY_KINDS; i++) {
		if (options_claim(options, queries[i].option)) {
			kind = i;
			kinds++;
		}
	}
	if (tool_refuse_unclaimed(tool, options) != 0)
		return EXIT_FAILURE;
	if (kinds != 1 || json < 0)
		return tool_fail(tool, RESULT_INVALID_PARAMETER);
	if (remote_wanted(computer))
		return remote_run(tool, computer, "/query", options);
	return query(tool, kind, verbose, json > 0);
}
