/* w32tm /tz: the time zone of this machine. */
#include <stdlib.h>

#include "platform/calendar.h"
#include "platform/time_zone.h"
#include "w32tm/commands.h"
#include "w32tm/zone_rule.h"

int command_tz(const struct tool *tool, struct options *options)
{
	struct calendar_date date = { .daylight = false };
	struct time_zone zone;
	struct zone_rule rule;

	if (tool_refuse_unclaimed(tool, options) != 0)
		return EXIT_FAILURE;
	time_zone_find(&zone);
	if (zone_rule_parse(zone.rule, &rule) < 0)
		return tool_fail(tool, RESULT_INVALID_DATA);
	zone_rule_name(&rule, zone.name);
	calendar_local(calendar_now() / NS_PER_SECOND, &date);
	zone_rule_print(tool->out, &rule, date.daylight);
	return EXIT_SUCCESS;
}
