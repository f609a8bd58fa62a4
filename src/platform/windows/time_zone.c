#include "config.h"

#include "platform/time_zone.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#include "base/text.h"
#include "platform/paths.h"
#include "platform/windows/text.h"

/* Minutes as POSIX writes them: "-1", "-5:30". */
static void append_minutes(struct text *rule, long minutes)
{
	long size = labs(minutes);

	text_append(rule, "%s%ld", minutes < 0 ? "-" : "", size / 60);
	if (size % 60 != 0)
		text_append(rule, ":%02ld", size % 60);
}

/* Windows' own name of the season, in angle brackets. */
static void append_name(struct text *rule, const wchar_t *wide)
{
	char name[128];

	if (text_from_wide_buffer(wide, name, sizeof name) < 0 || strlen(name) < 3 ||
	    strchr(name, '>') != NULL)
		text_append(rule, "<local>");
	else
		text_append(rule, "<%s>", name);
}

/* Windows counts weeks and days as POSIX does; a year there means one that has come
 * or gone, not a rule. */
static void append_date(struct text *rule, const SYSTEMTIME *date)
{
	text_append(rule, ",M%u.%u.%u/%u", (unsigned)date->wMonth, (unsigned)date->wDay,
		    (unsigned)date->wDayOfWeek, (unsigned)date->wHour);
	if (date->wMinute != 0)
		text_append(rule, ":%02u", (unsigned)date->wMinute);
}

static void use_system(struct time_zone *zone)
{
	DYNAMIC_TIME_ZONE_INFORMATION system;
	struct text rule;

	text_init(&rule, zone->rule, sizeof zone->rule);
	if (GetDynamicTimeZoneInformation(&system) == TIME_ZONE_ID_INVALID) {
		text_append(&rule, "UTC0");
		return;
	}
	append_name(&rule, system.StandardName);
	append_minutes(&rule, system.Bias + system.StandardBias);
	if (system.DaylightDate.wMonth == 0 || system.DaylightDate.wYear != 0 ||
	    system.StandardDate.wMonth == 0)
		return;
	append_name(&rule, system.DaylightName);
	append_minutes(&rule, system.Bias + system.DaylightBias);
	append_date(&rule, &system.DaylightDate);
	append_date(&rule, &system.StandardDate);
}

void time_zone_find(struct time_zone *zone)
{
	const char *variable = getenv("TZ");

	memset(zone, 0, sizeof *zone);
	if (variable != NULL && variable[0] != '\0')
		snprintf(zone->rule, sizeof zone->rule, "%s", variable);
	else
		use_system(zone);
}

const char *time_zone_leap_list(void)
{
	static char path[1100];
	const char *configuration = path_configuration();

	/* Windows has none: it lies beside the configuration if somebody put it there. */
	snprintf(path, sizeof path, "%.*s\\leap-seconds.list",
		 (int)path_folder_length(configuration), configuration);
	return path;
}
