/* src/loop: timers, watches and streams. */
#include <config.h>

#include <check.h>
#include <errno.h>
#include <math.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "loop/stream.h"
#include "tests/event_loop.h"
#include "unit.h"

static struct loop *loop;
static unsigned fired;

static void set_up(void)
{
	loop = event_loop_create();
	fired = 0;
}

static void tear_down(void)
{
	loop_destroy(loop);
}

static void count(void *context)
{
	(void)context;
	fired++;
}

/* --- Timers ---------------------------------------------------------------------- */

START_TEST(a_timer_fires_once_and_never_early)
{
	struct loop_timer *timer;
	loop_time before;

	ck_assert_int_eq(loop_timer_create(&timer, loop, count, NULL), 0);
	ck_assert(!loop_timer_is_set(timer));
	before = loop_now(loop);
	loop_timer_set(timer, 0.02);
	ck_assert(loop_timer_is_set(timer));
	loop_run(loop);
	ck_assert_double_ge(loop_interval(before, loop_now(loop)), 0.02);
	ck_assert_uint_eq(fired, 1);
	ck_assert(!loop_timer_is_set(timer));
	loop_timer_destroy(timer);
}
END_TEST

START_TEST(no_time_and_no_number_are_at_once_but_not_in_the_call)
{
	const double seconds[] = { 0, -1, (double)NAN, -(double)INFINITY };
	struct loop_timer *timer;

	ck_assert_int_eq(loop_timer_create(&timer, loop, count, NULL), 0);
	for (unsigned i = 0; i < sizeof seconds / sizeof *seconds; i++) {
		loop_timer_set(timer, seconds[i]);
		ck_assert_uint_eq(fired, i);
		loop_run(loop);
		ck_assert_uint_eq(fired, i + 1);
	}
	loop_timer_soon(timer);
	ck_assert_uint_eq(fired, 4);
	loop_run(loop);
	ck_assert_uint_eq(fired, 5);
	loop_timer_destroy(timer);
}
END_TEST

START_TEST(a_stopped_timer_is_silent)
{
	struct loop_timer *timer;

	ck_assert_int_eq(loop_timer_create(&timer, loop, count, NULL), 0);
	loop_timer_set(timer, (double)INFINITY);
	ck_assert(loop_timer_is_set(timer));
	loop_timer_stop(timer);
	ck_assert(!loop_timer_is_set(timer));
	loop_run(loop);
	ck_assert_uint_eq(fired, 0);
	loop_timer_destroy(timer);
}
END_TEST

START_TEST(the_clock_bears_any_sum)
{
	loop_time now = loop_now(loop);

	ck_assert_double_eq_tol(loop_interval(now, loop_after(now, 1.5)), 1.5, 1e-9);
	ck_assert_double_eq_tol(loop_interval(now, loop_after(now, -2)), -2, 1e-9);
	ck_assert_double_gt(loop_interval(now, loop_after(now, 1e300)), 1e9);
}
END_TEST

/* --- Streams --------------------------------------------------------------------- */

struct end {
	struct loop_stream *stream;
	unsigned received, sent, ended;
	bool broken;
};

static void on_received(void *context)
{
	((struct end *)context)->received++;
}

static void on_sent(void *context)
{
	((struct end *)context)->sent++;
}

static void on_ended(void *context, bool broken)
{
	struct end *end = context;

	end->ended++;
	end->broken = broken;
}

#define INPUT_MAX 1000

static int join(struct end *end)
{
	static const struct loop_stream_handler handler = { on_received, on_sent, on_ended };
	int pair[2];

	memset(end, 0, sizeof *end);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	ck_assert_int_eq(loop_stream_create(&end->stream, loop, pair[0], INPUT_MAX, &handler, end),
			 0);
	return pair[1];
}

static void settle(void)
{
	for (unsigned i = 0; i < 20; i++)
		loop_run_once(loop, false);
}

static void part(struct end *end, int other)
{
	close((int)loop_stream_destroy(end->stream));
	if (other >= 0)
		close(other);
}

START_TEST(bytes_come_and_go)
{
	struct end end;
	int other = join(&end);
	char buffer[16];
	size_t length;

	ck_assert_uint_eq(*loop_stream_input(end.stream, &length), 0);
	ck_assert_uint_eq(length, 0);
	ck_assert_int_eq(send(other, "question", 8, 0), 8);
	while (end.received == 0)
		loop_run_once(loop, true);
	ck_assert_mem_eq(loop_stream_input(end.stream, &length), "question", 8);
	ck_assert_uint_eq(length, 8);
	loop_stream_take(end.stream, 5);
	ck_assert_mem_eq(loop_stream_input(end.stream, &length), "ion", 3);
	ck_assert_uint_eq(length, 3);
	ck_assert_int_eq(loop_stream_send(end.stream, "answer", 6), 0);
	ck_assert_uint_eq(loop_stream_unsent(end.stream), 6);
	while (end.sent == 0)
		loop_run_once(loop, true);
	ck_assert_uint_eq(loop_stream_unsent(end.stream), 0);
	ck_assert_int_eq(recv(other, buffer, sizeof buffer, 0), 6);
	part(&end, other);
}
END_TEST

/* What is left unread costs nothing: the loop finds nothing to do. */
START_TEST(a_full_stream_rests_until_something_is_taken)
{
	static const char much[3 * INPUT_MAX];
	struct end end;
	int other = join(&end);
	unsigned before;
	size_t length;

	ck_assert_int_eq(send(other, much, sizeof much, 0), sizeof much);
	settle();
	before = end.received;
	ck_assert_uint_ge(before, 1);
	ck_assert_int_eq(send(other, much, sizeof much, 0), sizeof much);
	settle();
	ck_assert_uint_eq(end.received, before);
	loop_stream_input(end.stream, &length);
	ck_assert_uint_ge(length, INPUT_MAX);
	loop_stream_take(end.stream, length);
	settle();
	ck_assert_uint_gt(end.received, before);
	part(&end, other);
}
END_TEST

START_TEST(half_an_end_leaves_the_other_half)
{
	struct end end;
	int other = join(&end);
	char buffer[16];

	ck_assert_int_eq(send(other, "last", 4, 0), 4);
	ck_assert_int_eq(shutdown(other, SHUT_WR), 0);
	while (end.ended == 0)
		loop_run_once(loop, true);
	ck_assert(!end.broken);
	ck_assert_uint_eq(end.received, 1);
	loop_stream_take(end.stream, 4);
	settle();
	ck_assert_uint_eq(end.ended, 1);
	ck_assert_int_eq(loop_stream_send(end.stream, "bye", 3), 0);
	while (end.sent == 0)
		loop_run_once(loop, true);
	ck_assert_int_eq(recv(other, buffer, sizeof buffer, 0), 3);
	part(&end, other);
}
END_TEST

START_TEST(last_words_are_sent_without_waiting)
{
	struct end end;
	int other = join(&end);
	char buffer[16];

	ck_assert_int_eq(loop_stream_send(end.stream, "farewell", 8), 0);
	loop_stream_send_last(end.stream);
	ck_assert_int_eq(recv(other, buffer, sizeof buffer, 0), 8);
	ck_assert_int_eq(send(other, "?", 1, 0), 1);
	settle();
	ck_assert_uint_eq(end.received, 0);
	part(&end, other);
}
END_TEST

int main(void)
{
	TCase *timers = tcase_create("timers"), *streams = tcase_create("streams");
	TCase *const cases[] = { timers, streams, NULL };

	for (TCase *const *c = cases; *c != NULL; c++)
		tcase_add_checked_fixture(*c, set_up, tear_down);
	tcase_add_test(timers, a_timer_fires_once_and_never_early);
	tcase_add_test(timers, no_time_and_no_number_are_at_once_but_not_in_the_call);
	tcase_add_test(timers, a_stopped_timer_is_silent);
	tcase_add_test(timers, the_clock_bears_any_sum);
	tcase_add_test(streams, bytes_come_and_go);
	tcase_add_test(streams, a_full_stream_rests_until_something_is_taken);
	tcase_add_test(streams, half_an_end_leaves_the_other_half);
	tcase_add_test(streams, last_words_are_sent_without_waiting);
	return unit_run("loop", cases);
}
