/* w32tm /ntte, /ntpte: a Windows or NTP time as a date. */
#include <stdlib.h>

#include "base/text.h"
#include "w32tm/commands.h"
#include "w32tm/format.h"
#include "w32tm/nt_time.h"

static int show(const struct tool *tool, struct options *options,
		uint64_t (*to_nt_time)(ntp_timestamp))
{
	const char *word = options_claim_word(options);
	char buffer[FORMAT_MAX];
	uint64_t number;

	if (tool_refuse_unclaimed(tool, options) != 0)
		return EXIT_FAILURE;
	if (word == NULL || text_parse_u64(word, &number) < 0)
		return tool_fail(tool, RESULT_INVALID_PARAMETER);
	if (to_nt_time != NULL)
		number = to_nt_time(number);
	fprintf(tool->out, "%s\n", format_nt_time_date(buffer, number));
	return EXIT_SUCCESS;
}

int command_ntte(const struct tool *tool, struct options *options)
{
	return show(tool, options, NULL);
}

int command_ntpte(const struct tool *tool, struct options *options)
{
	return show(tool, options, nt_time_from_ntp);
}
