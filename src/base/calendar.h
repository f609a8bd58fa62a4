/* The Gregorian calendar, without time zones and without the system's help. */
#ifndef W32TIMED_BASE_CALENDAR_H
#define W32TIMED_BASE_CALENDAR_H

#include <stdint.h>

#include "base/timescale.h"

struct calendar_date {
	int64_t year;
	int month; /* 1..12 */
	int day;   /* 1..31 */
};

/* Days since 1970-01-01 of a point in time; negative before. */
int64_t calendar_days_since_1970(utc_ns utc);

/* DAYS since 1970-01-01, within some millions of years. */
struct calendar_date calendar_from_days(int64_t days);

/* From 1601-01-01, where Windows counts from, to 1970-01-01. */
#define CALENDAR_DAYS_1601_TO_1970 134774

#endif
