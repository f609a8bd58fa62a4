#include "platform/tick_counter.h"

#if defined(__x86_64__) || defined(__i386__)

#include <x86intrin.h>

uint64_t tick_counter(void)
{
	return __rdtsc();
}

#else

#include <time.h>

#include "base/timescale.h"

uint64_t tick_counter(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)(now.tv_sec * NS_PER_SECOND + now.tv_nsec);
}

#endif
