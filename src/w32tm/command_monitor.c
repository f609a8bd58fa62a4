/* w32tm /monitor: compares the time of several machines. */
#include <errno.h>
#include <stdlib.h>

#include "platform/terminal.h"
#include "w32tm/commands.h"
#include "w32tm/controllers.h"
#include "w32tm/json.h"
#include "w32tm/monitor.h"

static int fail_without_domain(const struct tool *tool, uint32_t result)
{
	fprintf(tool->out, "GetDcList failed with error code:  0x%08X.\n", result);
	fprintf(tool->out, "Exiting with error 0x%08X\n", result);
	return EXIT_FAILURE;
}

/* DOMAIN NULL: the machine's own. */
static uint32_t find_controllers(const struct tool *tool, const char *domain, char **names)
{
	if (terminal_is(tool->out))
		fprintf(tool->out, "Getting AD DC list for %s...\n",
			domain == NULL ? "default domain" : domain);
	tool_flush(tool);
	return controllers_find(tool, domain, names);
}

#define PROGRESS "Analyzing: "

static void show_progress(void *context, size_t done, size_t count)
{
	const struct tool *tool = context;

	fprintf(tool->out, "\r" PROGRESS "%6zu of %6zu", done, count);
	tool_flush(tool);
}

static void erase_progress(const struct tool *tool)
{
	fprintf(tool->out, "\r%*s\r", (int)sizeof PROGRESS + 6 + 4 + 6, "");
}

static void ask(const struct tool *tool, struct monitor *monitor, unsigned parallel, int family)
{
	struct tool watched = *tool;

	if (terminal_is(tool->out)) {
		monitor->progress = show_progress;
		monitor->context = &watched;
	}
	monitor_ask(monitor, parallel, family);
	if (monitor->progress != NULL)
		erase_progress(tool);
}

static void show(const struct tool *tool, const struct monitor *monitor, bool warning, bool json)
{
	json_t *value;

	if (json) {
		value = monitor_json(monitor);
		json_print(tool->out, value);
		json_decref(value);
	} else {
		monitor_print(tool->out, monitor, warning);
	}
}

int command_monitor(const struct tool *tool, struct options *options)
{
	const char *domain = options_claim_value(options, "domain");
	const char *names = options_claim_value(options, "computers");
	bool warning = !options_claim(options, "nowarn");
	struct monitor monitor = { .computers = NULL };
	uint32_t parallel = 3;
	int threads = options_claim_number(options, "threads", 1, 50, &parallel);
	int json = tool_claim_json(options), family, result;
	char *found = NULL;
	uint32_t missing;

	result = probe_claim_family(options, &family);
	if (tool_refuse_unclaimed(tool, options) != 0)
		return EXIT_FAILURE;
	if (result < 0 || threads < 0 || json < 0 || (domain != NULL && names != NULL))
		return tool_fail(tool, RESULT_INVALID_PARAMETER);
	if (names == NULL) {
		missing = find_controllers(tool, domain, &found);
		if (missing != 0)
			return fail_without_domain(tool, missing);
	}
	result = monitor_parse(&monitor, found != NULL ? found : names);
	free(found);
	if (result == 0) {
		ask(tool, &monitor, parallel, family);
		show(tool, &monitor, warning, json > 0);
	}
	monitor_free(&monitor);
	return result < 0 ? tool_fail(tool, error_result(-result)) : EXIT_SUCCESS;
}
