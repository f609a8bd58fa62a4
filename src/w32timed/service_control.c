/* The methods of io.w32timed.TimeService (src/control/…varlink has the types). */
#include <config.h>

#include <errno.h>
#include <string.h>

#include "control/varlink.h"
#include "platform/paths.h"
#include "platform/process.h"
#include "w32timed/domain_report.h"
#include "w32timed/service_internal.h"

static json_t *integer(uint64_t value)
{
	return json_integer((json_int_t)value);
}

/* JSON has no infinity. */
static json_t *real(double value)
{
	return json_real(isfinite(value) ? value : 0);
}

static void get_info(void *context, struct control_call *call, const json_t *parameters)
{
	struct service *service = context;

	(void)parameters;
	control_reply(call, json_pack("{s:s, s:s, s:s, s:i}", "version", PACKAGE_VERSION,
				      "configuration_file", service->environment.configuration_file,
				      "clock", service->environment.clock->ops->name, "pid",
				      (int)process_id()));
}

static void get_source(void *context, struct control_call *call, const json_t *parameters)
{
	struct service *service = context;
	struct timekeeping_status status;

	(void)parameters;
	timekeeping_status(service->timekeeping, &status);
	control_reply(call, json_pack("{s:s}", "source", status.source));
}

/* Time Source Flags, [MS-W32T]. */
static unsigned time_source_flags(struct service *service, const struct timekeeping_status *status)
{
	enum { AUTHENTICATED = 0x2, IPV6 = 0x4, NO_AUTHENTICATION = 0x5A };
	struct peer_status peer;
	unsigned flags = 0;

	if (ntp_client_find_source(service->client, status->reference.source, &peer) < 0)
		return 0;
	if (peer.authentication_id != NO_AUTHENTICATION)
		flags |= AUTHENTICATED;
	if (net_address_is_v6(&peer.remote))
		flags |= IPV6;
	return flags;
}

static json_t *status_to_json(struct service *service)
{
	struct timekeeping_status status;
	char problem[DOMAIN_PROBLEM_MAX];
	json_t *json = json_object();

	timekeeping_status(service->timekeeping, &status);
	json_object_set_new(json, "leap", integer(status.announcement.leap));
	json_object_set_new(json, "stratum", integer(status.announcement.stratum));
	json_object_set_new(json, "precision", json_integer(service->precision));
	json_object_set_new(json, "root_delay", real(status.announcement.root_delay));
	json_object_set_new(json, "root_dispersion", real(status.announcement.root_dispersion));
	json_object_set_new(json, "reference_id", integer(status.announcement.reference_id));
	json_object_set_new(json, "last_sync_time",
			    json_integer(status.announcement.reference_time));
	json_object_set_new(json, "source", json_string(status.source));
	json_object_set_new(json, "poll", json_integer(status.discipline.poll));
	json_object_set_new(json, "phase_offset", real(status.discipline.offset));
	json_object_set_new(json, "phase_deviation", real(status.discipline.offset_deviation));
	json_object_set_new(json, "clock_rate", real(status.clock_rate));
	json_object_set_new(json, "frequency_ppm",
			    real(status.discipline.frequency.frequency * 1e6));
	json_object_set_new(json, "frequency_deviation_ppm",
			    real(status.discipline.frequency.uncertainty * 1e6));
	json_object_set_new(json, "state", json_integer(status.discipline.state));
	json_object_set_new(json, "time_source_flags",
			    integer(time_source_flags(service, &status)));
	json_object_set_new(json, "server_role", integer(status.announcement.role));
	json_object_set_new(json, "last_sync_error", json_integer(status.last_result));
	json_object_set_new(json, "since_last_good_sync", real(status.since_last_good));
	json_object_set_new(json, "synchronized",
			    json_boolean(reference_is_synchronized(&status.reference)));
	json_object_set_new(json, "current_time", json_integer(status.now));
	json_object_set_new(json, "domain_problem",
			    json_string(domain_report_problem(service->domain, problem)));
	return json;
}

static void get_status(void *context, struct control_call *call, const json_t *parameters)
{
	(void)parameters;
	control_reply(call, json_pack("{s:o}", "status", status_to_json(context)));
}

static void forget_watcher(void *context, struct control_call *call)
{
	struct service *service = context;
	size_t kept = 0;

	for (size_t i = 0; i < service->watcher_count; i++) {
		if (service->watchers[i] != call)
			service->watchers[kept++] = service->watchers[i];
	}
	service->watcher_count = kept;
	control_reply(call, NULL);
}

static void watch_status(void *context, struct control_call *call, const json_t *parameters)
{
	struct service *service = context;

	if (!control_wants_more(call) || service->watcher_count == SERVICE_WATCHERS_MAX) {
		get_status(context, call, parameters);
		return;
	}
	if (!control_reply_more(call, json_pack("{s:o}", "status", status_to_json(service)))) {
		control_reply(call, NULL);
		return;
	}
	service->watchers[service->watcher_count++] = call;
	control_on_left(call, forget_watcher, service);
}

void service_tell_watchers(struct service *service)
{
	size_t kept = 0;

	if (service->closing || service->client == NULL)
		return;
	for (size_t i = 0; i < service->watcher_count; i++) {
		struct control_call *call = service->watchers[i];

		if (control_reply_more(call, json_pack("{s:o}", "status", status_to_json(service))))
			service->watchers[kept++] = call;
		else
			control_reply(call, NULL);
	}
	service->watcher_count = kept;
}

static const char *selection_name(enum discipline_selection selection)
{
	static const char *const names[] = {
		[SELECTION_UNUSABLE] = "unusable",   [SELECTION_FALSETICKER] = "falseticker",
		[SELECTION_FALLBACK] = "fallback",   [SELECTION_OUTLIER] = "outlier",
		[SELECTION_CANDIDATE] = "candidate", [SELECTION_SELECTED] = "selected",
	};

	return names[selection];
}

static json_t *counters_to_json(const struct peer_counters *counters)
{
	const struct {
		const char *name;
		uint64_t value;
	} all[] = {
		{ "sent", counters->sent },
		{ "received", counters->received },
		{ "accepted", counters->accepted },
		{ "interleaved", counters->interleaved },
		{ "bogus", counters->bogus },
		{ "duplicate", counters->duplicate },
		{ "unsynchronized", counters->unsynchronized },
		{ "stale", counters->stale },
		{ "stratum", counters->stratum },
		{ "delay", counters->delay },
		{ "root_distance", counters->root_distance },
		{ "unauthenticated", counters->unauthenticated },
		{ "kiss_rate", counters->kiss_rate },
		{ "kiss_deny", counters->kiss_deny },
		{ "kiss_other", counters->kiss_other },
		{ "send_errors", counters->send_errors },
	};
	json_t *json = json_object();

	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		json_object_set_new(json, all[i].name, integer(all[i].value));
	return json;
}

static json_t *address_to_json(const struct net_address *address)
{
	char text[NET_ADDRESS_TEXT_MAX];

	if (!net_address_is_set(address))
		return json_null();
	return json_string(net_address_text(address, text));
}

/* What the discipline thinks of the peer's measurements. */
static void add_judgement(struct service *service, const struct peer_status *peer, json_t *json)
{
	struct discipline_source_status source = { .selection = SELECTION_UNUSABLE };

	if (peer->source != 0)
		timekeeping_source_status(service->timekeeping, peer->source, &source);
	json_object_set_new(json, "valid_data_counter", integer(source.measurements));
	json_object_set_new(json, "selection", json_string(selection_name(source.selection)));
	json_object_set_new(json, "offset", real(source.offset));
	json_object_set_new(json, "delay", real(source.delay));
	json_object_set_new(json, "jitter", real(source.jitter));
	json_object_set_new(json, "root_distance", real(source.root_distance));
}

static json_t *peer_to_json(struct service *service, const struct peer_status *peer)
{
	json_t *json = json_object();

	json_object_set_new(json, "name", json_string(peer->name));
	json_object_set_new(json, "active", json_boolean(peer->active));
	json_object_set_new(json, "address", address_to_json(&peer->remote));
	json_object_set_new(json, "local_address", address_to_json(&peer->local));
	json_object_set_new(json, "flags", integer(peer->flags));
	json_object_set_new(json, "time_remaining", real(peer->time_remaining));
	json_object_set_new(json, "mode", integer(peer->mode));
	json_object_set_new(json, "stratum", integer(peer->stratum));
	json_object_set_new(json, "leap", integer(peer->leap));
	json_object_set_new(json, "peer_poll", json_integer(peer->peer_poll));
	json_object_set_new(json, "host_poll", json_integer(peer->host_poll));
	json_object_set_new(json, "precision", json_integer(peer->precision));
	json_object_set_new(json, "root_delay", real(peer->root_delay));
	json_object_set_new(json, "root_dispersion", real(peer->root_dispersion));
	json_object_set_new(json, "reference_id", integer(peer->reference_id));
	json_object_set_new(json, "last_sync_time", json_integer(peer->last_success));
	json_object_set_new(json, "last_error", json_integer(peer->last_error));
	json_object_set_new(json, "last_drop", json_integer(peer->last_drop));
	json_object_set_new(json, "authentication", json_string(peer->authentication));
	json_object_set_new(json, "authentication_id", integer(peer->authentication_id));
	json_object_set_new(json, "resolve_attempts", integer(peer->resolve_attempts));
	json_object_set_new(json, "reachability", integer(peer->reachability));
	add_judgement(service, peer, json);
	json_object_set_new(json, "counters", counters_to_json(&peer->counters));
	return json;
}

static void get_peers(void *context, struct control_call *call, const json_t *parameters)
{
	struct service *service = context;
	size_t count = ntp_client_peer_count(service->client);
	json_t *peers = json_array();
	struct peer_status peer;

	(void)parameters;
	if (domain_report_pending(service->domain, &peer))
		json_array_append_new(peers, peer_to_json(service, &peer));
	for (size_t i = 0; i < count; i++) {
		ntp_client_peer(service->client, i, &peer);
		json_array_append_new(peers, peer_to_json(service, &peer));
	}
	control_reply(call, json_pack("{s:o}", "peers", peers));
}

static json_t *setting_to_json(const struct config *config, const struct config_key_info *info)
{
	static const char *const types[] = { "dword", "sz", "expand_sz", "sz" };
	static const char *const origins[] = { "default", "local", "policy" };
	enum config_origin origin = config_origin(config, info->key);
	json_t *number = json_null(), *text = json_null();

	if (info->type == CONFIG_TYPE_NUMBER)
		number = integer(config_number(config, info->key));
	else
		text = json_string(config_text(config, info->key));
	return json_pack("{s:s, s:s, s:s, s:o, s:o, s:s, s:b}", "section",
			 config_section_name(info->section), "name", info->name, "type",
			 types[info->type], "number", number, "text", text, "origin",
			 origins[origin], "defined",
			 (int)(info->defined || origin != CONFIG_ORIGIN_DEFAULT));
}

static void get_domain(void *context, struct control_call *call, const json_t *parameters)
{
	struct service *service = context;

	(void)parameters;
	control_reply(call, json_pack("{s:o}", "domain", domain_report_json(service->domain)));
}

static void get_configuration(void *context, struct control_call *call, const json_t *parameters)
{
	static const char *const roles[] = { "standalone", "member", "controller" };
	struct service *service = context;
	json_t *settings = json_array();

	(void)parameters;
	for (int key = 0; key < CONFIG_KEYS; key++)
		json_array_append_new(
			settings,
			setting_to_json(service->config, config_key_info((enum config_key)key)));
	control_reply(call, json_pack("{s:s, s:o}", "role", roles[config_role(service->config)],
				      "settings", settings));
}

static void get_server_statistics(void *context, struct control_call *call,
				  const json_t *parameters)
{
	struct service *service = context;
	struct ntp_server_counters counters;

	(void)parameters;
	ntp_server_counters(service->server, &counters);
	const struct {
		const char *name;
		uint64_t value;
	} all[] = {
		{ "received", counters.received },
		{ "answered", counters.answered },
		{ "malformed", counters.malformed },
		{ "denied", counters.denied },
		{ "interleaved", counters.interleaved },
		{ "rate_limited", counters.rate_limited },
		{ "kissed", counters.kissed },
		{ "send_errors", counters.send_errors },
		{ "stale", counters.stale },
		{ "signed_received", counters.signing.received },
		{ "signed_answered", counters.signing.answered },
		{ "signed_ignored", counters.signing.ignored },
		{ "signed_limited", counters.signing.limited },
		{ "signed_refused", counters.signing.refused },
		{ "signed_failed", counters.signing.failed },
	};
	json_t *object = json_object();

	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		json_object_set_new(object, all[i].name, json_integer((json_int_t)all[i].value));
	control_reply(call, json_pack("{s:o}", "counters", object));
}

static void resync(void *context, struct control_call *call, const json_t *parameters)
{
	const json_t *flags = json_object_get(parameters, "flags");
	json_int_t value = json_integer_value(flags);

	if (!json_is_integer(flags) || value < 0 || value > 0x1F) {
		control_reply_invalid(call, "flags");
		return;
	}
	if ((value & RESYNC_RETURN_RESULT) != 0) {
		service_resync(context, (unsigned)value, call);
		return;
	}
	service_resync(context, (unsigned)value, NULL);
	control_reply(call, json_pack("{s:i}", "result", (int)SYNC_RESULT_SUCCESS));
}

static void reply_failed(struct control_call *call, const struct error *error)
{
	control_reply_error(call, CONTROL_INTERFACE ".Failed",
			    json_pack("{s:s, s:i}", "message", error->text, "code", error->code));
}

static void reload(void *context, struct control_call *call, const json_t *parameters)
{
	struct config_problems problems = { 0 };
	struct error error;
	json_t *list;

	(void)parameters;
	if (service_reload(context, &problems, &error) == 0) {
		control_reply(call, NULL);
	} else if (problems.count == 0) {
		reply_failed(call, &error);
	} else {
		list = json_array();
		for (size_t i = 0; i < problems.count; i++)
			json_array_append_new(list, json_pack("{s:s, s:i, s:s}", "file",
							      problems.list[i].file, "line",
							      (int)problems.list[i].line, "text",
							      problems.list[i].text));
		control_reply_error(call, CONTROL_INTERFACE ".ConfigurationInvalid",
				    json_pack("{s:o}", "problems", list));
	}
	config_problems_free(&problems);
}

static void set_debug_log(void *context, struct control_call *call, const json_t *parameters)
{
	struct service *service = context;
	const char *file = json_string_value(json_object_get(parameters, "file"));
	const char *entries = json_string_value(json_object_get(parameters, "entries"));
	bool truncate = json_is_true(json_object_get(parameters, "truncate"));
	json_int_t size = json_integer_value(json_object_get(parameters, "size"));
	struct error error;

	if (size < 0) {
		control_reply_invalid(call, "size");
	} else if (file != NULL && !path_is_absolute(file)) {
		control_reply_invalid(call, "file");
	} else if (logging_set_file(service->environment.logging, file, (uint64_t)size, entries,
				    truncate, &error) < 0) {
		reply_failed(call, &error);
	} else {
		control_reply(call, NULL);
	}
}

const struct control_method service_methods[] = {
	{ "GetInfo", false, get_info },
	{ "GetSource", false, get_source },
	{ "GetStatus", false, get_status },
	{ "WatchStatus", false, watch_status },
	{ "GetPeers", false, get_peers },
	{ "GetDomain", false, get_domain },
	{ "GetConfiguration", false, get_configuration },
	{ "GetServerStatistics", false, get_server_statistics },
	{ "Resync", true, resync },
	{ "Reload", true, reload },
	{ "SetDebugLog", true, set_debug_log },
};

const size_t service_method_count = sizeof service_methods / sizeof *service_methods;
