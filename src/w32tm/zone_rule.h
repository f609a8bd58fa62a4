/* Time zones as W32Time tells of them.  Pure. */
#ifndef W32TIMED_W32TM_ZONE_RULE_H
#define W32TIMED_W32TM_ZONE_RULE_H

#include <stdbool.h>
#include <stdio.h>

/* When a season begins: the WEEK-th (5: last) DAY (0: Sunday) of MONTH; month
 * 0: the rule is none that can be said so. */
struct zone_date {
	int month, week, day;
};

struct zone_season {
	char name[64];
	int bias; /* minutes, added to the zone's */
	struct zone_date begin;
};

struct zone_rule {
	int bias; /* minutes to add to standard time for UTC */
	bool has_daylight;
	struct zone_season standard, daylight;
	/* The C library calls the other season "daylight" (Ireland's rule does). */
	bool reversed;
};

/* TZ as POSIX writes it, with the extensions of RFC 8536.  Returns 0 or
 * -EINVAL. */
int zone_rule_parse(const char *text, struct zone_rule *rule);

/* Windows' names for the zone that others know as NAME ("Europe/Paris"), if
 * they are known, take the place of the abbreviations. */
void zone_rule_name(struct zone_rule *rule, const char *name);

/* DAYLIGHT: what the C library says of now. */
void zone_rule_print(FILE *out, const struct zone_rule *rule, bool daylight);

/* "Romance Standard Time" for "Europe/Paris"; NULL if it is not known. */
const char *zone_windows_name(const char *name);

#endif
