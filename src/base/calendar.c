#include "base/calendar.h"

#define SECONDS_PER_DAY         86400
#define DAYS_PER_400_YEARS      146097
#define DAYS_PER_100_YEARS      36524
#define DAYS_PER_4_YEARS        1461
#define DAYS_1600_MARCH_TO_1970 135080

int64_t calendar_days_since_1970(utc_ns utc)
{
	int64_t day = SECONDS_PER_DAY * NS_PER_SECOND;

	return utc / day - (utc % day < 0);
}

/* Counted from 1 March 1600, so that the leap day is a cycle's last day. */
struct calendar_date calendar_from_days(int64_t days)
{
	static const int ends[] = { 31, 61, 92, 122, 153, 184, 214, 245, 275, 306, 337, 366 };
	int64_t since = days + DAYS_1600_MARCH_TO_1970;
	int64_t era = since / DAYS_PER_400_YEARS - (since % DAYS_PER_400_YEARS < 0);
	int64_t rest = since - era * DAYS_PER_400_YEARS;
	int64_t centuries, fours, years;
	int month = 0;

	centuries = rest / DAYS_PER_100_YEARS;
	if (centuries > 3)
		centuries = 3;
	rest -= centuries * DAYS_PER_100_YEARS;
	fours = rest / DAYS_PER_4_YEARS;
	rest -= fours * DAYS_PER_4_YEARS;
	years = rest / 365;
	if (years > 3)
		years = 3;
	rest -= years * 365;
	while (rest >= ends[month])
		month++;
	return (struct calendar_date){
		.year = 1600 + 400 * era + 100 * centuries + 4 * fours + years + (month >= 10),
		.month = (month + 2) % 12 + 1,
		.day = (int)(rest - (month == 0 ? 0 : ends[month - 1])) + 1,
	};
}
