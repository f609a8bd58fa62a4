/* w32tm: the Windows Time service's command-line tool, for w32timed. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "platform/calendar.h"
#include "platform/program.h"
#include "w32tm/commands.h"

struct command {
	const char *name;
	int (*run)(const struct tool *tool, struct options *options);
};

static const struct command commands[] = {
	{ "?", command_help },
	{ "h", command_help },
	{ "-help", command_help },
	{ "register", command_register },
	{ "unregister", command_unregister },
	{ "monitor", command_monitor },
	{ "ntte", command_ntte },
	{ "ntpte", command_ntpte },
	{ "resync", command_resync },
	{ "stripchart", command_stripchart },
	{ "config", command_config },
	{ "import", command_import },
	{ "tz", command_tz },
	{ "dumpreg", command_dumpreg },
	{ "query", command_query },
	{ "debug", command_debug },
	{ "leapseconds", command_leapseconds },
	{ "ptp_monitor", command_ptp_monitor },
	{ "waitsync", command_waitsync },
};

/* "/import:FILE" is its own option too. */
static bool is_meant(const char *argument, const struct command *command)
{
	return option_is(argument, command->name) ||
	       (command->run == command_import && option_value(argument, command->name) != NULL);
}

/* The value of "--name VALUE" or "--name=VALUE" at ARGUMENTS[*INDEX]; moves
 * *INDEX to its last word.  NULL for anything else. */
static const char *global_value(char *const *arguments, int count, int *index, const char *name)
{
	const char *argument = arguments[*index];
	size_t length = strlen(name);

	if (strncmp(argument, name, length) != 0)
		return NULL;
	if (argument[length] == '=')
		return argument + length + 1;
	if (argument[length] != '\0' || *index + 1 >= count)
		return NULL;
	++*index;
	return arguments[*index];
}

/* Takes --socket and --config out of the arguments wherever they stand; the
 * rest goes to OTHERS.  Returns how many that is. */
static size_t take_globals(struct tool *tool, char *const *arguments, int count,
			   const char **others)
{
	size_t kept = 0;

	for (int i = 0; i < count; i++) {
		const char *value = global_value(arguments, count, &i, "--socket");

		if (value != NULL) {
			tool->socket = value;
			continue;
		}
		value = global_value(arguments, count, &i, "--config");
		if (value != NULL)
			tool->config = value;
		else
			others[kept++] = arguments[i];
	}
	return kept;
}

static int run(const struct tool *tool, const char *const *arguments, size_t count)
{
	const struct command *command = NULL;
	struct options options;
	int status;

	if (count == 0)
		return command_help(tool, NULL);
	for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
		if (is_meant(arguments[0], &commands[i]))
			command = &commands[i];
	}
	if (command != NULL && option_is(arguments[0], command->name)) {
		arguments++;
		count--;
	}
	if (options_create(&options, arguments, count) < 0)
		return tool_fail(tool, RESULT_NOT_ENOUGH_MEMORY);
	status = command == NULL ? tool_refuse_unclaimed(tool, &options)
				 : command->run(tool, &options);
	options_free(&options);
	return status;
}

int main(int argc, char **argv)
{
	struct tool tool = { .out = stdout, .diagnoses = stderr };
	const char **words;
	size_t count;
	int status;

	if (program_begin(&argc, &argv) < 0)
		return tool_fail(&tool, RESULT_INVALID_PARAMETER);
	words = calloc((size_t)argc + 1, sizeof *words);
	if (words == NULL)
		return tool_fail(&tool, RESULT_NOT_ENOUGH_MEMORY);
	calendar_use_locale();
	count = take_globals(&tool, argv + 1, argc - 1, words);
	status = run(&tool, words, count);
	free(words);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		perror("w32tm: standard output");
		status = EXIT_FAILURE;
	}
	return status;
}
