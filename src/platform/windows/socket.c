#include "config.h"

#include "platform/windows/socket.h"

#include <errno.h>
#include <string.h>

#include "platform/windows/error.h"

int socket_begin(void)
{
	WSADATA data;

	/* Counted by Winsock; the process' end gives it back. */
	return -errno_from_windows((unsigned long)WSAStartup(MAKEWORD(2, 2), &data));
}

int socket_make_private(socket_handle handle)
{
	u_long on = 1;

	/* Service providers that are not Windows' own may refuse the first. */
	SetHandleInformation((HANDLE)handle, HANDLE_FLAG_INHERIT, 0);
	return ioctlsocket(handle, FIONBIO, &on) != 0 ? -errno_of_last_socket_error() : 0;
}

static struct sockaddr_in loopback(void)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
				     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
}

/* Bound to a port of the system's choice, which *ADDRESS then tells. */
static int bind_to_loopback(socket_handle handle, struct sockaddr_in *address)
{
	int length = sizeof *address;

	*address = loopback();
	if (bind(handle, (const struct sockaddr *)address, length) != 0 ||
	    getsockname(handle, (struct sockaddr *)address, &length) != 0)
		return -errno_of_last_socket_error();
	return 0;
}

static int new_socket(int type, socket_handle *handle)
{
	int result = socket_begin();

	*handle = SOCKET_HANDLE_NONE;
	if (result < 0)
		return result;
	*handle = WSASocketW(AF_INET, type, 0, NULL, 0,
			     WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT);
	return *handle == SOCKET_HANDLE_NONE ? -errno_of_last_socket_error() : 0;
}

static void close_if_open(socket_handle handle)
{
	if (handle != SOCKET_HANDLE_NONE)
		closesocket(handle);
}

int socket_bell_open(socket_handle *bell, struct error *error)
{
	struct sockaddr_in address;
	socket_handle handle;
	int result = new_socket(SOCK_DGRAM, &handle);

	if (result == 0)
		result = bind_to_loopback(handle, &address);
	if (result == 0 && connect(handle, (const struct sockaddr *)&address, sizeof address) != 0)
		result = -errno_of_last_socket_error();
	if (result == 0)
		result = socket_make_private(handle);
	if (result < 0) {
		close_if_open(handle);
		return error_set_system(error, -result, "cannot open a socket");
	}
	*bell = handle;
	return 0;
}

void socket_bell_ring(socket_handle bell)
{
	/* Full: it has been rung often enough. */
	send(bell, "", 1, 0);
}

bool socket_bell_answer(socket_handle bell)
{
	char byte;
	bool rung = false;

	while (recv(bell, &byte, 1, 0) > 0)
		rung = true;
	return rung;
}

static bool is_same(const struct sockaddr_in *a, const struct sockaddr_in *b)
{
	return a->sin_port == b->sin_port && a->sin_addr.s_addr == b->sin_addr.s_addr;
}

/* The connection from CLIENT, whose own address is FROM; those of strangers, who
 * may have found the port meanwhile, are dropped. */
static int accept_own(socket_handle listener, const struct sockaddr_in *from,
		      socket_handle *accepted)
{
	struct sockaddr_in peer;
	int length;

	for (;;) {
		length = sizeof peer;
		*accepted = accept(listener, (struct sockaddr *)&peer, &length);
		if (*accepted == SOCKET_HANDLE_NONE)
			return -errno_of_last_socket_error();
		if (is_same(&peer, from))
			return 0;
		closesocket(*accepted);
	}
}

static int connect_pair(socket_handle listener, socket_handle ends[2])
{
	struct sockaddr_in address, own;
	int result = bind_to_loopback(listener, &address);

	if (result == 0 && listen(listener, 4) != 0)
		result = -errno_of_last_socket_error();
	if (result == 0)
		result = bind_to_loopback(ends[0], &own);
	if (result == 0 && connect(ends[0], (const struct sockaddr *)&address, sizeof address) != 0)
		result = -errno_of_last_socket_error();
	return result < 0 ? result : accept_own(listener, &own, &ends[1]);
}

static int finish_end(socket_handle handle)
{
	const BOOL on = TRUE;

	setsockopt(handle, IPPROTO_TCP, TCP_NODELAY, (const char *)&on, sizeof on);
	return socket_make_private(handle);
}

int socket_pair(socket_handle ends[2], struct error *error)
{
	const BOOL on = TRUE;
	socket_handle listener;
	int result = new_socket(SOCK_STREAM, &listener);

	ends[0] = ends[1] = SOCKET_HANDLE_NONE;
	if (result == 0)
		result = new_socket(SOCK_STREAM, &ends[0]);
	if (result == 0) {
		setsockopt(listener, SOL_SOCKET, SO_EXCLUSIVEADDRUSE, (const char *)&on, sizeof on);
		result = connect_pair(listener, ends);
	}
	close_if_open(listener);
	if (result == 0)
		result = finish_end(ends[0]);
	if (result == 0)
		result = finish_end(ends[1]);
	if (result == 0)
		return 0;
	close_if_open(ends[0]);
	close_if_open(ends[1]);
	ends[0] = ends[1] = SOCKET_HANDLE_NONE;
	return error_set_system(error, -result, "cannot connect two sockets");
}
