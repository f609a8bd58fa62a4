#include "config.h"

#include "platform/service_manager.h"

#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

int service_manager_run(bool foreground, int (*serve)(void *context), void *context,
			struct error *error)
{
	(void)foreground;
	(void)error;
	return serve(context);
}

/* --- Requests: signals --------------------------------------------------------- */

static const int signals[] = { SIGTERM, SIGINT, SIGHUP };

#define SIGNALS (sizeof signals / sizeof signals[0])

struct service_requests {
	int ends[2];
	struct sigaction before[SIGNALS];
};

/* Where the handler of signals writes, which is told nothing but their number. */
static volatile sig_atomic_t signal_pipe = -1;

static void on_signal(int number)
{
	const char byte = number == SIGHUP ? SERVICE_REQUEST_RELOAD : SERVICE_REQUEST_STOP;
	int code = errno;

	/* Full: enough is asked for already. */
	(void)!write(signal_pipe, &byte, 1);
	errno = code;
}

int service_requests_open(struct service_requests **requests, struct error *error)
{
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART };
	struct service_requests *self = calloc(1, sizeof *self);

	if (self == NULL)
		return error_set_system(error, ENOMEM, "cannot wait for signals");
	if (pipe2(self->ends, O_CLOEXEC | O_NONBLOCK) < 0) {
		int code = errno;

		free(self);
		return error_set_system(error, code, "cannot wait for signals");
	}
	signal_pipe = self->ends[1];
	sigfillset(&action.sa_mask);
	for (size_t i = 0; i < SIGNALS; i++)
		sigaction(signals[i], &action, &self->before[i]);
	signal(SIGPIPE, SIG_IGN);
	*requests = self;
	return 0;
}

void service_requests_close(struct service_requests *requests)
{
	if (requests == NULL)
		return;
	for (size_t i = 0; i < SIGNALS; i++)
		sigaction(signals[i], &requests->before[i], NULL);
	signal_pipe = -1;
	close(requests->ends[0]);
	close(requests->ends[1]);
	free(requests);
}

socket_handle service_requests_handle(const struct service_requests *requests)
{
	return requests->ends[0];
}

enum service_request service_requests_next(struct service_requests *requests)
{
	char byte;

	return read(requests->ends[0], &byte, 1) == 1 ? (enum service_request)byte
						      : SERVICE_REQUEST_NONE;
}

/* --- What the manager hears ----------------------------------------------------- */

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
