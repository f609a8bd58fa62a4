/* The daemon's end of the control interface: answers and bounds. */
#include "control/control_server.h"
#include "control/time_service.h"
#include "control/varlink.h"
#include "control_bench.h"
#include "tests/event_loop.h"
#include "unit.h"

#include <errno.h>
#include <event2/event.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

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
	control_reply(bench.held, json_pack("{s:i}", "status", 7), NULL);
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
	ck_assert(control_reply_more(bench.held, json_pack("{s:i}", "status", 1)));
	ck_assert(control_reply_more(bench.held, json_pack("{s:i}", "status", 2)));
	ck_assert_str_eq(hear(&bench, client, buffer),
			 "{\"parameters\":{\"status\":1},\"continues\":true}");
	ck_assert_str_eq(hear(&bench, client, buffer),
			 "{\"parameters\":{\"status\":2},\"continues\":true}");
	control_reply(bench.held, json_pack("{s:i}", "status", 3), NULL);
	bench.held = NULL;
	ck_assert_str_eq(hear(&bench, client, buffer), "{\"parameters\":{\"status\":3}}");

	say(client, "{\"method\":\"io.w32timed.TimeService.WatchStatus\"}");
	settle(&bench);
	ck_assert(!control_wants_more(bench.held));
	ck_assert(!control_reply_more(bench.held, json_object()));
	control_reply(bench.held, json_pack("{s:i}", "status", 4), NULL);
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
	control_reply_empty(bench.held);
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
	control_reply_empty(bench.held);
	bench.held = NULL;
	ck_assert_str_eq(hear(&bench, client, buffer), "{\"parameters\":{}}");
	settle(&bench);
	ck_assert_ptr_nonnull(bench.held);
	ck_assert(!control_wants_more(bench.held));
	ck_assert(!control_reply_more(bench.held, NULL));
	control_reply_empty(bench.held);
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
	control_reply_empty(bench.held);
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
	ck_assert_int_eq(join(&bench, &anybody, NULL), -EMFILE);
	for (unsigned i = CONTROL_CONNECTIONS_USER_MAX; i < last; i++)
		ck_assert_int_eq(join(&bench, &other, NULL), 0);
	ck_assert_int_eq(join(&bench, &third, NULL), -EMFILE);
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
	control_reply(bench.held, json_pack("{s:s}", "status", text), NULL);
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
	control_reply_empty(bench.held);
	bench.held = NULL;
	ck_assert_str_eq(hear(&bench, client, buffer), "{\"parameters\":{}}");
	free(text);
	bench_close(&bench);
}
END_TEST

/* s that the server works, of one in which nobody says anything new. */
static double work_in_a_second(struct bench *bench)
{
	const struct timeval second = { .tv_sec = 1 };
	clock_t before = clock();

	event_base_loopexit(event_loop_base(bench->loop), &second);
	event_base_dispatch(event_loop_base(bench->loop));
	return (double)(clock() - before) / CLOCKS_PER_SEC;
}

/* Says CALL many times, as far as the server takes it, and reads no answer. */
static void pile_up(struct bench *bench, struct client *client, const char *call)
{
	size_t length = strlen(call) + 1;
	unsigned said = 0;
	ssize_t sent;

	event_del(client->event);
	do {
		sent = send(client->socket, call, length, MSG_NOSIGNAL | MSG_DONTWAIT);
		said += sent == (ssize_t)length;
		settle(bench);
	} while (sent == (ssize_t)length && said < 10000);
	ck_assert_uint_gt(said * length, VARLINK_CALL_MAX);
}

START_TEST(calls_that_wait_cost_nothing)
{
	static const char *const calls[] = {
		"{\"method\":\"io.w32timed.TimeService.WatchStatus\",\"more\":true}",
		"{\"method\":\"org.varlink.service.GetInfo\"}",
		"{\"method\":\"io.w32timed.TimeService.GetNothing\"}",
	};

	if (left_out(WORKING_TIME, "nobody tells how long this process worked"))
		return;
	for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
		struct bench bench;
		struct client *client = bench_open(&bench, &anybody);

		pile_up(&bench, client, calls[i]);
		ck_assert_double_lt(work_in_a_second(&bench), 0.1);
		ck_assert_uint_eq(control_server_connections(bench.server), 1);
		bench_close(&bench);
	}
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
	control_reply(bench.held, json_pack("{s:s}", "status", text), NULL);
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

int main(void)
{
	TCase *answers = tcase_create("answers"), *bounds = tcase_create("bounds");
	TCase *const cases[] = { answers, bounds, NULL };

	for (TCase *const *c = cases; *c != NULL; c++)
		tcase_set_timeout(*c, 60);
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
	tcase_add_test(bounds, calls_that_wait_cost_nothing);
	tcase_add_test(bounds, an_idle_connection_ends);
	return unit_run("control server", cases);
}
