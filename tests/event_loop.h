/* The loop of a test, and libevent's handle of it for what fixtures do without
 * src/loop: the other ends of the connections under test. */
#ifndef W32TIMED_TESTS_EVENT_LOOP_H
#define W32TIMED_TESTS_EVENT_LOOP_H

#include <event2/event.h>
#include <stdlib.h>

#include "loop/loop.h"
#include "loop/loop_internal.h"

static inline struct loop *event_loop_create(void)
{
	struct loop *made;
	struct error error;

	if (loop_create(&made, &error) < 0)
		abort();
	return made;
}

static inline struct event_base *event_loop_base(const struct loop *of)
{
	return of->base;
}

#endif
