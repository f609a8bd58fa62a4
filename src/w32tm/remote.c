#include "w32tm/remote.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "platform/process.h"
#include "w32tm/json.h"

bool remote_wanted(const char *computer)
{
	return computer != NULL && !text_equal_nocase(computer, "localhost") &&
	       strcmp(computer, ".") != 0;
}

char *remote_quote(const char *word)
{
	size_t length = strlen(word);
	char *quoted = malloc(4 * length + 3), *end = quoted;

	if (quoted == NULL)
		return NULL;
	*end++ = '\'';
	for (; *word != '\0'; word++) {
		if (*word == '\'') {
			memcpy(end, "'\\''", 4);
			end += 4;
		} else {
			*end++ = *word;
		}
	}
	*end++ = '\'';
	*end = '\0';
	return quoted;
}

struct words {
	char **list; /* ended by NULL; words from QUOTED on are ours to free */
	size_t count, quoted;
	bool failed;
};

static void add_quoted(struct words *words, const char *word)
{
	char *quoted = remote_quote(word);

	words->failed = words->failed || quoted == NULL;
	words->list[words->count++] = quoted;
}

static void add_constant(struct words *words, char *word)
{
	words->list[words->count++] = word;
	words->quoted = words->count;
}

static void free_words(struct words *words)
{
	for (size_t i = words->quoted; words->list != NULL && i < words->count; i++)
		free(words->list[i]);
	free(words->list);
}

static bool gather_words(const struct tool *tool, char *computer, const char *command,
			 const struct options *options, struct words *words)
{
	static char ssh[] = "ssh", no_input[] = "-n", no_terminal[] = "-T", end[] = "--",
		    w32tm[] = "w32tm";

	*words = (struct words){ .list = calloc(options->count + 12, sizeof *words->list) };
	if (words->list == NULL)
		return false;
	add_constant(words, ssh);
	add_constant(words, no_input);
	add_constant(words, no_terminal);
	add_constant(words, end);
	add_constant(words, computer);
	add_constant(words, w32tm);
	if (tool->socket != NULL) {
		add_quoted(words, "--socket");
		add_quoted(words, tool->socket);
	}
	if (tool->config != NULL) {
		add_quoted(words, "--config");
		add_quoted(words, tool->config);
	}
	add_quoted(words, command);
	for (size_t i = 0; i < options->count; i++) {
		if (option_value(options->list[i].argument, "computer") == NULL)
			add_quoted(words, options->list[i].argument);
	}
	return !words->failed;
}

struct listener {
	const struct tool *tool;
	const char *computer;
};

static void print_cleaned(FILE *out, const char *line)
{
	json_print_text(out, line);
	putc('\n', out);
}

static void print_line(void *context, const char *line)
{
	const struct listener *listener = context;

	if (strcmp(line, REMOTE_RESYNC_LINE REMOTE_LOCAL_COMPUTER) == 0)
		fprintf(listener->tool->out, REMOTE_RESYNC_LINE "%s\n", listener->computer);
	else
		print_cleaned(listener->tool->out, line);
	tool_flush(listener->tool);
}

int remote_run(const struct tool *tool, const char *computer, const char *command,
	       const struct options *options)
{
	struct listener listener = { tool, computer };
	struct words words = { .list = NULL };
	struct error error = { .text = "" };
	char *host = strdup(computer);
	int status = EXIT_FAILURE;

	/* A name such as "-oProxyCommand=..." would be an option of ssh. */
	if (computer[0] == '-' || computer[0] == '\0')
		tool_fail(tool, RESULT_INVALID_PARAMETER);
	else if (host == NULL || !gather_words(tool, host, command, options, &words))
		tool_fail(tool, RESULT_NOT_ENOUGH_MEMORY);
	else
		status = process_run(words.list, print_line, &listener, &error);
	/* w32tm itself ends with 0 or 1; ssh with 255 when it could not connect. */
	if (status < 0 || status > EXIT_FAILURE) {
		tool_fail_error(tool, RESULT_RPC_SERVER_UNAVAILABLE, &error);
		status = EXIT_FAILURE;
	}
	free_words(&words);
	free(host);
	return status;
}
