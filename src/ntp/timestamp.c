#include "ntp/timestamp.h"

#include <math.h>

/* 1900-01-01 to 1970-01-01: 70 years with 17 leap days. */
#define UNIX_EPOCH INT64_C(2208988800)

#define ERA_SECONDS INT64_C(0x100000000)

utc_ns ntp_to_utc(ntp_timestamp timestamp, utc_ns around)
{
	int64_t seconds = (int64_t)(timestamp >> 32) - UNIX_EPOCH;
	uint64_t fraction = timestamp & UINT32_MAX;
	/* To the nearest: at most 10^9, which is the next second. */
	int64_t ns = (int64_t)((fraction * NS_PER_SECOND + (UINT64_C(1) << 31)) >> 32);
	utc_ns era_0 = seconds * NS_PER_SECOND + ns;

	if (around >= era_0 + ERA_SECONDS / 2 * NS_PER_SECOND)
		return era_0 + ERA_SECONDS * NS_PER_SECOND;
	return era_0;
}

ntp_timestamp ntp_from_utc(utc_ns utc)
{
	int64_t seconds = utc / NS_PER_SECOND, ns = utc % NS_PER_SECOND;
	ntp_timestamp timestamp;

	if (ns < 0) {
		seconds--;
		ns += NS_PER_SECOND;
	}
	/* Rounded to the nearest it stays below 2^32: 0.999999999 s is 4 units
	 * of 2^-32 s from the next second. */
	timestamp = (uint64_t)(seconds + UNIX_EPOCH) << 32;
	timestamp |= (((uint64_t)ns << 32) + NS_PER_SECOND / 2) / NS_PER_SECOND;
	/* 2036-02-07 06:28:16 exactly would say "unknown". */
	return timestamp == 0 ? 1 : timestamp;
}

double ntp_short_to_seconds(uint32_t value)
{
	return value / 65536.0;
}

uint32_t ntp_short_from_seconds(double seconds)
{
	double units = ceil(seconds * 65536.0);

	if (isnan(units) || units >= (double)UINT32_MAX)
		return UINT32_MAX;
	return units <= 0 ? 0 : (uint32_t)units;
}
