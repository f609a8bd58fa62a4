/* w32tm /monitor: compares the time of several machines. */
#include <errno.h>
#include <stdlib.h>

#include "platform/terminal.h"
#include "w32tm/commands.h"
#include "w32tm/json.h"
#include "w32tm/monitor.h"

/* This machine is in no domain yet, as far as the tool can tell. */
static int fail_without_domain(const struct tool *tool)
{
	if (terminal_is(tool->out))
		fprintf(tool->out, "Getting AD DC list for default domain...\n");
	fprintf(tool->out, "GetDcList failed with error code:  0x%08X.\n", RESULT_NO_SUCH_DOMAIN);
	fprintf(tool->out, "Exiting with error 0x%08X\n", RESULT_NO_SUCH_DOMAIN);
	return EXIT_FAILURE;
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

	result = probe_claim_family(options, &family);
	if (tool_refuse_unclaimed(tool, options) != 0)
		return EXIT_FAILURE;
	if (result < 0 || threads < 0 || json < 0 || (domain != NULL && names != NULL))
		return tool_fail(tool, RESULT_INVALID_PARAMETER);
	if (names == NULL)
		return fail_without_domain(tool);
	result = monitor_parse(&monitor, names);
	if (result == 0) {
		ask(tool, &monitor, parallel, family);
		show(tool, &monitor, warning, json > 0);
	}
	monitor_free(&monitor);
	return result < 0 ? tool_fail(tool, error_result(-result)) : EXIT_SUCCESS;
}
