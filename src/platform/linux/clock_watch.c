#include <config.h>

#include "platform/clock_watch.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/timerfd.h>
#include <unistd.h>

struct clock_watch {
	int handle;
};

/* A timer that never fires, but is cancelled when the clock is set. */
static int arm(int handle)
{
	/* The year 2255; the kernel's scale ends a little later. */
	static const struct itimerspec never = {
		.it_value = { .tv_sec = sizeof(time_t) > 4 ? (time_t)INT64_C(9000000000)
							   : (time_t)INT32_MAX }
	};

	return timerfd_settime(handle, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never, NULL);
}

int clock_watch_open(struct clock_watch **opened, struct error *error)
{
	struct clock_watch *watch = malloc(sizeof *watch);

	if (watch == NULL)
		return error_set(error, ENOMEM, "not enough memory");
	watch->handle = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);
	if (watch->handle < 0 || arm(watch->handle) < 0) {
		int code = errno;

		clock_watch_close(watch);
		return error_set_system(error, code, "cannot make a timer on the clock");
	}
	*opened = watch;
	return 0;
}

void clock_watch_close(struct clock_watch *watch)
{
	if (watch == NULL)
		return;
	if (watch->handle >= 0)
		close(watch->handle);
	free(watch);
}

socket_handle clock_watch_handle(const struct clock_watch *watch)
{
	return watch->handle;
}

bool clock_watch_was_set(struct clock_watch *watch)
{
	uint64_t expirations;

	if (read(watch->handle, &expirations, sizeof expirations) >= 0 || errno != ECANCELED)
		return false;
	arm(watch->handle);
	return true;
}
