/* The time of day as people read it. */
#ifndef W32TIMED_PLATFORM_CALENDAR_H
#define W32TIMED_PLATFORM_CALENDAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/timescale.h"

struct calendar_date {
	int year, month, day;     /* month 1..12 */
	int hour, minute, second; /* second 0..60 */
	bool daylight;            /* the zone's daylight-saving time is in force */
};

/* The system's UTC clock. */
utc_ns calendar_now(void);

/* SECONDS since 1970-01-01 UTC in local time or in UTC; -ERANGE for what the
 * system's calendar does not reach. */
int calendar_local(int64_t seconds, struct calendar_date *date);
int calendar_utc(int64_t seconds, struct calendar_date *date);

/* Takes the user's language for dates (not for numbers) from the environment. */
void calendar_use_locale(void);

/* Whether that language writes dates in the United States' form: it does so in
 * the C locale and in American English. */
bool calendar_is_american(void);

/* The locale's own date and time of SECONDS, local; -ERANGE if there is none or
 * it does not fit into SIZE bytes. */
int calendar_locale_text(int64_t seconds, char *buffer, size_t size);

#endif
