/* What the files of src/loop share: libevent's handles. */
#ifndef W32TIMED_LOOP_LOOP_INTERNAL_H
#define W32TIMED_LOOP_LOOP_INTERNAL_H

#include <event2/event.h>

struct loop {
	struct event_base *base;
	struct evutil_monotonic_timer *clock;
};

struct loop_watch {
	struct event *event;
	void (*ready)(void *context);
	void *context;
};

#endif
