#include "config.h"

#include "platform/time_zone.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "platform/files.h"

#define ZONE_DIRECTORY "/usr/share/zoneinfo/"
#define ZONE_FILE_MAX  1048576

/* The last line of a zone file (RFC 8536 section 3.3) is the rule for all years
 * to come.  False if PATH is no zone file. */
static bool read_rule(struct time_zone *zone, const char *path)
{
	size_t length, start;
	bool found = false;
	char *data;

	if (file_read(path, ZONE_FILE_MAX, &data, &length, NULL) < 0)
		return false;
	if (length > 4 && memcmp(data, "TZif", 4) == 0 && data[length - 1] == '\n') {
		for (start = length - 1; start > 0 && data[start - 1] != '\n'; start--)
			continue;
		snprintf(zone->rule, sizeof zone->rule, "%.*s", (int)(length - 1 - start),
			 data + start);
		found = true;
	}
	free(data);
	return found;
}

static void use_variable(struct time_zone *zone, const char *value)
{
	char path[PATH_MAX];

	if (value[0] == ':')
		value++;
	snprintf(path, sizeof path, "%s%s", value[0] == '/' ? "" : ZONE_DIRECTORY, value);
	if (strstr(value, "..") == NULL && read_rule(zone, path))
		snprintf(zone->name, sizeof zone->name, "%s", value);
	else
		snprintf(zone->rule, sizeof zone->rule, "%s", value);
}

static void use_system(struct time_zone *zone)
{
	static const char setting[] = "/etc/localtime", mark[] = "/zoneinfo/";
	char path[PATH_MAX];
	const char *name;

	if (realpath(setting, path) == NULL || !read_rule(zone, path)) {
		snprintf(zone->name, sizeof zone->name, "UTC");
		snprintf(zone->rule, sizeof zone->rule, "UTC0");
		return;
	}
	name = strstr(path, mark);
	if (name != NULL)
		snprintf(zone->name, sizeof zone->name, "%s", name + strlen(mark));
}

void time_zone_find(struct time_zone *zone)
{
	const char *variable = getenv("TZ");

	memset(zone, 0, sizeof *zone);
	if (variable != NULL && variable[0] != '\0')
		use_variable(zone, variable);
	else
		use_system(zone);
}

const char *time_zone_leap_list(void)
{
	return ZONE_DIRECTORY "leap-seconds.list";
}
