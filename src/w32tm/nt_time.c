#include "w32tm/nt_time.h"

/* 1900-01-01. */
#define NTP_EPOCH UINT64_C(94354848000000000)

uint64_t nt_time_from_utc(utc_ns utc)
{
	int64_t ticks = utc / 100 - (utc % 100 < 0);

	return (uint64_t)(ticks + NT_TIME_UNIX_EPOCH * (int64_t)NT_TIME_PER_SECOND);
}

int64_t nt_time_to_unix(uint64_t nt_time)
{
	return (int64_t)(nt_time / NT_TIME_PER_SECOND) - NT_TIME_UNIX_EPOCH;
}

uint64_t nt_time_from_ntp(ntp_timestamp timestamp)
{
	uint64_t seconds = timestamp >> 32, fraction = timestamp & UINT32_MAX;

	return NTP_EPOCH + seconds * NT_TIME_PER_SECOND +
	       ((fraction * NT_TIME_PER_SECOND + (UINT64_C(1) << 31)) >> 32);
}
