/* The event loop: timers, sockets to wait for, signals, and the monotonic clock
 * that all of these run by.  The one module that knows libevent.
 *
 * One thread runs a loop and calls everything here.  Whatever a callback's
 * comment does not forbid may be done in it, its own timer or watch destroyed
 * included. */
#ifndef W32TIMED_LOOP_LOOP_H
#define W32TIMED_LOOP_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "platform/sockets.h"

struct loop;
struct loop_timer;
struct loop_watch;

/* The monotonic clock, ns.  A type of its own: it is not the raw oscillator
 * (base/timescale.h), and may be slewed with the system's clock. */
typedef struct {
	int64_t ns;
} loop_time;

/* -ENOMEM and what the system says. */
int loop_create(struct loop **loop, struct error *error);
/* Everything that was made of it must be destroyed before.  NULL is allowed. */
void loop_destroy(struct loop *loop);

/* Until loop_stop(), or until there is nothing to wait for. */
void loop_run(struct loop *loop);
/* Waits for at most one event, and not at all unless WAIT; does what is due. */
void loop_run_once(struct loop *loop, bool wait);
/* To be called from a callback: loop_run() returns when that has returned. */
void loop_stop(struct loop *loop);

/* "epoll", "poll", "win32"; static. */
const char *loop_method(const struct loop *loop);
/* libevent's version; static. */
const char *loop_library_version(void);
/* What libevent keeps for all loops goes; after the last of them. */
void loop_library_end(void);

/* --- The clock ----------------------------------------------------------------- */

loop_time loop_now(const struct loop *loop);
/* s from FROM to TO; negative if TO lies before. */
double loop_interval(loop_time from, loop_time to);
/* SECONDS after FROM; the far future where that does not fit. */
loop_time loop_after(loop_time from, double seconds);

/* --- Timers ---------------------------------------------------------------------- */

/* -ENOMEM.  FIRED is called once for each time that the timer was set. */
int loop_timer_create(struct loop_timer **timer, struct loop *loop, void (*fired)(void *context),
		      void *context);
void loop_timer_destroy(struct loop_timer *timer); /* NULL is allowed */

/* Fires SECONDS from now, in place of what was set before.  Less than nothing (or
 * no number) is at once, but never in this call; more than a day is a day. */
void loop_timer_set(struct loop_timer *timer, double seconds);
/* Before the loop looks at any socket again, but not in this call. */
void loop_timer_soon(struct loop_timer *timer);
void loop_timer_stop(struct loop_timer *timer);
bool loop_timer_is_set(const struct loop_timer *timer);

/* --- Sockets and signals --------------------------------------------------------- */

enum loop_readiness {
	LOOP_READABLE,
	LOOP_WRITABLE,
};

/* READY is called whenever HANDLE is readable or writable, while that lasts; it is
 * waited for from loop_watch_start() on.  HANDLE stays the caller's and must stay
 * open as long as the watch.  -ENOMEM. */
int loop_watch_create(struct loop_watch **watch, struct loop *loop, socket_handle handle,
		      enum loop_readiness readiness, void (*ready)(void *context), void *context);
/* The same with CAUGHT for the signal NUMBER. */
int loop_watch_create_signal(struct loop_watch **watch, struct loop *loop, int number,
			     void (*caught)(void *context), void *context);
void loop_watch_destroy(struct loop_watch *watch); /* NULL is allowed */

/* -ENOMEM, or what the system says of the handle. */
int loop_watch_start(struct loop_watch *watch);
void loop_watch_stop(struct loop_watch *watch);

/* loop_watch_create() for what is readable, and start; nothing is left behind
 * where it fails. */
int loop_watch_readable(struct loop_watch **watch, struct loop *loop, socket_handle handle,
			void (*ready)(void *context), void *context);

#endif
