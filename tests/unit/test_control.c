#include "control/control_client.h"
#include "control/control_server.h"
#include "control/varlink.h"
#include "unit.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define OWN     CONTROL_INTERFACE "."
#define VARLINK VARLINK_INTERFACE "."

/* --- Messages ---------------------------------------------------------------- */

static int decode(const char *text, struct varlink_call *call)
{
	return varlink_call_decode(text, strlen(text), call, NULL);
}

START_TEST(a_call_is_read)
{
	struct varlink_call call;

	ck_assert_int_eq(decode("{\"method\":\"a.b.C\",\"parameters\":{\"x\":[1,2]},\"more\":true,"
				"\"future\":{}}",
				&call),
			 0);
	ck_assert_str_eq(call.method, "a.b.C");
	ck_assert_uint_eq(json_array_size(json_object_get(call.parameters, "x")), 2);
	ck_assert(call.more && !call.oneway && !call.upgrade);
	varlink_call_free(&call);

	ck_assert_int_eq(decode(" {\"method\":\"M\",\"parameters\":null,\"oneway\":true}\n", &call),
			 0);
	ck_assert(json_is_object(call.parameters));
	ck_assert_uint_eq(json_object_size(call.parameters), 0);
	ck_assert(call.oneway && !call.more);
	varlink_call_free(&call);
}
END_TEST

START_TEST(what_is_no_call_is_refused)
{
	static const char *const bad[] = {
		"",
		"x",
		"null",
		"[]",
		"{",
		"{}",
		"{\"method\":1}",
		"{\"method\":null}",
		"{\"method\":\"a.B\"}{}",
		"{\"method\":\"a.B\",\"method\":\"a.C\"}",
		"{\"method\":\"a.B\",\"parameters\":[]}",
		"{\"method\":\"a.B\",\"parameters\":{\"x\":1,\"x\":2}}",
		"{\"method\":\"a.B\",\"more\":1}",
		"{\"method\":\"a.B\",\"oneway\":\"yes\"}",
		"{\"method\":\"a.B\",\"upgrade\":{}}",
		"{\"method\":\"a.B\",\"more\":true,\"oneway\":true}",
		"{\"method\":\"a.\\u0000B\"}",
		"{\"method\":\"a.\xff\"}",
		"{\"method\":\"a.B\",\"parameters\":{\"x\":99999999999999999999}}",
		"{\"method\":\"a.B\",\"parameters\":{\"x\":1e999}}",
	};

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct varlink_call call;
		struct error error = { .code = 0 };

		ck_assert_msg(varlink_call_decode(bad[i], strlen(bad[i]), &call, &error) ==
				      -EBADMSG,
			      "accepted: %s", bad[i]);
		ck_assert_int_eq(error.code, EBADMSG);
		ck_assert_ptr_null(call.method);
		ck_assert_ptr_null(call.parameters);
	}
}
END_TEST

/* A call whose parameters bring the message to DEPTH brackets. */
static int decode_nested(unsigned depth)
{
	struct varlink_call call;
	char text[512] = "{\"method\":\"[{[{[{[{[{[{[{[{[{\\\"[{\",\"parameters\":{\"x\":";
	int result;

	for (unsigned i = 2; i < depth; i++)
		strcat(text, "[");
	strcat(text, "1");
	for (unsigned i = 2; i < depth; i++)
		strcat(text, "]");
	strcat(text, "}}");
	result = decode(text, &call);
	varlink_call_free(&call);
	return result;
}

START_TEST(nesting_is_bounded)
{
	char *text = malloc(VARLINK_CALL_MAX);
	struct varlink_call call;

	ck_assert_int_eq(decode_nested(VARLINK_DEPTH_MAX), 0);
	ck_assert_int_eq(decode_nested(VARLINK_DEPTH_MAX + 1), -EBADMSG);
	memset(text, '[', VARLINK_CALL_MAX);
	ck_assert_int_eq(varlink_call_decode(text, VARLINK_CALL_MAX, &call, NULL), -EBADMSG);
	free(text);
}
END_TEST

START_TEST(messages_survive_the_way)
{
	json_t *parameters = json_pack("{s:f, s:I, s:s}", "offset", -23.200000000000003, "time",
				       (json_int_t)1795299136123456789, "text", "a\"\\\nä");
	struct varlink_call call;
	struct varlink_reply reply;
	size_t length = 0;
	char *text;

	text = varlink_call_encode("a.B", parameters, true, &length);
	ck_assert_uint_eq(length, strlen(text) + 1);
	ck_assert_int_eq(varlink_call_decode(text, length - 1, &call, NULL), 0);
	ck_assert_str_eq(call.method, "a.B");
	ck_assert(call.more);
	ck_assert(json_equal(call.parameters, parameters));
	varlink_call_free(&call);
	free(text);

	text = varlink_reply_encode("a.Failed", parameters, true, &length);
	ck_assert_int_eq(varlink_reply_decode(text, length - 1, &reply, NULL), 0);
	ck_assert_str_eq(reply.error, "a.Failed");
	ck_assert(reply.continues);
	ck_assert(json_equal(reply.parameters, parameters));
	varlink_reply_free(&reply);
	free(text);
	json_decref(parameters);

	text = varlink_reply_encode(NULL, NULL, false, &length);
	ck_assert_str_eq(text, "{\"parameters\":{}}");
	ck_assert_uint_eq(length, strlen(text) + 1);
	free(text);
}
END_TEST

START_TEST(a_bad_reply_is_refused)
{
	static const char *const bad[] = { "[]", "{\"error\":1}", "{\"continues\":0}",
					   "{\"parameters\":\"\"}" };

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct varlink_reply reply;

		ck_assert_int_eq(varlink_reply_decode(bad[i], strlen(bad[i]), &reply, NULL),
				 -EBADMSG);
		ck_assert_ptr_null(reply.parameters);
	}
}
END_TEST

static void assert_is_file(const char *text, const char *name)
{
	const char *source = getenv("srcdir");
	char path[4096], content[32768];
	size_t length;
	FILE *file;

	snprintf(path, sizeof path, "%s/src/control/%s", source == NULL ? "." : source, name);
	file = fopen(path, "rb");
	ck_assert_msg(file != NULL, "%s", path);
	length = fread(content, 1, sizeof content, file);
	fclose(file);
	ck_assert_uint_lt(length, sizeof content);
	ck_assert_uint_eq(length, strlen(text));
	ck_assert_mem_eq(text, content, length);
}

START_TEST(descriptions_are_the_files)
{
	assert_is_file(control_interface_description, "io.w32timed.TimeService.varlink");
	assert_is_file(varlink_interface_description, "org.varlink.service.varlink");
}
END_TEST

/* --- A server and clients in one event loop ---------------------------------- */

struct client {
	int socket;
	struct event *event;
	char *text; /* what the server sent */
	size_t length;
	bool closed;
};

struct bench {
	struct event_base *base;
	struct control_server *server;
	struct client clients[CONTROL_CONNECTIONS_MAX + 2];
	unsigned client_count;
	struct control_call *held; /* by GetStatus and WatchStatus */
	unsigned left, reloads;
	struct log *log;
	struct log_sink sink;
	unsigned records; /* that the log got */
};

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
	control_reply(call, echo == NULL ? NULL : json_pack("{s:O}", "source", echo));
}

static void let_go(void *context, struct control_call *call)
{
	struct bench *bench = context;

	ck_assert_ptr_eq(bench->held, call);
	bench->held = NULL;
	bench->left++;
	ck_assert(!control_reply_more(call, json_object()));
	control_reply(call, json_object());
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
	control_reply(call, NULL);
}

static void resync(void *context, struct control_call *call, const json_t *parameters)
{
	(void)context;
	if (!json_is_integer(json_object_get(parameters, "flags")))
		control_reply_invalid(call, "flags");
	else
		control_reply_error(call, OWN "Failed", json_pack("{s:s}", "message", "no"));
}

static const struct control_method methods[] = {
	{ .name = "GetSource", .handle = get_source },
	{ .name = "GetStatus", .handle = hold },
	{ .name = "WatchStatus", .handle = hold },
	{ .name = "Reload", .changes = true, .handle = reload },
	{ .name = "Resync", .changes = true, .handle = resync },
};

static const struct local_peer anybody = { .user = 1000, .process = 1 };
static const struct local_peer administrator = { .user = 0, .process = 1, .may_change = true };

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

/* One turn of the event loop: until something happens. */
static void turn(struct bench *bench)
{
	struct timeval guard = { .tv_sec = 20 };
	struct event *late = evtimer_new(bench->base, on_too_late, NULL);

	event_add(late, &guard);
	event_base_loop(bench->base, EVLOOP_ONCE);
	event_free(late);
}

/* All that can happen without anybody saying more has happened. */
static void settle(struct bench *bench)
{
	for (unsigned i = 0; i < 20; i++)
		event_base_loop(bench->base, EVLOOP_NONBLOCK);
}

static int join(struct bench *bench, const struct local_peer *peer, struct client **joined)
{
	struct client *client = &bench->clients[bench->client_count++];
	int pair[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair),
			 0);
	client->socket = pair[0];
	client->event = event_new(bench->base, pair[0], EV_READ | EV_PERSIST, on_answer, client);
	event_add(client->event, NULL);
	if (joined != NULL)
		*joined = client;
	return control_server_add(bench->server, pair[1], peer);
}

static struct client *bench_open(struct bench *bench, const struct local_peer *peer)
{
	struct client *client;

	signal(SIGPIPE, SIG_IGN);
	memset(bench, 0, sizeof *bench);
	bench->base = event_base_new();
	bench->log = log_create();
	bench->sink = (struct log_sink){ LOG_LEVEL_INFORMATION, count_record, bench };
	log_add_sink(bench->log, &bench->sink);
	ck_assert_int_eq(control_server_create(&bench->server, bench->base, bench->log, NULL, NULL,
					       methods, sizeof methods / sizeof methods[0], bench,
					       NULL),
			 0);
	ck_assert_int_eq(join(bench, peer, &client), 0);
	return client;
}

static void hang_up(struct client *client)
{
	event_del(client->event);
	close(client->socket);
	client->socket = -1;
	client->closed = true;
}

static void bench_close(struct bench *bench)
{
	control_server_destroy(bench->server);
	for (unsigned i = 0; i < bench->client_count; i++) {
		event_free(bench->clients[i].event);
		if (bench->clients[i].socket >= 0)
			close(bench->clients[i].socket);
		free(bench->clients[i].text);
	}
	event_base_free(bench->base);
	log_destroy(bench->log);
	libevent_global_shutdown();
}

static void say_bytes(struct client *client, const char *data, size_t length)
{
	ck_assert_int_eq(send(client->socket, data, length, MSG_NOSIGNAL), (ssize_t)length);
}

static void say(struct client *client, const char *text)
{
	say_bytes(client, text, strlen(text) + 1);
}

static void say_much(struct bench *bench, struct client *client, const char *text, size_t length)
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

/* The next answer's text, which stays in BUFFER; "" once the server closed. */
static const char *hear(struct bench *bench, struct client *client, char buffer[65536])
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

static void ask(struct bench *bench, struct client *client, const char *call, const char *answer)
{
	char buffer[65536];

	say(client, call);
	ck_assert_str_eq(hear(bench, client, buffer), answer);
}

START_TEST(the_service_describes_itself)
{
	struct bench bench;
	struct client *client = bench_open(&bench, &anybody);
	struct varlink_reply reply;
	char buffer[65536];
	const char *answer;
	json_t *interfaces;

	say(client, "{\"method\":\"org.varlink.service.GetInfo\"}");
	answer = hear(&bench, client, buffer);
	ck_assert_int_eq(varlink_reply_decode(answer, strlen(answer), &reply, NULL), 0);
	ck_assert_ptr_null(reply.error);
	ck_assert_str_eq(json_string_value(json_object_get(reply.parameters, "product")),
			 "w32timed");
	interfaces = json_object_get(reply.parameters, "interfaces");
	ck_assert_uint_eq(json_array_size(interfaces), 2);
	ck_assert_str_eq(json_string_value(json_array_get(interfaces, 1)), CONTROL_INTERFACE);
	varlink_reply_free(&reply);

	say(client, "{\"method\":\"org.varlink.service.GetInterfaceDescription\","
		    "\"parameters\":{\"interface\":\"io.w32timed.TimeService\"}}");
	answer = hear(&bench, client, buffer);
	ck_assert_int_eq(varlink_reply_decode(answer, strlen(answer), &reply, NULL), 0);
	ck_assert_str_eq(json_string_value(json_object_get(reply.parameters, "description")),
			 control_interface_description);
	varlink_reply_free(&reply);
	bench_close(&bench);
}
END_TEST

START_TEST(wrong_calls_get_the_standard_errors)
{
	struct bench bench;
	struct client *client = bench_open(&bench, &administrator);

	ask(&bench, client, "{\"method\":\"org.varlink.service.GetNothing\"}",
	    "{\"error\":\"org.varlink.service.MethodNotFound\","
	    "\"parameters\":{\"method\":\"org.varlink.service.GetNothing\"}}");
	ask(&bench, client, "{\"method\":\"io.w32timed.TimeService.GetNothing\"}",
	    "{\"error\":\"org.varlink.service.MethodNotFound\","
	    "\"parameters\":{\"method\":\"io.w32timed.TimeService.GetNothing\"}}");
	ask(&bench, client, "{\"method\":\"io.w32timed.TimeService.GetPeers\"}",
	    "{\"error\":\"org.varlink.service.MethodNotImplemented\","
	    "\"parameters\":{\"method\":\"io.w32timed.TimeService.GetPeers\"}}");
	ask(&bench, client, "{\"method\":\"io.w32timed.TimeService.Get\"}",
	    "{\"error\":\"org.varlink.service.MethodNotFound\","
	    "\"parameters\":{\"method\":\"io.w32timed.TimeService.Get\"}}");
	ask(&bench, client, "{\"method\":\"io.w32timed.Time.GetSource\"}",
	    "{\"error\":\"org.varlink.service.InterfaceNotFound\","
	    "\"parameters\":{\"interface\":\"io.w32timed.Time\"}}");
	ask(&bench, client, "{\"method\":\"GetSource\"}",
	    "{\"error\":\"org.varlink.service.MethodNotFound\","
	    "\"parameters\":{\"method\":\"GetSource\"}}");
	ask(&bench, client, "{\"method\":\"org.varlink.service.GetInterfaceDescription\"}",
	    "{\"error\":\"org.varlink.service.InvalidParameter\","
	    "\"parameters\":{\"parameter\":\"interface\"}}");
	ask(&bench, client,
	    "{\"method\":\"org.varlink.service.GetInterfaceDescription\","
	    "\"parameters\":{\"interface\":\"a.b\"}}",
	    "{\"error\":\"org.varlink.service.InterfaceNotFound\","
	    "\"parameters\":{\"interface\":\"a.b\"}}");
	ask(&bench, client, "{\"method\":\"io.w32timed.TimeService.Resync\"}",
	    "{\"error\":\"org.varlink.service.InvalidParameter\","
	    "\"parameters\":{\"parameter\":\"flags\"}}");
	ask(&bench, client, "{\"method\":\"io.w32timed.TimeService.GetSource\",\"upgrade\":true}",
	    "{\"error\":\"org.varlink.service.MethodNotImplemented\","
	    "\"parameters\":{\"method\":\"io.w32timed.TimeService.GetSource\"}}");
	ask(&bench, client,
	    "{\"method\":\"io.w32timed.TimeService.Resync\",\"parameters\":{\"flags\":2}}",
	    "{\"error\":\"io.w32timed.TimeService.Failed\",\"parameters\":{\"message\":\"no\"}}");
	bench_close(&bench);
}
END_TEST

START_TEST(only_some_may_change_things)
{
	struct bench bench;
	struct client *client = bench_open(&bench, &anybody), *administrator_client;

	ask(&bench, client, "{\"method\":\"io.w32timed.TimeService.Reload\"}",
	    "{\"error\":\"io.w32timed.TimeService.AccessDenied\",\"parameters\":{}}");
	say(client, "{\"method\":\"io.w32timed.TimeService.Reload\",\"oneway\":true}");
	ask(&bench, client, "{\"method\":\"io.w32timed.TimeService.GetSource\"}",
	    "{\"parameters\":{}}");
	ck_assert_uint_eq(bench.reloads, 0);
	/* Nor may they fill the log. */
	ck_assert_uint_eq(bench.records, 1);

	ck_assert_int_eq(join(&bench, &administrator, &administrator_client), 0);
	ask(&bench, administrator_client, "{\"method\":\"io.w32timed.TimeService.Reload\"}",
	    "{\"parameters\":{}}");
	ck_assert_uint_eq(bench.reloads, 1);
	bench_close(&bench);
}
END_TEST

START_TEST(calls_are_answered_in_order)
{
	struct bench bench;
	struct client *client = bench_open(&bench, &anybody);
	char buffer[65536];

	say(client, "{\"method\":\"io.w32timed.TimeService.GetStatus\"}");
	say(client, "{\"method\":\"io.w32timed.TimeService.GetSource\","
		    "\"parameters\":{\"echo\":1}}");
	settle(&bench);
	ck_assert_ptr_nonnull(bench.held);
	ck_assert_uint_eq(client->length, 0);
	control_reply(bench.held, json_pack("{s:i}", "status", 7));
	bench.held = NULL;
	ck_assert_str_eq(hear(&bench, client, buffer), "{\"parameters\":{\"status\":7}}");
	ck_assert_str_eq(hear(&bench, client, buffer), "{\"parameters\":{\"source\":1}}");
	bench_close(&bench);
}
END_TEST

START_TEST(many_calls_at_once_are_all_answered)
{
	static const char call[] = "{\"method\":\"io.w32timed.TimeService.GetSource\","
				   "\"parameters\":{\"echo\":1}}";
	struct bench bench;
	struct client *client = bench_open(&bench, &anybody);
	char buffer[65536];

	for (unsigned i = 0; i < 400; i++)
		say_much(&bench, client, call, sizeof call);
	for (unsigned i = 0; i < 400; i++)
		ck_assert_str_eq(hear(&bench, client, buffer), "{\"parameters\":{\"source\":1}}");
	bench_close(&bench);
}
END_TEST

START_TEST(a_call_may_come_in_pieces)
{
	static const char call[] = "{\"method\":\"io.w32timed.TimeService.GetSource\"}";
	struct bench bench;
	struct client *client = bench_open(&bench, &anybody);
	char buffer[65536];

	for (size_t i = 0; i < sizeof call; i++) {
		say_bytes(client, call + i, 1);
		settle(&bench);
	}
	ck_assert_str_eq(hear(&bench, client, buffer), "{\"parameters\":{}}");
	bench_close(&bench);
}
END_TEST

START_TEST(more_makes_a_stream)
{
	struct bench bench;
	struct client *client = bench_open(&bench, &anybody);
	char buffer[65536];

	say(client, "{\"method\":\"io.w32timed.TimeService.WatchStatus\",\"more\":true}");
	settle(&bench);
	ck_assert(control_wants_more(bench.held));
	ck_assert_uint_eq(control_caller(bench.held)->user, 1000);
	ck_assert(control_reply_more(bench.held, json_pack("{s:i}", "status", 1)));
	ck_assert(control_reply_more(bench.held, json_pack("{s:i}", "status", 2)));
	ck_assert_str_eq(hear(&bench, client, buffer),
			 "{\"parameters\":{\"status\":1},\"continues\":true}");
	ck_assert_str_eq(hear(&bench, client, buffer),
			 "{\"parameters\":{\"status\":2},\"continues\":true}");
	control_reply(bench.held, json_pack("{s:i}", "status", 3));
	bench.held = NULL;
	ck_assert_str_eq(hear(&bench, client, buffer), "{\"parameters\":{\"status\":3}}");

	say(client, "{\"method\":\"io.w32timed.TimeService.WatchStatus\"}");
	settle(&bench);
	ck_assert(!control_wants_more(bench.held));
	ck_assert(!control_reply_more(bench.held, json_object()));
	control_reply(bench.held, json_pack("{s:i}", "status", 4));
	bench.held = NULL;
	ck_assert_str_eq(hear(&bench, client, buffer), "{\"parameters\":{\"status\":4}}");
	bench_close(&bench);
}
END_TEST

START_TEST(a_client_that_leaves_is_told_of)
{
	struct bench bench;
	struct client *client = bench_open(&bench, &anybody);

	say(client, "{\"method\":\"io.w32timed.TimeService.WatchStatus\",\"more\":true}");
	settle(&bench);
	ck_assert_ptr_nonnull(bench.held);
	hang_up(client);
	while (bench.left == 0)
		turn(&bench);
	ck_assert_uint_eq(control_server_connections(bench.server), 0);

	/* The server that goes tells so too. */
	ck_assert_int_eq(join(&bench, &anybody, &client), 0);
	say(client, "{\"method\":\"io.w32timed.TimeService.GetStatus\"}");
	settle(&bench);
	ck_assert_ptr_nonnull(bench.held);
	bench_close(&bench);
	ck_assert_uint_eq(bench.left, 2);
}
END_TEST

START_TEST(a_client_may_stop_sending_and_listen)
{
	struct bench bench;
	struct client *client = bench_open(&bench, &anybody);
	char buffer[65536];

	say(client, "{\"method\":\"io.w32timed.TimeService.GetStatus\"}");
	ck_assert_int_eq(shutdown(client->socket, SHUT_WR), 0);
	settle(&bench);
	ck_assert_ptr_nonnull(bench.held);
	control_reply(bench.held, NULL);
	bench.held = NULL;
	ck_assert_str_eq(hear(&bench, client, buffer), "{\"parameters\":{}}");
	ck_assert_str_eq(hear(&bench, client, buffer), "");
	bench_close(&bench);
}
END_TEST

/* When it leaves cannot be seen: it gets an answer, but no stream of them. */
START_TEST(who_stopped_sending_does_not_watch)
{
	struct bench bench;
	struct client *client = bench_open(&bench, &anybody);
	char buffer[65536];

	say(client, "{\"method\":\"io.w32timed.TimeService.GetStatus\"}");
	say(client, "{\"method\":\"io.w32timed.TimeService.WatchStatus\",\"more\":true}");
	ck_assert_int_eq(shutdown(client->socket, SHUT_WR), 0);
	settle(&bench);
	ck_assert_ptr_nonnull(bench.held);
	control_reply(bench.held, NULL);
	bench.held = NULL;
	ck_assert_str_eq(hear(&bench, client, buffer), "{\"parameters\":{}}");
	settle(&bench);
	ck_assert_ptr_nonnull(bench.held);
	ck_assert(!control_wants_more(bench.held));
	ck_assert(!control_reply_more(bench.held, NULL));
	control_reply(bench.held, NULL);
	bench.held = NULL;
	ck_assert_str_eq(hear(&bench, client, buffer), "{\"parameters\":{}}");
	ck_assert_str_eq(hear(&bench, client, buffer), "");
	bench_close(&bench);
}
END_TEST

START_TEST(a_server_that_goes_sends_its_last_words)
{
	struct bench bench;
	struct client *client = bench_open(&bench, &anybody);
	char answer[64];

	say(client, "{\"method\":\"io.w32timed.TimeService.GetStatus\"}");
	settle(&bench);
	control_reply(bench.held, NULL);
	bench.held = NULL;
	control_server_destroy(bench.server);
	bench.server = NULL;
	ck_assert_int_eq(recv(client->socket, answer, sizeof answer, 0), 18);
	ck_assert_str_eq(answer, "{\"parameters\":{}}");
	ck_assert_int_eq(recv(client->socket, answer, sizeof answer, 0), 0);
	bench_close(&bench);
}
END_TEST

START_TEST(oneway_is_never_answered)
{
	struct bench bench;
	struct client *client = bench_open(&bench, &administrator);

	say(client, "{\"method\":\"io.w32timed.TimeService.Reload\",\"oneway\":true}");
	say(client, "{\"method\":\"a.b.C\",\"oneway\":true}");
	say(client, "{\"method\":\"org.varlink.service.GetInfo\",\"oneway\":true}");
	ask(&bench, client,
	    "{\"method\":\"io.w32timed.TimeService.GetSource\",\"parameters\":{\"echo\":2}}",
	    "{\"parameters\":{\"source\":2}}");
	ck_assert_uint_eq(bench.reloads, 1);
	bench_close(&bench);
}
END_TEST

START_TEST(what_is_no_call_ends_the_connection)
{
	struct bench bench;
	struct client *client = bench_open(&bench, &anybody);

	ask(&bench, client, "GET / HTTP/1.1", "");
	ck_assert_int_eq(join(&bench, &anybody, &client), 0);
	ask(&bench, client, "", "");
	ck_assert_uint_eq(control_server_connections(bench.server), 0);
	bench_close(&bench);
}
END_TEST

/* A call of exactly LENGTH bytes. */
static char *padded_call(size_t length)
{
	static const char call[] = "{\"method\":\"io.w32timed.TimeService.GetSource\"}";
	char *text = malloc(length + 1);

	memset(text, ' ', length);
	memcpy(text, call, sizeof call - 1);
	text[length] = '\0';
	return text;
}

START_TEST(a_call_is_bounded_in_length)
{
	struct bench bench;
	struct client *client = bench_open(&bench, &anybody);
	char *longest = padded_call(VARLINK_CALL_MAX), *longer = padded_call(VARLINK_CALL_MAX + 1);
	char buffer[65536];

	say_much(&bench, client, longest, VARLINK_CALL_MAX + 1);
	ck_assert_str_eq(hear(&bench, client, buffer), "{\"parameters\":{}}");
	say_much(&bench, client, longer, VARLINK_CALL_MAX + 2);
	ck_assert_str_eq(hear(&bench, client, buffer), "");
	free(longest);
	free(longer);
	bench_close(&bench);
}
END_TEST

START_TEST(connections_are_bounded)
{
	struct bench bench;
	struct client *first = bench_open(&bench, &anybody);
	struct local_peer other = { .user = 1001 }, third = { .user = 1002 };
	unsigned last = CONTROL_CONNECTIONS_MAX - CONTROL_CONNECTIONS_KEPT;

	for (unsigned i = 1; i < CONTROL_CONNECTIONS_USER_MAX; i++)
		ck_assert_int_eq(join(&bench, &anybody, NULL), 0);
	ck_assert_int_eq(join(&bench, &anybody, NULL), -EUSERS);
	for (unsigned i = CONTROL_CONNECTIONS_USER_MAX; i < last; i++)
		ck_assert_int_eq(join(&bench, &other, NULL), 0);
	ck_assert_int_eq(join(&bench, &third, NULL), -EUSERS);
	for (unsigned i = last; i < CONTROL_CONNECTIONS_MAX - 1; i++)
		ck_assert_int_eq(join(&bench, &administrator, NULL), 0);
	hang_up(first);
	while (control_server_connections(bench.server) == CONTROL_CONNECTIONS_MAX - 1)
		turn(&bench);
	bench_close(&bench);
}
END_TEST

START_TEST(a_slow_reader_is_cut_off)
{
	struct bench bench;
	struct client *client = bench_open(&bench, &anybody);
	char *text = malloc(100001);
	unsigned sent = 0;

	memset(text, 'x', 100000);
	text[100000] = '\0';
	event_del(client->event);
	say(client, "{\"method\":\"io.w32timed.TimeService.WatchStatus\",\"more\":true}");
	settle(&bench);
	ck_assert_ptr_nonnull(bench.held);
	while (control_reply_more(bench.held, json_pack("{s:s}", "status", text))) {
		sent++;
		settle(&bench);
	}
	ck_assert_uint_ge(sent, CONTROL_BACKLOG_MAX / 100100);
	ck_assert_uint_lt(sent, 2 * CONTROL_BACKLOG_MAX / 100000);
	settle(&bench);
	ck_assert_uint_eq(bench.left, 1);
	ck_assert_uint_eq(control_server_connections(bench.server), 0);
	free(text);
	bench_close(&bench);
}
END_TEST

START_TEST(unread_answers_hold_up_further_calls)
{
	static const char call[] = "{\"method\":\"io.w32timed.TimeService.GetStatus\"}";
	struct bench bench;
	struct client *client = bench_open(&bench, &anybody);
	char *text = malloc(400001), buffer[65536];

	memset(text, 'x', 400000);
	text[400000] = '\0';
	event_del(client->event);
	say(client, call);
	settle(&bench);
	control_reply(bench.held, json_pack("{s:s}", "status", text));
	bench.held = NULL;
	say(client, call);
	settle(&bench);
	ck_assert_ptr_null(bench.held);
	event_add(client->event, NULL);
	while (memchr(client->text == NULL ? "x" : client->text, 0, client->length) == NULL)
		turn(&bench);
	ck_assert_uint_gt(client->length, 400000);
	client->length = 0;
	while (bench.held == NULL)
		turn(&bench);
	control_reply(bench.held, NULL);
	bench.held = NULL;
	ck_assert_str_eq(hear(&bench, client, buffer), "{\"parameters\":{}}");
	free(text);
	bench_close(&bench);
}
END_TEST

START_TEST(an_idle_connection_ends)
{
	struct bench bench;
	struct client *client = bench_open(&bench, &anybody), *watcher, *half, *deaf;
	char *text = malloc(400001);

	control_server_set_idle(bench.server, 0.05);
	memset(text, 'x', 400000);
	text[400000] = '\0';
	ck_assert_int_eq(join(&bench, &anybody, &deaf), 0);
	event_del(deaf->event);
	say(deaf, "{\"method\":\"io.w32timed.TimeService.GetStatus\"}");
	settle(&bench);
	control_reply(bench.held, json_pack("{s:s}", "status", text));
	bench.held = NULL;
	free(text);

	ck_assert_int_eq(join(&bench, &anybody, &watcher), 0);
	say(watcher, "{\"method\":\"io.w32timed.TimeService.WatchStatus\",\"more\":true}");
	settle(&bench);
	ck_assert_int_eq(join(&bench, &anybody, &half), 0);
	say_bytes(half, "{\"method\"", 9);
	while (!half->closed || control_server_connections(bench.server) > 2)
		turn(&bench);
	/* The first joined under the usual bound, the watcher is waiting. */
	ck_assert(!client->closed && !watcher->closed);
	ck_assert_ptr_nonnull(bench.held);
	bench_close(&bench);
}
END_TEST

/* --- The tool's end ---------------------------------------------------------- */

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
					  methods, sizeof methods / sizeof methods[0], &bench,
					  NULL) < 0 ||
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
	TCase *messages = tcase_create("messages"), *answers = tcase_create("answers"),
	      *bounds = tcase_create("bounds"), *tool = tcase_create("tool");
	TCase *const cases[] = { messages, answers, bounds, tool, NULL };

	for (TCase *const *c = cases; *c != NULL; c++)
		tcase_set_timeout(*c, 60);
	tcase_add_test(messages, a_call_is_read);
	tcase_add_test(messages, what_is_no_call_is_refused);
	tcase_add_test(messages, nesting_is_bounded);
	tcase_add_test(messages, messages_survive_the_way);
	tcase_add_test(messages, a_bad_reply_is_refused);
	tcase_add_test(messages, descriptions_are_the_files);
	tcase_add_test(answers, the_service_describes_itself);
	tcase_add_test(answers, wrong_calls_get_the_standard_errors);
	tcase_add_test(answers, only_some_may_change_things);
	tcase_add_test(answers, calls_are_answered_in_order);
	tcase_add_test(answers, many_calls_at_once_are_all_answered);
	tcase_add_test(answers, a_call_may_come_in_pieces);
	tcase_add_test(answers, more_makes_a_stream);
	tcase_add_test(answers, a_client_that_leaves_is_told_of);
	tcase_add_test(answers, a_client_may_stop_sending_and_listen);
	tcase_add_test(answers, who_stopped_sending_does_not_watch);
	tcase_add_test(answers, a_server_that_goes_sends_its_last_words);
	tcase_add_test(answers, oneway_is_never_answered);
	tcase_add_test(bounds, what_is_no_call_ends_the_connection);
	tcase_add_test(bounds, a_call_is_bounded_in_length);
	tcase_add_test(bounds, connections_are_bounded);
	tcase_add_test(bounds, a_slow_reader_is_cut_off);
	tcase_add_test(bounds, unread_answers_hold_up_further_calls);
	tcase_add_test(bounds, an_idle_connection_ends);
	tcase_add_test(tool, the_tool_talks_to_the_daemon);
	tcase_add_test(tool, the_tool_bounds_what_it_reads);
	return unit_run("control", cases);
}
