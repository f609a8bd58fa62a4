/* Windows: clients of the control interface's pipe that the system cannot name until
 * they have spoken.  Wine names all: windows/pipe_access.h is the test's own here. */
#include "platform/local_stream.h"
#include "platform/windows/pipe_access.h"
#include "platform/windows/pipe_bridge.h"
#include "unit.h"

#include <errno.h>
#include <stdio.h>

#include <sddl.h>

enum { SILENT = PIPE_CONNECTIONS_USER_MAX + 10 };

static volatile LONG asked, named;

PSECURITY_DESCRIPTOR pipe_access_descriptor(void)
{
	PSECURITY_DESCRIPTOR descriptor;

	ck_assert(ConvertStringSecurityDescriptorToSecurityDescriptorW(
		L"D:(A;;GA;;;WD)", SDDL_REVISION_1, &descriptor, NULL));
	return descriptor;
}

int pipe_access_identify(HANDLE pipe, struct local_peer *peer)
{
	(void)pipe;
	*peer = (struct local_peer){ .user = named ? 1000 : UINT32_MAX };
	InterlockedIncrement(&asked);
	return named ? 0 : -EAGAIN;
}

bool pipe_access_trusted_server(HANDLE pipe)
{
	(void)pipe;
	return true;
}

static socket_handle dial(const char *path)
{
	struct error error = { .text = "" };
	LONG before = asked;
	socket_handle client;

	ck_assert_msg(local_stream_connect(path, &client, &error) == 0, "%s", error.text);
	while (asked == before)
		Sleep(1);
	return client;
}

static bool is_readable(socket_handle handle)
{
	struct timeval timeout = { .tv_sec = 10 };
	fd_set set;

	FD_ZERO(&set);
	FD_SET((SOCKET)handle, &set);
	return select(0, &set, NULL, NULL, &timeout) == 1;
}

START_TEST(the_silent_do_not_keep_others_out)
{
	socket_handle silent[SILENT], client, server;
	struct local_listener *listener;
	struct error error = { .text = "" };
	struct local_peer peer;
	char path[64], byte = 0;

	snprintf(path, sizeof path, "\\\\.\\pipe\\w32timed-test-%lu", GetCurrentProcessId());
	ck_assert_msg(local_listener_open(&listener, path, NULL, &error) == 0, "%s", error.text);
	for (int i = 0; i < SILENT; i++)
		silent[i] = dial(path);
	client = dial(path);
	/* Those that came first have gone, and the last are there. */
	ck_assert_int_eq(local_stream_receive(silent[0], &byte, 1, 10), 0);
	ck_assert_int_eq(local_stream_receive(silent[SILENT - 1], &byte, 1, 0), -ETIMEDOUT);
	named = 1;
	ck_assert_int_eq(local_stream_send(client, "x", 1, 10), 0);
	ck_assert(is_readable(local_listener_handle(listener)));
	ck_assert_int_eq(local_listener_accept(listener, &server, &peer), 0);
	ck_assert_uint_eq(peer.user, 1000);
	ck_assert(is_readable(server));
	ck_assert_int_eq(recv((SOCKET)server, &byte, 1, 0), 1);
	ck_assert_int_eq(byte, 'x');
	local_stream_close(server);
	local_stream_close(client);
	for (int i = 0; i < SILENT; i++)
		local_stream_close(silent[i]);
	local_listener_close(listener);
}
END_TEST

int main(void)
{
	TCase *pipe = tcase_create("pipe");
	TCase *const cases[] = { pipe, NULL };

	tcase_set_timeout(pipe, 60);
	tcase_add_test(pipe, the_silent_do_not_keep_others_out);
	return unit_run("platform_pipe_silent", cases);
}
