#include "config.h"

#include "platform/service_manager.h"

#include "base/text.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* A manager that does not listen is its own trouble: nothing is reported. */
static void notify(const char *message)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t length;
	int handle;

	if (path == NULL || (path[0] != '/' && path[0] != '@'))
		return;
	length = strlen(path);
	if (length < 2 || length > sizeof address.sun_path)
		return;
	memcpy(address.sun_path, path, length);
	if (path[0] == '@')
		address.sun_path[0] = '\0';
	handle = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (handle < 0)
		return;
	sendto(handle, message, strlen(message), MSG_NOSIGNAL, (const struct sockaddr *)&address,
	       (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length));
	close(handle);
}

void service_manager_ready(void)
{
	notify("READY=1");
}

void service_manager_reloading(void)
{
	struct timespec now;
	char message[64];

	clock_gettime(CLOCK_MONOTONIC, &now);
	snprintf(message, sizeof message, "RELOADING=1\nMONOTONIC_USEC=%lld",
		 (long long)now.tv_sec * 1000000 + now.tv_nsec / 1000);
	notify(message);
}

void service_manager_stopping(void)
{
	notify("STOPPING=1");
}

double service_manager_watchdog(void)
{
	const char *interval = getenv("WATCHDOG_USEC"), *process = getenv("WATCHDOG_PID");
	uint64_t microseconds, pid;

	if (interval == NULL || text_parse_u64(interval, &microseconds) < 0)
		return 0;
	if (process != NULL && (text_parse_u64(process, &pid) < 0 || pid != (uint64_t)getpid()))
		return 0;
	return (double)microseconds * 1e-6;
}

void service_manager_alive(void)
{
	notify("WATCHDOG=1");
}
