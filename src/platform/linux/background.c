#include <config.h>

#include "platform/background.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

void background_fill_standard_handles(void)
{
	int handle;

	do
		handle = open("/dev/null", O_RDWR);
	while (handle >= 0 && handle <= STDERR_FILENO);
	if (handle >= 0)
		close(handle);
}

/* The first process: lives until the daemon is ready, or dead. */
static void wait_for_daemon(int handle)
{
	char byte;
	ssize_t got;

	do {
		got = read(handle, &byte, 1);
	} while (got < 0 && errno == EINTR);
	_exit(got == 1 ? EXIT_SUCCESS : EXIT_FAILURE);
}

int background_start(int *ready, struct error *error)
{
	int ends[2];
	pid_t child;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return error_set_system(error, errno, "cannot make a pipe");
	child = fork();
	if (child < 0) {
		int code = errno;

		close(ends[0]);
		close(ends[1]);
		return error_set_system(error, code, "cannot start a process");
	}
	if (child > 0) {
		close(ends[1]);
		wait_for_daemon(ends[0]);
	}
	close(ends[0]);
	*ready = ends[1];
	if (setsid() < 0)
		return error_set_system(error, errno, "cannot leave the terminal");
	return 0;
}

void background_ready(int ready)
{
	int null;

	if (ready == BACKGROUND_NONE)
		return;
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null >= 0) {
		for (int handle = 0; handle <= 2; handle++)
			dup2(null, handle);
		if (null > 2)
			close(null);
	}
	(void)!write(ready, "", 1);
	close(ready);
}
