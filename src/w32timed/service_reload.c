/* From one configuration to another: each module is told only of changes that concern
 * it. */
#include <errno.h>

#include "base/text.h"
#include "config/load.h"
#include "domain/account_client.h"
#include "w32timed/service.h"
#include "w32timed/service_internal.h"
#include "w32timed/settings.h"

/* What a change is about: the service's configuration becomes AFTER. */
struct reload {
	struct service *service;
	struct config *before, *after;
	struct config_trace asked; /* by what makes a module's settings */
};

static void reload_begin(struct reload *reload)
{
	reload->asked = (struct config_trace){ .role = false };
	config_set_trace(reload->after, &reload->asked);
}

/* Whether the settings made since reload_begin() may be other ones than before. */
static bool reload_concerns(struct reload *reload)
{
	config_set_trace(reload->after, NULL);
	return config_differ(reload->before, reload->after, &reload->asked);
}

static int reload_server(struct reload *reload, struct error *error)
{
	struct ntp_server_settings settings;

	reload_begin(reload);
	settings_server(reload->after, &settings);
	if (!reload_concerns(reload))
		return 0;
	return ntp_server_configure(reload->service->server, &settings, error);
}

static void reload_domain(struct reload *reload)
{
	struct domain_time_settings settings;

	reload_begin(reload);
	domain_time_read_settings(reload->after, &settings);
	if (reload_concerns(reload))
		domain_time_configure(reload->service->domain, &settings);
}

static void reload_timekeeping(struct reload *reload)
{
	struct timekeeping_settings settings;

	reload_begin(reload);
	service_timekeeping_settings(reload->service, &settings);
	if (reload_concerns(reload))
		timekeeping_configure(reload->service->timekeeping, &settings);
}

static void reload_client(struct reload *reload)
{
	struct ntp_client_settings settings;

	reload_begin(reload);
	service_client_settings(reload->service, &settings);
	if (reload_concerns(reload))
		ntp_client_configure(reload->service->client, &settings);
}

/* What only a restart can change, said once. */
static void reload_log_restart(const struct reload *reload)
{
	static const enum config_key keys[] = {
		KEY_W32TIMED_STATE_DIR,
		KEY_W32TIMED_CONTROL_SOCKET,
		KEY_W32TIMED_USER,
		KEY_W32TIMED_SYSTEM_CALL_FILTER,
	};

	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		if (!config_same(reload->before, reload->after, keys[i]))
			log_event(reload->service->environment.logging->log, LOG_LEVEL_WARNING,
				  EVENT_NONE, "%s takes effect when the service is started again",
				  config_key_info(keys[i])->name);
	}
}

/* CONFIG is taken over.  The server's ports come first: they alone can fail, and then
 * nothing has changed. */
static int reload_apply(struct service *service, struct config *config, struct error *error)
{
	struct reload reload = {
		.service = service,
		.before = service->config,
		.after = config,
	};
	struct log *log = service->environment.logging->log;
	bool differs = config_differ(reload.before, config, NULL);
	int result = reload_server(&reload, error);

	if (result < 0) {
		log_event(log, LOG_LEVEL_ERROR, EVENT_CONFIGURATION_UNREADABLE,
			  "%s; the previous configuration stays in force", error->text);
		config_destroy(config);
		return result;
	}
	service->config = config; /* origins may be others, even if no value is */
	/* Its file may have been moved away. */
	logging_configure(service->environment.logging, config);
	if (differs) {
		reload_log_restart(&reload);
		reload_domain(&reload);
		report_configuration(log, config, reload.before);
		service_report_doubts(service);
		reload_timekeeping(&reload);
		reload_client(&reload);
	}
	config_destroy(reload.before);
	return 0;
}

/* Whose defaults hold, unless the configuration says it. */
static enum config_role reload_role(const struct service *service)
{
	const struct account_client *account = service->environment.account;

	return account == NULL ? CONFIG_ROLE_STANDALONE : account_client_facts(account)->role;
}

int service_reload(struct service *service, struct config_problems *problems, struct error *error)
{
	struct config *config;
	int result = config_load(service->environment.configuration_file, &config, problems);

	if (service->environment.account != NULL)
		account_client_refresh(service->environment.account);
	if (result < 0) {
		logging_problems(service->environment.logging, EVENT_CONFIGURATION_UNREADABLE,
				 problems, "; the previous configuration stays in force");
		return error_set(error, EINVAL, "the configuration has errors");
	}
	config_set_role(config, reload_role(service));
	return reload_apply(service, config, error);
}

/* The files are not read: what was written into them since is for a reload. */
void service_follow_role(struct service *service)
{
	struct config *config = config_copy(service->config);
	struct log *log = service->environment.logging->log;
	struct error error;

	if (config == NULL) {
		log_event(log, LOG_LEVEL_ERROR, EVENT_NONE,
			  "not enough memory to take the defaults of another role");
		return;
	}
	config_set_role(config, reload_role(service));
	if (config_role(config) == config_role(service->config)) {
		config_destroy(config);
		return;
	}
	log_event(log, LOG_LEVEL_INFORMATION, EVENT_NONE,
		  "this machine's place in a domain is another one now: so are the defaults");
	reload_apply(service, config, &error);
}
