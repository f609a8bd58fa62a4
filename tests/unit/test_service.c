#include "unit.h"
#include "w32timed/domain_time.h"
#include "w32timed/options.h"
#include "w32timed/settings.h"
#include "w32timed/state_file.h"

#include <errno.h>
#include <string.h>

static int parse(struct options *options, struct error *error, const char *a, const char *b)
{
	char *argv[] = { (char[]){ "w32timed" }, (char *)(uintptr_t)a, (char *)(uintptr_t)b, NULL };

	return options_parse(a == NULL ? 1 : b == NULL ? 2 : 3, argv, options, error);
}

START_TEST(options_as_in_the_manual)
{
	struct options options;
	struct error error;

	ck_assert_int_eq(parse(&options, &error, "-nvv", "-t"), 0);
	ck_assert(options.foreground && options.test_configuration);
	ck_assert_uint_eq(options.verbose, 2);
	ck_assert_int_eq(options.clock, OPTIONS_CLOCK_SYSTEM);
	ck_assert_int_eq(parse(&options, &error, "-c", "/x"), 0);
	ck_assert_str_eq(options.configuration_file, "/x");
	ck_assert_int_eq(parse(&options, &error, "-c/y", NULL), 0);
	ck_assert_str_eq(options.configuration_file, "/y");
	ck_assert_int_eq(parse(&options, &error, "--config=/z", "--no-clock-control"), 0);
	ck_assert_str_eq(options.configuration_file, "/z");
	ck_assert_int_eq(options.clock, OPTIONS_CLOCK_WATCHED);
	ck_assert_int_eq(parse(&options, &error, "--simulate", "offset=-23.2,drift=40ppm"), 0);
	ck_assert_int_eq(options.clock, OPTIONS_CLOCK_SIMULATED);
	ck_assert_double_eq(options.simulated_offset, -23.2);
	ck_assert_double_eq_tol(options.simulated_drift, 40e-6, 1e-15);
}
END_TEST

START_TEST(bad_options_are_named)
{
	static const struct {
		const char *first, *second, *said;
	} rows[] = {
		{ "--frobnicate", NULL, "--frobnicate" },
		{ "-x", NULL, "-x" },
		{ "file", NULL, "'file'" },
		{ "-c", NULL, "missing" },
		{ "--simulate", NULL, "missing" },
		{ "--simulate=offset", NULL, "NAME=VALUE" },
		{ "--simulate=speed=3", NULL, "neither offset nor drift" },
		{ "--simulate=offset=fast", NULL, "'fast'" },
		{ "--simulate=drift=900ppm", NULL, "-500 to 500" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct options options;
		struct error error;

		ck_assert_int_eq(parse(&options, &error, rows[i].first, rows[i].second), -EINVAL);
		ck_assert_msg(strstr(error.text, rows[i].said) != NULL, "%s", error.text);
	}
}
END_TEST

/* What a service is started with is what it was installed with, in any folder. */
START_TEST(a_service_does_as_it_was_told)
{
	struct options options, again;
	struct options_command command;
	struct error error;
	char *argv[OPTIONS_ARGUMENTS_MAX + 1] = { (char[]){ "w32timed" } };
	int argc = 1;

	ck_assert_int_eq(parse(&options, &error, "--install", NULL), 0);
	ck_assert(options.install);
	ck_assert_int_eq(options_write(&options, &command, &error), 0);
	ck_assert_ptr_null(command.arguments[0]);

	ck_assert_int_eq(parse(&options, &error, "-vvvcthere.conf", "--simulate=drift=3ppm"), 0);
	ck_assert_int_eq(options_write(&options, &command, &error), 0);
	for (; command.arguments[argc - 1] != NULL; argc++)
		argv[argc] = (char *)(uintptr_t)command.arguments[argc - 1];
	ck_assert_int_eq(options_parse(argc, argv, &again, &error), 0);
	ck_assert_ptr_nonnull(strstr(again.configuration_file, "there.conf"));
	ck_assert_str_ne(again.configuration_file, "there.conf");
	ck_assert_int_eq(again.clock, OPTIONS_CLOCK_SIMULATED);
	ck_assert_double_eq_tol(again.simulated_drift, 3e-6, 1e-15);
	ck_assert_uint_eq(again.verbose, 2);

	ck_assert_int_eq(parse(&options, &error, "--install", "-n"), 0);
	ck_assert_int_eq(options_write(&options, &command, &error), -EINVAL);
	ck_assert_int_eq(parse(&options, &error, "--install", "--uninstall"), -EINVAL);
}
END_TEST

enum module { MODULE_SERVER, MODULE_CLIENT, MODULE_DOMAIN, MODULE_TIMEKEEPING, MODULES };

/* What the settings of a module are made of. */
static void trace_module(struct config *config, enum module module, struct config_trace *trace)
{
	static struct ntp_server_settings server;
	static struct ntp_client_settings client;
	static struct domain_time_settings domain;
	static struct timekeeping_settings timekeeping;
	static const struct clock clock = { .maximum_rate = 0.1, .precision = 1e-7, .tick = 0.01 };

	*trace = (struct config_trace){ .role = false };
	config_set_trace(config, trace);
	switch (module) {
	case MODULE_SERVER:
		settings_server(config, &server);
		break;
	case MODULE_CLIENT:
		settings_client(config, false, &client);
		break;
	case MODULE_DOMAIN:
		domain_time_read_settings(config, &domain);
		break;
	default:
		settings_timekeeping(config, &clock, -20, &timekeeping);
	}
	config_set_trace(config, NULL);
}

/* Another value is told to whom it concerns, and to nobody else. */
START_TEST(a_module_is_concerned_by_its_own_keys)
{
	static const struct {
		const char *text;
		bool concerned[MODULES];
	} rows[] = {
		{ "[Config]\nHoldPeriod = 5\n", { false } }, /* the default */
		{ "[Config]\nHoldPeriod = 6\n", { [MODULE_TIMEKEEPING] = true } },
		{ "[Config]\nMaxPollInterval = 9\n",
		  { [MODULE_TIMEKEEPING] = true, [MODULE_CLIENT] = true } },
		{ "[w32timed]\nRateLimit = 6\n", { [MODULE_SERVER] = true } },
		{ "[w32timed]\nAllowFrom = 192.0.2.1\n", { [MODULE_SERVER] = true } },
		{ "[w32timed]\nClientBindAddress = ::1\n", { [MODULE_CLIENT] = true } },
		{ "[w32timed]\nUser = somebody\n", { false } },
		{ "[w32timed]\nLogLevel = Debug\n", { false } },
		{ "[Parameters]\nNtpServer = a\n", { [MODULE_CLIENT] = true } },
		{ "[Parameters]\nType = AllSync\n",
		  { [MODULE_CLIENT] = true, [MODULE_DOMAIN] = true } },
		{ "[NtpServer]\nEnabled = 1\n",
		  { [MODULE_SERVER] = true, [MODULE_TIMEKEEPING] = true } },
		{ "[NtpClient]\nResolvePeerBackoffMinutes = 1\n",
		  { [MODULE_CLIENT] = true, [MODULE_DOMAIN] = true } },
		/* What depends on the role beside the keys' defaults. */
		{ "[Domain]\nRole = Controller\n",
		  { [MODULE_SERVER] = true,
		    [MODULE_CLIENT] = true,
		    [MODULE_DOMAIN] = true,
		    [MODULE_TIMEKEEPING] = true } },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct config *before = config_create(CONFIG_ROLE_STANDALONE);
		struct config *after = config_create(CONFIG_ROLE_STANDALONE);
		struct config_trace trace;

		ck_assert_int_eq(config_parse(after, CONFIG_ORIGIN_LOCAL, "a", rows[i].text,
					      strlen(rows[i].text), NULL),
				 0);
		config_set_role(after, CONFIG_ROLE_STANDALONE);
		for (enum module module = 0; module < MODULES; module++) {
			trace_module(after, module, &trace);
			ck_assert_msg(config_differ(before, after, &trace) ==
					      rows[i].concerned[module],
				      "%s%u", rows[i].text, module);
		}
		ck_assert_int_eq(config_differ(before, after, NULL), i != 0);
		config_destroy(before);
		config_destroy(after);
	}
}
END_TEST

START_TEST(state_survives_a_round_trip)
{
	struct discipline_frequency written = { -12.345678e-6, 0.012e-6 }, read = { 0, 0 };
	char text[256];

	state_format(&written, text, sizeof text);
	ck_assert_int_eq(state_parse(text, strlen(text), &read), 0);
	ck_assert_double_eq_tol(read.frequency, written.frequency, 1e-12);
	ck_assert_double_eq_tol(read.uncertainty, written.uncertainty, 1e-12);
}
END_TEST

START_TEST(damaged_state_is_not_used)
{
	static const char *const rows[] = {
		"",
		"w32timed-state 1\n",
		"w32timed-state 2\nfrequency 1.0 ppm\nuncertainty 1.0 ppm\n",
		"w32timed-state 1\nfrequency 1.0\nuncertainty 1.0 ppm\n",
		"w32timed-state 1\nfrequency nan ppm\nuncertainty 1.0 ppm\n",
		"w32timed-state 1\nfrequency 1001 ppm\nuncertainty 1.0 ppm\n",
		"w32timed-state 1\nfrequency 1.0 ppm\nuncertainty -1.0 ppm\n",
		"w32timed-state 1\nfrequency 1.0 ppm\nuncertainty 1.0 ppm\nmore\n",
		"w32timed-state 1\nfrequency 1.0 ppm\nuncertainty 1.0 ppm",
	};
	struct discipline_frequency frequency = { 7, 7 };

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		ck_assert_int_eq(state_parse(rows[i], strlen(rows[i]), &frequency), -EBADMSG);
	ck_assert_double_eq(frequency.frequency, 7);
}
END_TEST

/* With Windows' own defaults a server is asked every 9 hours, which is longer than
 * ClockHoldoverPeriod. */
START_TEST(the_clock_is_not_given_up_between_two_polls)
{
	struct config *config = config_create(CONFIG_ROLE_STANDALONE);
	struct clock clock = { .maximum_rate = 0.1, .precision = 1e-7, .tick = 0.015625 };
	struct timekeeping_settings settings;

	settings_timekeeping(config, &clock, -20, &settings);
	ck_assert_double_eq(settings.silence_period, 7800);
	ck_assert_double_eq(settings.discipline.holdover_period, 3 * 32768.0);
	ck_assert(settings.events.log_source_changes && !settings.events.log_jumps);
	ck_assert_double_eq(settings.events.jump_audit_limit, 28800);
	ck_assert_double_eq_tol(settings.events.rate_audit_limit, 800e-6, 1e-12);
	config_destroy(config);
	config = config_create(CONFIG_ROLE_CONTROLLER);
	settings_timekeeping(config, &clock, -20, &settings);
	ck_assert_double_eq(settings.discipline.holdover_period, 7800);
	config_destroy(config);
}
END_TEST

int main(void)
{
	TCase *options = tcase_create("options"), *state = tcase_create("state");
	TCase *settings = tcase_create("settings");
	TCase *const cases[] = { options, state, settings, NULL };

	tcase_add_test(options, options_as_in_the_manual);
	tcase_add_test(options, bad_options_are_named);
	tcase_add_test(options, a_service_does_as_it_was_told);
	tcase_add_test(state, state_survives_a_round_trip);
	tcase_add_test(state, damaged_state_is_not_used);
	tcase_add_test(settings, the_clock_is_not_given_up_between_two_polls);
	tcase_add_test(settings, a_module_is_concerned_by_its_own_keys);
	return unit_run("service", cases);
}
