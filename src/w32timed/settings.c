#include "w32timed/settings.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

enum settings_type settings_type(const struct config *config)
{
	static const char *const names[] = { "NoSync", "NTP", "NT5DS", "AllSync" };
	const char *text = config_text(config, KEY_PARAMETERS_TYPE);

	for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
		if (text_equal_nocase(text, names[i]))
			return (enum settings_type)i;
	}
	return TYPE_NTP;
}

static uint32_t settings_at_least_one(uint32_t value)
{
	return value == 0 ? 1 : value;
}

/* The clock is not given up before sources that are asked as seldom as allowed
 * have failed to answer some times. */
static double settings_longest_silence(const struct config *config)
{
	double longest_poll = exp2(config_number(config, KEY_CONFIG_MAX_POLL_INTERVAL));

	return fmax(config_number(config, KEY_CONFIG_CLOCK_HOLDOVER_PERIOD), 3 * longest_poll);
}

void settings_discipline(const struct config *config, const struct clock *clock,
			 struct discipline_settings *settings)
{
	*settings = (struct discipline_settings){
		.phase = {
			.model = (enum phase_model)config_number(
				config, KEY_W32TIMED_PHASE_CORRECTION_MODEL),
			.max_allowed_offset =
				config_number(config, KEY_CONFIG_MAX_ALLOWED_PHASE_OFFSET),
			.max_positive_correction =
				config_number(config, KEY_CONFIG_MAX_POS_PHASE_CORRECTION),
			.max_negative_correction =
				config_number(config, KEY_CONFIG_MAX_NEG_PHASE_CORRECTION),
			.phase_correct_rate =
				settings_at_least_one(config_number(config, KEY_CONFIG_PHASE_CORRECT_RATE)),
			.update_interval =
				settings_at_least_one(config_number(config, KEY_CONFIG_UPDATE_INTERVAL)),
			.clock_tick = clock->tick,
		},
		.frequency_correct_rate =
			settings_at_least_one(config_number(config, KEY_CONFIG_FREQUENCY_CORRECT_RATE)),
		.poll_adjust_factor = config_number(config, KEY_CONFIG_POLL_ADJUST_FACTOR),
		.hold_period = config_number(config, KEY_CONFIG_HOLD_PERIOD),
		.large_phase_offset = config_number(config, KEY_CONFIG_LARGE_PHASE_OFFSET) * 1e-7,
		.spike_watch_period = config_number(config, KEY_CONFIG_SPIKE_WATCH_PERIOD),
		.holdover_period = settings_longest_silence(config),
		.min_poll = (int)config_number(config, KEY_CONFIG_MIN_POLL_INTERVAL),
		.max_poll = (int)config_number(config, KEY_CONFIG_MAX_POLL_INTERVAL),
		.maximum_rate = clock->maximum_rate,
		.precision = clock->precision,
	};
}

/* One address a family to send requests from. */
static void settings_set_client_binding(const struct config *config,
					struct ntp_client_settings *settings)
{
	size_t count = config_list_count(config, KEY_W32TIMED_CLIENT_BIND_ADDRESS);

	for (size_t i = 0; i < count; i++) {
		const char *text = config_list_item(config, KEY_W32TIMED_CLIENT_BIND_ADDRESS, i);

		if (strchr(text, ':') != NULL)
			snprintf(settings->bind_v6, sizeof settings->bind_v6, "%s", text);
		else
			snprintf(settings->bind_v4, sizeof settings->bind_v4, "%s", text);
	}
}

void settings_client(const struct config *config, bool in_domain,
		     struct ntp_client_settings *settings)
{
	enum settings_type type = settings_type(config);

	*settings = (struct ntp_client_settings){
		.enabled = config_number(config, KEY_NTP_CLIENT_ENABLED) != 0 &&
			   config_number(config, KEY_NTP_CLIENT_INPUT_PROVIDER) != 0,
		.min_poll = (int)config_number(config, KEY_CONFIG_MIN_POLL_INTERVAL),
		.max_poll = (int)config_number(config, KEY_CONFIG_MAX_POLL_INTERVAL),
		.special_poll_interval = config_number(config,
						       KEY_NTP_CLIENT_SPECIAL_POLL_INTERVAL),
		.resolve_backoff =
			60.0 * config_number(config, KEY_NTP_CLIENT_RESOLVE_PEER_BACKOFF_MINUTES),
		.resolve_backoff_max = config_number(config,
						     KEY_NTP_CLIENT_RESOLVE_PEER_BACKOFF_MAX_TIMES),
		.nonstandard_modes =
			config_number(config, KEY_NTP_CLIENT_ALLOW_NONSTANDARD_MODE_COMBINATIONS) !=
			0,
		.compatibility_flags = config_number(config, KEY_NTP_CLIENT_COMPATIBILITY_FLAGS),
		.event_log_flags = config_number(config, KEY_NTP_CLIENT_EVENT_LOG_FLAGS),
		.large_sample_skew = config_number(config, KEY_NTP_CLIENT_LARGE_SAMPLE_SKEW),
	};
	if (type == TYPE_NTP || type == TYPE_ALL_SYNC || (type == TYPE_NT5DS && !in_domain))
		peer_list_parse(config_text(config, KEY_PARAMETERS_NTP_SERVER), &settings->peers,
				NULL);
	settings_set_client_binding(config, settings);
}

/* What the addresses of LIST are, as many as there is room for. */
static size_t settings_read_prefixes(const struct config *config, enum config_key list,
				     struct net_prefix *prefixes, size_t max)
{
	size_t count = config_list_count(config, list), used = 0;

	for (size_t i = 0; i < count && used < max; i++) {
		if (net_prefix_parse(config_list_item(config, list, i), &prefixes[used]) == 0)
			used++;
	}
	return used;
}

static void settings_set_signing(const struct config *config,
				 struct mssntp_server_settings *settings)
{
	const char *path = config_text(config, KEY_DOMAIN_NTP_SIGND_SOCKET);

	if (*path == '\0' && config_role(config) == CONFIG_ROLE_CONTROLLER)
		path = MSSNTP_SERVER_PATH_USUAL;
	else if (text_equal_nocase(path, "none"))
		path = "";
	snprintf(settings->path, sizeof settings->path, "%s", path);
	settings->extended_only =
		config_number(config, KEY_NTP_SERVER_REQUIRE_SECURE_TIME_SYNC_REQUESTS) != 0;
	settings->guard.rids_per_address = config_number(config,
							 KEY_DOMAIN_SIGNED_RIDS_PER_ADDRESS);
	settings->guard.rids_per_block = config_number(config, KEY_DOMAIN_SIGNED_RIDS_PER_BLOCK);
	settings->guard.period = config_number(config, KEY_DOMAIN_SIGNED_RID_PERIOD);
	settings->guard.exempt_count = (unsigned)settings_read_prefixes(
		config, KEY_DOMAIN_SIGNED_RID_EXEMPT, settings->guard.exempt, RID_GUARD_EXEMPT_MAX);
	settings->sign_for_count = settings_read_prefixes(
		config, KEY_DOMAIN_SIGN_FOR, settings->sign_for, MSSNTP_SERVER_FOR_MAX);
}

void settings_server(const struct config *config, struct ntp_server_settings *settings)
{
	size_t count = config_list_count(config, KEY_W32TIMED_BIND_ADDRESS);

	*settings = (struct ntp_server_settings){
		.at.enabled = config_number(config, KEY_NTP_SERVER_ENABLED) != 0,
		.at.port = (uint16_t)config_number(config, KEY_W32TIMED_PORT),
		.nonstandard_modes =
			config_number(config, KEY_NTP_SERVER_ALLOW_NONSTANDARD_MODE_COMBINATIONS) !=
			0,
		.rate_limit = config_number(config, KEY_W32TIMED_RATE_LIMIT),
		.rate_burst = config_number(config, KEY_W32TIMED_RATE_BURST),
	};
	for (size_t i = 0; i < count && settings->at.bind_count < SERVED_MAX; i++) {
		if (net_address_read(config_list_item(config, KEY_W32TIMED_BIND_ADDRESS, i),
				     &settings->at.bind[settings->at.bind_count],
				     settings->at.bind_zone[settings->at.bind_count]) == 0)
			settings->at.bind_count++;
	}
	settings->allow_count = settings_read_prefixes(config, KEY_W32TIMED_ALLOW_FROM,
						       settings->allow, NTP_SERVER_ALLOW_MAX);
	settings_set_signing(config, &settings->signing);
}

void settings_announce(const struct config *config, int precision,
		       struct announce_settings *settings)
{
	*settings = (struct announce_settings){
		.flags = config_number(config, KEY_CONFIG_ANNOUNCE_FLAGS),
		.local_clock_dispersion = config_number(config, KEY_CONFIG_LOCAL_CLOCK_DISPERSION),
		.server_enabled = config_number(config, KEY_NTP_SERVER_ENABLED) != 0,
		.precision = precision,
	};
}

void settings_timekeeping(const struct config *config, const struct clock *clock, int precision,
			  struct timekeeping_settings *settings)
{
	uint32_t flags = config_number(config, KEY_CONFIG_EVENT_LOG_FLAGS);

	*settings = (struct timekeeping_settings){
		.events = {
			.rate_audit_limit =
				config_number(config, KEY_CONFIG_CLOCK_ADJUSTMENT_AUDIT_LIMIT) *
				1e-6,
			.jump_audit_limit =
				config_number(config, KEY_CONFIG_TIME_JUMP_AUDIT_OFFSET),
			.log_jumps = (flags & 0x1) != 0,
			.log_source_changes = (flags & 0x2) != 0,
		},
		.silence_period = config_number(config, KEY_CONFIG_CLOCK_HOLDOVER_PERIOD),
	};
	settings_discipline(config, clock, &settings->discipline);
	settings_announce(config, precision, &settings->announce);
}

enum log_level settings_log_level(const struct config *config)
{
	static const char *const names[] = { "Error", "Warning", "Information", "Debug" };
	const char *text = config_text(config, KEY_W32TIMED_LOG_LEVEL);

	for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
		if (text_equal_nocase(text, names[i]))
			return (enum log_level)i;
	}
	return LOG_LEVEL_INFORMATION;
}
