/* The time zone that local time is told in. */
#ifndef W32TIMED_PLATFORM_TIME_ZONE_H
#define W32TIMED_PLATFORM_TIME_ZONE_H

struct time_zone {
	char name[128]; /* "Europe/Paris"; "" if it has none */
	char rule[128]; /* as POSIX writes TZ: "CET-1CEST,M3.5.0,M10.5.0/3"; "" unknown */
};

/* From $TZ, else the system's setting; UTC where there is none. */
void time_zone_find(struct time_zone *zone);

/* Path of the list of leap seconds that comes with the zones (the file
 * leap-seconds.list of IERS and the tz database). */
const char *time_zone_leap_list(void);

#endif
