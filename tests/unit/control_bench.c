#include "control_bench.h"
#include "tests/event_loop.h"

#include <check.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void count_record(void *context, const struct log_record *record)
{
	struct bench *bench = context;

	(void)record;
	bench->records++;
}

static void get_source(void *context, struct control_call *call, const json_t *parameters)
{
	json_t *echo = json_object_get(parameters, "echo");

	(void)context;
	control_reply(call, echo == NULL ? json_object() : json_pack("{s:O}", "source", echo),
		      NULL);
}

static void let_go(void *context, struct control_call *call)
{
	struct bench *bench = context;

	ck_assert_ptr_eq(bench->held, call);
	bench->held = NULL;
	bench->left++;
	ck_assert(!control_reply_more(call, json_object()));
	control_reply_empty(call);
}

static void hold(void *context, struct control_call *call, const json_t *parameters)
{
	struct bench *bench = context;

	(void)parameters;
	ck_assert_ptr_null(bench->held);
	bench->held = call;
	control_on_left(call, let_go, bench);
}

static void reload(void *context, struct control_call *call, const json_t *parameters)
{
	struct bench *bench = context;

	(void)parameters;
	bench->reloads++;
	control_reply_empty(call);
}

static void resync(void *context, struct control_call *call, const json_t *parameters)
{
	(void)context;
	if (!json_is_integer(json_object_get(parameters, "flags")))
		control_reply_invalid(call, "flags");
	else
		control_reply_error(call, OWN "Failed", json_pack("{s:s}", "message", "no"), NULL);
}

const struct control_method bench_methods[] = {
	{ .name = "GetSource", .handle = get_source },
	{ .name = "GetStatus", .handle = hold },
	{ .name = "WatchStatus", .handle = hold },
	{ .name = "Reload", .changes = true, .handle = reload },
	{ .name = "Resync", .changes = true, .handle = resync },
};

const size_t bench_method_count = sizeof bench_methods / sizeof bench_methods[0];

const struct local_peer anybody = { .user = 1000, .process = 1 };
const struct local_peer administrator = { .user = 0, .process = 1, .may_change = true };

static void on_answer(evutil_socket_t socket, short what, void *argument)
{
	struct client *client = argument;
	char piece[65536];
	ssize_t got = recv(socket, piece, sizeof piece, MSG_DONTWAIT);

	(void)what;
	if (got <= 0) {
		client->closed = true;
		event_del(client->event);
		return;
	}
	client->text = realloc(client->text, client->length + (size_t)got);
	memcpy(client->text + client->length, piece, (size_t)got);
	client->length += (size_t)got;
}

static void on_too_late(evutil_socket_t socket, short what, void *argument)
{
	(void)socket;
	(void)what;
	(void)argument;
	ck_abort_msg("nothing happened for 20 s");
}

void turn(struct bench *bench)
{
	struct timeval guard = { .tv_sec = 20 };
	struct event *late = evtimer_new(event_loop_base(bench->loop), on_too_late, NULL);

	event_add(late, &guard);
	event_base_loop(event_loop_base(bench->loop), EVLOOP_ONCE);
	event_free(late);
}

void settle(struct bench *bench)
{
	for (unsigned i = 0; i < 20; i++)
		event_base_loop(event_loop_base(bench->loop), EVLOOP_NONBLOCK);
}

int join(struct bench *bench, const struct local_peer *peer, struct client **joined)
{
	struct client *client = &bench->clients[bench->client_count++];
	int pair[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair),
			 0);
	client->socket = pair[0];
	client->event = event_new(event_loop_base(bench->loop), pair[0], EV_READ | EV_PERSIST,
				  on_answer, client);
	event_add(client->event, NULL);
	if (joined != NULL)
		*joined = client;
	return control_server_add(bench->server, pair[1], peer);
}

struct client *bench_open(struct bench *bench, const struct local_peer *peer)
{
	struct client *client;

	signal(SIGPIPE, SIG_IGN);
	memset(bench, 0, sizeof *bench);
	bench->loop = event_loop_create();
	bench->log = log_create();
	bench->sink = (struct log_sink){ .threshold = LOG_LEVEL_INFORMATION,
					 .write = count_record,
					 .context = bench };
	log_add_sink(bench->log, &bench->sink);
	ck_assert_int_eq(control_server_create(&bench->server, bench->loop, bench->log, NULL, NULL,
					       bench_methods, bench_method_count, bench, NULL),
			 0);
	ck_assert_int_eq(join(bench, peer, &client), 0);
	return client;
}

void hang_up(struct client *client)
{
	event_del(client->event);
	close(client->socket);
	client->socket = -1;
	client->closed = true;
}

void bench_close(struct bench *bench)
{
	control_server_destroy(bench->server);
	for (unsigned i = 0; i < bench->client_count; i++) {
		event_free(bench->clients[i].event);
		if (bench->clients[i].socket >= 0)
			close(bench->clients[i].socket);
		free(bench->clients[i].text);
	}
	loop_destroy(bench->loop);
	log_destroy(bench->log);
	libevent_global_shutdown();
}

void say_bytes(struct client *client, const char *data, size_t length)
{
	ck_assert_int_eq(send(client->socket, data, length, MSG_NOSIGNAL), (ssize_t)length);
}

void say(struct client *client, const char *text)
{
	say_bytes(client, text, strlen(text) + 1);
}

void say_much(struct bench *bench, struct client *client, const char *text, size_t length)
{
	while (length > 0 && !client->closed) {
		ssize_t sent = send(client->socket, text, length, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (sent > 0) {
			text += sent;
			length -= (size_t)sent;
		} else if (errno != EAGAIN) {
			break;
		}
		settle(bench);
	}
}

const char *hear(struct bench *bench, struct client *client, char buffer[65536])
{
	const char *end;
	size_t used;

	while ((end = client->length == 0 ? NULL : memchr(client->text, 0, client->length)) ==
	       NULL) {
		if (client->closed)
			return "";
		turn(bench);
	}
	used = (size_t)(end - client->text) + 1;
	ck_assert_uint_le(used, 65536);
	memcpy(buffer, client->text, used);
	client->length -= used;
	memmove(client->text, client->text + used, client->length);
	return buffer;
}

void ask(struct bench *bench, struct client *client, const char *call, const char *answer)
{
	char buffer[65536];

	say(client, call);
	ck_assert_str_eq(hear(bench, client, buffer), answer);
}
