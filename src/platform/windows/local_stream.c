#include "config.h"

#include "platform/local_stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "platform/windows/error.h"
#include "platform/windows/pipe_access.h"
#include "platform/windows/pipe_bridge.h"
#include "platform/windows/text.h"

#define PIPE_PREFIX          "\\\\.\\pipe\\"
#define PIPE_NAME_MAX        257 /* with the NUL, prefix included */
#define CONNECT_TIMEOUT_SECS 5

struct local_listener {
	struct pipe_bridge *bridge;
};

static int pipe_name(const char *path, wchar_t name[PIPE_NAME_MAX], struct error *error)
{
	int result;

	if (_strnicmp(path, PIPE_PREFIX, strlen(PIPE_PREFIX)) != 0)
		return error_set(error, EINVAL, "%s is no pipe of this machine: its name begins %s",
				 path, PIPE_PREFIX);
	result = text_to_wide_buffer(path, name, PIPE_NAME_MAX);
	if (result < 0)
		return error_set_system(error, -result, "the pipe's name %.80s", path);
	return 0;
}

/* --- The daemon's end --------------------------------------------------------------- */

int local_listener_open(struct local_listener **listener, const char *path, const char *group,
			struct error *error)
{
	struct local_listener *self = calloc(1, sizeof *self);
	wchar_t name[PIPE_NAME_MAX];
	int result;

	(void)group; /* administrators may change things */
	if (self == NULL)
		return error_set_system(error, ENOMEM, "cannot listen on %s", path);
	result = pipe_name(path, name, error);
	if (result == 0) {
		result = pipe_bridge_open(&self->bridge, name);
		if (result == -EADDRINUSE)
			error_set(error, EADDRINUSE, "another program listens on %s", path);
		else if (result < 0)
			error_set_system(error, -result, "cannot listen on %s", path);
	}
	if (result < 0) {
		free(self);
		return result;
	}
	*listener = self;
	return 0;
}

void local_listener_close(struct local_listener *listener)
{
	if (listener == NULL)
		return;
	pipe_bridge_close(listener->bridge);
	free(listener);
}

socket_handle local_listener_handle(const struct local_listener *listener)
{
	return pipe_bridge_handle(listener->bridge);
}

int local_listener_accept(struct local_listener *listener, socket_handle *connection,
			  struct local_peer *peer)
{
	return pipe_bridge_accept(listener->bridge, connection, peer);
}

/* --- The tool's end: the pipe itself -------------------------------------------------- */

static HANDLE handle_of(socket_handle connection)
{
	return (HANDLE)connection;
}

/* No more rights than the pipe gives to everybody; and whoever serves the pipe may
 * learn who we are, but not act in our name. */
static HANDLE open_pipe(const wchar_t *name)
{
	return CreateFileW(name,
			   FILE_READ_DATA | FILE_WRITE_DATA | FILE_READ_ATTRIBUTES | READ_CONTROL |
				   SYNCHRONIZE,
			   0, NULL, OPEN_EXISTING,
			   FILE_FLAG_OVERLAPPED | SECURITY_SQOS_PRESENT | SECURITY_IDENTIFICATION,
			   NULL);
}

int local_stream_connect(const char *path, socket_handle *connection, struct error *error)
{
	ULONGLONG deadline = GetTickCount64() + CONNECT_TIMEOUT_SECS * 1000;
	wchar_t name[PIPE_NAME_MAX];
	int result = pipe_name(path, name, error);
	HANDLE pipe;
	DWORD code;

	if (result < 0)
		return result;
	for (;;) {
		pipe = open_pipe(name);
		if (pipe != INVALID_HANDLE_VALUE)
			break;
		code = GetLastError();
		if (code != ERROR_PIPE_BUSY)
			return error_set_system(error, errno_from_windows(code),
						"cannot connect to %s", path);
		if (GetTickCount64() >= deadline)
			return error_set_system(error, ETIMEDOUT, "cannot connect to %s", path);
		WaitNamedPipeW(name, 100);
	}
	if (!pipe_access_trusted_server(pipe)) {
		CloseHandle(pipe);
		return error_set(error, EACCES,
				 "%s was made by somebody who is neither a service nor an "
				 "administrator",
				 path);
	}
	*connection = (socket_handle)pipe;
	return 0;
}

/* Waits for what is under way; negative timeout: for ever.  How many bytes, or a
 * negative errno. */
static int finish(HANDLE pipe, OVERLAPPED *overlapped, double timeout)
{
	DWORD milliseconds = INFINITE, length = 0;
	bool late;

	if (timeout >= 0)
		milliseconds = timeout < 86400 ? (DWORD)(timeout * 1000) + (timeout > 0) : 86400000;
	late = WaitForSingleObject(overlapped->hEvent, milliseconds) != WAIT_OBJECT_0;
	if (late)
		CancelIoEx(pipe, overlapped);
	if (GetOverlappedResult(pipe, overlapped, &length, TRUE))
		return (int)length;
	return late && GetLastError() == ERROR_OPERATION_ABORTED ? -ETIMEDOUT
								 : -errno_of_last_error();
}

static double seconds_now(void)
{
	return (double)GetTickCount64() * 1e-3;
}

static double remaining(double deadline, double timeout)
{
	double left = deadline - seconds_now();

	return timeout < 0 ? timeout : left > 0 ? left : 0;
}

int local_stream_send(socket_handle connection, const void *data, size_t length, double timeout)
{
	double deadline = seconds_now() + timeout;
	OVERLAPPED overlapped = { .hEvent = CreateEventW(NULL, TRUE, FALSE, NULL) };
	const char *next = data;
	int result = overlapped.hEvent == NULL ? -errno_of_last_error() : 0;

	while (result >= 0 && length > 0) {
		DWORD size = length < PIPE_BUFFER_SIZE ? (DWORD)length : PIPE_BUFFER_SIZE;

		if (!WriteFile(handle_of(connection), next, size, NULL, &overlapped) &&
		    GetLastError() != ERROR_IO_PENDING) {
			result = -errno_of_last_error();
			break;
		}
		result = finish(handle_of(connection), &overlapped, remaining(deadline, timeout));
		if (result > 0) {
			next += result;
			length -= (size_t)result;
		}
	}
	if (overlapped.hEvent != NULL)
		CloseHandle(overlapped.hEvent);
	return result < 0 ? result : 0;
}

int local_stream_receive(socket_handle connection, void *buffer, size_t size, double timeout)
{
	OVERLAPPED overlapped = { .hEvent = CreateEventW(NULL, TRUE, FALSE, NULL) };
	DWORD room = size < PIPE_BUFFER_SIZE ? (DWORD)size : PIPE_BUFFER_SIZE;
	int result;

	if (overlapped.hEvent == NULL)
		return -errno_of_last_error();
	if (!ReadFile(handle_of(connection), buffer, room, NULL, &overlapped) &&
	    GetLastError() != ERROR_IO_PENDING)
		result = -errno_of_last_error();
	else
		result = finish(handle_of(connection), &overlapped, timeout);
	CloseHandle(overlapped.hEvent);
	return result == -EPIPE ? 0 : result; /* the other end has closed */
}

/* The daemon has sockets here, the tool has pipes. */
static bool is_socket(socket_handle handle)
{
	int type, size = sizeof type;

	return getsockopt(handle, SOL_SOCKET, SO_TYPE, (char *)&type, &size) == 0;
}

void local_stream_close(socket_handle connection)
{
	if (is_socket(connection))
		closesocket(connection);
	else
		CloseHandle(handle_of(connection));
}
