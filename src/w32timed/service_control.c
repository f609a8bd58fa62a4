/* The methods of io.w32timed.TimeService (src/control/…varlink has the types). */
#include <config.h>

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/w32time.h"
#include "control/time_service.h"
#include "platform/paths.h"
#include "platform/process.h"
#include "w32timed/domain_report.h"
#include "w32timed/service.h"
#include "w32timed/service_internal.h"

static void service_get_info(void *context, struct control_call *call, const json_t *parameters)
{
	struct service *service = context;
	const struct control_get_info_reply reply = {
		.version = PACKAGE_VERSION,
		.configuration_file = service->environment.configuration_file,
		.clock = service->environment.clock->ops->name,
		.pid = process_id(),
	};
	struct error error;

	(void)parameters;
	control_reply(call, control_get_info_reply_encode(&reply, &error), &error);
}

static void service_get_source(void *context, struct control_call *call, const json_t *parameters)
{
	struct service *service = context;
	struct control_get_source_reply reply;
	struct timekeeping_status status;
	struct error error;

	(void)parameters;
	timekeeping_status(service->timekeeping, &status);
	reply.source = status.source;
	control_reply(call, control_get_source_reply_encode(&reply, &error), &error);
}

/* Time Source Flags, [MS-W32T]. */
static unsigned service_time_source_flags(struct service *service,
					  const struct timekeeping_status *status)
{
	enum { AUTHENTICATED = 0x2, IPV6 = 0x4 };
	struct peer_status peer;
	unsigned flags = 0;

	if (ntp_client_find_source(service->client, status->reference.source, &peer) < 0)
		return 0;
	if (peer.authentication_id != W32TIME_NO_AUTHENTICATION)
		flags |= AUTHENTICATED;
	if (net_address_is_v6(&peer.remote))
		flags |= IPV6;
	return flags;
}

json_t *service_encode_status(void *context, struct error *error)
{
	struct service *service = context;
	struct control_get_status_reply reply;
	struct timekeeping_status status;
	char problem[DOMAIN_PROBLEM_MAX];
	bool known;

	timekeeping_status(service->timekeeping, &status);
	known = status.discipline.offset_known;
	reply.status = (struct control_status){
		.leap = status.announcement.leap,
		.stratum = status.announcement.stratum,
		.precision = service->precision,
		.root_delay = status.announcement.root_delay,
		.root_dispersion = status.announcement.root_dispersion,
		.reference_id = status.announcement.reference_id,
		.last_sync_time = status.announcement.reference_time,
		.source = status.source,
		.poll = status.discipline.poll,
		.phase_offset = known ? status.discipline.offset : NAN,
		.phase_deviation = known ? status.discipline.offset_deviation : NAN,
		.clock_rate = status.clock_rate,
		.frequency_ppm = known ? status.discipline.frequency.frequency * 1e6 : NAN,
		.frequency_deviation_ppm = known ? status.discipline.frequency.uncertainty * 1e6
						 : NAN,
		.state = status.discipline.state,
		.time_source_flags = service_time_source_flags(service, &status),
		.server_role = status.announcement.role,
		.last_sync_error = status.last_result,
		.since_last_good_sync = status.since_last_good,
		.synchronized = reference_is_synchronized(&status.reference),
		.current_time = status.now,
		.domain_problem = domain_report_problem(service->domain, problem),
	};
	return control_get_status_reply_encode(&reply, error);
}

static void service_get_status(void *context, struct control_call *call, const json_t *parameters)
{
	struct error error;

	(void)parameters;
	control_reply(call, service_encode_status(context, &error), &error);
}

static void service_watch_status(void *context, struct control_call *call, const json_t *parameters)
{
	struct service *service = context;

	(void)parameters;
	watchers_add(&service->watchers, call);
}

static const char *service_selection_name(enum discipline_selection selection)
{
	static const char *const names[] = {
		[SELECTION_UNUSABLE] = "unusable",   [SELECTION_FALSETICKER] = "falseticker",
		[SELECTION_FALLBACK] = "fallback",   [SELECTION_OUTLIER] = "outlier",
		[SELECTION_CANDIDATE] = "candidate", [SELECTION_SELECTED] = "selected",
	};

	return names[selection];
}

/* A counter's name, and where it stands in a structure of counters. */
struct counter {
	const char *name;
	size_t offset;
};

static size_t service_fill_counters(struct schema_entry *entries, const struct counter *counters,
				    size_t count, const void *structure)
{
	for (size_t i = 0; i < count; i++) {
		uint64_t value;

		memcpy(&value, (const char *)structure + counters[i].offset, sizeof value);
		entries[i] = (struct schema_entry){ counters[i].name, (int64_t)value };
	}
	return count;
}

#define PEER_COUNTER(name)                                                                         \
	{                                                                                          \
#name, offsetof(struct peer_counters, name)                                        \
	}

static const struct counter peer_counter_names[] = {
	PEER_COUNTER(sent),           PEER_COUNTER(received),      PEER_COUNTER(accepted),
	PEER_COUNTER(interleaved),    PEER_COUNTER(bogus),         PEER_COUNTER(duplicate),
	PEER_COUNTER(unsynchronized), PEER_COUNTER(stale),         PEER_COUNTER(stratum),
	PEER_COUNTER(delay),          PEER_COUNTER(root_distance), PEER_COUNTER(unauthenticated),
	PEER_COUNTER(kiss_rate),      PEER_COUNTER(kiss_deny),     PEER_COUNTER(kiss_other),
	PEER_COUNTER(send_errors),
};

#define PEER_COUNTERS (sizeof peer_counter_names / sizeof *peer_counter_names)

/* What a peer's row in an answer refers to. */
struct peer_row {
	struct peer_status status;
	char remote[NET_ADDRESS_TEXT_MAX], local[NET_ADDRESS_TEXT_MAX];
	struct schema_entry counters[PEER_COUNTERS];
};

static const char *service_address_or_null(const struct net_address *address,
					   char text[NET_ADDRESS_TEXT_MAX])
{
	return net_address_is_set(address) ? net_address_text(address, text) : NULL;
}

/* The discipline's judgement of the peer's samples. */
static void service_fill_judgement(struct service *service, source_id id, struct control_peer *peer)
{
	struct discipline_source_status source = { .selection = SELECTION_UNUSABLE };
	bool known;

	if (id != 0)
		timekeeping_source_status(service->timekeeping, id, &source);
	known = source.measurements > 0;
	peer->valid_data_counter = source.measurements;
	peer->selection = service_selection_name(source.selection);
	peer->offset = known ? source.offset : NAN;
	peer->delay = known ? source.delay : NAN;
	peer->jitter = known ? source.jitter : NAN;
	peer->root_distance = known ? source.root_distance : NAN;
}

static void service_fill_peer(struct service *service, struct peer_row *row,
			      struct control_peer *peer)
{
	const struct peer_status *status = &row->status;
	bool answered = status->counters.received > 0;

	*peer = (struct control_peer){
		.name = status->name,
		.active = status->active,
		.address = service_address_or_null(&status->remote, row->remote),
		.local_address = service_address_or_null(&status->local, row->local),
		.flags = status->flags,
		.time_remaining = status->time_remaining,
		.mode = status->mode,
		.stratum = status->stratum,
		.leap = status->leap,
		.peer_poll = status->peer_poll,
		.host_poll = status->host_poll,
		.precision = status->precision,
		.root_delay = answered ? status->root_delay : NAN,
		.root_dispersion = answered ? status->root_dispersion : NAN,
		.reference_id = status->reference_id,
		.last_sync_time = status->last_success,
		.last_error = status->last_error,
		.last_drop = status->last_drop,
		.authentication = status->authentication,
		.authentication_id = status->authentication_id,
		.resolve_attempts = status->resolve_attempts,
		.reachability = status->reachability,
		.counters = row->counters,
		.counters_count = service_fill_counters(row->counters, peer_counter_names,
							PEER_COUNTERS, &status->counters),
	};
	service_fill_judgement(service, status->source, peer);
}

static json_t *service_encode_peers(struct service *service, struct peer_row *rows,
				    struct control_get_peers_reply *reply, struct error *error)
{
	size_t count = ntp_client_peer_count(service->client);
	struct peer_row *row = rows;

	if (domain_report_pending(service->domain, &row->status))
		row++;
	for (size_t i = 0; i < count; i++)
		ntp_client_peer(service->client, i, &(row++)->status);
	for (; rows < row; rows++)
		service_fill_peer(service, rows, &reply->peers[reply->peers_count++]);
	return control_get_peers_reply_encode(reply, error);
}

static void service_get_peers(void *context, struct control_call *call, const json_t *parameters)
{
	struct service *service = context;
	size_t most = ntp_client_peer_count(service->client) + 1; /* the domain's, pending */
	struct peer_row *rows = calloc(most, sizeof *rows);
	struct control_get_peers_reply reply = { .peers = calloc(most, sizeof *reply.peers) };
	struct error error;

	(void)parameters;
	if (rows == NULL || reply.peers == NULL)
		control_reply(call, NULL, NULL);
	else
		control_reply(call, service_encode_peers(service, rows, &reply, &error), &error);
	free(reply.peers);
	free(rows);
}

static void service_get_domain(void *context, struct control_call *call, const json_t *parameters)
{
	struct service *service = context;
	struct error error;

	(void)parameters;
	control_reply(call, domain_report_encode(service->domain, &error), &error);
}

static void service_fill_setting(const struct config *config, const struct config_key_info *info,
				 struct control_setting *setting)
{
	static const char *const types[] = { "dword", "sz", "expand_sz", "sz" };
	static const char *const origins[] = { "default", "local", "policy" };
	enum config_origin origin = config_origin(config, info->key);

	*setting = (struct control_setting){
		.section = config_section_name(info->section),
		.name = info->name,
		.type = types[info->type],
		.has_number = info->type == CONFIG_TYPE_NUMBER,
		.origin = origins[origin],
		.defined = info->defined || origin != CONFIG_ORIGIN_DEFAULT,
	};
	if (setting->has_number)
		setting->number = config_number(config, info->key);
	else
		setting->text = config_text(config, info->key);
}

static void service_get_configuration(void *context, struct control_call *call,
				      const json_t *parameters)
{
	static const char *const roles[] = { "standalone", "member", "controller" };
	struct service *service = context;
	struct control_setting settings[CONFIG_KEYS];
	const struct control_get_configuration_reply reply = {
		.role = roles[config_role(service->config)],
		.settings = settings,
		.settings_count = CONFIG_KEYS,
	};
	struct error error;

	(void)parameters;
	for (int key = 0; key < CONFIG_KEYS; key++)
		service_fill_setting(service->config, config_key_info((enum config_key)key),
				     &settings[key]);
	control_reply(call, control_get_configuration_reply_encode(&reply, &error), &error);
}

#define SERVER_COUNTER(name, member)                                                               \
	{                                                                                          \
		name, offsetof(struct ntp_server_counters, member)                                 \
	}

static void service_get_server_statistics(void *context, struct control_call *call,
					  const json_t *parameters)
{
	static const struct counter names[] = {
		SERVER_COUNTER("received", received),
		SERVER_COUNTER("answered", answered),
		SERVER_COUNTER("malformed", malformed),
		SERVER_COUNTER("denied", denied),
		SERVER_COUNTER("to_many", to_many),
		SERVER_COUNTER("interleaved", interleaved),
		SERVER_COUNTER("rate_limited", rate_limited),
		SERVER_COUNTER("kissed", kissed),
		SERVER_COUNTER("send_errors", send_errors),
		SERVER_COUNTER("stale", stale),
		SERVER_COUNTER("signed_received", signing.received),
		SERVER_COUNTER("signed_answered", signing.answered),
		SERVER_COUNTER("signed_ignored", signing.ignored),
		SERVER_COUNTER("signed_limited", signing.limited),
		SERVER_COUNTER("signed_refused", signing.refused),
		SERVER_COUNTER("signed_failed", signing.failed),
	};
	struct service *service = context;
	struct schema_entry entries[sizeof names / sizeof *names];
	struct control_get_server_statistics_reply reply = { .counters = entries };
	struct ntp_server_counters counters;
	struct error error;

	(void)parameters;
	ntp_server_counters(service->server, &counters);
	reply.counters_count = service_fill_counters(entries, names, sizeof names / sizeof *names,
						     &counters);
	control_reply(call, control_get_server_statistics_reply_encode(&reply, &error), &error);
}

static void service_reply_problems(struct control_call *call,
				   const struct config_problems *problems)
{
	struct control_error_configuration_invalid invalid = {
		.problems = calloc(problems->count, sizeof *invalid.problems),
		.problems_count = problems->count,
	};
	struct error error;

	if (invalid.problems == NULL) {
		control_reply(call, NULL, NULL);
		return;
	}
	for (size_t i = 0; i < problems->count; i++)
		invalid.problems[i] = (struct control_problem){
			.file = problems->list[i].file,
			.line = problems->list[i].line,
			.text = problems->list[i].text,
		};
	control_reply_error(call, CONTROL_ERROR_CONFIGURATION_INVALID,
			    control_error_configuration_invalid_encode(&invalid, &error), &error);
	free(invalid.problems);
}

/* False: the configuration stays as it was, and CALL has been answered so. */
static bool service_reload_for(struct service *service, struct control_call *call)
{
	struct config_problems problems = { 0 };
	struct error error;
	bool done = service_reload(service, &problems, &error) == 0;

	if (!done && problems.count == 0)
		control_reply_failed(call, &error);
	else if (!done)
		service_reply_problems(call, &problems);
	config_problems_free(&problems);
	return done;
}

static void service_reload_method(void *context, struct control_call *call,
				  const json_t *parameters)
{
	(void)parameters;
	if (service_reload_for(context, call))
		control_reply_empty(call);
}

static void service_begin_resync(struct service *service, unsigned flags, struct control_call *call)
{
	report_resync(&service->resync_report, RESYNC_REASON_ADMINISTRATOR);
	if ((flags & RESYNC_REDISCOVER) != 0) {
		domain_time_forget_forms(service->domain);
		service_rediscover(service);
	}
	resync_begin(&service->resync, flags, call);
}

static void service_resync(void *context, struct control_call *call, const json_t *parameters)
{
	const unsigned all = RESYNC_HARD | RESYNC_RETURN_RESULT | RESYNC_REDISCOVER |
			     RESYNC_UPDATE | RESYNC_FORCE;
	const struct control_resync_reply reply = { .result = SYNC_RESULT_SUCCESS };
	struct control_resync_call asked;
	struct error error;

	if (control_resync_call_decode(parameters, &asked, NULL) < 0 || asked.flags < 0 ||
	    asked.flags > all) {
		control_reply_invalid(call, "flags");
		return;
	}
	if ((asked.flags & RESYNC_UPDATE) != 0 && !service_reload_for(context, call))
		return;
	if ((asked.flags & RESYNC_RETURN_RESULT) != 0) {
		service_begin_resync(context, (unsigned)asked.flags, call);
		return;
	}
	service_begin_resync(context, (unsigned)asked.flags, NULL);
	control_reply(call, control_resync_reply_encode(&reply, &error), &error);
}

static void service_set_debug_log(void *context, struct control_call *call,
				  const json_t *parameters)
{
	struct service *service = context;
	struct control_set_debug_log_call asked;
	struct error error;

	if (control_set_debug_log_call_decode(parameters, &asked, &error) < 0) {
		error.text[strcspn(error.text, " ")] = '\0'; /* its first word: the member */
		control_reply_invalid(call, error.text);
	} else if (asked.size < 0) {
		control_reply_invalid(call, "size");
	} else if (asked.file != NULL && !path_is_absolute(asked.file)) {
		control_reply_invalid(call, "file");
	} else if (logging_set_file(service->environment.logging, asked.file, (uint64_t)asked.size,
				    asked.entries, asked.truncate, &error) < 0) {
		control_reply_failed(call, &error);
	} else {
		control_reply_empty(call);
	}
}

const struct control_method service_methods[] = {
	{ CONTROL_METHOD_GET_INFO, false, service_get_info },
	{ CONTROL_METHOD_GET_SOURCE, false, service_get_source },
	{ CONTROL_METHOD_GET_STATUS, false, service_get_status },
	{ CONTROL_METHOD_WATCH_STATUS, false, service_watch_status },
	{ CONTROL_METHOD_GET_PEERS, false, service_get_peers },
	{ CONTROL_METHOD_GET_DOMAIN, false, service_get_domain },
	{ CONTROL_METHOD_GET_CONFIGURATION, false, service_get_configuration },
	{ CONTROL_METHOD_GET_SERVER_STATISTICS, false, service_get_server_statistics },
	{ CONTROL_METHOD_RESYNC, true, service_resync },
	{ CONTROL_METHOD_RELOAD, true, service_reload_method },
	{ CONTROL_METHOD_SET_DEBUG_LOG, true, service_set_debug_log },
};

const size_t service_method_count = sizeof service_methods / sizeof *service_methods;
