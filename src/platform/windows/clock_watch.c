#include "config.h"

#include "platform/clock_watch.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <windows.h>

#include "platform/clock_os.h"
#include "platform/windows/clock_watch.h"
#include "platform/windows/error.h"
#include "platform/windows/service.h"
#include "platform/windows/socket.h"

/* How often a program that nobody tells looks at the clock. */
#define LOOK_MS 1000

/* What steering makes of a second at most, and what reading the clock adds: UTC that
 * has moved by more was set, or the machine slept. */
#define STEERING_MAX 0.11
#define READING_MAX  0.02

struct clock_watch {
	socket_handle bell;
	HANDLE event; /* what clock_watch_report() sets */
	HANDLE wait;
	HANDLE timer;              /* NULL: the service control manager tells us */
	struct clock_reading last; /* the timer's own */
};

enum { NAME_SIZE = 64 };

/* The control handler has nothing of ours at hand: the event has a name. */
static const wchar_t *event_name(wchar_t name[NAME_SIZE])
{
	swprintf(name, NAME_SIZE, L"Local\\w32timed-clock-%lu",
		 (unsigned long)GetCurrentProcessId());
	return name;
}

void clock_watch_report(void)
{
	wchar_t name[NAME_SIZE];
	HANDLE event = OpenEventW(EVENT_MODIFY_STATE, FALSE, event_name(name));

	if (event == NULL)
		return;
	SetEvent(event);
	CloseHandle(event);
}

/* On a thread of the system's pool. */
static VOID CALLBACK on_event(PVOID context, BOOLEAN timed_out)
{
	struct clock_watch *watch = context;

	(void)timed_out;
	socket_bell_ring(watch->bell);
}

/* On a thread of the system's, one after the other. */
static VOID CALLBACK on_look(PVOID context, BOOLEAN timed_out)
{
	struct clock_watch *watch = context;
	struct clock_reading now;
	double passed, moved;

	(void)timed_out;
	if (clock_os_read(&now) < 0)
		return;
	passed = ns_interval(watch->last.raw, now.raw);
	moved = ns_interval(watch->last.utc, now.utc) - passed;
	watch->last = now;
	if (fabs(moved) > STEERING_MAX * passed + READING_MAX)
		socket_bell_ring(watch->bell);
}

static int start_looking(struct clock_watch *watch)
{
	int result = clock_os_read(&watch->last);

	if (result < 0)
		return result;
	if (!CreateTimerQueueTimer(&watch->timer, NULL, on_look, watch, LOOK_MS, LOOK_MS,
				   WT_EXECUTEINTIMERTHREAD))
		return -errno_of_last_error();
	return 0;
}

static int start(struct clock_watch *watch)
{
	wchar_t name[NAME_SIZE];

	watch->event = CreateEventW(NULL, FALSE, FALSE, event_name(name));
	if (watch->event == NULL ||
	    !RegisterWaitForSingleObject(&watch->wait, watch->event, on_event, watch, INFINITE,
					 WT_EXECUTEINWAITTHREAD))
		return -errno_of_last_error();
	return service_is_managed() ? 0 : start_looking(watch);
}

int clock_watch_open(struct clock_watch **opened, struct error *error)
{
	struct clock_watch *watch = calloc(1, sizeof *watch);
	int result;

	if (watch == NULL)
		return error_set(error, ENOMEM, "not enough memory");
	result = socket_bell_open(&watch->bell, error);
	if (result < 0) {
		free(watch);
		return result;
	}
	result = start(watch);
	if (result < 0) {
		clock_watch_close(watch);
		return error_set_system(error, -result, "cannot watch the clock");
	}
	*opened = watch;
	return 0;
}

void clock_watch_close(struct clock_watch *watch)
{
	if (watch == NULL)
		return;
	/* Each returns when its function does not run and will not run any more. */
	if (watch->timer != NULL)
		DeleteTimerQueueTimer(NULL, watch->timer, INVALID_HANDLE_VALUE);
	if (watch->wait != NULL)
		UnregisterWaitEx(watch->wait, INVALID_HANDLE_VALUE);
	if (watch->event != NULL)
		CloseHandle(watch->event);
	closesocket(watch->bell);
	free(watch);
}

socket_handle clock_watch_handle(const struct clock_watch *watch)
{
	return watch->bell;
}

bool clock_watch_was_set(struct clock_watch *watch)
{
	return socket_bell_answer(watch->bell);
}
