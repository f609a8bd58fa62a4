/* w32tm /leapseconds: what the system knows of leap seconds. */
#include <stdlib.h>

#include "platform/files.h"
#include "platform/time_zone.h"
#include "w32tm/commands.h"
#include "w32tm/leap_list.h"

#define LIST_FILE_MAX 1048576

int command_leapseconds(const struct tool *tool, struct options *options)
{
	bool status = options_claim(options, "getstatus");
	bool verbose = options_claim(options, "verbose");
	struct leap_list list;
	struct error error;
	size_t length;
	char *text;
	int result;

	if (tool_refuse_unclaimed(tool, options) != 0)
		return EXIT_FAILURE;
	if (!status)
		return tool_fail(tool, RESULT_INVALID_PARAMETER);
	result = file_read(time_zone_leap_list(), LIST_FILE_MAX, &text, &length, &error);
	if (result < 0)
		return tool_fail_error(tool, error_result(-result), &error);
	result = leap_list_parse(text, &list);
	free(text);
	if (result < 0)
		return tool_fail(tool, RESULT_INVALID_DATA);
	leap_list_print(tool->out, &list, verbose);
	return EXIT_SUCCESS;
}

int command_ptp_monitor(const struct tool *tool, struct options *options)
{
	(void)options;
	return tool_fail(tool, RESULT_NOT_SUPPORTED);
}
