/* NtpClient in interleaved mode (RFC 9769) with scripted servers on loopback. */
#include "client/interleaved.h"
#include "client_world.h"
#include "unit.h"

#include <math.h>

/* What the server needs from reading its clock to sending. */
#define LAG 0.25

static struct world world;

static void setup(void)
{
	world_open(&world);
	world.interleave_within = 1000;
	world.clock.runs = true;
}

static void teardown(void)
{
	world_close(&world);
}

static uint64_t interleaved_count(void)
{
	return world_peer(&world, 0).counters.interleaved;
}

START_TEST(a_server_that_knows_it_is_asked_so)
{
	struct world_server *server = world_follow(&world, SERVER_INTERLEAVED);

	server->lag = LAG;
	world_pass(&world, 10);
	ck_assert_uint_eq(server->requests, 4);
	ck_assert_uint_eq(world.measurements, 4);
	ck_assert_uint_eq(server->asked_interleaved, 3);
	ck_assert_uint_eq(interleaved_count(), 3);
	ck_assert(world.last.interleaved);
	/* It is the answer before that the times are of, and when it left. */
	ck_assert_double_eq_tol(ns_interval(world.last.received, world.last.sent), 2, 0.2);
	ck_assert_double_eq_tol(ns_interval(world.last.server_sent, world.last.server_received),
				2 - LAG, 0.2);
	ck_assert_double_gt(world.last.uncertainty, 0);
	ck_assert_uint_eq(world_peer(&world, 0).counters.bogus, 0);
}
END_TEST

/* Whether it is wanted comes with what became of the sample before. */
START_TEST(nobody_is_asked_so_when_it_is_not_wanted)
{
	struct world_server *server;

	world.interleave_within = 0;
	server = world_follow(&world, SERVER_INTERLEAVED);
	world_pass(&world, 9);
	ck_assert_uint_eq(server->requests, 4);
	ck_assert_uint_eq(server->asked_interleaved, 0);
	world.interleave_within = 1000;
	world_pass(&world, 65);
	ck_assert_uint_eq(server->requests, 5);
	ck_assert_uint_eq(server->asked_interleaved, 0);
	world.interleave_within = 0;
	world_pass(&world, 65);
	ck_assert_uint_eq(server->requests, 6);
	ck_assert_uint_eq(interleaved_count(), 1);
	world_pass(&world, 65);
	ck_assert_uint_eq(server->requests, 7);
	ck_assert(!world.last.interleaved);
}
END_TEST

START_TEST(nobody_is_asked_so_later_than_it_is_worth_while)
{
	struct world_server *server;

	world.interleave_within = 60;
	server = world_follow(&world, SERVER_INTERLEAVED);
	world_pass(&world, 9);
	ck_assert_uint_eq(server->asked_interleaved, 3);
	world_pass(&world, 65);
	ck_assert_uint_eq(server->requests, 5);
	ck_assert_uint_eq(server->asked_interleaved, 3);
	world.interleave_within = 70;
	world_pass(&world, 2 * 65);
	ck_assert_uint_eq(server->requests, 7);
	ck_assert_uint_eq(server->asked_interleaved, 4);
}
END_TEST

START_TEST(a_server_that_does_not_know_it_is_not_asked_for_long)
{
	struct world_server *server = world_follow(&world, SERVER_GOOD);

	world_pass(&world, 600);
	ck_assert_uint_ge(server->requests, 10);
	ck_assert_uint_eq(world.measurements, server->requests);
	ck_assert_uint_eq(server->asked_interleaved, INTERLEAVED_TRIALS);
	ck_assert_uint_eq(interleaved_count(), 0);
}
END_TEST

START_TEST(symmetric_associations_do_not_ask_so)
{
	struct world_server *server = world_serve(&world, "127.0.0.1", 0, SERVER_INTERLEAVED);

	world_add_peer(&world, "127.0.0.1", server->port, 0);
	world_start(&world);
	world_pass(&world, 10);
	ck_assert_uint_eq(server->modes[NTP_MODE_SYMMETRIC_ACTIVE], 4);
	ck_assert_uint_eq(world.measurements, 4);
	ck_assert_uint_eq(server->asked_interleaved, 0);
}
END_TEST

START_TEST(after_a_lost_packet_it_begins_anew)
{
	struct world_server *server = world_follow(&world, SERVER_INTERLEAVED);
	unsigned asked;

	world_pass(&world, 10);
	server->manner = SERVER_SILENT;
	world_pass(&world, 65);
	ck_assert_uint_eq(server->requests, 5);
	server->manner = SERVER_INTERLEAVED;
	asked = server->asked_interleaved;
	world_pass(&world, 65);
	ck_assert_uint_eq(server->requests, 6);
	ck_assert_uint_eq(server->asked_interleaved, asked);
	ck_assert(!world.last.interleaved);
	world_pass(&world, 65);
	ck_assert_uint_eq(server->asked_interleaved, asked + 1);
	ck_assert(world.last.interleaved);
}
END_TEST

START_TEST(a_server_that_forgot_answers_plainly)
{
	struct world_server *server = world_follow(&world, SERVER_INTERLEAVED);

	world_pass(&world, 10);
	ck_assert_uint_eq(interleaved_count(), 3);
	server->last_receive = server->last_transmit = 0; /* it was started anew */
	world_pass(&world, 65);
	ck_assert_uint_eq(world.measurements, 5);
	ck_assert(!world.last.interleaved);
	ck_assert_double_ge(ns_interval(world.last.sent, world.last.received), 0);
	world_pass(&world, 65);
	ck_assert(world.last.interleaved);
	ck_assert_uint_eq(world_peer(&world, 0).counters.bogus, 0);
}
END_TEST

START_TEST(of_two_answers_the_first_counts)
{
	struct peer_status peer;

	world_follow(&world, SERVER_INTERLEAVED_TWICE);
	world_pass(&world, 10);
	peer = world_peer(&world, 0);
	ck_assert_uint_eq(world.measurements, 4);
	ck_assert_uint_eq(peer.counters.accepted, 4);
	ck_assert_uint_eq(peer.counters.interleaved, 3);
	ck_assert_uint_eq(peer.counters.received, 4 + peer.counters.duplicate);
}
END_TEST

START_TEST(impossible_times_are_not_used)
{
	struct world_server *server = world_follow(&world, SERVER_INTERLEAVED_WRONGLY);
	struct peer_status peer;

	world_pass(&world, 10);
	peer = world_peer(&world, 0);
	ck_assert_uint_ge(peer.counters.bogus, 1);
	ck_assert_uint_eq(peer.counters.interleaved, 0);
	/* Every second request asks plainly, and gets time. */
	ck_assert_uint_eq(world.measurements, server->requests - peer.counters.bogus);
	ck_assert(!world.last.interleaved);
}
END_TEST

START_TEST(a_kiss_ends_it_for_once)
{
	struct world_server *server = world_follow(&world, SERVER_INTERLEAVED);
	unsigned asked;

	world_pass(&world, 10);
	server->manner = SERVER_RATE;
	world_pass(&world, 65);
	server->manner = SERVER_INTERLEAVED;
	asked = server->asked_interleaved;
	world_pass(&world, 140);
	ck_assert_uint_eq(server->requests, 6);
	ck_assert_uint_eq(server->asked_interleaved, asked);
}
END_TEST

START_TEST(nothing_is_measured_across_a_sleep)
{
	struct world_server *server = world_follow(&world, SERVER_INTERLEAVED);
	unsigned asked;

	world_pass(&world, 10);
	asked = server->asked_interleaved;
	world.clock.suspended_ns += 3600 * NS_PER_SECOND;
	world_pass(&world, 65);
	ck_assert_uint_eq(server->requests, 5);
	ck_assert_uint_eq(server->asked_interleaved, asked);
	world_pass(&world, 65);
	ck_assert_uint_eq(server->asked_interleaved, asked + 1);
}
END_TEST

START_TEST(nothing_is_asked_of_an_old_answer)
{
	struct world_server *server;

	world.poll = 9;
	server = world_follow(&world, SERVER_INTERLEAVED);
	world_pass(&world, 10);
	ck_assert_uint_eq(server->asked_interleaved, 3);
	world_pass(&world, 600);
	ck_assert_uint_eq(server->requests, 5);
	ck_assert_uint_eq(server->asked_interleaved, 3);
}
END_TEST

int main(void)
{
	TCase *interleaved = tcase_create("interleaved");
	TCase *const cases[] = { interleaved, NULL };

	tcase_add_checked_fixture(interleaved, setup, teardown);
	tcase_set_timeout(interleaved, 60);
	tcase_add_test(interleaved, a_server_that_knows_it_is_asked_so);
	tcase_add_test(interleaved, nobody_is_asked_so_when_it_is_not_wanted);
	tcase_add_test(interleaved, nobody_is_asked_so_later_than_it_is_worth_while);
	tcase_add_test(interleaved, a_server_that_does_not_know_it_is_not_asked_for_long);
	tcase_add_test(interleaved, symmetric_associations_do_not_ask_so);
	tcase_add_test(interleaved, after_a_lost_packet_it_begins_anew);
	tcase_add_test(interleaved, a_server_that_forgot_answers_plainly);
	tcase_add_test(interleaved, of_two_answers_the_first_counts);
	tcase_add_test(interleaved, impossible_times_are_not_used);
	tcase_add_test(interleaved, a_kiss_ends_it_for_once);
	tcase_add_test(interleaved, nothing_is_measured_across_a_sleep);
	tcase_add_test(interleaved, nothing_is_asked_of_an_old_answer);
	return unit_run("client interleaved", cases);
}
