#include <config.h>

#include "w32timed/reports.h"

#include "base/text.h"
#include "w32timed/settings.h"

#define RESYNC_LOG_INTERVAL 300.0
/* Room for keys and values in what log_event() takes. */
#define DETAILS_MAX 900

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

void report_doubts(struct log *log, const struct config *config, bool client_enabled, size_t peers,
		   bool in_domain)
{
	enum settings_type type = settings_type(config);

	if ((type == TYPE_NT5DS || type == TYPE_ALL_SYNC) && !in_domain)
		log_event(log, LOG_LEVEL_WARNING, EVENT_NOT_IN_DOMAIN,
			  "the domain hierarchy is configured, but this machine is in no domain");
	if (type != TYPE_NO_SYNC && !client_enabled)
		log_event(log, LOG_LEVEL_WARNING, EVENT_NO_INPUT_PROVIDER,
			  "no input provider is enabled: the clock follows no source");
	else if (type != TYPE_NO_SYNC && !in_domain && peers == 0)
		log_event(log, LOG_LEVEL_ERROR, EVENT_NO_SOURCE_AT_ALL,
			  "NtpServer names no server: the clock follows no source");
}

void report_start(struct log *log, struct clock *clock, const struct config *config,
		  const char *configuration_file)
{
	char details[DETAILS_MAX];
	struct text text;

	text_init(&text, details, sizeof details);
	append_keys(&text, config, NULL);
	if (text.length == 0)
		text_append(&text, "sets nothing");
	log_event(log, LOG_LEVEL_INFORMATION, EVENT_SERVICE_STARTED,
		  "w32timed %s started: %s clock, rate %+.3f ppm, Type=%s, %s: %s", PACKAGE_VERSION,
		  clock->ops->name, clock->ops->rate(clock) * 1e6,
		  config_text(config, KEY_PARAMETERS_TYPE), configuration_file, details);
}

void report_configuration(struct log *log, const struct config *config, const struct config *before)
{
	char details[DETAILS_MAX];
	struct text text;

	text_init(&text, details, sizeof details);
	append_keys(&text, config, before);
	log_event(log, LOG_LEVEL_INFORMATION, EVENT_CONFIGURATION_CHANGED,
		  "the configuration changed: %s", details);
}

void report_stop(struct log *log, const struct timekeeping_status *status)
{
	if ((status->announcement.role & ANNOUNCE_ROLE_TIME_SERVICE) != 0)
		log_event(log, LOG_LEVEL_INFORMATION, EVENT_NOT_ADVERTISED,
			  "this machine no longer announces a time service: w32timed is stopping");
	log_event(log, LOG_LEVEL_INFORMATION, EVENT_SERVICE_STOPPING,
		  "w32timed is stopping after %.0f seconds", status->running);
}

void report_resync(struct resync_report *report, enum resync_reason reason)
{
	static const char *const words[RESYNC_REASONS] = {
		[RESYNC_REASON_ADMINISTRATOR] = "an administrator asked for it",
		[RESYNC_REASON_POWER] = "the machine slept",
		[RESYNC_REASON_NETWORK] = "the network changed",
		[RESYNC_REASON_INTERNAL] = "no sample came for a long time",
	};
	struct clock_reading now;

	if (clock_read(report->clock, &now) == 0 &&
	    log_gate_open(&report->gates[reason], now.raw, RESYNC_LOG_INTERVAL, NULL))
		log_event(report->log, LOG_LEVEL_INFORMATION, EVENT_RESYNC_REQUESTED,
			  "sources are queried or discovered anew, reason %d: %s", (int)reason,
			  words[reason]);
}
