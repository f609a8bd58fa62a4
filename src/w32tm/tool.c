#include "w32tm/tool.h"

#include <errno.h>
#include <stdlib.h>

#include "base/text.h"
#include "w32tm/json.h"

int tool_fail(const struct tool *tool, uint32_t result)
{
	fprintf(tool->out, "The following error occurred: %s (0x%08X)\n", error_message(result),
		result);
	return EXIT_FAILURE;
}

int tool_fail_error(const struct tool *tool, uint32_t result, const struct error *error)
{
	tool_fail(tool, result);
	tool_flush(tool);
	if (error->text[0] != '\0') {
		fputs("w32tm: ", tool->diagnoses);
		json_print_text(tool->diagnoses, error->text);
		putc('\n', tool->diagnoses);
	}
	return EXIT_FAILURE;
}

int tool_refuse_unclaimed(const struct tool *tool, const struct options *options)
{
	if (options_all_claimed(options))
		return EXIT_SUCCESS;
	fprintf(tool->out, "The following arguments were unexpected:\n");
	for (size_t i = 0; i < options->count; i++) {
		if (!options->list[i].claimed)
			fprintf(tool->out, " %s\n", options->list[i].argument);
	}
	return EXIT_FAILURE;
}

int tool_claim_json(struct options *options)
{
	const char *format = options_claim_value(options, "format");

	if (format == NULL)
		return 0;
	return text_equal_nocase(format, "json") ? 1 : -EINVAL;
}

void tool_flush(const struct tool *tool)
{
	fflush(tool->out);
}
