#include "platform/calendar.h"

#include <errno.h>
#include <locale.h>
#include <string.h>
#include <time.h>

utc_ns calendar_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * NS_PER_SECOND + now.tv_nsec;
}

static int break_down(int64_t seconds, struct tm *broken)
{
	time_t point = (time_t)seconds;

	if (point != seconds || localtime_r(&point, broken) == NULL)
		return -ERANGE;
	return 0;
}

static void to_date(const struct tm *broken, struct calendar_date *date)
{
	*date = (struct calendar_date){
		.year = broken->tm_year + 1900,
		.month = broken->tm_mon + 1,
		.day = broken->tm_mday,
		.hour = broken->tm_hour,
		.minute = broken->tm_min,
		.second = broken->tm_sec,
		.daylight = broken->tm_isdst > 0,
	};
}

int calendar_local(int64_t seconds, struct calendar_date *date)
{
	struct tm broken;
	int result = break_down(seconds, &broken);

	if (result == 0)
		to_date(&broken, date);
	return result;
}

int calendar_utc(int64_t seconds, struct calendar_date *date)
{
	time_t point = (time_t)seconds;
	struct tm broken;

	if (point != seconds || gmtime_r(&point, &broken) == NULL)
		return -ERANGE;
	to_date(&broken, date);
	return 0;
}

void calendar_use_locale(void)
{
	setlocale(LC_TIME, "");
}

bool calendar_is_american(void)
{
	const char *name = setlocale(LC_TIME, NULL);

	return name == NULL || strcmp(name, "C") == 0 || strncmp(name, "C.", 2) == 0 ||
	       strcmp(name, "POSIX") == 0 || strncmp(name, "en_US", 5) == 0;
}

/* How many digits a year has is the locale's business. */
#pragma GCC diagnostic ignored "-Wformat-y2k"
int calendar_locale_text(int64_t seconds, char *buffer, size_t size)
{
	struct tm broken;
	int result = break_down(seconds, &broken);

	if (result < 0)
		return result;
	return strftime(buffer, size, "%x %X", &broken) > 0 ? 0 : -ERANGE;
}
