/* The list of leap seconds as IERS and the tz database publish it ("#" lines
 * are remarks, the others "<NTP seconds> <TAI minus UTC> ...").  Pure. */
#ifndef W32TIMED_W32TM_LEAP_LIST_H
#define W32TIMED_W32TM_LEAP_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define LEAP_LIST_MAX 64

struct leap_second {
	int64_t last_second; /* since 1970, the one before the first of the new offset */
	bool inserted;       /* else removed */
};

struct leap_list {
	struct leap_second entries[LEAP_LIST_MAX];
	size_t count;
};

/* Those after June 2018, from which on Windows counts.  Returns 0, -EINVAL for
 * a line that is none, -ERANGE for too many. */
int leap_list_parse(const char *text, struct leap_list *list);

/* As /leapseconds /getstatus shows it. */
void leap_list_print(FILE *out, const struct leap_list *list, bool verbose);

#endif
