/* w32timed: options, order of the start, shutdown. */
#include <config.h>

#include <ares.h>
#include <event2/event.h>
#include <jansson.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "config/load.h"
#include "domain/account_client.h"
#include "platform/background.h"
#include "platform/paths.h"
#include "platform/service_manager.h"
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
	struct event_base *base;
	struct clock *clock;
	struct account_client *account; /* NULL: there is no way to know */
	struct service *service;
	int ready; /* platform/background.h */
};

static int print_version(void)
{
	printf("w32timed %s\n", PACKAGE_VERSION);
	printf("libevent %s, libsodium %s, c-ares %s, jansson %s\n", event_get_version(),
	       sodium_version_string(), ares_version(NULL), JANSSON_VERSION);
#ifdef HAVE_LIBCAP_NG
	fputs("+privileges ", stdout);
#else
	fputs("-privileges ", stdout);
#endif
#ifdef HAVE_LIBSECCOMP
	puts("+system-call-filter");
#else
	puts("-system-call-filter");
#endif
	return EXIT_SUCCESS;
}

static void print_problems(const struct config_problems *problems)
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

static int test_configuration(const char *file)
{
	struct config_problems problems = { 0 };
	struct config *config;
	int status = EXIT_FAILURE;

	if (config_load(file, CONFIG_ROLE_STANDALONE, &config, &problems) == 0) {
		printf("%s: ok\n", file);
		config_note_unused(config, &problems);
		config_destroy(config);
		status = EXIT_SUCCESS;
	}
	print_problems(&problems);
	config_problems_free(&problems);
	return status;
}

/* Where the machine stands in a domain decides about defaults. */
static void find_account(struct daemon *daemon)
{
	struct account_client_environment environment = {
		.base = daemon->base,
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

static struct config *load_configuration(struct daemon *daemon)
{
	enum config_role role = daemon->account == NULL
					? CONFIG_ROLE_STANDALONE
					: account_client_facts(daemon->account)->role;
	struct config_problems problems = { 0 };
	struct config *config = NULL;

	if (config_load(daemon->options.configuration_file, role, &config, &problems) < 0)
		logging_problems(&daemon->logging, EVENT_START_CONFIGURATION_UNREADABLE, &problems,
				 "");
	config_problems_free(&problems);
	return config;
}

static int open_clock(struct daemon *daemon, struct error *error)
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

static int start_service(struct daemon *daemon, struct error *error)
{
	struct config *config;
	struct service_environment environment = {
		.base = daemon->base,
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
	find_account(daemon);
	config = load_configuration(daemon);
	if (config == NULL)
		return error_set(error, EINVAL, "the configuration has errors");
	logging_set_level(&daemon->logging, config);
	result = open_clock(daemon, error);
	if (result < 0) {
		config_destroy(config);
		return result;
	}
	if (daemon->account != NULL)
		account_client_remember(daemon->account,
					config_text(config, KEY_W32TIMED_STATE_DIR));
	environment.account = daemon->account;
	environment.clock = daemon->clock;
	return service_create(&daemon->service, &environment, config, error);
}

static void on_terminate(evutil_socket_t signal, short what, void *context)
{
	struct daemon *daemon = context;

	(void)signal;
	(void)what;
	event_base_loopbreak(daemon->base);
}

static void on_hangup(evutil_socket_t signal, short what, void *context)
{
	struct daemon *daemon = context;
	struct config_problems problems = { 0 };
	struct error error;

	(void)signal;
	(void)what;
	service_manager_reloading();
	service_reload(daemon->service, &problems, &error);
	config_problems_free(&problems);
	service_manager_ready();
}

static int run(struct daemon *daemon, struct error *error)
{
	struct event *terminate = evsignal_new(daemon->base, SIGTERM, on_terminate, daemon);
	struct event *interrupt = evsignal_new(daemon->base, SIGINT, on_terminate, daemon);
	struct event *hangup = evsignal_new(daemon->base, SIGHUP, on_hangup, daemon);
	int result;

	signal(SIGPIPE, SIG_IGN);
	event_add(terminate, NULL);
	event_add(interrupt, NULL);
	event_add(hangup, NULL);
	result = start_service(daemon, error);
	if (result == 0) {
		background_ready(daemon->ready);
		service_manager_ready();
		event_base_dispatch(daemon->base);
		service_manager_stopping();
		service_destroy(daemon->service);
	}
	event_free(terminate);
	event_free(interrupt);
	event_free(hangup);
	return result;
}

static int serve(struct daemon *daemon)
{
	struct event_config *settings = event_config_new();
	struct error error = { .code = 0 };
	int result;

	if (logging_open(&daemon->logging, daemon->options.foreground, daemon->options.verbose) < 0)
		return EXIT_FAILURE;
	event_config_set_flag(settings, EVENT_BASE_FLAG_PRECISE_TIMER);
	daemon->base = event_base_new_with_config(settings);
	event_config_free(settings);
	if (daemon->base == NULL)
		return EXIT_FAILURE;
	result = run(daemon, &error);
	if (result < 0) {
		log_event(daemon->logging.log, LOG_LEVEL_ERROR, EVENT_NONE,
			  "w32timed does not start: %s", error.text);
		if (!daemon->options.foreground)
			fprintf(stderr, "w32timed: %s\n", error.text);
	}
	account_client_destroy(daemon->account);
	if (daemon->clock != NULL)
		daemon->clock->ops->close(daemon->clock);
	event_base_free(daemon->base);
	libevent_global_shutdown();
	logging_close(&daemon->logging);
	return result < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	struct daemon daemon = { .ready = BACKGROUND_NONE };
	struct error error;

	background_fill_standard_handles();
	if (options_parse(argc, argv, &daemon.options, &error) < 0) {
		fprintf(stderr, "w32timed: %s (--help lists the options)\n", error.text);
		return 2;
	}
	if (daemon.options.help) {
		fputs(options_help, stdout);
		return EXIT_SUCCESS;
	}
	if (daemon.options.version)
		return print_version();
	if (sodium_init() < 0) {
		fprintf(stderr, "w32timed: no source of random numbers\n");
		return EXIT_FAILURE;
	}
	if (daemon.options.test_configuration)
		return test_configuration(daemon.options.configuration_file);
	if (!daemon.options.foreground && background_start(&daemon.ready, &error) < 0) {
		fprintf(stderr, "w32timed: %s\n", error.text);
		return EXIT_FAILURE;
	}
	return serve(&daemon);
}
