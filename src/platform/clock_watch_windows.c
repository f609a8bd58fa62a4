#include "config.h"

#include "platform/clock_watch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <windows.h>

#include "platform/clock_watch_windows.h"
#include "platform/error_windows.h"
#include "platform/socket_windows.h"

struct clock_watch {
	socket_handle bell;
	HANDLE event; /* what clock_watch_report() sets */
	HANDLE wait;
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

static int start(struct clock_watch *watch)
{
	wchar_t name[NAME_SIZE];

	watch->event = CreateEventW(NULL, FALSE, FALSE, event_name(name));
	if (watch->event == NULL ||
	    !RegisterWaitForSingleObject(&watch->wait, watch->event, on_event, watch, INFINITE,
					 WT_EXECUTEINWAITTHREAD))
		return -errno_of_last_error();
	return 0;
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
	/* Returns when on_event() does not run and will not run any more. */
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
