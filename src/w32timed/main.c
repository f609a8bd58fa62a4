/* w32timed: options, order of the start, shutdown. */
#include <config.h>

#include <ares.h>
#include <errno.h>
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "config/load.h"
#include "domain/account_client.h"
#include "loop/loop.h"
#include "platform/background.h"
#include "platform/paths.h"
#include "platform/program.h"
#include "platform/service_manager.h"
#include "platform/service_registration.h"
#include "w32timed/instance.h"
#include "w32timed/logging.h"
#include "w32timed/options.h"
#include "w32timed/service.h"
#include "w32timed/settings.h"

#if defined(__SANITIZE_ADDRESS__)
#define UNDER_SANITIZER true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define UNDER_SANITIZER true
#endif
#endif
#ifndef UNDER_SANITIZER
#define UNDER_SANITIZER false
#endif

struct daemon {
	struct options options;
	char configuration_file[4096]; /* absolute: w32tm has another folder */
	struct logging logging;
	struct loop *loop;
	struct clock *clock;
	struct account_client *account; /* NULL: there is no way to know */
	struct instance instance;
	struct service *service;
	struct service_requests *requests;
	int ready; /* platform/background.h */
	bool configuration_is_bad;
};

/* What the system may lack. */
static const char features[] =
#ifdef HAVE_LIBCAP_NG
	"+privileges "
#else
	"-privileges "
#endif
#ifdef HAVE_LIBSECCOMP
	"+system-call-filter "
#else
	"-system-call-filter "
#endif
#if defined(HAVE_LDAP) && defined(HAVE_SASL) && defined(HAVE_KRB5)
	"+directory "
#else
	"-directory "
#endif
#ifdef HAVE_KRB5
	"+keytabs "
#else
	"-keytabs "
#endif
#ifdef HAVE_TDB
	"+samba-secrets";
#else
	"-samba-secrets";
#endif

static int daemon_print_version(void)
{
	printf("w32timed %s\n", PACKAGE_VERSION);
	printf("libevent %s, libsodium %s, c-ares %s, jansson %s\n", loop_library_version(),
	       sodium_version_string(), ares_version(NULL), JANSSON_VERSION);
	puts(features);
	return EXIT_SUCCESS;
}

static void daemon_print_problems(const struct config_problems *problems)
{
	for (size_t i = 0; i < problems->count; i++) {
		if (problems->list[i].line > 0)
			printf("%s:%u: %s\n", problems->list[i].file, problems->list[i].line,
			       problems->list[i].text);
		else
			printf("%s: %s\n", problems->list[i].file, problems->list[i].text);
	}
	if (problems->truncated)
		puts("and more");
}

static int daemon_test_configuration(const char *file)
{
	struct config_problems problems = { 0 };
	struct config *config;
	int status = EXIT_FAILURE;

	if (config_load(file, &config, &problems) == 0) {
		printf("%s: ok\n", file);
		config_note_unused(config, &problems);
		config_destroy(config);
		status = EXIT_SUCCESS;
	}
	daemon_print_problems(&problems);
	config_problems_free(&problems);
	return status;
}

/* Where the machine stands in a domain decides about defaults. */
static void daemon_find_account(struct daemon *daemon)
{
	struct account_client_environment environment = {
		.loop = daemon->loop,
		.log = daemon->logging.log,
		.configuration_file = daemon->configuration_file,
		.program = daemon->options.account_program,
		.socket = daemon->options.account_program != NULL ? "" : NULL,
	};
	struct error error;
	int result = account_client_create(&daemon->account, &environment, &error);

	if (result < 0)
		log_event(daemon->logging.log,
			  result == -ENOENT ? LOG_LEVEL_DEBUG : LOG_LEVEL_WARNING, EVENT_NONE,
			  "whether this machine is in a domain is not known: %s", error.text);
}

static struct config *daemon_load_configuration(struct daemon *daemon)
{
	enum config_role role = daemon->account == NULL
					? CONFIG_ROLE_STANDALONE
					: account_client_facts(daemon->account)->role;
	struct config_problems problems = { 0 };
	struct config *config = NULL;

	if (config_load(daemon->options.configuration_file, &config, &problems) == 0) {
		config_set_role(config, role);
	} else {
		daemon->configuration_is_bad = true;
		logging_problems(&daemon->logging, EVENT_START_CONFIGURATION_UNREADABLE, &problems,
				 "");
	}
	config_problems_free(&problems);
	return config;
}

static int daemon_open_clock(struct daemon *daemon, struct error *error)
{
	const struct options *options = &daemon->options;

	switch (options->clock) {
	case OPTIONS_CLOCK_SIMULATED:
		return clock_open_simulated(&daemon->clock, options->simulated_offset,
					    options->simulated_drift, error);
	case OPTIONS_CLOCK_WATCHED:
		return clock_open_watched(&daemon->clock, error);
	case OPTIONS_CLOCK_SYSTEM:
		break;
	}
	return clock_open_system(&daemon->clock, error);
}

static int daemon_start_service(struct daemon *daemon, struct error *error)
{
	struct config *config;
	struct service_environment environment = {
		.loop = daemon->loop,
		.logging = &daemon->logging,
		.configuration_file = daemon->configuration_file,
		.user_drops = true,
		.filter_system_calls = !UNDER_SANITIZER,
	};
	int result = path_make_absolute(daemon->options.configuration_file,
					daemon->configuration_file,
					sizeof daemon->configuration_file);

	if (result < 0)
		return error_set_system(error, -result, "the path of %s",
					daemon->options.configuration_file);
	daemon_find_account(daemon);
	config = daemon_load_configuration(daemon);
	if (config == NULL)
		return error_set(error, EINVAL, "the configuration has errors");
	service_manager_alive();
	logging_set_level(&daemon->logging, config);
	/* Before the clock is touched. */
	result = instance_begin(&daemon->instance, config,
				daemon->options.clock == OPTIONS_CLOCK_SYSTEM, daemon->logging.log,
				error);
	if (result == 0)
		result = daemon_open_clock(daemon, error);
	if (result < 0) {
		config_destroy(config);
		return result;
	}
	if (daemon->account != NULL)
		account_client_remember(daemon->account,
					config_text(config, KEY_W32TIMED_STATE_DIR));
	environment.account = daemon->account;
	service_manager_alive();
	environment.clock = daemon->clock;
	return service_create(&daemon->service, &environment, config, error);
}

static void daemon_reload(struct daemon *daemon)
{
	struct config_problems problems = { 0 };
	struct error error;

	service_manager_reloading();
	service_reload(daemon->service, &problems, &error);
	config_problems_free(&problems);
	service_manager_ready();
}

static void daemon_on_request(void *context)
{
	struct daemon *daemon = context;
	enum service_request request;

	while ((request = service_requests_next(daemon->requests)) != SERVICE_REQUEST_NONE) {
		if (request == SERVICE_REQUEST_RELOAD)
			daemon_reload(daemon);
		else
			loop_stop(daemon->loop);
	}
}

static int daemon_run(struct daemon *daemon, struct error *error)
{
	struct loop_watch *requests;
	int result = loop_watch_readable(&requests, daemon->loop,
					 service_requests_handle(daemon->requests),
					 daemon_on_request, daemon);

	if (result < 0)
		return error_set_system(error, -result, "cannot wait for requests");
	result = daemon_start_service(daemon, error);
	if (result == 0) {
		background_ready(daemon->ready);
		service_manager_ready();
		loop_run(daemon->loop);
		service_manager_stopping();
		service_destroy(daemon->service);
	}
	loop_watch_destroy(requests);
	return result;
}

/* 0, or a number that says why not: the event that says more, where there is one. */
static int daemon_serve(void *context)
{
	struct daemon *daemon = context;
	struct error error = { .code = 0 };
	int result;

	if (logging_open(&daemon->logging, daemon->options.foreground, daemon->options.verbose) < 0)
		return EXIT_FAILURE;
	/* First, since nothing else works on Windows without its sockets. */
	result = service_requests_open(&daemon->requests, &error);
	if (result == 0)
		result = loop_create(&daemon->loop, &error);
	if (result == 0)
		result = daemon_run(daemon, &error);
	if (result < 0) {
		log_event(daemon->logging.log, LOG_LEVEL_ERROR, EVENT_NONE,
			  "w32timed does not start: %s", error.text);
		if (!daemon->options.foreground)
			fprintf(stderr, "w32timed: %s\n", error.text);
	}
	account_client_destroy(daemon->account);
	if (daemon->clock != NULL)
		daemon->clock->ops->close(daemon->clock);
	instance_end(&daemon->instance);
	loop_destroy(daemon->loop);
	loop_library_end();
	service_requests_close(daemon->requests);
	logging_close(&daemon->logging);
	if (daemon->configuration_is_bad)
		return EVENT_START_CONFIGURATION_UNREADABLE;
	return result < 0 ? EXIT_FAILURE : 0;
}

static int daemon_fail(const struct error *error)
{
	fprintf(stderr, "w32timed: %s\n", error->text);
	return EXIT_FAILURE;
}

/* The service starts with the system, or no longer. */
static int daemon_change_registration(const struct options *options)
{
	struct options_command command;
	struct error error;
	int result;

	if (options->uninstall)
		return service_unregister(&error) < 0 ? daemon_fail(&error) : EXIT_SUCCESS;
	result = options_write(options, &command, &error);
	if (result == 0)
		result = service_register(command.arguments, &error);
	return result < 0 ? daemon_fail(&error) : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	struct daemon daemon = { .ready = BACKGROUND_NONE };
	struct error error;
	int result;

	background_fill_standard_handles();
	result = program_begin(&argc, &argv);
	if (result < 0) {
		error_set_system(&error, -result, "cannot begin");
		return daemon_fail(&error);
	}
	if (options_parse(argc, argv, &daemon.options, &error) < 0) {
		fprintf(stderr, "w32timed: %s (--help lists the options)\n", error.text);
		return 2;
	}
	if (daemon.options.help) {
		fputs(options_help, stdout);
		return EXIT_SUCCESS;
	}
	if (daemon.options.version)
		return daemon_print_version();
	if (sodium_init() < 0) {
		fprintf(stderr, "w32timed: no source of random numbers\n");
		return EXIT_FAILURE;
	}
	if (daemon.options.test_configuration)
		return daemon_test_configuration(daemon.options.configuration_file);
	if (daemon.options.install || daemon.options.uninstall)
		return daemon_change_registration(&daemon.options);
	if (!daemon.options.foreground && background_start(&daemon.ready, &error) < 0)
		return daemon_fail(&error);
	result = service_manager_run(daemon.options.foreground, daemon_serve, &daemon, &error);
	if (result < 0)
		return daemon_fail(&error);
	return result == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
