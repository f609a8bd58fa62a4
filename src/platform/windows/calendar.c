#include "config.h"

#include "platform/calendar.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#include "platform/windows/file_time.h"
#include "platform/windows/text.h"

utc_ns calendar_now(void)
{
	FILETIME now;

	GetSystemTimePreciseAsFileTime(&now);
	return utc_from_file_time(&now);
}

static void to_date(const SYSTEMTIME *broken, bool daylight, struct calendar_date *date)
{
	*date = (struct calendar_date){
		.year = broken->wYear,
		.month = broken->wMonth,
		.day = broken->wDay,
		.hour = broken->wHour,
		.minute = broken->wMinute,
		.second = broken->wSecond,
		.daylight = daylight,
	};
}

/* What FileTimeToSystemTime() takes: the years 1601 to 30827. */
static int break_down(int64_t seconds, SYSTEMTIME *broken)
{
	const int64_t first = -INT64_C(11644473600), last = INT64_C(910692730085);
	FILETIME time;

	if (seconds < first || seconds > last)
		return -ERANGE;
	time = file_time_from_seconds(seconds);
	return FileTimeToSystemTime(&time, broken) ? 0 : -ERANGE;
}

static int64_t to_seconds(const SYSTEMTIME *broken)
{
	FILETIME time;

	return SystemTimeToFileTime(broken, &time) ? seconds_from_file_time(&time) : 0;
}

/* The rules for local time in YEAR. */
static bool find_zone(WORD year, TIME_ZONE_INFORMATION *zone)
{
	DYNAMIC_TIME_ZONE_INFORMATION dynamic;

	return GetDynamicTimeZoneInformation(&dynamic) != TIME_ZONE_ID_INVALID &&
	       GetTimeZoneInformationForYear(year, &dynamic, zone);
}

static int break_down_local(int64_t seconds, SYSTEMTIME *local)
{
	TIME_ZONE_INFORMATION zone;
	SYSTEMTIME utc;
	int result = break_down(seconds, &utc);

	if (result < 0)
		return result;
	if (!find_zone(utc.wYear, &zone) || !SystemTimeToTzSpecificLocalTime(&zone, &utc, local))
		return -ERANGE;
	return 0;
}

/* Whether LOCAL is ahead of what the zone's standard time would show. */
static bool is_daylight(int64_t seconds, const SYSTEMTIME *local)
{
	TIME_ZONE_INFORMATION zone;
	int64_t ahead = to_seconds(local) - seconds;

	if (!find_zone(local->wYear, &zone) || zone.DaylightDate.wMonth == 0 ||
	    zone.DaylightBias == zone.StandardBias)
		return false;
	return ahead == -60 * (int64_t)(zone.Bias + zone.DaylightBias);
}

int calendar_local(int64_t seconds, struct calendar_date *date)
{
	SYSTEMTIME local;
	int result = break_down_local(seconds, &local);

	if (result == 0)
		to_date(&local, is_daylight(seconds, &local), date);
	return result;
}

int calendar_utc(int64_t seconds, struct calendar_date *date)
{
	SYSTEMTIME utc;
	int result = break_down(seconds, &utc);

	if (result == 0)
		to_date(&utc, false, date);
	return result;
}

void calendar_use_locale(void)
{
	/* Windows' functions for dates know the user's language by themselves. */
}

bool calendar_is_american(void)
{
	wchar_t name[LOCALE_NAME_MAX_LENGTH];

	return GetUserDefaultLocaleName(name, LOCALE_NAME_MAX_LENGTH) == 0 ||
	       wcscmp(name, L"en-US") == 0;
}

int calendar_locale_text(int64_t seconds, char *buffer, size_t size)
{
	enum { PART = 128 };
	wchar_t date[PART], time[PART], text[2 * PART];
	SYSTEMTIME local;
	int result = break_down_local(seconds, &local);

	if (result < 0)
		return result;
	if (GetDateFormatEx(LOCALE_NAME_USER_DEFAULT, DATE_SHORTDATE, &local, NULL, date, PART,
			    NULL) == 0 ||
	    GetTimeFormatEx(LOCALE_NAME_USER_DEFAULT, 0, &local, NULL, time, PART) == 0)
		return -ERANGE;
	wcscpy(text, date);
	wcscat(text, L" ");
	wcscat(text, time);
	return text_from_wide_buffer(text, buffer, size) == 0 ? 0 : -ERANGE;
}
