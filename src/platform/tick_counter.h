/* The processor's tick counter; nanoseconds of a monotonic clock where it has
 * none that programs may read. */
#ifndef W32TIMED_PLATFORM_TICK_COUNTER_H
#define W32TIMED_PLATFORM_TICK_COUNTER_H

#include <stdint.h>

uint64_t tick_counter(void);

#endif
