/* Windows: the control interface's named pipe, its bridge to sockets, and bells. */
#include "platform/local_stream.h"
#include "platform/network_watch.h"
#include "platform/service_manager.h"
#include "platform/windows/socket.h"
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#define MUCH (1 << 20)

/* A pipe of this process' own. */
static char path[64];

static void name_pipe(void)
{
	snprintf(path, sizeof path, "\\\\.\\pipe\\w32timed-test-%lu", GetCurrentProcessId());
}

/* Waits for something to happen, not for time to pass. */
static bool is_readable(SOCKET handle, long seconds)
{
	struct timeval timeout = { .tv_sec = seconds };
	fd_set set;

	FD_ZERO(&set);
	FD_SET(handle, &set);
	return select(0, &set, NULL, NULL, &timeout) == 1;
}

static struct local_listener *listen_here(void)
{
	struct local_listener *listener;
	struct error error = { 0 };

	ck_assert_msg(local_listener_open(&listener, path, NULL, &error) == 0, "%s", error.text);
	return listener;
}

static void connect_one(struct local_listener *listener, socket_handle *client, SOCKET *server,
			struct local_peer *peer)
{
	struct error error = { 0 };
	int result;

	ck_assert_msg(local_stream_connect(path, client, &error) == 0, "%s", error.text);
	/* It may be about a connection that was accepted before. */
	do {
		ck_assert(is_readable(local_listener_handle(listener), 10));
		result = local_listener_accept(listener, server, peer);
	} while (result == -EAGAIN);
	ck_assert_int_eq(result, 0);
}

/* From the bridge's socket, however many pieces it comes in; less at its end. */
static size_t receive_all(SOCKET server, char *data, size_t size)
{
	size_t got = 0;

	while (got < size && is_readable(server, 10)) {
		int piece = recv(server, data + got, (int)(size - got), 0);

		if (piece <= 0)
			break;
		got += (size_t)piece;
	}
	return got;
}

START_TEST(both_ends_talk)
{
	struct local_listener *listener = listen_here();
	socket_handle client;
	SOCKET server;
	struct local_peer peer;
	char buffer[64];

	ck_assert_int_eq(local_listener_accept(listener, &server, &peer), -EAGAIN);
	connect_one(listener, &client, &server, &peer);
	ck_assert_int_eq(peer.process, GetCurrentProcessId());
	ck_assert(peer.may_change);
	ck_assert_int_eq(local_listener_accept(listener, &client, &peer), -EAGAIN);
	ck_assert(!is_readable(local_listener_handle(listener), 0));

	ck_assert_int_eq(local_stream_send(client, "hello", 5, 1), 0);
	ck_assert_uint_eq(receive_all(server, buffer, 5), 5);
	ck_assert_mem_eq(buffer, "hello", 5);
	ck_assert_int_eq(send(server, "world", 5, 0), 5);
	ck_assert_int_eq(local_stream_receive(client, buffer, sizeof buffer, 10), 5);
	ck_assert_mem_eq(buffer, "world", 5);
	ck_assert_int_eq(local_stream_receive(client, buffer, sizeof buffer, 0), -ETIMEDOUT);
	ck_assert_int_eq(local_stream_receive(client, buffer, sizeof buffer, 0.01), -ETIMEDOUT);

	local_stream_close(server);
	ck_assert_int_eq(local_stream_receive(client, buffer, sizeof buffer, 10), 0);
	ck_assert_int_lt(local_stream_send(client, "x", 1, 1), 0);
	local_stream_close(client);
	local_listener_close(listener);
	ck_assert_int_eq(local_stream_connect(path, &client, NULL), -ENOENT);
}
END_TEST

static char *new_pattern(void)
{
	char *pattern = malloc(MUCH);

	ck_assert_ptr_nonnull(pattern);
	for (size_t i = 0; i < MUCH; i++)
		pattern[i] = (char)(i * 2654435761u >> 13);
	return pattern;
}

struct reading {
	socket_handle client;
	char *data;
	size_t length;
};

static DWORD WINAPI read_to_end(void *context)
{
	struct reading *reading = context;
	int got;

	while (reading->length < MUCH &&
	       (got = local_stream_receive(reading->client, reading->data + reading->length,
					   MUCH - reading->length, 10)) > 0)
		reading->length += (size_t)got;
	return 0;
}

START_TEST(much_arrives_whole)
{
	struct local_listener *listener = listen_here();
	struct reading reading = { .data = malloc(MUCH) };
	char *pattern = new_pattern(), *seen = malloc(MUCH);
	size_t sent = 0;
	struct local_peer peer;
	SOCKET server;
	HANDLE thread;

	connect_one(listener, &reading.client, &server, &peer);
	thread = CreateThread(NULL, 0, read_to_end, &reading, 0, NULL);
	while (sent < MUCH) {
		int piece = send(server, pattern + sent, (int)(MUCH - sent), 0);

		if (piece > 0)
			sent += (size_t)piece;
		else
			Sleep(1);
	}
	/* The daemon's last words are read after it has closed. */
	local_stream_close(server);
	WaitForSingleObject(thread, INFINITE);
	CloseHandle(thread);
	ck_assert_uint_eq(reading.length, MUCH);
	ck_assert(memcmp(reading.data, pattern, MUCH) == 0);
	local_stream_close(reading.client);

	connect_one(listener, &reading.client, &server, &peer);
	ck_assert_int_eq(local_stream_send(reading.client, pattern, MUCH / 16, 10), 0);
	local_stream_close(reading.client);
	ck_assert_uint_eq(receive_all(server, seen, MUCH), MUCH / 16);
	ck_assert(memcmp(seen, pattern, MUCH / 16) == 0);
	ck_assert(is_readable(server, 10));
	ck_assert_int_eq(recv(server, seen, 1, 0), 0);
	local_stream_close(server);
	local_listener_close(listener);
	free(reading.data);
	free(pattern);
	free(seen);
}
END_TEST

START_TEST(many_come_and_go)
{
	enum { CLIENTS = 40, ROUNDS = 3 };
	struct local_listener *listener = listen_here();
	socket_handle clients[CLIENTS];
	SOCKET servers[CLIENTS];
	struct local_peer peer;

	for (int round = 0; round < ROUNDS; round++) {
		for (int i = 0; i < CLIENTS; i++)
			connect_one(listener, &clients[i], &servers[i], &peer);
		for (int i = 0; i < CLIENTS; i++) {
			char number = (char)i;

			ck_assert_int_eq(local_stream_send(clients[i], &number, 1, 5), 0);
		}
		for (int i = CLIENTS - 1; i >= 0; i--) {
			char number;

			ck_assert_uint_eq(receive_all(servers[i], &number, 1), 1);
			ck_assert_int_eq(number, i);
			local_stream_close((i + round) % 2 == 0 ? servers[i] : clients[i]);
		}
		for (int i = 0; i < CLIENTS; i++)
			local_stream_close((i + round) % 2 == 0 ? clients[i] : servers[i]);
	}
	local_listener_close(listener);
}
END_TEST

START_TEST(what_was_said_last_is_delivered)
{
	struct local_listener *listener = listen_here();
	struct local_peer peer;
	socket_handle client;
	char buffer[16];
	SOCKET server;

	connect_one(listener, &client, &server, &peer);
	ck_assert_int_eq(send(server, "last", 4, 0), 4);
	local_stream_close(server);
	local_listener_close(listener);
	ck_assert_int_eq(local_stream_receive(client, buffer, sizeof buffer, 5), 4);
	ck_assert_mem_eq(buffer, "last", 4);
	ck_assert_int_eq(local_stream_receive(client, buffer, sizeof buffer, 5), 0);
	local_stream_close(client);
}
END_TEST

/* Somebody who neither speaks nor reads does not keep the daemon from ending. */
START_TEST(closing_waits_for_nobody_long)
{
	struct local_listener *listener = listen_here();
	ULONGLONG began = GetTickCount64();
	struct local_peer peer;
	socket_handle client;
	SOCKET server;

	connect_one(listener, &client, &server, &peer);
	local_listener_close(listener);
	ck_assert_uint_lt(GetTickCount64() - began, 10000);
	local_stream_close(server);
	local_stream_close(client);
}
END_TEST

START_TEST(a_name_belongs_to_one)
{
	struct local_listener *listener = listen_here(), *second;
	struct error error;

	ck_assert_int_eq(local_listener_open(&second, path, NULL, &error), -EADDRINUSE);
	ck_assert_ptr_nonnull(strstr(error.text, path));
	local_listener_close(listener);
	local_listener_close(listen_here());
}
END_TEST

START_TEST(what_is_no_pipe_is_told)
{
	struct local_listener *listener;
	socket_handle handle;
	struct error error;
	char long_path[400] = "\\\\.\\pipe\\";

	ck_assert_int_eq(local_stream_connect(path, &handle, &error), -ENOENT);
	ck_assert_ptr_nonnull(strstr(error.text, path));
	ck_assert_int_eq(local_stream_connect("/run/control", &handle, &error), -EINVAL);
	ck_assert_int_eq(local_listener_open(&listener, "C:\\control", NULL, &error), -EINVAL);
	/* Of another machine. */
	ck_assert_int_eq(local_stream_connect("\\\\host\\pipe\\x", &handle, &error), -EINVAL);
	memset(long_path + strlen(long_path), 'x', 300);
	ck_assert_int_eq(local_listener_open(&listener, long_path, NULL, &error), -ENAMETOOLONG);
}
END_TEST

START_TEST(bells_ring)
{
	struct error error = { 0 };
	socket_handle bell;

	ck_assert_msg(socket_bell_open(&bell, &error) == 0, "%s", error.text);
	ck_assert(!socket_bell_answer(bell));
	socket_bell_ring(bell);
	socket_bell_ring(bell);
	ck_assert(is_readable((SOCKET)bell, 10));
	ck_assert(socket_bell_answer(bell));
	ck_assert(!is_readable((SOCKET)bell, 0));
	closesocket((SOCKET)bell);
}
END_TEST

/* As Ctrl+C asks, in a console of nobody else's. */
START_TEST(the_console_asks_to_stop)
{
	struct service_requests *requests;
	struct error error = { 0 };

	FreeConsole();
	AllocConsole();
	ck_assert_msg(service_requests_open(&requests, &error) == 0, "%s", error.text);
	ck_assert_int_eq(service_requests_next(requests), SERVICE_REQUEST_NONE);
	if (GenerateConsoleCtrlEvent(CTRL_C_EVENT, 0)) {
		ck_assert(is_readable((SOCKET)service_requests_handle(requests), 10));
		ck_assert_int_eq(service_requests_next(requests), SERVICE_REQUEST_STOP);
		ck_assert_int_eq(service_requests_next(requests), SERVICE_REQUEST_NONE);
		ck_assert(!is_readable((SOCKET)service_requests_handle(requests), 0));
	} else {
		fprintf(stderr, "skipped: no console\n");
	}
	service_requests_close(requests);
}
END_TEST

START_TEST(own_addresses_are_known)
{
	static const struct {
		const char *text;
		bool own;
	} cases[] = { { "127.0.0.1", true }, { "127.9.9.9", true }, { "192.0.2.1", false } };
	struct network_watch *watch;
	struct error error = { 0 };

	ck_assert_msg(network_watch_open(&watch, &error) == 0, "%s", error.text);
	ck_assert(!network_watch_changed(watch));
	network_watch_close(watch);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct net_address address = { 0 };

		ck_assert_int_eq(net_address_parse(cases[i].text, 123, &address), 0);
		ck_assert_msg(network_is_own_address(&address) == cases[i].own, "%s",
			      cases[i].text);
	}
}
END_TEST

int main(void)
{
	TCase *pipe = tcase_create("pipe"), *other = tcase_create("other");
	TCase *const cases[] = { pipe, other, NULL };

	tcase_set_timeout(pipe, 60);
	tcase_add_checked_fixture(pipe, name_pipe, NULL);
	tcase_add_test(pipe, both_ends_talk);
	tcase_add_test(pipe, much_arrives_whole);
	tcase_add_test(pipe, many_come_and_go);
	tcase_add_test(pipe, what_was_said_last_is_delivered);
	tcase_add_test(pipe, closing_waits_for_nobody_long);
	tcase_add_test(pipe, a_name_belongs_to_one);
	tcase_add_test(pipe, what_is_no_pipe_is_told);
	tcase_add_test(other, bells_ring);
	tcase_add_test(other, the_console_asks_to_stop);
	tcase_add_test(other, own_addresses_are_known);
	return unit_run("platform_pipe", cases);
}
