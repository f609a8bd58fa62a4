#include "loop/loop.h"

#include <errno.h>
#include <event2/util.h>
#include <math.h>
#include <stdlib.h>

#include "base/timescale.h"
#include "loop/loop_internal.h"

#define LOOP_DAY 86400.0 /* s */

struct loop_timer {
	struct event *event;
	void (*fired)(void *context);
	void *context;
};

/* ------------------------------------------------------------------------- */

static int loop_fill(struct loop *loop)
{
	struct event_config *settings;

	loop->clock = evutil_monotonic_timer_new();
	if (loop->clock == NULL || evutil_configure_monotonic_time(loop->clock, 0) != 0)
		return -ENOMEM;
	settings = event_config_new();
	if (settings == NULL)
		return -ENOMEM;
	event_config_set_flag(settings, EVENT_BASE_FLAG_PRECISE_TIMER);
	loop->base = event_base_new_with_config(settings);
	event_config_free(settings);
	return loop->base == NULL ? -ENOMEM : 0;
}

int loop_create(struct loop **created, struct error *error)
{
	struct loop *loop = calloc(1, sizeof *loop);

	if (loop == NULL)
		return error_set(error, ENOMEM, "not enough memory for the event loop");
	if (loop_fill(loop) < 0) {
		loop_destroy(loop);
		return error_set(error, ENOMEM, "the event loop cannot be made");
	}
	*created = loop;
	return 0;
}

void loop_destroy(struct loop *loop)
{
	if (loop == NULL)
		return;
	if (loop->base != NULL)
		event_base_free(loop->base);
	if (loop->clock != NULL)
		evutil_monotonic_timer_free(loop->clock);
	free(loop);
}

void loop_run(struct loop *loop)
{
	event_base_dispatch(loop->base);
}

void loop_run_once(struct loop *loop, bool wait)
{
	event_base_loop(loop->base, wait ? EVLOOP_ONCE : EVLOOP_NONBLOCK);
}

void loop_stop(struct loop *loop)
{
	event_base_loopbreak(loop->base);
}

const char *loop_method(const struct loop *loop)
{
	return event_base_get_method(loop->base);
}

const char *loop_library_version(void)
{
	return event_get_version();
}

void loop_library_end(void)
{
	libevent_global_shutdown();
}

/* ------------------------------------------------------------------------- */

loop_time loop_now(const struct loop *loop)
{
	struct timeval time = { 0 };

	evutil_gettime_monotonic(loop->clock, &time);
	return (loop_time){ time.tv_sec * NS_PER_SECOND + time.tv_usec * 1000 };
}

double loop_interval(loop_time from, loop_time to)
{
	return ns_interval(from.ns, to.ns);
}

loop_time loop_after(loop_time from, double seconds)
{
	return (loop_time){ ns_add(from.ns, seconds) };
}

/* ------------------------------------------------------------------------- */

static void loop_timer_fire(evutil_socket_t handle, short what, void *context)
{
	struct loop_timer *timer = context;

	(void)handle;
	(void)what;
	timer->fired(timer->context);
}

int loop_timer_create(struct loop_timer **created, struct loop *loop, void (*fired)(void *context),
		      void *context)
{
	struct loop_timer *timer = calloc(1, sizeof *timer);

	if (timer == NULL)
		return -ENOMEM;
	timer->fired = fired;
	timer->context = context;
	timer->event = event_new(loop->base, -1, 0, loop_timer_fire, timer);
	if (timer->event == NULL) {
		free(timer);
		return -ENOMEM;
	}
	*created = timer;
	return 0;
}

void loop_timer_destroy(struct loop_timer *timer)
{
	if (timer == NULL)
		return;
	event_free(timer->event);
	free(timer);
}

void loop_timer_set(struct loop_timer *timer, double seconds)
{
	struct timeval delay;
	int64_t microseconds;

	/* Never early, so that what is due then is found to be. */
	microseconds = (int64_t)ceil(fmin(fmax(seconds, 0), LOOP_DAY) * 1e6);
	delay.tv_sec = (time_t)(microseconds / 1000000);
	delay.tv_usec = (suseconds_t)(microseconds % 1000000);
	event_add(timer->event, &delay);
}

void loop_timer_soon(struct loop_timer *timer)
{
	event_active(timer->event, EV_TIMEOUT, 0);
}

void loop_timer_stop(struct loop_timer *timer)
{
	event_del(timer->event);
}

bool loop_timer_is_set(const struct loop_timer *timer)
{
	return event_pending(timer->event, EV_TIMEOUT, NULL) != 0;
}

/* ------------------------------------------------------------------------- */

static void loop_watch_fire(evutil_socket_t handle, short what, void *context)
{
	struct loop_watch *watch = context;

	(void)handle;
	(void)what;
	watch->ready(watch->context);
}

static int loop_watch_make(struct loop_watch **created, struct loop *loop, evutil_socket_t handle,
			   short what, void (*ready)(void *context), void *context)
{
	struct loop_watch *watch = calloc(1, sizeof *watch);

	if (watch == NULL)
		return -ENOMEM;
	watch->ready = ready;
	watch->context = context;
	watch->event = event_new(loop->base, handle, (short)(what | EV_PERSIST), loop_watch_fire,
				 watch);
	if (watch->event == NULL) {
		free(watch);
		return -ENOMEM;
	}
	*created = watch;
	return 0;
}

int loop_watch_create(struct loop_watch **watch, struct loop *loop, socket_handle handle,
		      enum loop_readiness readiness, void (*ready)(void *context), void *context)
{
	return loop_watch_make(watch, loop, (evutil_socket_t)handle,
			       readiness == LOOP_READABLE ? EV_READ : EV_WRITE, ready, context);
}

int loop_watch_create_signal(struct loop_watch **watch, struct loop *loop, int number,
			     void (*caught)(void *context), void *context)
{
	return loop_watch_make(watch, loop, number, EV_SIGNAL, caught, context);
}

void loop_watch_destroy(struct loop_watch *watch)
{
	if (watch == NULL)
		return;
	event_free(watch->event);
	free(watch);
}

int loop_watch_start(struct loop_watch *watch)
{
	errno = 0;
	if (event_add(watch->event, NULL) == 0)
		return 0;
	return errno > 0 ? -errno : -ENOMEM;
}

void loop_watch_stop(struct loop_watch *watch)
{
	event_del(watch->event);
}

int loop_watch_readable(struct loop_watch **watch, struct loop *loop, socket_handle handle,
			void (*ready)(void *context), void *context)
{
	int result = loop_watch_create(watch, loop, handle, LOOP_READABLE, ready, context);

	if (result < 0)
		return result;
	result = loop_watch_start(*watch);
	if (result < 0) {
		loop_watch_destroy(*watch);
		*watch = NULL;
	}
	return result;
}
