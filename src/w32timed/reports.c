#include <config.h>

#include "w32timed/reports.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "w32timed/settings.h"

#define RESYNC_LOG_INTERVAL 300.0
#define STATUS_INTERVAL     (8 * 3600.0)
/* Sources have told what they know after a fast start, and what changes often
 * is said once. */
#define STATUS_DELAY 15.0
/* Of what log_event() takes. */
#define DETAILS_MAX 900

static struct log *log_of(const struct service *service)
{
	return service->environment.logging->log;
}

static void append_value(struct text *text, const struct config *config,
			 const struct config_key_info *info)
{
	if (info->type == CONFIG_TYPE_NUMBER) {
		text_append(text, "%u", config_number(config, info->key));
	} else if (info->type == CONFIG_TYPE_LIST) {
		for (size_t i = 0; i < config_list_count(config, info->key); i++)
			text_append(text, "%s%s", i == 0 ? "" : " ",
				    config_list_item(config, info->key, i));
	} else {
		text_append(text, "%s", config_text(config, info->key));
	}
}

/* The keys that files set, or with BEFORE those that have another value now. */
static void append_keys(struct text *text, const struct config *config, const struct config *before)
{
	const char *separator = "";

	for (int key = 0; key < CONFIG_KEYS; key++) {
		const struct config_key_info *info = config_key_info((enum config_key)key);

		if (before == NULL ? config_origin(config, info->key) == CONFIG_ORIGIN_DEFAULT
				   : config_same(config, before, info->key))
			continue;
		text_append(text, "%s%s\\%s=", separator, config_section_name(info->section),
			    info->name);
		append_value(text, config, info);
		if (before != NULL) {
			text_append(text, " (was ");
			append_value(text, before, info);
			text_append(text, ")");
		}
		separator = ", ";
	}
}

void report_doubts(struct service *service)
{
	enum settings_type type = settings_type(service->config);
	struct ntp_client_settings client;
	struct log *log = log_of(service);

	service_client_settings(service, &client);
	if ((type == TYPE_NT5DS || type == TYPE_ALL_SYNC) && !domain_time_is_used(service->domain))
		log_event(log, LOG_LEVEL_WARNING, EVENT_NOT_IN_DOMAIN,
			  "the domain hierarchy is configured, but this machine is in no domain");
	if (type != TYPE_NO_SYNC && !client.enabled)
		log_event(log, LOG_LEVEL_WARNING, EVENT_NO_INPUT_PROVIDER,
			  "no input provider is enabled: the clock follows nobody");
	else if (type != TYPE_NO_SYNC && !domain_time_is_used(service->domain) &&
		 client.peers.count == 0)
		log_event(log, LOG_LEVEL_ERROR, EVENT_NO_SOURCE_AT_ALL,
			  "NtpServer names no server: the clock follows nobody");
}

void report_start(struct service *service)
{
	struct clock *clock = service->environment.clock;
	char details[DETAILS_MAX];
	struct text text;

	text_init(&text, details, sizeof details);
	append_keys(&text, service->config, NULL);
	if (text.length == 0)
		text_append(&text, "sets nothing");
	log_event(log_of(service), LOG_LEVEL_INFORMATION, EVENT_SERVICE_STARTED,
		  "w32timed %s started: %s clock, rate %+.3f ppm, Type=%s, %s: %s", PACKAGE_VERSION,
		  clock->ops->name, clock->ops->rate(clock) * 1e6,
		  config_text(service->config, KEY_PARAMETERS_TYPE),
		  service->environment.configuration_file, details);
}

void report_configuration(struct service *service, const struct config *before)
{
	char details[DETAILS_MAX];
	struct text text;

	text_init(&text, details, sizeof details);
	append_keys(&text, service->config, before);
	log_event(log_of(service), LOG_LEVEL_INFORMATION, EVENT_CONFIGURATION_CHANGED,
		  "the configuration changed: %s", details);
	report_doubts(service);
}

void report_stop(struct service *service)
{
	struct timekeeping_status status;

	timekeeping_status(service->timekeeping, &status);
	if ((status.announcement.role & ANNOUNCE_ROLE_TIME_SERVICE) != 0)
		log_event(log_of(service), LOG_LEVEL_INFORMATION, EVENT_NOT_ADVERTISED,
			  "this machine no longer says that it serves time: w32timed is stopping");
	log_event(log_of(service), LOG_LEVEL_INFORMATION, EVENT_SERVICE_STOPPING,
		  "w32timed is stopping after %.0f seconds", status.running);
}

void report_resync(struct service *service, enum resync_reason reason)
{
	static const char *const words[] = {
		[RESYNC_REASON_ADMINISTRATOR] = "an administrator asked for it",
		[RESYNC_REASON_POWER] = "the machine slept",
		[RESYNC_REASON_NETWORK] = "the network changed",
		[RESYNC_REASON_INTERNAL] = "no time came for long",
	};
	struct clock_reading now;

	if (clock_read(service->environment.clock, &now) == 0 &&
	    log_gate_open(&service->resync_gates[reason], now.raw, RESYNC_LOG_INTERVAL, NULL))
		log_event(log_of(service), LOG_LEVEL_INFORMATION, EVENT_RESYNC_REQUESTED,
			  "sources are asked or sought anew, reason %d: %s", (int)reason,
			  words[reason]);
}

/* ------------------------------------------------------------------------- */
/* Status */

static void report_client(struct service *service, const struct timekeeping_status *status)
{
	size_t count = ntp_client_peer_count(service->client);
	char details[DETAILS_MAX];
	struct text text;

	if (count == 0)
		return;
	text_init(&text, details, sizeof details);
	for (size_t i = 0; i < count; i++) {
		struct peer_status peer;

		ntp_client_peer(service->client, i, &peer);
		text_append(&text, "%s%s", i == 0 ? "" : ", ", peer.name);
		if (peer.active)
			text_append(&text, " stratum %u reachability 0x%02x", peer.stratum,
				    peer.reachability);
		else
			text_append(&text, " pending");
	}
	log_event(log_of(service), LOG_LEVEL_INFORMATION, EVENT_CLIENT_STATUS,
		  "NtpClient: source %s, offset %+.6f s; peers: %s", status->source,
		  status->discipline.offset, details);
}

static void report_service(struct service *service, const struct timekeeping_status *status)
{
	const struct announcement *announcement = &status->announcement;
	struct ntp_server_counters server;

	ntp_server_counters(service->server, &server);
	log_event(
		log_of(service), LOG_LEVEL_INFORMATION, EVENT_SERVICE_STATUS,
		"status: Type=%s, stratum %u, leap %u, reference id 0x%08X, root delay %.6f s, "
		"root "
		"dispersion %.6f s, state %d, frequency %+.3f ppm; NtpServer: %llu requests, %llu "
		"answers",
		config_text(service->config, KEY_PARAMETERS_TYPE), announcement->stratum,
		announcement->leap, announcement->reference_id, announcement->root_delay,
		announcement->root_dispersion, (int)status->discipline.state,
		status->discipline.frequency.frequency * 1e6, (unsigned long long)server.received,
		(unsigned long long)server.answered);
}

static void on_status(void *context)
{
	struct service *service = context;
	struct timekeeping_status status;
	double since;

	timekeeping_status(service->timekeeping, &status);
	since = status.running - service->status_reported;
	if (since >= STATUS_INTERVAL || strcmp(service->status_source, status.source) != 0)
		report_client(service, &status);
	snprintf(service->status_source, sizeof service->status_source, "%s", status.source);
	if (since >= STATUS_INTERVAL) {
		report_service(service, &status);
		service->status_reported = status.running;
		since = 0;
	}
	loop_timer_set(service->status_timer, STATUS_INTERVAL - since + 1);
}

int report_status_start(struct service *service)
{
	if (loop_timer_create(&service->status_timer, service->environment.loop, on_status,
			      service) < 0)
		return -ENOMEM;
	loop_timer_set(service->status_timer, STATUS_DELAY);
	return 0;
}

void report_status_changed(struct service *service)
{
	struct timekeeping_status status;

	if (service->status_timer == NULL)
		return;
	timekeeping_status(service->timekeeping, &status);
	if (strcmp(service->status_source, status.source) != 0)
		loop_timer_set(service->status_timer, STATUS_DELAY);
}
