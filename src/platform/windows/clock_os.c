#include "config.h"

#include "platform/clock_os.h"

#include <windows.h>

#include "platform/windows/file_time.h"

/* Since Windows 10.  The count of the performance counter less the time asleep, in
 * 100 ns, steered by nobody; its twin counts the time asleep too. */
typedef VOID(WINAPI *query_interrupt_time)(PULONGLONG units);

static query_interrupt_time interrupt_time(const char *name)
{
	HMODULE module = GetModuleHandleW(L"kernelbase.dll");

	/* By way of a general function pointer, as the compiler wants it. */
	return module == NULL ? NULL
			      : (query_interrupt_time)(void (*)(void))GetProcAddress(module, name);
}

static raw_ns read_counter(void)
{
	LARGE_INTEGER count, frequency;

	QueryPerformanceCounter(&count);
	QueryPerformanceFrequency(&frequency);
	return count.QuadPart / frequency.QuadPart * NS_PER_SECOND +
	       count.QuadPart % frequency.QuadPart * NS_PER_SECOND / frequency.QuadPart;
}

static raw_ns read_raw(query_interrupt_time unbiased)
{
	ULONGLONG units;

	if (unbiased == NULL)
		return read_counter();
	unbiased(&units);
	return (raw_ns)units * FILE_TIME_UNIT_NS;
}

/* UTC between two readings of the raw oscillator: its moment is the middle. */
static void read_bracket(query_interrupt_time unbiased, struct clock_reading *reading)
{
	raw_ns before = read_raw(unbiased), after;
	FILETIME utc;

	GetSystemTimePreciseAsFileTime(&utc);
	after = read_raw(unbiased);
	reading->raw = before + (after - before) / 2;
	reading->utc = utc_from_file_time(&utc);
	reading->uncertainty = (double)(after - before) * 0.5e-9;
}

/* What the count with sleep is ahead of the one without.  A millisecond is good
 * enough and keeps the noise out. */
static int64_t read_suspended(query_interrupt_time unbiased, query_interrupt_time biased)
{
	enum { ATTEMPTS = 3 };
	const int64_t unit_ns = 1000000, good_ns = 100000;
	int64_t narrowest_ns = INT64_MAX, ahead_ns = 0;

	if (unbiased == NULL || biased == NULL)
		return 0;
	for (int i = 0; i < ATTEMPTS && narrowest_ns > good_ns; i++) {
		int64_t before = read_raw(unbiased), with = read_raw(biased),
			after = read_raw(unbiased);

		if (after - before < narrowest_ns) {
			narrowest_ns = after - before;
			ahead_ns = with - (before + narrowest_ns / 2);
		}
	}
	return (ahead_ns + unit_ns / 2) / unit_ns * unit_ns;
}

int clock_os_read(struct clock_reading *reading)
{
	enum { ATTEMPTS = 3 };
	const double good = 200e-9;
	query_interrupt_time unbiased = interrupt_time("QueryUnbiasedInterruptTimePrecise"),
			     biased = interrupt_time("QueryInterruptTimePrecise");
	struct clock_reading attempt;

	if (biased == NULL)
		unbiased = NULL;
	for (int i = 0; i < ATTEMPTS; i++) {
		read_bracket(unbiased, &attempt);
		if (i == 0 || attempt.uncertainty < reading->uncertainty)
			*reading = attempt;
		if (reading->uncertainty < good)
			break;
	}
	reading->suspended_ns = read_suspended(unbiased, biased);
	return 0;
}

double clock_os_precision(void)
{
	enum { READINGS = 100 };
	int64_t smallest = FILE_TIME_UNITS, unit = 1;
	FILETIME before, after;

	GetSystemTimePreciseAsFileTime(&before);
	for (int i = 0; i < READINGS; i++) {
		int64_t difference;

		GetSystemTimePreciseAsFileTime(&after);
		difference = file_time_units(&after) - file_time_units(&before);
		if (difference > 0 && difference < smallest)
			smallest = difference;
		before = after;
	}
	/* It stood still. */
	if (smallest == FILE_TIME_UNITS)
		smallest = unit;
	return (double)smallest * 1e-7;
}
