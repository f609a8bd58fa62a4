/* The tool's end of the control interface. */
#include "control/control_client.h"
#include "control/control_server.h"
#include "control_bench.h"
#include "unit.h"

#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void close_listener(evutil_socket_t socket, short what, void *argument)
{
	(void)socket;
	(void)what;
	event_base_loopbreak(argument);
}

/* A daemon in a process of its own, listening on PATH when this returns. */
static pid_t start_daemon(const char *path)
{
	struct bench bench;
	int ready[2];
	char byte;
	pid_t child;

	ck_assert_int_eq(pipe(ready), 0);
	child = fork();
	if (child == 0) {
		struct event *end;

		signal(SIGPIPE, SIG_IGN);
		memset(&bench, 0, sizeof bench);
		bench.base = event_base_new();
		end = evsignal_new(bench.base, SIGTERM, close_listener, bench.base);
		event_add(end, NULL);
		if (control_server_create(&bench.server, bench.base, NULL, path, "w32timed",
					  bench_methods, bench_method_count, &bench, NULL) < 0 ||
		    write(ready[1], "", 1) != 1)
			_exit(1);
		event_base_dispatch(bench.base);
		control_server_destroy(bench.server);
		event_free(end);
		event_base_free(bench.base);
		libevent_global_shutdown();
		_exit(0);
	}
	close(ready[1]);
	ck_assert_int_eq(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	return child;
}

static void stop_daemon(pid_t child)
{
	int status;

	kill(child, SIGTERM);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

START_TEST(the_tool_talks_to_the_daemon)
{
	char directory[] = "/tmp/test_control.XXXXXX", path[64];
	struct control_client *client = NULL;
	struct error error = { .code = 0 };
	struct varlink_reply reply;
	char *text;
	json_t *source;
	pid_t child;

	ck_assert_ptr_nonnull(mkdtemp(directory));
	snprintf(path, sizeof path, "%s/control", directory);
	ck_assert_int_eq(control_client_open(&client, path, &error), -ENOENT);
	ck_assert_int_eq(error.code, ENOENT);

	child = start_daemon(path);
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

	stop_daemon(child);
	ck_assert_int_eq(rmdir(directory), 0); /* the socket went with the daemon */
}
END_TEST

START_TEST(the_tool_bounds_what_it_reads)
{
	char directory[] = "/tmp/test_control.XXXXXX", path[64];
	struct local_listener *listener;
	struct control_client *client;
	struct varlink_reply reply;
	struct local_peer peer;
	socket_handle connection;
	struct error error;
	pid_t child;

	ck_assert_ptr_nonnull(mkdtemp(directory));
	snprintf(path, sizeof path, "%s/control", directory);
	ck_assert_int_eq(local_listener_open(&listener, path, "w32timed", &error), 0);
	ck_assert_int_eq(control_client_open(&client, path, &error), 0);
	ck_assert_int_eq(local_listener_accept(listener, &connection, &peer), 0);
	child = fork();
	if (child == 0) {
		char *text = malloc(VARLINK_REPLY_MAX);

		control_client_close(client);
		memset(text, ' ', VARLINK_REPLY_MAX);
		local_stream_send(connection, "{\"parameters\":{}}\0{\"parameters\":{}}", 36, 10);
		while (local_stream_send(connection, text, VARLINK_REPLY_MAX, 10) == 0)
			continue;
		_exit(0);
	}
	local_stream_close(connection);
	for (unsigned i = 0; i < 2; i++) {
		ck_assert_int_eq(control_client_next(client, 10, &reply, &error), 0);
		varlink_reply_free(&reply);
	}
	ck_assert_int_eq(control_client_next(client, 10, &reply, &error), -EMSGSIZE);
	control_client_close(client);
	ck_assert_int_eq(waitpid(child, NULL, 0), child);
	local_listener_close(listener);
	rmdir(directory);
}
END_TEST

int main(void)
{
	TCase *tool = tcase_create("tool");
	TCase *const cases[] = { tool, NULL };

	for (TCase *const *c = cases; *c != NULL; c++)
		tcase_set_timeout(*c, 60);
	tcase_add_test(tool, the_tool_talks_to_the_daemon);
	tcase_add_test(tool, the_tool_bounds_what_it_reads);
	return unit_run("control client", cases);
}
