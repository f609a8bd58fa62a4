/* What a peer does with the addresses of its name: against scripted DNS and
 * NTP servers on loopback. */
#include "client_world.h"
#include "unit.h"

#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <string.h>

#define HOST_1 0x7f000001u
#define HOST_2 0x7f000002u
#define HOST_3 0x7f000003u

static struct world world;

static void setup(void)
{
	world_open(&world);
}

static void teardown(void)
{
	world_close(&world);
}

static const struct world_name zone[] = {
	{ "one.test", { HOST_1 } },
	{ "two.test", { HOST_1, HOST_2 } },
	{ "other.test", { HOST_1 } },
	{ NULL, { 0 } },
};

START_TEST(a_named_peer_is_followed_at_its_address)
{
	struct world_server *server = world_serve(&world, "127.0.0.1", 0, SERVER_GOOD);
	struct net_address remote;

	world_serve_names(&world, zone);
	world_add_peer(&world, "one.test", server->port, PEER_CLIENT);
	world_start(&world);
	world_pass(&world, 1);
	ck_assert_uint_eq(world.measurements, 1);
	remote = world_peer(&world, 0).remote;
	ck_assert(net_address_equal(&remote, &server->address));
	ck_assert_uint_eq(world_peer(&world, 0).resolve_attempts, 0);
	ck_assert_uint_eq(world.events[EVENT_MANUAL_DNS_ERROR], 0);
}
END_TEST

START_TEST(a_name_that_is_not_found_is_tried_again)
{
	struct world_server *server = world_serve(&world, "127.0.0.1", 0, SERVER_GOOD);
	struct peer_status peer;

	world_serve_names(&world, zone);
	world_add_peer(&world, "absent.test", server->port, PEER_CLIENT);
	world_start(&world);
	peer = world_peer(&world, 0);
	ck_assert(!peer.active);
	ck_assert_uint_eq(peer.resolve_attempts, 1);
	ck_assert_int_eq(peer.last_error, ENOENT);
	ck_assert_int_eq(peer.mode, 0);
	ck_assert_int_eq(peer.host_poll, 0);
	ck_assert_double_le(peer.time_remaining, 4);
	ck_assert_double_gt(peer.time_remaining, 3);
	ck_assert_uint_eq(world.events[EVENT_MANUAL_DNS_ERROR], 1);
	world_pass(&world, 4 + 8 + 16 + 32 + 1);
	ck_assert_uint_eq(world_peer(&world, 0).resolve_attempts, 5);
	/* The backoff that is configured: told each time that it grows, and that it
	 * does not any more. */
	world_pass(&world, 900 + 900);
	ck_assert_uint_eq(world.events[EVENT_MANUAL_DNS_ERROR], 2);
	ck_assert_uint_eq(world.events[EVENT_MANUAL_LOOKUP_FAILING], 0);
	world_pass(&world, 900 * 1024);
	ck_assert_uint_eq(world.events[EVENT_MANUAL_DNS_ERROR], 1 + 8);
	ck_assert_uint_eq(world.events[EVENT_MANUAL_LOOKUP_FAILING], 1);
	ck_assert_uint_eq(world.added, 0);
}
END_TEST

START_TEST(a_name_that_appears_is_followed_at_once_when_the_network_changes)
{
	struct world_server *server = world_serve(&world, "127.0.0.1", 0, SERVER_GOOD);
	const struct world_name none[] = { { NULL, { 0 } } };

	world_serve_names(&world, none);
	world_add_peer(&world, "one.test", server->port, PEER_CLIENT);
	world_start(&world);
	world_pass(&world, 3000);
	ck_assert_uint_eq(world.added, 0);
	world.dns.zone = zone;
	ntp_client_event(world.client, PROVIDER_NETWORK_CHANGED);
	world_pass(&world, 2);
	ck_assert_uint_eq(world.measurements, 1);
	ck_assert_uint_eq(world.events[EVENT_MANUAL_RESOLVED], 1);
	ck_assert_uint_eq(world_peer(&world, 0).resolve_attempts, 0);
}
END_TEST

START_TEST(an_address_that_never_answers_soon_gives_way_to_the_next)
{
	struct world_server *first = world_serve(&world, "127.0.0.1", 0, SERVER_SILENT);
	struct world_server *second = world_serve(&world, "127.0.0.2", first->port, SERVER_SILENT);
	struct world_server *chosen;
	struct net_address remote;

	world_serve_names(&world, zone);
	world_add_peer(&world, "two.test", first->port, PEER_CLIENT);
	world_start(&world);
	world_pass(&world, 1);
	chosen = first->requests > 0 ? second : first;
	chosen->manner = SERVER_GOOD;
	world_pass(&world, 6);
	ck_assert_uint_eq(world.added, 2);
	ck_assert_uint_eq(world.removed, 1);
	ck_assert_uint_ge(world.measurements, 1);
	remote = world_peer(&world, 0).remote;
	ck_assert(net_address_equal(&remote, &chosen->address));
}
END_TEST

START_TEST(an_outage_of_all_addresses_is_sat_out_quietly)
{
	struct world_server *first = world_serve(&world, "127.0.0.1", 0, SERVER_SILENT);
	struct world_server *second = world_serve(&world, "127.0.0.2", first->port, SERVER_SILENT);
	unsigned before;

	world_serve_names(&world, zone);
	world_add_peer(&world, "two.test", first->port, PEER_CLIENT);
	world_start(&world);
	world_pass(&world, 100);
	ck_assert_uint_eq(first->requests + second->requests, 3 + 8);
	ck_assert_uint_eq(world.events[EVENT_PEER_SILENT], 1);
	ck_assert_uint_eq(world.unreachable, 1);
	world_pass(&world, 3500);
	ck_assert_uint_le(first->requests + second->requests, 3 + 8 + 20);
	ck_assert_int_ge(world_peer(&world, 0).host_poll, 9);
	before = first->requests + second->requests;
	world_pass(&world, 20 * 1024);
	ck_assert_uint_le(first->requests + second->requests, before + 25);
	ck_assert_int_eq(world_peer(&world, 0).host_poll, 10);
	/* Both were tried, and go on being tried. */
	ck_assert_uint_ge(first->requests, 8);
	ck_assert_uint_ge(second->requests, 8);

	first->manner = second->manner = SERVER_GOOD;
	world_pass(&world, 1060);
	ck_assert_uint_ge(world.measurements, 1);
	ck_assert_int_eq(world_peer(&world, 0).host_poll, 6);
}
END_TEST

START_TEST(a_resync_does_not_sit_out_an_outage)
{
	struct world_server *first = world_serve(&world, "127.0.0.1", 0, SERVER_SILENT);
	struct world_server *second = world_serve(&world, "127.0.0.2", first->port, SERVER_SILENT);
	unsigned added;

	world_serve_names(&world, zone);
	world_add_peer(&world, "two.test", first->port, PEER_CLIENT);
	world_start(&world);
	world_pass(&world, 200);
	/* The moment when the next address has not been asked yet. */
	for (added = world.added; world.added == added;)
		world_pass(&world, 1);
	ck_assert_double_gt(world_peer(&world, 0).time_remaining, 60);
	first->manner = second->manner = SERVER_GOOD;
	world_resync(&world, 10);
	world_pass(&world, 5);
	ck_assert_uint_eq(world.resync_calls, 1);
	ck_assert_uint_eq(world.resync_good, 1);
}
END_TEST

START_TEST(an_address_that_falls_silent_gives_way_after_eight_misses)
{
	struct world_server *first = world_serve(&world, "127.0.0.1", 0, SERVER_GOOD);
	struct world_server *second = world_serve(&world, "127.0.0.2", first->port, SERVER_GOOD);
	struct world_server *used;

	world_serve_names(&world, zone);
	world_add_peer(&world, "two.test", first->port, PEER_CLIENT);
	world_start(&world);
	world_pass(&world, 10);
	used = first->requests > 0 ? first : second;
	used->manner = SERVER_SILENT;
	world_pass(&world, 64 * 7);
	ck_assert_uint_eq(world.removed, 0);
	world_pass(&world, 64 * 2);
	ck_assert_uint_eq(world.events[EVENT_PEER_SILENT], 1);
	ck_assert_uint_eq(world.unreachable, 1);
	ck_assert_uint_eq(world.added, 2);
	ck_assert_uint_eq(world.removed, 1);
	ck_assert_uint_ge(world.measurements, 5);
}
END_TEST

START_TEST(the_only_address_is_kept_when_it_falls_silent)
{
	struct world_server *server = world_serve(&world, "127.0.0.1", 0, SERVER_GOOD);
	unsigned questions;

	world_serve_names(&world, zone);
	world_add_peer(&world, "one.test", server->port, PEER_CLIENT);
	world_start(&world);
	world_pass(&world, 10);
	server->manner = SERVER_SILENT;
	questions = world.dns.requests;
	world_pass(&world, 3600);
	ck_assert_uint_eq(world.unreachable, 1);
	ck_assert_uint_gt(world.dns.requests, questions);
	ck_assert_uint_eq(world.removed, 0);
	server->manner = SERVER_GOOD;
	world_pass(&world, 1060);
	ck_assert_uint_gt(world.measurements, 4);
}
END_TEST

START_TEST(an_address_that_denies_gives_way_to_the_next)
{
	struct world_server *first = world_serve(&world, "127.0.0.1", 0, SERVER_DENY);
	struct world_server *second = world_serve(&world, "127.0.0.2", first->port, SERVER_DENY);

	world_serve_names(&world, zone);
	world_add_peer(&world, "two.test", first->port, PEER_CLIENT);
	world_start(&world);
	world_pass(&world, 3500);
	ck_assert_uint_eq(first->requests, 1);
	ck_assert_uint_eq(second->requests, 1);
	ck_assert(!world_peer(&world, 0).active);
	/* Asked to look again from scratch, it does. */
	ntp_client_event(world.client, PROVIDER_REDISCOVER);
	world_pass(&world, 1);
	ck_assert_uint_eq(first->requests + second->requests, 4);
}
END_TEST

START_TEST(rediscovery_keeps_what_works_and_leaves_what_is_gone)
{
	struct world_server *first = world_serve(&world, "127.0.0.1", 0, SERVER_GOOD);
	struct world_server *second = world_serve(&world, "127.0.0.2", first->port, SERVER_GOOD);
	const struct world_name both[] = { { "it.test", { HOST_1, HOST_2 } }, { NULL, { 0 } } };
	const struct world_name moved[] = { { "it.test", { HOST_2 } }, { NULL, { 0 } } };
	const struct world_name gone[] = { { NULL, { 0 } } };
	const struct world_name only[] = { { "it.test", { HOST_1 } }, { NULL, { 0 } } };
	struct net_address remote;

	world_serve_names(&world, only);
	world_add_peer(&world, "it.test", first->port, PEER_CLIENT);
	world_start(&world);
	world_pass(&world, 10);
	world.dns.zone = both;
	ntp_client_event(world.client, PROVIDER_REDISCOVER);
	world_pass(&world, 10);
	ck_assert_uint_eq(world.removed, 0);
	ck_assert_uint_eq(first->requests, 8);
	/* A name that is lost for a while takes nothing away. */
	world.dns.zone = gone;
	ntp_client_event(world.client, PROVIDER_REDISCOVER);
	world_pass(&world, 1);
	ck_assert_uint_eq(world.removed, 0);
	ck_assert_uint_eq(world_peer(&world, 0).resolve_attempts, 1);
	world.dns.zone = moved;
	ntp_client_event(world.client, PROVIDER_REDISCOVER);
	world_pass(&world, 10);
	ck_assert_uint_eq(world.removed, 1);
	remote = world_peer(&world, 0).remote;
	ck_assert(net_address_equal(&remote, &second->address));
}
END_TEST

START_TEST(two_names_of_one_server_are_one_peer)
{
	struct world_server *server = world_serve(&world, "127.0.0.1", 0, SERVER_GOOD);
	size_t active;

	world_serve_names(&world, zone);
	world_add_peer(&world, "one.test", server->port, PEER_CLIENT);
	world_add_peer(&world, "other.test", server->port, PEER_CLIENT);
	world_start(&world);
	world_pass(&world, 10);
	ck_assert_uint_eq(server->requests, 4);
	ck_assert_uint_eq(world.added, 1);
	ck_assert_uint_eq(world.events[EVENT_MANUAL_DUPLICATE], 1);
	active = world_peer(&world, 0).active ? 0 : 1;
	ck_assert(world_peer(&world, active).active);
	ck_assert(!world_peer(&world, 1 - active).active);
	ck_assert_double_gt(world_peer(&world, 1 - active).time_remaining, 0);
	/* It takes over when the other one goes. */
	world.settings.peers.entries[0] = world.settings.peers.entries[1 - active];
	world.settings.peers.count = 1;
	world_start(&world);
	world_pass(&world, 3700);
	ck_assert(world_peer(&world, 0).active);
}
END_TEST

START_TEST(a_resync_waits_for_names)
{
	struct world_server *server = world_serve(&world, "127.0.0.1", 0, SERVER_GOOD);
	const struct world_name none[] = { { NULL, { 0 } } };

	world_serve_names(&world, none);
	world_add_peer(&world, "one.test", server->port, PEER_CLIENT);
	world_start(&world);
	world_pass(&world, 100);
	world_resync(&world, 10);
	world_settle(&world);
	ck_assert_uint_eq(world.resync_calls, 1);
	ck_assert_uint_eq(world.resync_good, 0);
	world.dns.zone = zone;
	world_resync(&world, 10);
	world_pass(&world, 5);
	ck_assert_uint_eq(world.resync_calls, 2);
	ck_assert_uint_eq(world.resync_good, 1);
}
END_TEST

START_TEST(addresses_without_a_way_to_them_are_passed_over)
{
	struct world_server *server = world_serve(&world, "127.0.0.2", 0, SERVER_GOOD);
	/* From loopback there is a way to loopback only.  127.0.0.3 is an address that it
	 * would not send from anyway. */
	const uint32_t own = OWN_ADDRESSES ? HOST_3 : HOST_1;
	const struct world_name names[] = { { "far.test", { 0xC0000201, HOST_2 } },
					    { NULL, { 0 } } };

	world_serve_names(&world, names);
	snprintf(world.settings.bind_v4, sizeof world.settings.bind_v4, "127.0.0.%u", own & 0xff);
	world_add_peer(&world, "far.test", server->port, PEER_CLIENT);
	world_start(&world);
	world_pass(&world, 1);
	ck_assert_uint_eq(world.measurements, 1);
	ck_assert_uint_eq(world.added, 1);
	ck_assert_uint_eq(ntohl(world_peer(&world, 0).local.u.v4.sin_addr.s_addr), own);
}
END_TEST

int main(void)
{
	TCase *peer = tcase_create("peer");
	TCase *const cases[] = { peer, NULL };

	tcase_add_checked_fixture(peer, setup, teardown);
	tcase_set_timeout(peer, 60);
	tcase_add_test(peer, a_named_peer_is_followed_at_its_address);
	tcase_add_test(peer, a_name_that_is_not_found_is_tried_again);
	tcase_add_test(peer, a_name_that_appears_is_followed_at_once_when_the_network_changes);
	tcase_add_test(peer, an_address_that_never_answers_soon_gives_way_to_the_next);
	tcase_add_test(peer, an_outage_of_all_addresses_is_sat_out_quietly);
	tcase_add_test(peer, a_resync_does_not_sit_out_an_outage);
	tcase_add_test(peer, an_address_that_falls_silent_gives_way_after_eight_misses);
	tcase_add_test(peer, the_only_address_is_kept_when_it_falls_silent);
	tcase_add_test(peer, an_address_that_denies_gives_way_to_the_next);
	tcase_add_test(peer, rediscovery_keeps_what_works_and_leaves_what_is_gone);
	tcase_add_test(peer, two_names_of_one_server_are_one_peer);
	tcase_add_test(peer, a_resync_waits_for_names);
	tcase_add_test(peer, addresses_without_a_way_to_them_are_passed_over);
	return unit_run("client names", cases);
}
