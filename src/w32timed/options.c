#include <config.h>

#include "w32timed/options.h"

#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "platform/paths.h"

const char options_help[] =
	"Usage: w32timed [option...]\n"
	"Keeps this machine's clock right and is a time server, as the Windows Time service is.\n"
	"\n"
	"  -n, --foreground      stay in the foreground, log to standard error\n"
	"  -c, --config FILE     read FILE instead of the installed configuration\n"
	"  -t, --test-config     check the configuration, say what is wrong, and stop\n"
	"      --no-clock-control\n"
	"                        measure and serve, but never touch the clock\n"
	"      --simulate offset=SECONDS,drift=PPMppm\n"
	"                        discipline a simulated clock that starts with this error\n"
	"      --account-program PROGRAM\n"
	"                        ask PROGRAM for the machine's account instead of the\n"
	"                        installed w32timed-account; none: ask nobody\n"
	"      --install         have the system start the service by itself, on Windows with\n"
	"                        the options given besides, and stop\n"
	"      --uninstall       the reverse\n"
	"  -v, --verbose         log more; twice: everything\n"
	"      --version         print the version and what was built in\n"
	"  -h, --help            print this\n";

static int options_parse_simulation_part(char *part, struct options *options, struct error *error)
{
	char *value = strchr(part, '='), *unit;
	double number;

	if (value == NULL)
		return error_set(error, EINVAL, "--simulate: '%s' is not NAME=VALUE", part);
	*value++ = '\0';
	if (strcmp(part, "offset") == 0) {
		if (text_parse_double(value, &number) < 0 || number < -1e9 || number > 1e9)
			return error_set(error, EINVAL,
					 "--simulate: offset '%s' is not a number of seconds "
					 "within 1000000000",
					 value);
		options->simulated_offset = number;
		return 0;
	}
	if (strcmp(part, "drift") != 0)
		return error_set(error, EINVAL, "--simulate: '%s' is neither offset nor drift",
				 part);
	unit = strstr(value, "ppm");
	if (unit != NULL && unit[3] == '\0')
		*unit = '\0';
	if (text_parse_double(value, &number) < 0 || number < -500 || number > 500)
		return error_set(error, EINVAL,
				 "--simulate: drift '%s' is not a number of ppm from -500 to 500",
				 value);
	options->simulated_drift = number * 1e-6;
	return 0;
}

int options_parse_simulation(const char *text, struct options *options, struct error *error)
{
	char copy[128], *part, *rest;
	int result = 0;

	if (strlen(text) >= sizeof copy)
		return error_set(error, EINVAL, "--simulate: '%.40s...' is too long", text);
	strcpy(copy, text);
	options->clock = OPTIONS_CLOCK_SIMULATED;
	for (rest = copy; result == 0 && (part = text_split(&rest, ',')) != NULL;)
		result = options_parse_simulation_part(part, options, error);
	return result;
}

/* Short options may stand together (-nv).  Returns 0, or -EINVAL. */
static int options_parse_short(const char *letters, const char *following, int *used,
			       struct options *options, struct error *error)
{
	for (; *letters != '\0'; letters++) {
		switch (*letters) {
		case 'n':
			options->foreground = true;
			break;
		case 't':
			options->test_configuration = true;
			break;
		case 'v':
			options->verbose++;
			break;
		case 'h':
			options->help = true;
			break;
		case 'c':
			options->configuration_file = letters[1] != '\0' ? letters + 1 : following;
			*used = letters[1] == '\0';
			if (options->configuration_file == NULL)
				return error_set(error, EINVAL,
						 "-c: the name of a file is missing");
			return 0;
		default:
			return error_set(error, EINVAL, "unknown option -%c", *letters);
		}
	}
	return 0;
}

/* The value of a long option, behind '=' or as the next argument; NULL: none. */
static const char *options_long_value(const char *argument, const char *name, const char *following,
				      int *used)
{
	size_t length = strlen(name);

	if (argument[length] == '=')
		return argument + length + 1;
	*used = 1;
	return following;
}

static bool options_is_long(const char *argument, const char *name)
{
	size_t length = strlen(name);

	return strncmp(argument, name, length) == 0 &&
	       (argument[length] == '\0' || argument[length] == '=');
}

static int options_parse_long(const char *argument, const char *following, int *used,
			      struct options *options, struct error *error)
{
	const char *value;

	if (strcmp(argument, "--foreground") == 0) {
		options->foreground = true;
	} else if (strcmp(argument, "--test-config") == 0) {
		options->test_configuration = true;
	} else if (strcmp(argument, "--no-clock-control") == 0) {
		options->clock = OPTIONS_CLOCK_WATCHED;
	} else if (strcmp(argument, "--install") == 0) {
		options->install = true;
	} else if (strcmp(argument, "--uninstall") == 0) {
		options->uninstall = true;
	} else if (strcmp(argument, "--verbose") == 0) {
		options->verbose++;
	} else if (strcmp(argument, "--version") == 0) {
		options->version = true;
	} else if (strcmp(argument, "--help") == 0) {
		options->help = true;
	} else if (options_is_long(argument, "--config")) {
		value = options_long_value(argument, "--config", following, used);
		if (value == NULL)
			return error_set(error, EINVAL, "--config: the name of a file is missing");
		options->configuration_file = value;
	} else if (options_is_long(argument, "--account-program")) {
		value = options_long_value(argument, "--account-program", following, used);
		if (value == NULL || (value[0] != '/' && strcmp(value, "none") != 0))
			return error_set(error, EINVAL,
					 "--account-program: a program's absolute path or none is "
					 "missing");
		options->account_program = strcmp(value, "none") == 0 ? "" : value;
	} else if (options_is_long(argument, "--simulate")) {
		value = options_long_value(argument, "--simulate", following, used);
		if (value == NULL)
			return error_set(error, EINVAL,
					 "--simulate: offset=SECONDS,drift=PPMppm is missing");
		options->simulation = value;
		return options_parse_simulation(value, options, error);
	} else {
		return error_set(error, EINVAL, "unknown option %s", argument);
	}
	return 0;
}

int options_parse(int argc, char *const *argv, struct options *options, struct error *error)
{
	*options = (struct options){ .configuration_file = path_configuration() };
	for (int i = 1; i < argc; i++) {
		const char *following = i + 1 < argc ? argv[i + 1] : NULL;
		int used = 0, result;

		if (argv[i][0] != '-' || argv[i][1] == '\0')
			return error_set(error, EINVAL, "unexpected argument '%s'", argv[i]);
		if (argv[i][1] == '-')
			result = options_parse_long(argv[i], following, &used, options, error);
		else
			result = options_parse_short(argv[i] + 1, following, &used, options, error);
		if (result < 0)
			return result;
		i += used;
	}
	if (options->install && options->uninstall)
		return error_set(error, EINVAL, "--install and --uninstall are opposites");
	return 0;
}

static void options_add(struct options_command *command, unsigned *count, const char *argument)
{
	command->arguments[(*count)++] = argument;
	command->arguments[*count] = NULL;
}

/* At most: --config FILE --simulate TEXT --verbose --verbose. */
int options_write(const struct options *options, struct options_command *command,
		  struct error *error)
{
	unsigned count = 0;
	int result;

	command->arguments[0] = NULL;
	if (options->foreground)
		return error_set(error, EINVAL, "a service cannot stay in the foreground");
	if (strcmp(options->configuration_file, path_configuration()) != 0) {
		result = path_make_absolute(options->configuration_file,
					    command->configuration_file,
					    sizeof command->configuration_file);
		if (result < 0)
			return error_set_system(error, -result, "the path of %s",
						options->configuration_file);
		options_add(command, &count, "--config");
		options_add(command, &count, command->configuration_file);
	}
	if (options->clock == OPTIONS_CLOCK_WATCHED) {
		options_add(command, &count, "--no-clock-control");
	} else if (options->clock == OPTIONS_CLOCK_SIMULATED) {
		options_add(command, &count, "--simulate");
		options_add(command, &count, options->simulation);
	}
	for (unsigned i = 0; i < options->verbose && i < 2; i++)
		options_add(command, &count, "--verbose");
	return 0;
}
