#include "config.h"

#include "platform/wait.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <windows.h>

#include "platform/windows/error.h"
#include "platform/windows/socket.h"

/* Rounded up, lest a caller comes back before its time and has to ask again. */
static DWORD to_milliseconds(double seconds)
{
	return (DWORD)ceil(fmin(fmax(seconds, 0), 1e6) * 1e3);
}

/* Windows refuses to wait for no socket at all. */
static int poll_sockets(WSAPOLLFD *polled, size_t used, DWORD time)
{
	int result;

	if (used == 0) {
		Sleep(time);
		return 0;
	}
	result = WSAPoll(polled, (ULONG)used, (INT)time);
	return result < 0 ? -errno_of_last_socket_error() : result;
}

int wait_readable(struct wait_handle *handles, size_t count, double timeout)
{
	WSAPOLLFD *polled = calloc(count + 1, sizeof *polled);
	size_t used = 0;
	int result;

	if (polled == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		if (handles[i].handle != SOCKET_HANDLE_NONE)
			polled[used++] = (WSAPOLLFD){ .fd = handles[i].handle,
						      .events = POLLRDNORM };
	}
	result = poll_sockets(polled, used, to_milliseconds(timeout));
	used = 0;
	for (size_t i = 0; i < count; i++) {
		handles[i].ready = false;
		if (handles[i].handle != SOCKET_HANDLE_NONE)
			handles[i].ready = result > 0 && polled[used++].revents != 0;
	}
	free(polled);
	return result;
}

void wait_seconds(double seconds)
{
	Sleep(to_milliseconds(seconds));
}

double wait_clock(void)
{
	LARGE_INTEGER count, frequency;

	QueryPerformanceCounter(&count);
	QueryPerformanceFrequency(&frequency);
	return (double)count.QuadPart / (double)frequency.QuadPart;
}
