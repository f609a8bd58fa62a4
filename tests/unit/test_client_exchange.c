/* NtpClient against scripted servers on loopback: exchanges, polling, bursts,
 * kisses. */
#include "client/reference_id.h"
#include "client_world.h"
#include "stamps.h"
#include "unit.h"

#include <errno.h>
#include <math.h>

static struct world world;

static void setup(void)
{
	world_open(&world);
}

static void teardown(void)
{
	world_close(&world);
}

START_TEST(a_good_server_is_asked_four_times_and_then_left_alone)
{
	struct world_server *server = world_follow(&world, SERVER_GOOD);
	struct peer_status peer;

	world_pass(&world, 0.5);
	ck_assert_uint_eq(world.added, 1);
	ck_assert_uint_eq(world.measurements, 1);
	world_pass(&world, 9.5);
	ck_assert_uint_eq(server->requests, 4);
	ck_assert_uint_eq(world.measurements, 4);
	ck_assert_uint_eq(server->versions[4], 4);
	ck_assert_uint_eq(server->modes[NTP_MODE_CLIENT], 4);
	ck_assert_uint_eq(world.events[EVENT_PEER_VALID], 1);
	ck_assert_uint_eq(world.events[EVENT_REACHABILITY_CHANGED], 0);

	peer = world_peer(&world, 0);
	ck_assert(peer.active);
	ck_assert_int_eq(peer.mode, NTP_MODE_CLIENT);
	ck_assert_int_eq(peer.stratum, 2);
	ck_assert_int_eq(peer.host_poll, 6);
	ck_assert_int_eq(peer.reachability, 15);
	ck_assert_int_eq(peer.last_error, 0);
	ck_assert_int_eq(peer.last_drop, PEER_DROP_NONE);
	ck_assert_uint_eq(peer.counters.sent, 4);
	ck_assert_uint_eq(peer.counters.accepted, 4);
	ck_assert_int_ne(peer.last_success, 0);
	ck_assert_double_gt(peer.time_remaining, 50);
	ck_assert_uint_eq(peer.reference_id, 0xC0000201);
	ck_assert_int_eq(ntp_client_find_source(world.client, peer.source, &peer), 0);
	ck_assert_int_eq(ntp_client_find_source(world.client, peer.source + 1, &peer), -ENOENT);

	/* The next at 2^6 s, and a little. */
	world_pass(&world, 59);
	ck_assert_uint_eq(server->requests, 4);
	ck_assert_uint_eq(world.events[EVENT_REACHABILITY_CHANGED], 1);
	world_pass(&world, 4);
	ck_assert_uint_eq(server->requests, 5);
	world.poll = 8;
	world_pass(&world, 70);
	ck_assert_uint_eq(server->requests, 6);
	world_pass(&world, 170);
	ck_assert_uint_eq(server->requests, 6);
	/* What the discipline wants changes with the source's own samples alone; other
	 * settings do not wait for the next of these. */
	world.settings.max_poll = 7;
	world_start(&world);
	ck_assert_uint_eq(server->requests, 7);
}
END_TEST

START_TEST(a_measurement_holds_the_exchange)
{
	struct world_server *server = world_serve(&world, "127.0.0.1", 0, SERVER_GOOD);
	struct clock_reading now;
	double offset, delay;

	world.clock.runs = true;
	server->offset = 1000;
	world_add_peer(&world, "127.0.0.1", server->port, PEER_CLIENT);
	world_start(&world);
	world_pass(&world, 0.5);
	clock_read(&world.clock.clock, &now);
	/* T1 and T4 on the raw scale are put back on UTC to be compared. */
	ntp_offset_delay(world.last.sent + (now.utc - now.raw), world.last.server_received,
			 world.last.server_sent, world.last.received + (now.utc - now.raw), &offset,
			 &delay);
	ck_assert_double_eq_tol(offset, 1000, 0.1);
	ck_assert_double_ge(delay, 0);
	ck_assert_double_le(delay, 0.2);
	ck_assert_double_gt(world.last.uncertainty, 0);
	ck_assert_double_lt(world.last.uncertainty, 0.01);
	ck_assert_double_eq_tol(world.last.server_precision, 1e-6, 1e-7);
	ck_assert_double_eq(world.last.root_delay, 0.5);
	ck_assert_double_eq(world.last.root_dispersion, 7.75);
	ck_assert_uint_eq(world.last.reference_id, 0xC0000201);
	ck_assert_uint_eq(world.last.stratum, 2);
}
END_TEST

static double last_delay(void)
{
	return ns_interval(world.last.sent, world.last.received) -
	       ns_interval(world.last.server_received, world.last.server_sent);
}

START_TEST(the_kernels_time_stamps_are_used_unless_impossible)
{
	raw_ns began;

	if (left_out(RECEIVE_STAMPS && TRANSMIT_STAMPS, "datagrams carry no time stamps"))
		return;
	stamps_begin();
	world.clock.runs = true;
	world_follow(&world, SERVER_GOOD);
	world_pass(&world, 0.5);
	ck_assert_uint_eq(world.measurements, 1);
	ck_assert_uint_eq(world.clock.translations, 2);
	/* Both moved alike still fit each other, but not our own readings. */
	world.clock.translation_error = -5;
	began = world_raw(&world);
	world_pass(&world, 2);
	ck_assert_uint_ge(world.measurements, 2);
	ck_assert_uint_gt(world.clock.translations, 2);
	ck_assert_int_gt(world.last.sent, began);
	ck_assert_double_ge(last_delay(), 0);
	world.clock.translation_error = 5;
	world_pass(&world, 2);
	ck_assert_uint_ge(world.measurements, 3);
	ck_assert_int_lt(world.last.received, world_raw(&world));
	ck_assert_double_ge(last_delay(), 0);
	stamps_end();
}
END_TEST

START_TEST(a_silent_server_is_asked_rarely_and_said_to_be_unreachable)
{
	struct world_server *server = world_follow(&world, SERVER_SILENT);
	struct peer_status peer;

	world_pass(&world, 15);
	ck_assert_uint_eq(server->requests, 6);
	ck_assert_uint_eq(world.unreachable, 0);
	ck_assert_uint_eq(world.events[EVENT_PEER_UNREACHABLE], 1);
	ck_assert_uint_eq(world.events[EVENT_NO_SOURCE_REACHABLE], 1);
	peer = world_peer(&world, 0);
	ck_assert_int_eq(peer.host_poll, 5);
	ck_assert_int_eq(peer.stratum, 0);
	ck_assert_int_eq(peer.peer_poll, 0);
	ck_assert_int_eq(peer.last_error, ETIMEDOUT);
	ck_assert_int_eq(peer.last_drop, PEER_DROP_UNREACHABLE);
	ck_assert_double_le(peer.time_remaining, 33);
	world_pass(&world, 75);
	ck_assert_uint_eq(server->requests, 8);
	ck_assert_uint_eq(world.unreachable, 1);
	ck_assert_uint_eq(world.events[EVENT_PEER_SILENT], 1);
	/* A literal address has no other; it is asked on, ever less. */
	world_pass(&world, 86400);
	ck_assert_uint_lt(server->requests, 8 + 4 + 4 + 4 + 4 + 86400 / 1000);
	ck_assert_int_eq(world_peer(&world, 0).host_poll, 10);
	ck_assert_uint_eq(world.unreachable, 1);
	ck_assert_uint_eq(world.events[EVENT_PEER_SILENT], 1);
	ck_assert_uint_eq(world.added, 1);
	/* Back again. */
	server->manner = SERVER_GOOD;
	world_pass(&world, 1060);
	ck_assert_uint_ge(world.measurements, 1);
	ck_assert_uint_eq(world.events[EVENT_PEER_VALID], 1);
	ck_assert_int_eq(world_peer(&world, 0).host_poll, 6);
}
END_TEST

START_TEST(a_server_that_falls_silent_is_asked_ever_more_often_at_first)
{
	struct world_server *server;

	world.poll = 9;
	server = world_follow(&world, SERVER_GOOD);
	world_pass(&world, 10);
	server->manner = SERVER_SILENT;
	world_pass(&world, 530);
	ck_assert_uint_eq(server->requests, 5);
	ck_assert_int_eq(world_peer(&world, 0).host_poll, 8);
	world_pass(&world, 265);
	ck_assert_uint_eq(server->requests, 6);
	ck_assert_int_eq(world_peer(&world, 0).host_poll, 7);
	world_pass(&world, 132 + 4 * 65);
	ck_assert_int_eq(world_peer(&world, 0).host_poll, 6);
	ck_assert_uint_ge(server->requests, 10);
	ck_assert_int_eq(world_peer(&world, 0).reachability & 0x1f, 0);
}
END_TEST

START_TEST(a_burst_ends_when_answers_stop)
{
	struct world_server *server = world_follow(&world, SERVER_GOOD);

	world_pass(&world, 1);
	ck_assert_uint_eq(server->requests, 1);
	server->manner = SERVER_SILENT; /* it limits rates */
	world_pass(&world, 20);
	ck_assert_uint_eq(server->requests, 3);
	ck_assert_int_eq(world_peer(&world, 0).host_poll, 6);
}
END_TEST

START_TEST(only_answers_to_the_request_count)
{
	struct world_server *server = world_follow(&world, SERVER_WRONG_ORIGIN);
	struct peer_status peer;

	world_pass(&world, 15);
	peer = world_peer(&world, 0);
	ck_assert_uint_eq(server->requests, 6);
	ck_assert_uint_eq(world.measurements, 0);
	ck_assert_uint_eq(peer.counters.bogus, 6);
	ck_assert_uint_eq(peer.counters.received, 6);
	ck_assert_int_eq(peer.reachability, 0);
	/* A bogus one does not stand in the way of the good one. */
	server->manner = SERVER_BOGUS_FIRST;
	world_pass(&world, 40);
	peer = world_peer(&world, 0);
	ck_assert_uint_ge(world.measurements, 1);
	ck_assert_uint_eq(peer.counters.bogus, 6 + world.measurements);
	ck_assert_int_eq(peer.last_drop, PEER_DROP_NONE);
}
END_TEST

START_TEST(a_second_answer_is_counted_and_not_used)
{
	struct peer_status peer;

	world_follow(&world, SERVER_TWICE);
	world_pass(&world, 10);
	peer = world_peer(&world, 0);
	ck_assert_uint_eq(world.measurements, 4);
	ck_assert_uint_eq(peer.counters.accepted, 4);
	/* Both are there at once but for bad luck. */
	ck_assert_uint_eq(peer.counters.received, 4 + peer.counters.duplicate);
	ck_assert_uint_ge(peer.counters.duplicate, 1);
}
END_TEST

START_TEST(servers_without_time_are_not_used)
{
	struct world_server *server = world_follow(&world, SERVER_UNSYNCHRONIZED);
	struct peer_status peer;

	world_pass(&world, 15);
	peer = world_peer(&world, 0);
	ck_assert_uint_eq(peer.counters.unsynchronized, 6);
	ck_assert_int_eq(peer.last_drop, PEER_DROP_UNSYNCHRONIZED);
	ck_assert_int_eq(peer.leap, NTP_LEAP_UNSYNCHRONIZED);
	ck_assert_int_eq(peer.reachability, 0);
	ck_assert_uint_eq(world.events[EVENT_SAMPLE_UNSYNCHRONIZED], 1);
	server->manner = SERVER_STALE;
	world_pass(&world, 33);
	peer = world_peer(&world, 0);
	ck_assert_uint_eq(peer.counters.stale, 1);
	ck_assert_int_eq(peer.last_drop, PEER_DROP_STALE);
	ck_assert_uint_eq(world.events[EVENT_SAMPLE_STALE], 1);
	ck_assert_uint_eq(world.measurements, 0);
}
END_TEST

START_TEST(the_disciplines_verdicts_are_counted)
{
	struct peer_status peer;

	world.verdict = MEASUREMENT_DELAY_TOO_LARGE;
	world_follow(&world, SERVER_GOOD);
	world_pass(&world, 0.5);
	peer = world_peer(&world, 0);
	ck_assert_uint_eq(peer.counters.delay, 1);
	ck_assert_int_eq(peer.last_drop, PEER_DROP_DELAY);
	ck_assert_int_eq(peer.reachability, 1);
	world.verdict = MEASUREMENT_ROOT_DISTANCE;
	world_pass(&world, 2);
	peer = world_peer(&world, 0);
	ck_assert_uint_eq(peer.counters.root_distance, 1);
	ck_assert_int_eq(peer.last_drop, PEER_DROP_ROOT_DISTANCE);
	ck_assert_int_eq(peer.reachability, 2);
	world.verdict = MEASUREMENT_IMPOSSIBLE;
	world_pass(&world, 2);
	peer = world_peer(&world, 0);
	ck_assert_int_eq(peer.last_drop, PEER_DROP_OUT_OF_ORDER);
	ck_assert_uint_eq(peer.counters.accepted, 0);
	ck_assert_int_eq(peer.last_success, 0);
}
END_TEST

START_TEST(rate_backs_off)
{
	struct world_server *server = world_follow(&world, SERVER_RATE);
	struct peer_status peer;

	world_pass(&world, 15);
	ck_assert_uint_eq(server->requests, 1);
	peer = world_peer(&world, 0);
	ck_assert_uint_eq(peer.counters.kiss_rate, 1);
	ck_assert_int_eq(peer.host_poll, 6);
	ck_assert(peer.active);
	world_pass(&world, 60);
	ck_assert_uint_eq(server->requests, 2);
	ck_assert_int_eq(world_peer(&world, 0).host_poll, 7);
	server->manner = SERVER_GOOD;
	world_pass(&world, 140);
	ck_assert_uint_eq(server->requests, 3);
	ck_assert_uint_eq(world.measurements, 1);
	ck_assert_int_eq(world_peer(&world, 0).host_poll, 7);
	/* An administrator may ask, once at a time. */
	world_resync(&world, 10);
	world_pass(&world, 10);
	ck_assert_uint_eq(server->requests, 4);
	ck_assert_uint_eq(world.resync_good, 1);
}
END_TEST

START_TEST(rate_does_not_hold_for_ever)
{
	struct world_server *server = world_follow(&world, SERVER_RATE);

	world_pass(&world, 400);
	ck_assert_int_eq(world_peer(&world, 0).host_poll, 8);
	server->manner = SERVER_GOOD;
	world_pass(&world, 7 * 262);
	ck_assert_int_eq(world_peer(&world, 0).host_poll, 8);
	world_pass(&world, 300);
	ck_assert_int_eq(world_peer(&world, 0).host_poll, 7);
	world_pass(&world, 8 * 131);
	ck_assert_int_eq(world_peer(&world, 0).host_poll, 6);
	/* It may ask for fewer again. */
	server->manner = SERVER_RATE;
	world_pass(&world, 140);
	ck_assert_int_eq(world_peer(&world, 0).host_poll, 7);
}
END_TEST

START_TEST(deny_is_obeyed_for_a_day)
{
	struct world_server *server = world_follow(&world, SERVER_DENY);
	struct peer_status peer;

	world_pass(&world, 15);
	ck_assert_uint_eq(server->requests, 1);
	ck_assert_uint_eq(world.removed, 1);
	peer = world_peer(&world, 0);
	ck_assert(!peer.active);
	ck_assert_int_eq(peer.mode, 0);
	ck_assert_double_gt(peer.time_remaining, 0);
	world_pass(&world, 82800);
	ck_assert_uint_eq(server->requests, 1);
	server->manner = SERVER_GOOD;
	world_pass(&world, 7200);
	ck_assert_uint_gt(server->requests, 1);
	ck_assert_uint_gt(world.measurements, 0);
}
END_TEST

START_TEST(a_version_3_server_is_found_out)
{
	struct world_server *server = world_follow(&world, SERVER_VERSION_3);

	world_pass(&world, 15);
	ck_assert_uint_eq(server->versions[3], world.measurements);
	ck_assert_uint_ge(world.measurements, 2);
	world_pass(&world, 200);
	ck_assert_uint_eq(server->versions[4], 3);
}
END_TEST

START_TEST(peer_flags_choose_the_mode)
{
	struct world_server *server = world_serve(&world, "127.0.0.1", 0, SERVER_GOOD);
	struct world_server *both = world_serve(&world, "127.0.0.1", 0, SERVER_GOOD);

	world_add_peer(&world, "127.0.0.1", server->port, 0);
	world_add_peer(&world, "127.0.0.1", both->port, PEER_SYMMETRIC_ACTIVE | PEER_CLIENT);
	world_start(&world);
	world_pass(&world, 0.5);
	ck_assert_uint_eq(server->modes[NTP_MODE_SYMMETRIC_ACTIVE], 1);
	ck_assert_int_eq(world_peer(&world, 0).mode, NTP_MODE_SYMMETRIC_ACTIVE);
	ck_assert_uint_eq(both->modes[NTP_MODE_CLIENT], 1);
	ck_assert_uint_eq(world.measurements, 2);
}
END_TEST

START_TEST(special_peers_have_an_interval_of_their_own)
{
	struct world_server *server = world_serve(&world, "127.0.0.1", 0, SERVER_GOOD);

	world_add_peer(&world, "127.0.0.1", server->port, PEER_CLIENT | PEER_SPECIAL_INTERVAL);
	world_start(&world);
	ck_assert(world.last_fixed);
	ck_assert_double_eq(world.last_poll_seconds, 900);
	world_pass(&world, 10);
	ck_assert_uint_eq(server->requests, 4);
	world_pass(&world, 860);
	ck_assert_uint_eq(server->requests, 4);
	world_pass(&world, 66);
	ck_assert_uint_eq(server->requests, 5);
}
END_TEST

START_TEST(reference_ids_are_as_the_rfc_says)
{
	struct net_address address;

	net_address_parse("192.0.2.1", 123, &address);
	ck_assert_uint_eq(reference_id_of_address(&address), 0xC0000201);
	net_address_parse("2001:db8::1", 123, &address);
	ck_assert_uint_eq(reference_id_of_address(&address), 0x39ab9b37);
}
END_TEST

int main(void)
{
	TCase *exchange = tcase_create("exchange");
	TCase *const cases[] = { exchange, NULL };

	for (TCase *const *it = cases; *it != NULL; it++) {
		tcase_add_checked_fixture(*it, setup, teardown);
		tcase_set_timeout(*it, 60);
	}
	tcase_add_test(exchange, a_good_server_is_asked_four_times_and_then_left_alone);
	tcase_add_test(exchange, a_measurement_holds_the_exchange);
	tcase_add_test(exchange, the_kernels_time_stamps_are_used_unless_impossible);
	tcase_add_test(exchange, a_silent_server_is_asked_rarely_and_said_to_be_unreachable);
	tcase_add_test(exchange, a_server_that_falls_silent_is_asked_ever_more_often_at_first);
	tcase_add_test(exchange, a_burst_ends_when_answers_stop);
	tcase_add_test(exchange, only_answers_to_the_request_count);
	tcase_add_test(exchange, a_second_answer_is_counted_and_not_used);
	tcase_add_test(exchange, servers_without_time_are_not_used);
	tcase_add_test(exchange, the_disciplines_verdicts_are_counted);
	tcase_add_test(exchange, rate_backs_off);
	tcase_add_test(exchange, rate_does_not_hold_for_ever);
	tcase_add_test(exchange, deny_is_obeyed_for_a_day);
	tcase_add_test(exchange, a_version_3_server_is_found_out);
	tcase_add_test(exchange, peer_flags_choose_the_mode);
	tcase_add_test(exchange, special_peers_have_an_interval_of_their_own);
	tcase_add_test(exchange, reference_ids_are_as_the_rfc_says);
	return unit_run("client exchange", cases);
}
