/* The tool's end of the control interface. */
#include "control/control_client.h"
#include "control/control_server.h"
#include "control_bench.h"
#include "local_path.h"
#include "platform/wait.h"
#include "tests/event_loop.h"
#include "unit.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static char directory[64], path[128];

static void make_place(void)
{
	signal(SIGPIPE, SIG_IGN);
	snprintf(directory, sizeof directory, "%s", P_tmpdir "/test_control.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(directory));
	local_path(path, sizeof path, directory, "control");
}

/* ------------------------------------------------------------------------- */

/* A daemon in a thread of its own. */
struct daemon {
	pthread_t thread;
	int ours, theirs; /* says that it listens; is closed when it shall end */
};

static void end_loop(evutil_socket_t handle, short what, void *context)
{
	(void)handle;
	(void)what;
	loop_stop(context);
}

static void *serve(void *context)
{
	struct daemon *daemon = context;
	struct bench bench;
	struct event *end;

	memset(&bench, 0, sizeof bench);
	bench.loop = event_loop_create();
	end = event_new(event_loop_base(bench.loop), daemon->theirs, EV_READ, end_loop, bench.loop);
	event_add(end, NULL);
	if (control_server_create(&bench.server, bench.loop, NULL, path, "w32timed", bench_methods,
				  bench_method_count, &bench, NULL) == 0) {
		send(daemon->theirs, "", 1, MSG_NOSIGNAL);
		event_base_dispatch(event_loop_base(bench.loop));
		control_server_destroy(bench.server);
	}
	event_free(end);
	loop_destroy(bench.loop);
	close(daemon->theirs);
	return NULL;
}

/* Listens on PATH when this returns. */
static void start_daemon(struct daemon *daemon)
{
	int pair[2];
	char byte;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	daemon->ours = pair[0];
	daemon->theirs = pair[1];
	ck_assert_int_eq(pthread_create(&daemon->thread, NULL, serve, daemon), 0);
	ck_assert_int_eq(recv(daemon->ours, &byte, 1, 0), 1);
}

static void stop_daemon(struct daemon *daemon)
{
	close(daemon->ours);
	ck_assert_int_eq(pthread_join(daemon->thread, NULL), 0);
}

START_TEST(the_tool_talks_to_the_daemon)
{
	struct control_client *client = NULL;
	struct error error = { .code = 0 };
	struct varlink_reply reply;
	struct daemon daemon;
	char *text;
	json_t *source;

	ck_assert_int_eq(control_client_open(&client, path, &error), -ENOENT);
	ck_assert_int_eq(error.code, ENOENT);

	start_daemon(&daemon);
	ck_assert_int_eq(control_client_open(&client, path, &error), 0);
	ck_assert_int_eq(control_client_call(client, "GetSource", json_pack("{s:i}", "echo", 5),
					     false, 10, &reply, &error),
			 0);
	ck_assert_ptr_null(reply.error);
	ck_assert_int_eq(json_integer_value(json_object_get(reply.parameters, "source")), 5);
	varlink_reply_free(&reply);

	/* The daemon's own user may change things. */
	ck_assert_int_eq(control_client_call(client, "Resync", json_pack("{s:i}", "flags", 2),
					     false, 10, &reply, &error),
			 0);
	ck_assert_str_eq(reply.error, OWN "Failed");
	varlink_reply_free(&reply);

	/* Nobody answers this one. */
	ck_assert_int_eq(
		control_client_call(client, "GetStatus", NULL, false, 0.01, &reply, &error),
		-ETIMEDOUT);
	ck_assert_int_eq(error.code, ETIMEDOUT);
	control_client_close(client);

	/* Longer than the daemon allows: it ends the connection. */
	ck_assert_int_eq(control_client_open(&client, path, &error), 0);
	text = malloc(200001);
	memset(text, 'y', 200000);
	text[200000] = '\0';
	source = json_pack("{s:s}", "echo", text);
	free(text);
	ck_assert_int_lt(
		control_client_call(client, "GetSource", source, false, 10, &reply, &error), 0);
	ck_assert_int_ne(error.code, ETIMEDOUT);
	control_client_close(client);

	stop_daemon(&daemon);
	ck_assert_int_eq(control_client_open(&client, path, &error), -ENOENT);
	ck_assert_int_eq(rmdir(directory), 0); /* the socket went with the daemon */
}
END_TEST

/* ------------------------------------------------------------------------- */

/* False: there is nobody any more who hears it. */
static bool say_all(int connection, const char *text, size_t length)
{
	struct pollfd writable = { .fd = connection, .events = POLLOUT };

	while (length > 0) {
		ssize_t sent = send(connection, text, length, MSG_NOSIGNAL);

		if (sent < 0 && errno != EAGAIN)
			return false;
		if (sent < 0 && poll(&writable, 1, 10000) != 1)
			return false;
		if (sent > 0) {
			text += sent;
			length -= (size_t)sent;
		}
	}
	return true;
}

/* Two answers, and one that does not end. */
static void *talk_without_end(void *context)
{
	struct local_listener *listener = context;
	struct wait_handle waited = { .handle = local_listener_handle(listener) };
	char *text = malloc(VARLINK_REPLY_MAX);
	socket_handle connection;
	struct local_peer peer;

	memset(text, ' ', VARLINK_REPLY_MAX);
	while (local_listener_accept(listener, &connection, &peer) == -EAGAIN)
		wait_readable(&waited, 1, 10);
	if (say_all((int)connection, "{\"parameters\":{}}\0{\"parameters\":{}}", 36)) {
		while (say_all((int)connection, text, VARLINK_REPLY_MAX))
			continue;
	}
	local_stream_close(connection);
	free(text);
	return NULL;
}

START_TEST(the_tool_bounds_what_it_reads)
{
	struct local_listener *listener;
	struct control_client *client;
	struct varlink_reply reply;
	struct error error;
	pthread_t thread;

	ck_assert_int_eq(local_listener_open(&listener, path, "w32timed", &error), 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, talk_without_end, listener), 0);
	ck_assert_int_eq(control_client_open(&client, path, &error), 0);
	ck_assert_int_eq(control_client_call(client, "GetSource", NULL, true, 10, &reply, &error),
			 0);
	varlink_reply_free(&reply);
	ck_assert_int_eq(control_client_next(client, 10, &reply, &error), 0);
	varlink_reply_free(&reply);
	ck_assert_int_eq(control_client_next(client, 10, &reply, &error), -EMSGSIZE);
	control_client_close(client);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	local_listener_close(listener);
	ck_assert_int_eq(rmdir(directory), 0);
}
END_TEST

int main(void)
{
	TCase *tool = tcase_create("tool");
	TCase *const cases[] = { tool, NULL };

	tcase_add_checked_fixture(tool, make_place, NULL);
	tcase_set_timeout(tool, 60);
	tcase_add_test(tool, the_tool_talks_to_the_daemon);
	tcase_add_test(tool, the_tool_bounds_what_it_reads);
	return unit_run("control client", cases);
}
