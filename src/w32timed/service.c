#include <config.h>

#include "w32timed/service.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "client/reference_id.h"
#include "domain/account_client.h"
#include "platform/paths.h"
#include "platform/privileges.h"
#include "platform/service_manager.h"
#include "w32timed/service_internal.h"
#include "w32timed/settings.h"
#include "w32timed/state_file.h"

#define SAVE_INTERVAL 3600.0
#define CONTROL_GROUP "w32timed"
#define NO_CONTROL    "none"

/* A new frequency may differ from the one kept by this much at once: the
 * machine may have been cold, or have calibrated its counter anew. */
#define FREQUENCY_AGING 0.1e-6

/* A rate that was found: how far it may be off, and what is a slew rather. */
#define FREQUENCY_FOUND     50e-6
#define FREQUENCY_FOUND_MAX 500e-6

static struct log *service_log(const struct service *service)
{
	return service->environment.logging->log;
}

/* ------------------------------------------------------------------------- */
/* What the timekeeping tells */

static void service_announced(void *context, const struct announcement *announcement)
{
	struct service *service = context;

	if (service->server != NULL)
		ntp_server_announce(service->server, announcement);
}

static void service_changed(void *context)
{
	struct service *service = context;

	if (!service->closing && service->client != NULL)
		watchers_tell(&service->watchers);
	status_report_changed(&service->status_report);
}

static void service_disturbed(void *context, bool slept)
{
	struct service *service = context;

	if (service->client == NULL)
		return;
	if (slept)
		report_resync(&service->resync_report, RESYNC_REASON_POWER);
	ntp_client_event(service->client, slept ? PROVIDER_RESUMED : PROVIDER_TIME_JUMPED);
}

void service_rediscover(struct service *service)
{
	resolver_refresh(service->resolver);
	domain_time_search(service->domain);
	ntp_client_event(service->client, PROVIDER_REDISCOVER);
}

static void service_silent(void *context)
{
	struct service *service = context;

	if (service->client == NULL || ntp_client_peer_count(service->client) == 0)
		return;
	report_resync(&service->resync_report, RESYNC_REASON_INTERNAL);
	service_rediscover(service);
}

/* ------------------------------------------------------------------------- */
/* Timers and watches */

static void service_save_frequency(struct service *service)
{
	struct discipline_frequency frequency;
	struct error error;

	if (timekeeping_frequency(service->timekeeping, &frequency) &&
	    state_save(config_text(service->config, KEY_W32TIMED_STATE_DIR), &frequency, &error) <
		    0)
		log_event(service_log(service), LOG_LEVEL_WARNING, EVENT_NONE,
			  "the measured frequency was not kept: %s", error.text);
}

static void service_on_save(void *context)
{
	struct service *service = context;

	service_save_frequency(service);
	loop_timer_set(service->save_timer, SAVE_INTERVAL);
}

static void service_on_alive(void *context)
{
	struct service *service = context;

	service_manager_alive();
	loop_timer_set(service->alive_timer, service_manager_watchdog() / 2);
}

static void service_on_network(void *context)
{
	struct service *service = context;
	struct timekeeping_status status;

	if (!network_watch_changed(service->network))
		return;
	log_debug(service_log(service), "addresses, links or routes changed");
	timekeeping_status(service->timekeeping, &status);
	if (!reference_is_synchronized(&status.reference))
		report_resync(&service->resync_report, RESYNC_REASON_NETWORK);
	resolver_refresh(service->resolver);
	ntp_server_network_changed(service->server);
	domain_time_network_changed(service->domain);
	ntp_client_event(service->client, PROVIDER_NETWORK_CHANGED);
}

static void service_on_clock_set(void *context)
{
	struct service *service = context;

	if (clock_watch_was_set(service->clock_watch))
		timekeeping_check(service->timekeeping);
}

static int service_start_timers(struct service *service)
{
	struct loop *loop = service->environment.loop;

	if (loop_timer_create(&service->save_timer, loop, service_on_save, service) < 0)
		return -ENOMEM;
	loop_timer_set(service->save_timer, SAVE_INTERVAL);
	service->resync.timekeeping = service->timekeeping;
	service->resync.client = service->client;
	service->status_report = (struct status_report){
		.log = service_log(service),
		.timekeeping = service->timekeeping,
		.client = service->client,
		.server = service->server,
		.config = &service->config,
	};
	if (resync_start(&service->resync, loop) < 0 ||
	    status_report_start(&service->status_report, loop) < 0)
		return -ENOMEM;
	if (service_manager_watchdog() <= 0)
		return 0;
	if (loop_timer_create(&service->alive_timer, loop, service_on_alive, service) < 0)
		return -ENOMEM;
	loop_timer_set(service->alive_timer, service_manager_watchdog() / 2);
	return 0;
}

static void service_start_network_watch(struct service *service)
{
	struct error error;

	if (network_watch_open(&service->network, &error) < 0) {
		log_event(service_log(service), LOG_LEVEL_WARNING, EVENT_NETWORK_WATCH_FAILED,
			  "network changes will not be noticed: %s", error.text);
		return;
	}
	loop_watch_readable(&service->network_event, service->environment.loop,
			    network_watch_handle(service->network), service_on_network, service);
}

/* Without it somebody else's step is noticed at the next sample. */
static void service_start_clock_watch(struct service *service)
{
	struct error error;

	if (clock_watch_open(&service->clock_watch, &error) < 0) {
		log_debug(service_log(service), "steps of the clock are noticed late: %s",
			  error.text);
		return;
	}
	loop_watch_readable(&service->clock_watch_event, service->environment.loop,
			    clock_watch_handle(service->clock_watch), service_on_clock_set,
			    service);
}

/* ------------------------------------------------------------------------- */
/* Start */

/* What was kept in an earlier run, else the rate that somebody gave the clock
 * before us; false: nothing is known. */
static bool service_known_frequency(struct service *service, struct discipline_frequency *frequency)
{
	struct clock *clock = service->environment.clock;
	double rate = clock->ops->rate(clock);
	struct error reason;
	int result = state_load(config_text(service->config, KEY_W32TIMED_STATE_DIR), frequency,
				&reason);

	if (result == 0) {
		frequency->uncertainty = hypot(frequency->uncertainty, FREQUENCY_AGING);
		return true;
	}
	if (result != -ENOENT)
		log_event(service_log(service), LOG_LEVEL_WARNING, EVENT_NONE, "%s", reason.text);
	if (rate == 0 || fabs(rate) > FREQUENCY_FOUND_MAX)
		return false;
	frequency->frequency = 1 / (1 + rate) - 1;
	frequency->uncertainty = FREQUENCY_FOUND;
	return true;
}

static int service_create_timekeeping(struct service *service, struct error *error)
{
	struct timekeeping_environment environment = {
		.loop = service->environment.loop,
		.clock = service->environment.clock,
		.log = service_log(service),
		.announced = service_announced,
		.changed = service_changed,
		.disturbed = service_disturbed,
		.silent = service_silent,
		.context = service,
	};
	struct discipline_frequency frequency;
	struct timekeeping_settings settings;
	bool known = service_known_frequency(service, &frequency);

	service_timekeeping_settings(service, &settings);
	service->timekeeping = timekeeping_create(&environment, &settings,
						  known ? &frequency : NULL);
	if (service->timekeeping == NULL)
		return error_set(error, ENOMEM, "not enough memory");
	return 0;
}

static int service_create_server(struct service *service, struct error *error)
{
	struct ntp_server_environment environment = {
		.loop = service->environment.loop,
		.clock = service->environment.clock,
		.log = service_log(service),
		.connect_signer = service_connect_signer,
		.context = service,
	};
	struct ntp_server_settings settings;

	settings_server(service->config, &settings);
	return ntp_server_create(&service->server, &environment, &settings, error);
}

static bool service_is_own_server(void *server, const struct net_address *address)
{
	return ntp_server_is_at(server, address);
}

static int service_create_client(struct service *service, struct error *error)
{
	struct ntp_client_environment environment = {
		.loop = service->environment.loop,
		.clock = service->environment.clock,
		.log = service_log(service),
		.sink = timekeeping_sink(service->timekeeping),
		.is_own_server = service_is_own_server,
		.server = service->server,
	};
	struct ntp_client_settings settings;
	int result = resolver_create(&service->resolver, service->environment.loop, error);

	if (result == 0)
		result = service_domain_create(service, error);
	if (result < 0)
		return result;
	environment.resolver = service->resolver;
	environment.domain = domain_time_seam(service->domain);
	service_client_settings(service, &settings);
	return ntp_client_create(&service->client, &environment, &settings, error);
}

/* The daemon is of use without its control interface, so that failing to open
 * it is no reason to stop. */
static void service_create_control(struct service *service)
{
	const char *path = config_text(service->config, KEY_W32TIMED_CONTROL_SOCKET);
	const char *user = service->environment.user_drops
				   ? config_text(service->config, KEY_W32TIMED_USER)
				   : "";
	char directory[4096];
	struct error error;
	size_t length = path_folder_length(path);

	if (text_equal_nocase(path, NO_CONTROL))
		return;
	if (length > 0 && length < sizeof directory) {
		memcpy(directory, path, length);
		directory[length] = '\0';
		privileges_make_directory(directory, user, &error);
	}
	if (control_server_create(&service->control, service->environment.loop,
				  service_log(service), path, CONTROL_GROUP, service_methods,
				  service_method_count, service, &error) < 0)
		log_event(service_log(service), LOG_LEVEL_WARNING, EVENT_CONTROL_UNAVAILABLE,
			  "w32tm cannot reach this daemon: %s", error.text);
}

static int service_drop_privileges(struct service *service, struct error *error)
{
	const struct config *config = service->config;
	struct privilege_needs needs = {
		.user = config_text(config, KEY_W32TIMED_USER),
		.set_clock = service->environment.clock->privileged,
		.low_port = config_number(config, KEY_W32TIMED_PORT) < 1024,
	};
	const char *state = config_text(config, KEY_W32TIMED_STATE_DIR);
	struct error reason;
	int result;

	if (!service->environment.user_drops)
		return 0;
	if (privileges_make_directory(state, needs.user, &reason) < 0)
		log_event(service_log(service), LOG_LEVEL_WARNING, EVENT_NONE, "%s", reason.text);
	result = privileges_drop(&needs, error);
	if (result < 0 || !service->environment.filter_system_calls ||
	    config_number(config, KEY_W32TIMED_SYSTEM_CALL_FILTER) == 0)
		return result;
	if (privileges_filter_system_calls(&reason) < 0)
		log_event(service_log(service), LOG_LEVEL_WARNING, EVENT_NONE,
			  "system calls are not filtered: %s", reason.text);
	return 0;
}

void service_report_doubts(struct service *service)
{
	struct ntp_client_settings client;

	service_client_settings(service, &client);
	report_doubts(service_log(service), service->config, client.enabled, client.peers.count,
		      domain_time_is_used(service->domain));
}

int service_create(struct service **created, const struct service_environment *environment,
		   struct config *config, struct error *error)
{
	struct service *service = calloc(1, sizeof *service);
	int result;

	if (service == NULL) {
		config_destroy(config);
		return error_set(error, ENOMEM, "not enough memory");
	}
	service->environment = *environment;
	service->config = config;
	service->watchers = (struct watchers){ .encode = service_encode_status,
					       .context = service };
	service->resync_report = (struct resync_report){ .log = service_log(service),
							 .clock = environment->clock };
	service->precision = clock_measure_precision(environment->clock);
	result = service_create_timekeeping(service, error);
	if (result == 0)
		result = service_create_server(service, error);
	if (result == 0) {
		service_create_control(service);
		service_start_network_watch(service);
		service_start_clock_watch(service);
		result = service_drop_privileges(service, error);
	}
	if (result == 0) {
		logging_configure(environment->logging, config);
		report_start(service_log(service), environment->clock, config,
			     environment->configuration_file);
		result = service_create_client(service, error);
	}
	if (result == 0)
		service_report_doubts(service);
	if (result == 0)
		result = service_start_timers(service);
	if (result < 0) {
		service_destroy(service);
		return result;
	}
	*created = service;
	return 0;
}

void service_destroy(struct service *service)
{
	struct timekeeping_status status;

	if (service == NULL)
		return;
	service->closing = true;
	resync_stop(&service->resync);
	if (service->client != NULL) {
		service_save_frequency(service);
		timekeeping_settle(service->timekeeping);
		timekeeping_status(service->timekeeping, &status);
		report_stop(service_log(service), &status);
	}
	ntp_client_destroy(service->client);
	domain_time_destroy(service->domain);
	resolver_destroy(service->resolver);
	control_server_destroy(service->control);
	ntp_server_destroy(service->server);
	loop_watch_destroy(service->network_event);
	network_watch_close(service->network);
	loop_watch_destroy(service->clock_watch_event);
	clock_watch_close(service->clock_watch);
	loop_timer_destroy(service->save_timer);
	status_report_stop(&service->status_report);
	loop_timer_destroy(service->alive_timer);
	timekeeping_destroy(service->timekeeping);
	config_destroy(service->config);
	free(service);
}
