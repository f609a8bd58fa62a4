/* NtpClient against scripted servers on loopback: resyncs, fallbacks, changes of
 * the configuration, the network, the clock. */
#include "client_world.h"
#include "loopback.h"
#include "unit.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>

static struct world world;

static void setup(void)
{
	world_open(&world);
}

static void teardown(void)
{
	world_close(&world);
}

START_TEST(resync_is_done_as_soon_as_all_answered)
{
	struct world_server *servers[3];

	for (int i = 0; i < 3; i++) {
		servers[i] = world_serve(&world, "127.0.0.1", 0, SERVER_GOOD);
		world_add_peer(&world, "127.0.0.1", servers[i]->port, PEER_CLIENT);
	}
	world_start(&world);
	world_pass(&world, 30);
	ck_assert_uint_eq(servers[0]->requests, 4);
	world_resync(&world, 10);
	ck_assert_uint_eq(world.resync_calls, 0);
	world_settle(&world);
	ck_assert_uint_eq(world.resync_calls, 1);
	ck_assert_uint_eq(world.resync_good, 3);
	/* The burst goes on behind it. */
	world_pass(&world, 10);
	ck_assert_uint_eq(servers[0]->requests, 8);
	ck_assert_uint_eq(world.resync_calls, 1);
}
END_TEST

START_TEST(resync_of_one_server_takes_three_samples)
{
	struct world_server *server = world_follow(&world, SERVER_GOOD);

	world_pass(&world, 30);
	world_resync(&world, 10);
	world_pass(&world, 3.5);
	ck_assert_uint_eq(server->requests, 6);
	ck_assert_uint_eq(world.resync_calls, 0);
	world_pass(&world, 1);
	ck_assert_uint_eq(world.resync_calls, 1);
	ck_assert_uint_eq(world.resync_good, 1);
}
END_TEST

START_TEST(resync_waits_for_the_silent_no_longer_than_six_seconds)
{
	struct world_server *silent = world_serve(&world, "127.0.0.1", 0, SERVER_SILENT);

	world_add_peer(&world, "127.0.0.1", silent->port, PEER_CLIENT);
	world_follow(&world, SERVER_GOOD);
	world_pass(&world, 15);
	world_resync(&world, 30);
	world_pass(&world, 5);
	ck_assert_uint_eq(world.resync_calls, 0);
	world_pass(&world, 1);
	ck_assert_uint_eq(world.resync_calls, 1);
	ck_assert_uint_eq(world.resync_good, 1);
}
END_TEST

START_TEST(resync_asks_one_that_has_fallen_silent_twice)
{
	struct world_server *server = world_follow(&world, SERVER_GOOD);

	world_pass(&world, 30);
	server->manner = SERVER_SILENT;
	world_resync(&world, 30);
	world_pass(&world, 3.9);
	ck_assert_uint_eq(server->requests, 6);
	ck_assert_uint_eq(world.resync_calls, 1);
	ck_assert_uint_eq(world.resync_good, 0);
}
END_TEST

START_TEST(resync_ends_with_its_timeout)
{
	world_follow(&world, SERVER_SILENT);
	world_pass(&world, 15);
	world_resync(&world, 3);
	world_pass(&world, 2.9);
	ck_assert_uint_eq(world.resync_calls, 0);
	world_pass(&world, 0.2);
	ck_assert_uint_eq(world.resync_calls, 1);
	ck_assert_uint_eq(world.resync_good, 0);
}
END_TEST

START_TEST(resync_of_refusing_peers_fails_at_once)
{
	world_add_peer(&world, "127.0.0.1", loopback_free_port(), PEER_CLIENT);
	world_start(&world);
	world_pass(&world, 20);
	ck_assert_int_eq(world_peer(&world, 0).last_error, ECONNREFUSED);
	world_resync(&world, 10);
	world_settle(&world);
	ck_assert_uint_eq(world.resync_calls, 1);
	ck_assert_uint_eq(world.resync_good, 0);
}
END_TEST

START_TEST(resync_without_peers_is_done_from_the_loop)
{
	world_start(&world);
	world_resync(&world, 10);
	ck_assert_uint_eq(world.resync_calls, 0);
	world_settle(&world);
	ck_assert_uint_eq(world.resync_calls, 1);
	ck_assert_uint_eq(world.resync_good, 0);
	ntp_client_resync(world.client, 1, NULL, NULL);
	world_settle(&world);
}
END_TEST

START_TEST(a_second_resync_ends_the_first)
{
	world_follow(&world, SERVER_SILENT);
	world_resync(&world, 10);
	world_resync(&world, 10);
	ck_assert_uint_eq(world.resync_calls, 1);
	world_pass(&world, 10);
	ck_assert_uint_eq(world.resync_calls, 2);
}
END_TEST

/* ------------------------------------------------------------------------- */

START_TEST(fallbacks_are_asked_only_when_needed)
{
	struct world_server *usual = world_serve(&world, "127.0.0.1", 0, SERVER_GOOD);
	struct world_server *fallback = world_serve(&world, "127.0.0.1", 0, SERVER_GOOD);
	struct peer_status peer;

	world_add_peer(&world, "127.0.0.1", usual->port, PEER_CLIENT);
	world_add_peer(&world, "127.0.0.1", fallback->port, PEER_CLIENT | PEER_FALLBACK_ONLY);
	/* At the start nobody gives time yet, but the usual one is to say so. */
	world.fallback_needed = true;
	world_start(&world);
	world_pass(&world, 0.5);
	world.fallback_needed = false;
	world_pass(&world, 100);
	ck_assert_uint_eq(fallback->requests, 0);
	peer = world_peer(&world, 1);
	ck_assert(!peer.active);
	ck_assert_double_eq(peer.time_remaining, 0);

	usual->manner = SERVER_SILENT;
	world.fallback_needed = true;
	world_pass(&world, 100);
	ck_assert_uint_ge(fallback->requests, 4);
	ck_assert(world_peer(&world, 1).active);
	ck_assert(world.last_fallback);

	usual->manner = SERVER_GOOD;
	world.fallback_needed = false;
	world_pass(&world, 100);
	ck_assert(!world_peer(&world, 1).active);
	ck_assert_uint_eq(world.removed, 1);
}
END_TEST

START_TEST(fallbacks_alone_are_asked_at_once)
{
	struct world_server *fallback = world_serve(&world, "127.0.0.1", 0, SERVER_GOOD);

	world.fallback_needed = true;
	world_add_peer(&world, "127.0.0.1", fallback->port, PEER_CLIENT | PEER_FALLBACK_ONLY);
	world_start(&world);
	world_pass(&world, 1);
	ck_assert_uint_eq(world.measurements, 1);
}
END_TEST

/* ------------------------------------------------------------------------- */

START_TEST(what_stays_in_the_list_keeps_its_association)
{
	struct world_server *one = world_serve(&world, "127.0.0.1", 0, SERVER_GOOD);
	struct world_server *two = world_serve(&world, "127.0.0.1", 0, SERVER_GOOD);
	source_id source;

	world_add_peer(&world, "127.0.0.1", one->port, PEER_CLIENT);
	world_add_peer(&world, "127.0.0.1", two->port, PEER_CLIENT);
	world_start(&world);
	world_pass(&world, 10);
	source = world_peer(&world, 1).source;

	/* The first goes, the second gets another flag. */
	world.settings.peers.count = 0;
	world_add_peer(&world, "127.0.0.1", two->port, PEER_CLIENT | PEER_SPECIAL_INTERVAL);
	world_start(&world);
	ck_assert_uint_eq(ntp_client_peer_count(world.client), 1);
	ck_assert_uint_eq(world.removed, 1);
	ck_assert_uint_eq(world.changed, 1);
	ck_assert(world.last_fixed);
	ck_assert_uint_eq(world_peer(&world, 0).source, source);
	ck_assert_int_eq(world_peer(&world, 0).reachability, 15);
	ck_assert_uint_eq(world.added, 2);
	world_pass(&world, 30);
	ck_assert_uint_eq(one->requests, 4);

	/* A shorter interval brings the next request forward. */
	world.poll = 10;
	world_pass(&world, 64);
	ck_assert_double_gt(world_peer(&world, 0).time_remaining, 700);
	world.settings.special_poll_interval = 64;
	world_start(&world);
	ck_assert_double_lt(world_peer(&world, 0).time_remaining, 67);

	world.settings.enabled = false;
	world_start(&world);
	ck_assert_uint_eq(ntp_client_peer_count(world.client), 0);
	ck_assert_uint_eq(world.removed, 2);
}
END_TEST

START_TEST(a_jump_of_the_clock_spoils_what_is_under_way)
{
	struct world_server *silent = world_serve(&world, "127.0.0.1", 0, SERVER_SILENT);

	world_follow(&world, SERVER_GOOD);
	world.settings.peers.count = 0;
	world_add_peer(&world, "127.0.0.1", silent->port, PEER_CLIENT);
	world_start(&world);
	world_pass(&world, 0.4);
	ck_assert_uint_eq(silent->requests, 1);
	ntp_client_event(world.client, PROVIDER_TIME_JUMPED);
	world_pass(&world, 1.7);
	/* Neither a miss nor asked again before its time. */
	ck_assert_int_eq(world_peer(&world, 0).last_error, 0);
	ck_assert_uint_eq(silent->requests, 1);
	world_pass(&world, 0.4);
	ck_assert_uint_eq(silent->requests, 2);
}
END_TEST

START_TEST(the_clock_may_jump_while_a_measurement_is_handed_over)
{
	world.time_jumps = true;
	world_follow(&world, SERVER_GOOD);
	world_pass(&world, 10);
	ck_assert_uint_eq(world.measurements, 4);
}
END_TEST

START_TEST(a_network_change_makes_silent_peers_asked)
{
	struct world_server *server = world_follow(&world, SERVER_SILENT);
	unsigned before;

	world_pass(&world, 10000);
	before = server->requests;
	server->manner = SERVER_GOOD;
	ntp_client_event(world.client, PROVIDER_NETWORK_CHANGED);
	world_pass(&world, 10);
	ck_assert_uint_eq(server->requests, before + 4);
	/* One that answers is not disturbed by the next. */
	ntp_client_event(world.client, PROVIDER_NETWORK_CHANGED);
	world_pass(&world, 10);
	ck_assert_uint_eq(server->requests, before + 4);
	ntp_client_event(world.client, PROVIDER_RESUMED);
	world_pass(&world, 0.2);
	ck_assert_uint_eq(server->requests, before + 5);
}
END_TEST

/* ClientBindAddress names an interface that is not there: no request leaves from
 * another address instead. */
START_TEST(nothing_is_sent_while_the_address_to_send_from_is_not_there)
{
	struct world_server *server = world_serve(&world, "127.0.0.1", 0, SERVER_GOOD);
	struct peer_status peer;

	if (left_out(OWN_ADDRESSES, "an address that nobody has can be bound"))
		return;
	snprintf(world.settings.bind_v4, sizeof world.settings.bind_v4, "192.0.2.77");
	snprintf(world.settings.bind_v6, sizeof world.settings.bind_v6, "fe80::1%%absent0");
	world_add_peer(&world, "127.0.0.1", server->port, PEER_CLIENT);
	world_add_peer(&world, "::1", server->port, PEER_CLIENT);
	world_start(&world);
	world_pass(&world, 200);
	ck_assert_uint_eq(server->requests, 0);
	ck_assert_uint_eq(world.measurements, 0);
	for (size_t i = 0; i < 2; i++) {
		peer = world_peer(&world, i);
		ck_assert_int_eq(peer.last_error, EADDRNOTAVAIL);
		ck_assert_uint_eq(peer.counters.sent, 0);
		ck_assert_uint_ge(peer.counters.send_errors, 8);
		ck_assert_double_le(peer.time_remaining, 1100);
	}
	/* Said once an hour and peer. */
	ck_assert_uint_eq(world.events[EVENT_REQUEST_NOT_SENT], 2);
	ck_assert_uint_eq(world.events[EVENT_NO_SOURCE_REACHABLE], 1);
	/* It is tried again: at once when the network changes. */
	snprintf(world.settings.bind_v4, sizeof world.settings.bind_v4, "127.0.0.1");
	world_start(&world);
	ntp_client_event(world.client, PROVIDER_NETWORK_CHANGED);
	world_pass(&world, 10);
	ck_assert_uint_ge(server->requests, 4);
	ck_assert_uint_eq(world.measurements, server->requests);
}
END_TEST

START_TEST(our_own_server_is_not_followed)
{
	struct world_server *own = world_serve(&world, "127.0.0.1", 0, SERVER_GOOD);

	world.own_server = own->address;
	world_add_peer(&world, "127.0.0.1", own->port, PEER_CLIENT);
	world_start(&world);
	world_pass(&world, 10000);
	ck_assert_uint_eq(own->requests, 0);
	ck_assert_uint_eq(world.added, 0);
	ck_assert(!world_peer(&world, 0).active);
}
END_TEST

START_TEST(a_sample_far_from_the_others_is_logged)
{
	struct world_server *servers[3];

	for (int i = 0; i < 3; i++) {
		servers[i] = world_serve(&world, "127.0.0.1", 0, SERVER_GOOD);
		world_add_peer(&world, "127.0.0.1", servers[i]->port, PEER_CLIENT);
	}
	servers[1]->offset = 8;
	world_start(&world);
	world_pass(&world, 20);
	/* Not of the other two, whom the one that is wrong pulls half its way. */
	ck_assert_uint_eq(world.events[EVENT_SAMPLE_FAR_OFF], 1);
}
END_TEST

/* ------------------------------------------------------------------------- */

static unsigned resyncs_begun;

static void random_step(uint32_t *state)
{
	const uint32_t flags[] = { 0, 1, 2, 4, 8, 9, 10, 11 };
	uint32_t random;

	*state = *state * 1664525 + 1013904223;
	random = *state >> 8;
	switch (random % 16) {
	case 0:
	case 1:
		world_resync(&world, random / 16 % 12);
		resyncs_begun++;
		break;
	case 2:
		world.fallback_needed = !world.fallback_needed;
		break;
	case 3:
		ntp_client_event(world.client, (enum provider_event)(random / 16 % 4));
		break;
	case 4:
		world.settings.peers.count = 0;
		for (unsigned i = 0; i < WORLD_SERVERS; i++) {
			if (random / 16 >> i & 1)
				world_add_peer(&world, "127.0.0.1", world.servers[i].port,
					       flags[random / 256 / (i + 1) % 8]);
		}
		world_start(&world);
		break;
	case 5:
		world.verdict = (enum discipline_verdict)(random / 16 % 4);
		break;
	case 6:
		world.poll = (int)(random / 16 % 12);
		break;
	case 7:
		world.time_jumps = true;
		break;
	case 8:
	case 9:
	case 10:
		world.servers[random / 16 % WORLD_SERVERS].manner = (enum server_manner)(
			random / 64 % (SERVER_STALE + 1));
		break;
	case 11:
		world_pass(&world, random / 16 % 5000);
		break;
	default:
		world_pass(&world, (random / 16 % 100) / 20.0);
		break;
	}
}

START_TEST(whatever_happens_the_books_balance)
{
	uint32_t state = (uint32_t)_i;

	resyncs_begun = 0;
	for (unsigned i = 0; i < WORLD_SERVERS; i++)
		world_serve(&world, "127.0.0.1", 0, SERVER_GOOD);
	world_start(&world);
	for (int step = 0; step < 400; step++)
		random_step(&state);
	world_pass(&world, 20);
	ck_assert_uint_eq(world.resync_calls, resyncs_begun);
	ck_assert_uint_le(world.added - world.removed, ntp_client_peer_count(world.client));
	for (size_t i = 0; i < ntp_client_peer_count(world.client); i++)
		ck_assert_double_lt(world_peer(&world, i).time_remaining, 140000);
}
END_TEST

int main(void)
{
	TCase *resync = tcase_create("resync"), *change = tcase_create("change"),
	      *random = tcase_create("random");
	TCase *const cases[] = { resync, change, random, NULL };

	for (TCase *const *it = cases; *it != NULL; it++) {
		tcase_add_checked_fixture(*it, setup, teardown);
		tcase_set_timeout(*it, 60);
	}
	tcase_add_test(resync, resync_is_done_as_soon_as_all_answered);
	tcase_add_test(resync, resync_of_one_server_takes_three_samples);
	tcase_add_test(resync, resync_waits_for_the_silent_no_longer_than_six_seconds);
	tcase_add_test(resync, resync_asks_one_that_has_fallen_silent_twice);
	tcase_add_test(resync, resync_ends_with_its_timeout);
	tcase_add_test(resync, resync_of_refusing_peers_fails_at_once);
	tcase_add_test(resync, resync_without_peers_is_done_from_the_loop);
	tcase_add_test(resync, a_second_resync_ends_the_first);
	tcase_add_test(change, fallbacks_are_asked_only_when_needed);
	tcase_add_test(change, fallbacks_alone_are_asked_at_once);
	tcase_add_test(change, what_stays_in_the_list_keeps_its_association);
	tcase_add_test(change, a_jump_of_the_clock_spoils_what_is_under_way);
	tcase_add_test(change, the_clock_may_jump_while_a_measurement_is_handed_over);
	tcase_add_test(change, a_network_change_makes_silent_peers_asked);
	tcase_add_test(change, nothing_is_sent_while_the_address_to_send_from_is_not_there);
	tcase_add_test(change, our_own_server_is_not_followed);
	tcase_add_test(change, a_sample_far_from_the_others_is_logged);
	tcase_add_loop_test(random, whatever_happens_the_books_balance, 0, 20);
	return unit_run("client changes", cases);
}
