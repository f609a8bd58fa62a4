#include "config.h"

#include "platform/wait.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>

static struct timespec to_timespec(double seconds)
{
	double whole = floor(fmin(fmax(seconds, 0), 1e9));

	return (struct timespec){
		.tv_sec = (time_t)whole,
		.tv_nsec = (long)(fmin(fmax(seconds, 0) - whole, 0.999999999) * 1e9),
	};
}

int wait_readable(struct wait_handle *handles, size_t count, double timeout)
{
	struct pollfd *polled = calloc(count + 1, sizeof *polled);
	struct timespec time = to_timespec(timeout);
	int result;

	if (polled == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		polled[i] = (struct pollfd){ .fd = handles[i].handle, .events = POLLIN };
	result = ppoll(polled, count, &time, NULL);
	for (size_t i = 0; i < count; i++)
		handles[i].ready = result > 0 && polled[i].revents != 0;
	free(polled);
	return result < 0 && errno != EINTR ? -errno : result < 0 ? 0 : result;
}

void wait_seconds(double seconds)
{
	struct timespec time = to_timespec(seconds);

	while (nanosleep(&time, &time) < 0 && errno == EINTR)
		continue;
}

double wait_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}
