/* w32tm /query: what the running service says of itself. */
#include <stdlib.h>

#include "control/time_service.h"
#include "w32tm/commands.h"
#include "w32tm/daemon.h"
#include "w32tm/json.h"
#include "w32tm/remote.h"
#include "w32tm/render.h"

static int show_source(FILE *out, const json_t *json, bool verbose, struct error *error)
{
	struct control_get_source_reply reply;
	int result = control_get_source_reply_decode(json, &reply, error);

	(void)verbose;
	if (result == 0)
		render_source(out, reply.source);
	return result;
}

static int show_configuration(FILE *out, const json_t *json, bool verbose, struct error *error)
{
	struct control_get_configuration_reply reply;
	int result = control_get_configuration_reply_decode(json, &reply, error);

	if (result == 0)
		render_configuration(out, &reply, verbose);
	control_get_configuration_reply_free(&reply);
	return result;
}

static int show_peers(FILE *out, const json_t *json, bool verbose, struct error *error)
{
	struct control_get_peers_reply reply;
	int result = control_get_peers_reply_decode(json, &reply, error);

	if (result == 0)
		render_peers(out, &reply, verbose);
	control_get_peers_reply_free(&reply);
	return result;
}

static int show_status(FILE *out, const json_t *json, bool verbose, struct error *error)
{
	struct control_get_status_reply reply;
	int result = control_get_status_reply_decode(json, &reply, error);

	if (result == 0)
		render_status(out, &reply.status, verbose);
	return result;
}

static int show_domain(FILE *out, const json_t *json, bool verbose, struct error *error)
{
	struct control_get_domain_reply reply;
	int result = control_get_domain_reply_decode(json, &reply, error);

	(void)verbose;
	if (result == 0)
		render_domain(out, &reply.domain);
	control_get_domain_reply_free(&reply);
	return result;
}

static const struct query {
	const char *option, *method;
	const char *member; /* what is shown as JSON; NULL: all of the reply */
	int (*show)(FILE *out, const json_t *json, bool verbose, struct error *error);
} queries[] = {
	{ "source", CONTROL_METHOD_GET_SOURCE, NULL, show_source },
	{ "configuration", CONTROL_METHOD_GET_CONFIGURATION, NULL, show_configuration },
	{ "peers", CONTROL_METHOD_GET_PEERS, NULL, show_peers },
	{ "status", CONTROL_METHOD_GET_STATUS, "status", show_status },
	{ "domain", CONTROL_METHOD_GET_DOMAIN, "domain", show_domain },
};

static int run_query(const struct tool *tool, const struct query *query, bool verbose, bool json)
{
	struct error error;
	json_t *reply = NULL;
	uint32_t result = daemon_call(tool, query->method, DAEMON_TIMEOUT, &reply, &error);

	if (result == 0 && json)
		json_print(tool->out,
			   query->member == NULL ? reply : json_object_get(reply, query->member));
	else if (result == 0)
		result = error_result(-query->show(tool->out, reply, verbose, &error));
	json_decref(reply);
	return result == 0 ? EXIT_SUCCESS : tool_fail_error(tool, result, &error);
}

int command_query(const struct tool *tool, struct options *options)
{
	const char *computer = options_claim_value(options, "computer");
	bool verbose = options_claim(options, "verbose");
	int json = tool_claim_json(options), kinds = 0;
	const struct query *query = NULL;

	for (size_t i = 0; i < sizeof queries / sizeof *queries; i++) {
		if (options_claim(options, queries[i].option)) {
			query = &queries[i];
			kinds++;
		}
	}
	if (tool_refuse_unclaimed(tool, options) != 0)
		return EXIT_FAILURE;
	if (kinds != 1 || json < 0)
		return tool_fail(tool, RESULT_INVALID_PARAMETER);
	if (remote_wanted(computer))
		return remote_run(tool, computer, "/query", options);
	return run_query(tool, query, verbose, json > 0);
}
