/* NtpClient and the domain's controller: signed requests, those who stand in the
 * path, when a controller is given up, and the list that helps out. */
#include "client_world.h"
#include "loopback.h"
#include "unit.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define HOST "dc1.corp.example"

static struct world world;

static void setup(void)
{
	world_open(&world);
}

static void teardown(void)
{
	world_close(&world);
}

static struct world_server *follow_controller(enum world_signing signing)
{
	struct world_server *server = world_serve(&world, "127.0.0.1", 0, SERVER_GOOD);

	server->signing = signing;
	world_set_controller(&world, HOST, world.server_count);
	world_start(&world);
	return server;
}

/* s, what was believed last, against the true time. */
static double believed(void)
{
	return ns_interval(world.clock.utc_began + world.clock.skipped_ns, world.last.server_sent);
}

/* ------------------------------------------------------------------------- */

START_TEST(a_controller_is_asked_for_signed_time)
{
	struct world_server *server = follow_controller(SIGNING_LEGACY_ONLY);
	struct peer_status peer;

	world_pass(&world, 30);
	ck_assert_uint_eq(server->requests, 4);
	ck_assert_uint_eq(server->forms[MSSNTP_LEGACY], 4);
	ck_assert_uint_eq(server->versions[3], 4);
	ck_assert_uint_eq(server->modes[NTP_MODE_CLIENT], 4);
	ck_assert_uint_eq(world.measurements, 4);
	ck_assert_uint_eq(world.domain_answers, 4);
	ck_assert_uint_eq(world.domain_failures, 0);
	ck_assert(!world.last_fallback);
	peer = world_peer(&world, 0);
	ck_assert_str_eq(peer.name, HOST);
	ck_assert_str_eq(peer.authentication, "NtDigest ");
	ck_assert_uint_eq(peer.authentication_id, 0x5B);
	ck_assert_uint_eq(peer.mode, NTP_MODE_CLIENT);
	ck_assert_uint_eq(peer.stratum, 2);
	ck_assert_uint_eq(peer.counters.unauthenticated, 0);
	ck_assert_uint_eq(world.dns.requests, 0);
	world_pass(&world, 1000);
	ck_assert_uint_gt(server->requests, 15);
	ck_assert_uint_eq(world.measurements, server->requests);
}
END_TEST

START_TEST(events_name_it_as_windows_does)
{
	char expected[200];
	struct peer_status peer;

	follow_controller(SIGNING_BOTH);
	world_pass(&world, 30);
	ck_assert_uint_eq(world.events[EVENT_PEER_VALID], 1);
	world.servers[0].attack = ATTACK_STRIP;
	world.last_event_text[0] = '\0';
	while (world.events[EVENT_SIGNATURE_MISSING] == 0)
		world_pass(&world, 1);
	peer = world_peer(&world, 0);
	snprintf(expected, sizeof expected, HOST " (ntp.d|127.0.0.1:%u->127.0.0.1:%u)",
		 net_address_port(&peer.local), world.servers[0].port);
	ck_assert_ptr_nonnull(strstr(world.last_event_text, expected));
}
END_TEST

START_TEST(the_extended_form_is_asked_for_where_the_server_knows_it)
{
	struct world_server *server;

	world.settings.domain_extended = true;
	server = follow_controller(SIGNING_BOTH);
	world_pass(&world, 30);
	ck_assert_uint_eq(server->forms[MSSNTP_EXTENDED], 4);
	ck_assert_uint_eq(world.measurements, 4);
	ck_assert(world.extended_proven);
	/* From now on nothing leads to the legacy form. */
	server->signing = SIGNING_LEGACY_ONLY;
	world_pass(&world, 600);
	ck_assert_uint_eq(server->forms[MSSNTP_LEGACY], 0);
	ck_assert_uint_ge(world.domain_failures, 1);
	ck_assert_int_eq(world.domain_failure, DOMAIN_FAILURE_SILENT);
}
END_TEST

/* A Samba controller in a domain of a high level. */
START_TEST(a_server_that_only_says_it_knows_it_is_asked_in_the_other)
{
	struct world_server *server;

	world.settings.domain_extended = true;
	server = follow_controller(SIGNING_LEGACY_ONLY);
	world_pass(&world, 6);
	ck_assert_uint_eq(server->forms[MSSNTP_EXTENDED], 2);
	ck_assert_uint_ge(world.measurements, 1);
	world_pass(&world, 60);
	ck_assert_uint_eq(server->forms[MSSNTP_EXTENDED], 2);
	ck_assert_uint_eq(world.measurements, server->forms[MSSNTP_LEGACY]);
	ck_assert_uint_eq(world.domain_failures, 0);
	ck_assert(!world.extended_proven);
}
END_TEST

START_TEST(another_level_means_another_form)
{
	struct world_server *server = follow_controller(SIGNING_BOTH);

	world_pass(&world, 30);
	world.settings.domain_extended = true;
	world_start(&world);
	world_pass(&world, 30);
	ck_assert_uint_eq(server->forms[MSSNTP_LEGACY], 4);
	ck_assert_uint_eq(server->forms[MSSNTP_EXTENDED], 4);
	ck_assert_uint_eq(world.added, 2);
	world.settings.domain_legacy_denied = true;
	world_start(&world);
	world_pass(&world, 30);
	ck_assert_uint_eq(world.added, 3);
	ck_assert_uint_eq(world.domain_failures, 0);
}
END_TEST

START_TEST(a_key_that_is_being_changed_does_no_harm)
{
	struct world_server *server = follow_controller(SIGNING_BOTH);

	/* The server has the new one already, and it is the second that we know. */
	memset(world.keys.hashes[1], 0x77, MSSNTP_HASH_SIZE);
	memset(server->key, 0x77, MSSNTP_HASH_SIZE);
	world.keys.count = 2;
	world_pass(&world, 30);
	ck_assert_uint_eq(world.measurements, 4);
	ck_assert_uint_eq(world_peer(&world, 0).counters.unauthenticated, 0);
}
END_TEST

/* ------------------------------------------------------------------------- */
/* Who stands in the path */

/* Those who are quicker than the server: the true answer is still used. */
static const struct {
	enum world_attack attack;
	uint64_t unauthenticated, duplicate, wrong, missing;
} quick_attacks[] = {
	{ ATTACK_REPLAY_FIRST, 0, 1, 0, 0 },  { ATTACK_FORGE_FIRST, 1, 0, 1, 0 },
	{ ATTACK_KISS_FIRST, 1, 0, 1, 0 },    { ATTACK_STRIPPED_FIRST, 1, 0, 0, 1 },
	{ ATTACK_FLOOD_FIRST, 400, 0, 1, 0 },
};

START_TEST(whoever_answers_first_is_not_believed)
{
	struct world_server *server;
	struct peer_status peer;

	world.settings.domain_extended = true;
	server = follow_controller(SIGNING_BOTH);
	world_pass(&world, 30);
	ck_assert_uint_eq(world.measurements, 4);
	server->attack = quick_attacks[_i].attack;
	world_pass(&world, 3 * 64 + 10);
	ck_assert_uint_eq(server->requests, 7);
	ck_assert_uint_eq(world.measurements, 7);
	ck_assert_double_lt(fabs(believed()), 70);
	peer = world_peer(&world, 0);
	ck_assert_uint_eq(peer.counters.unauthenticated, 3 * quick_attacks[_i].unauthenticated);
	ck_assert_uint_eq(peer.counters.duplicate, 3 * quick_attacks[_i].duplicate);
	ck_assert_uint_eq(peer.counters.kiss_deny, 0);
	ck_assert_uint_eq(peer.stratum, 2);
	ck_assert_uint_eq(peer.reachability, 0x7F);
	ck_assert_uint_ge(world.domain_doubts, 3 * quick_attacks[_i].wrong);
	ck_assert(world.domain_doubts == 0 || quick_attacks[_i].wrong > 0);
	ck_assert_uint_eq(world.events[EVENT_SIGNATURE_WRONG], quick_attacks[_i].wrong);
	ck_assert_uint_eq(world.events[EVENT_SIGNATURE_MISSING], quick_attacks[_i].missing);
	ck_assert_uint_eq(world.domain_failures, 0);
}
END_TEST

/* Those who let no true answer through: nothing of theirs is used. */
static const struct {
	enum world_attack attack;
	bool extended;
	enum ntp_client_domain_failure why;
	unsigned wrong, missing;
} attacks[] = {
	{ ATTACK_STRIP, false, DOMAIN_FAILURE_UNAUTHENTICATED, 0, 1 },
	{ ATTACK_STRIP, true, DOMAIN_FAILURE_UNAUTHENTICATED, 0, 1 },
	{ ATTACK_ALTER, false, DOMAIN_FAILURE_UNAUTHENTICATED, 1, 0 },
	{ ATTACK_ALTER, true, DOMAIN_FAILURE_UNAUTHENTICATED, 1, 0 },
	{ ATTACK_RESIGN, false, DOMAIN_FAILURE_UNAUTHENTICATED, 1, 0 },
	{ ATTACK_RESIGN, true, DOMAIN_FAILURE_UNAUTHENTICATED, 1, 0 },
	{ ATTACK_ONLY_REPLAY, false, DOMAIN_FAILURE_SILENT, 0, 0 },
	{ ATTACK_ONLY_REPLAY, true, DOMAIN_FAILURE_SILENT, 0, 0 },
};

#define ATTACKS ((int)(sizeof attacks / sizeof attacks[0]))

START_TEST(an_attack_at_the_start_gives_no_time)
{
	struct world_server *server;
	struct peer_status peer;

	world.settings.domain_extended = attacks[_i].extended;
	server = world_serve(&world, "127.0.0.1", 0, SERVER_GOOD);
	server->attack = attacks[_i].attack;
	memset(&server->recorded, 0, sizeof server->recorded);
	server->recorded.length = NTP_HEADER_SIZE;
	if (attacks[_i].attack == ATTACK_ONLY_REPLAY)
		return; /* there is nothing to replay */
	world_set_controller(&world, HOST, 1);
	world_start(&world);
	world_pass(&world, 10);
	ck_assert_uint_eq(world.measurements, 0);
	ck_assert_uint_eq(world.domain_failures, 1);
	ck_assert_int_eq(world.domain_failure, attacks[_i].why);
	ck_assert_uint_eq(world.events[EVENT_CONTROLLER_GIVEN_UP], 1);
	ck_assert_uint_eq(world.events[EVENT_SIGNATURE_WRONG], attacks[_i].wrong);
	ck_assert_uint_eq(world.events[EVENT_SIGNATURE_MISSING], attacks[_i].missing);
	ck_assert_uint_eq(server->forms[attacks[_i].extended ? MSSNTP_LEGACY : MSSNTP_EXTENDED], 0);
	peer = world_peer(&world, 0);
	ck_assert_uint_eq(peer.counters.unauthenticated, server->requests);
	ck_assert_uint_eq(peer.stratum, 0);
	ck_assert_uint_eq(peer.reachability, 0);
	ck_assert_int_eq(peer.last_drop, PEER_DROP_NOT_AUTHENTICATED);
	ck_assert_int_eq(peer.last_error, EBADMSG);
}
END_TEST

START_TEST(an_attack_on_an_established_controller_gives_no_time)
{
	struct world_server *server;
	unsigned before;

	world.settings.domain_extended = attacks[_i].extended;
	server = follow_controller(SIGNING_BOTH);
	world_pass(&world, 30);
	server->attack = attacks[_i].attack;
	world_pass(&world, 60 + 20);
	/* The poll, and four in a burst. */
	ck_assert_uint_eq(server->requests, 4 + 5);
	ck_assert_uint_eq(world.measurements, 4);
	ck_assert_uint_eq(world.domain_failures, 1);
	ck_assert_int_eq(world.domain_failure, attacks[_i].why);
	ck_assert_uint_eq(world.unreachable, 1);
	ck_assert_uint_eq(world.events[EVENT_CONTROLLER_GIVEN_UP], 1);
	ck_assert_uint_eq(world.events[EVENT_SIGNATURE_WRONG], attacks[_i].wrong);
	ck_assert_uint_eq(world.events[EVENT_SIGNATURE_MISSING], attacks[_i].missing);
	/* It is asked on, and as soon as the attacker is gone it is followed. */
	server->attack = ATTACK_NONE;
	before = server->requests;
	world_pass(&world, 70);
	ck_assert_uint_eq(world.measurements, 4 + server->requests - before);
	ck_assert_uint_ge(world.domain_answers, 5);
	ck_assert_uint_eq(world.domain_failures, 1);
	/* He comes again. */
	server->attack = attacks[_i].attack;
	world_pass(&world, 64 + 20);
	ck_assert_uint_eq(world.domain_failures, 2);
}
END_TEST

START_TEST(bad_signatures_are_logged_once_an_hour)
{
	struct world_server *server = follow_controller(SIGNING_BOTH);

	server->attack = ATTACK_ALTER;
	world_pass(&world, 3500);
	ck_assert_uint_eq(world.events[EVENT_SIGNATURE_WRONG], 1);
	ck_assert_uint_eq(world.events[EVENT_SAMPLE_NOT_AUTHENTICATED], 1);
	ck_assert_uint_gt(world_peer(&world, 0).counters.unauthenticated, 4);
	/* However often the controller is left and taken again. */
	world.settings.domain_peer.host[0] = '\0';
	world_start(&world);
	world_set_controller(&world, HOST, 1);
	world_start(&world);
	world_pass(&world, 60);
	ck_assert_uint_eq(world.events[EVENT_SIGNATURE_WRONG], 1);
	world_pass(&world, 3600);
	ck_assert_uint_eq(world.events[EVENT_SIGNATURE_WRONG], 2);
}
END_TEST

START_TEST(a_signed_answer_that_gives_no_time_is_no_forgery)
{
	struct world_server *server = world_serve(&world, "127.0.0.1", 0, SERVER_UNSYNCHRONIZED);

	world_set_controller(&world, HOST, 1);
	world_start(&world);
	world_pass(&world, 10);
	ck_assert_uint_eq(world.domain_failures, 1);
	ck_assert_int_eq(world.domain_failure, DOMAIN_FAILURE_UNSYNCHRONIZED);
	ck_assert_uint_eq(world_peer(&world, 0).counters.unauthenticated, 0);
	/* It found its time. */
	server->manner = SERVER_GOOD;
	world_pass(&world, 60);
	ck_assert_uint_ge(world.domain_answers, 1);
}
END_TEST

START_TEST(signed_kisses_are_obeyed)
{
	struct world_server *server = world_serve(&world, "127.0.0.1", 0, SERVER_DENY);

	world_set_controller(&world, HOST, 1);
	world_start(&world);
	world_pass(&world, 3000);
	ck_assert_uint_eq(server->requests, 1);
	ck_assert_uint_eq(world.domain_failures, 1);
	ck_assert_int_eq(world.domain_failure, DOMAIN_FAILURE_UNSYNCHRONIZED);
}
END_TEST

START_TEST(a_signed_rate_slows_down)
{
	struct world_server *server = follow_controller(SIGNING_BOTH);

	world_pass(&world, 30);
	server->manner = SERVER_RATE;
	world_pass(&world, 70);
	ck_assert_uint_eq(server->requests, 5);
	ck_assert_uint_eq(world_peer(&world, 0).counters.kiss_rate, 1);
	ck_assert_uint_eq(world.domain_failures, 0);
	server->manner = SERVER_GOOD;
	world_pass(&world, 80);
	ck_assert_uint_eq(server->requests, 5);
}
END_TEST

/* ------------------------------------------------------------------------- */
/* When it is given up */

START_TEST(a_silent_controller_is_given_up_soon)
{
	struct world_server *server = world_serve(&world, "127.0.0.1", 0, SERVER_SILENT);

	world_set_controller(&world, HOST, 1);
	world_start(&world);
	world_pass(&world, 7);
	ck_assert_uint_eq(world.domain_failures, 0);
	world_pass(&world, 2);
	ck_assert_uint_eq(world.domain_failures, 1);
	ck_assert_int_eq(world.domain_failure, DOMAIN_FAILURE_SILENT);
	ck_assert_uint_eq(world.events[EVENT_CONTROLLER_GIVEN_UP], 1);
	ck_assert_uint_eq(world.events[EVENT_PEER_SILENT], 0);
	ck_assert_uint_eq(server->requests, 4);
	/* Another one may take its place. */
	ck_assert_uint_eq(world.events[EVENT_NO_SOURCE_REACHABLE], 0);
	/* Kept all the same, it is asked without haste, */
	world_pass(&world, 60);
	ck_assert_uint_eq(world.events[EVENT_NO_SOURCE_REACHABLE], 1);
	ck_assert_uint_le(server->requests, 6);
	ck_assert_uint_eq(world.domain_failures, 1);
	/* and tried again when it is chosen again. */
	world_start(&world);
	world_pass(&world, 9);
	ck_assert_uint_eq(world.domain_failures, 2);
	ck_assert_uint_eq(world.added, 1);
}
END_TEST

START_TEST(a_controller_that_is_not_there_is_given_up_sooner)
{
	struct net_address *address = &world.settings.domain_addresses[0];

	world_set_controller(&world, HOST, 0);
	ck_assert_int_eq(net_address_parse("127.0.0.1", loopback_free_port(), address), 0);
	world.settings.domain_address_count = 1;
	world_start(&world);
	world_pass(&world, 4);
	ck_assert_uint_eq(world.domain_failures, 1);
	ck_assert_int_eq(world.domain_failure, DOMAIN_FAILURE_SILENT);
}
END_TEST

START_TEST(a_controller_without_addresses_is_none)
{
	world_set_controller(&world, HOST, 0);
	world_start(&world);
	world_pass(&world, 100);
	ck_assert_uint_eq(world.domain_failures, 1);
	ck_assert_uint_eq(world.added, 0);
}
END_TEST

START_TEST(one_lost_datagram_is_no_reason)
{
	struct world_server *server = follow_controller(SIGNING_BOTH);

	world_pass(&world, 30);
	server->manner = SERVER_SILENT;
	while (server->requests < 6)
		world_pass(&world, 0.5);
	server->manner = SERVER_GOOD;
	world_pass(&world, 4);
	/* The poll and the next were lost; the one behind is good and ends it. */
	ck_assert_uint_eq(server->requests, 7);
	ck_assert_uint_eq(world.measurements, 5);
	ck_assert_uint_eq(world.domain_failures, 0);
	world_pass(&world, 100);
	ck_assert_uint_eq(world.domain_failures, 0);
	ck_assert_uint_eq(world.events[EVENT_CONTROLLER_GIVEN_UP], 0);
}
END_TEST

START_TEST(other_addresses_are_tried_before_it_is_given_up)
{
	struct world_server *silent = world_serve(&world, "127.0.0.1", 0, SERVER_SILENT);
	struct world_server *good = world_serve(&world, "127.0.0.1", 0, SERVER_GOOD);

	world_set_controller(&world, HOST, 2);
	world_start(&world);
	world_pass(&world, 12);
	ck_assert_uint_eq(silent->requests, 4);
	ck_assert_uint_ge(good->requests, 1);
	ck_assert_uint_eq(world.measurements, good->requests);
	ck_assert_uint_eq(world.domain_failures, 0);
	/* And back again. */
	good->manner = SERVER_SILENT;
	silent->manner = SERVER_GOOD;
	world_pass(&world, 100);
	ck_assert_uint_gt(silent->requests, 4);
	ck_assert_uint_eq(world.domain_failures, 0);
	silent->manner = SERVER_SILENT;
	world_pass(&world, 100);
	ck_assert_uint_eq(world.domain_failures, 1);
}
END_TEST

START_TEST(nothing_is_sent_without_a_key)
{
	struct world_server *server;

	world.keys.rid = 0;
	server = follow_controller(SIGNING_BOTH);
	world_pass(&world, 300);
	ck_assert_uint_eq(server->requests, 0);
	ck_assert_uint_eq(world.domain_failures, 0);
	ck_assert(!world_peer(&world, 0).active);
	world.keys.rid = 1103;
	world_start(&world);
	world_pass(&world, 1);
	ck_assert_uint_eq(world.measurements, 1);
	/* The keys are gone, and come back. */
	world_pass(&world, 30);
	world.keys.count = 0;
	world_pass(&world, 200);
	ck_assert_uint_eq(server->requests, 4);
	ck_assert_int_eq(world_peer(&world, 0).last_error, ENOKEY);
	ck_assert_uint_eq(world.domain_failures, 0);
	world.keys.count = 1;
	world_start(&world);
	world_pass(&world, 5);
	ck_assert_uint_eq(server->requests, 5);
	ck_assert_uint_eq(world.measurements, 5);
}
END_TEST

START_TEST(new_keys_are_tried_at_once)
{
	struct world_server *server = world_serve(&world, "127.0.0.1", 0, SERVER_GOOD);

	server->attack = ATTACK_RESIGN; /* signs with a key that we do not have */
	world_set_controller(&world, HOST, 1);
	world_start(&world);
	world_pass(&world, 10);
	ck_assert_uint_eq(server->requests, 4);
	ck_assert_uint_eq(world.domain_failures, 1);
	ck_assert_int_eq(world.domain_failure, DOMAIN_FAILURE_UNAUTHENTICATED);
	/* They do not fit either: it fails a second time. */
	ntp_client_retry_controller(world.client);
	world_pass(&world, 10);
	ck_assert_uint_eq(server->requests, 8);
	ck_assert_uint_eq(world.domain_failures, 2);
	server->attack = ATTACK_NONE;
	ntp_client_retry_controller(world.client);
	world_pass(&world, 2);
	ck_assert_uint_eq(server->requests, 9);
	ck_assert_uint_eq(world.domain_answers, 1);
	/* A controller that gives time is not disturbed. */
	ntp_client_retry_controller(world.client);
	world_pass(&world, 20);
	ck_assert_uint_eq(server->requests, 9);
	ck_assert_uint_eq(world.added, 1);
	/* Without one nothing happens. */
	world.settings.domain_peer.host[0] = '\0';
	world_start(&world);
	ntp_client_retry_controller(world.client);
}
END_TEST

START_TEST(another_controller_takes_its_place)
{
	struct world_server *first = follow_controller(SIGNING_BOTH), *second;

	world_pass(&world, 30);
	second = world_serve(&world, "127.0.0.1", 0, SERVER_GOOD);
	world_set_controller(&world, "dc2.corp.example", 2);
	world.settings.domain_addresses[0] = second->address;
	world.settings.domain_address_count = 1;
	world_start(&world);
	ck_assert_uint_eq(world.removed, 1);
	world_pass(&world, 30);
	ck_assert_uint_eq(first->requests, 4);
	ck_assert_uint_eq(second->requests, 4);
	ck_assert_uint_eq(ntp_client_peer_count(world.client), 1);
	ck_assert_str_eq(world_peer(&world, 0).name, "dc2.corp.example");
	/* The same again changes nothing; no address of it any more: it is left. */
	world_start(&world);
	world_pass(&world, 5);
	ck_assert_uint_eq(world.added, 2);
	ck_assert_uint_eq(second->requests, 4);
	world.settings.domain_peer.host[0] = '\0';
	world_start(&world);
	ck_assert_uint_eq(ntp_client_peer_count(world.client), 0);
	ck_assert_uint_eq(world.removed, 2);
}
END_TEST

START_TEST(a_controller_that_has_moved_is_followed)
{
	struct world_server *first = follow_controller(SIGNING_BOTH), *second;

	world_pass(&world, 30);
	second = world_serve(&world, "127.0.0.1", 0, SERVER_GOOD);
	world.settings.domain_addresses[0] = second->address;
	world_start(&world);
	world_pass(&world, 30);
	ck_assert_uint_eq(first->requests, 4);
	ck_assert_uint_eq(second->requests, 4);
	ck_assert_uint_eq(world.domain_failures, 0);
}
END_TEST

START_TEST(a_resync_asks_the_controller)
{
	struct world_server *server = follow_controller(SIGNING_BOTH);

	world_pass(&world, 30);
	world_resync(&world, 10);
	world_pass(&world, 10);
	ck_assert_uint_eq(world.resync_calls, 1);
	ck_assert_uint_eq(world.resync_good, 1);
	server->attack = ATTACK_ALTER;
	world_resync(&world, 15);
	world_pass(&world, 15);
	ck_assert_uint_eq(world.resync_calls, 2);
	ck_assert_uint_eq(world.resync_good, 0);
}
END_TEST

/* ------------------------------------------------------------------------- */
/* AllSync */

START_TEST(the_list_helps_out_while_the_domain_gives_no_time)
{
	struct world_server *controller = world_serve(&world, "127.0.0.1", 0, SERVER_GOOD);
	struct world_server *listed = world_serve(&world, "127.0.0.1", 0, SERVER_GOOD);
	struct peer_status peer;

	world.settings.peers_as_fallback = true;
	world.fallback_needed = false;
	world_add_peer(&world, "127.0.0.1", listed->port, PEER_CLIENT);
	world_set_controller(&world, HOST, 1);
	world_start(&world);
	world_pass(&world, 100);
	ck_assert_uint_eq(listed->requests, 0);
	ck_assert(!world.last_fallback);
	/* The controller is down: its trial is waited for, then the list is asked. */
	controller->manner = SERVER_SILENT;
	world.fallback_needed = true;
	while (controller->requests < 7)
		world_pass(&world, 1);
	ck_assert_uint_eq(listed->requests, 0);
	world_pass(&world, 20);
	ck_assert_uint_eq(world.domain_failures, 1);
	ck_assert_uint_ge(listed->requests, 4);
	ck_assert(world.last_fallback);
	peer = world_peer(&world, 1);
	ck_assert(peer.active);
	ck_assert_str_eq(peer.authentication, "NoAuth ");
	ck_assert_uint_eq(listed->forms[MSSNTP_LEGACY], 0);
	/* And up again. */
	controller->manner = SERVER_GOOD;
	world.fallback_needed = false;
	world_pass(&world, 80);
	ck_assert(!world_peer(&world, 1).active);
	ck_assert_uint_ge(world.domain_answers, 5);
}
END_TEST

START_TEST(the_list_waits_while_a_controller_is_searched_for)
{
	struct world_server *listed = world_serve(&world, "127.0.0.1", 0, SERVER_GOOD);

	world.settings.peers_as_fallback = true;
	world.fallback_needed = true;
	world.domain_settling = true;
	world_add_peer(&world, "127.0.0.1", listed->port, PEER_CLIENT);
	world_start(&world);
	world_pass(&world, 30);
	ck_assert_uint_eq(listed->requests, 0);
	/* The domain has had its time: that is told with the settings. */
	world.domain_settling = false;
	world_start(&world);
	world_pass(&world, 5);
	ck_assert_uint_ge(listed->requests, 2);
}
END_TEST

START_TEST(without_a_controller_the_list_is_asked_at_once)
{
	struct world_server *listed = world_serve(&world, "127.0.0.1", 0, SERVER_GOOD);

	world.settings.peers_as_fallback = true;
	world.fallback_needed = true;
	world_add_peer(&world, "127.0.0.1", listed->port, PEER_CLIENT);
	world_start(&world);
	world_pass(&world, 5);
	ck_assert_uint_ge(listed->requests, 2);
	/* Not AllSync any more: they are peers as any. */
	world.settings.peers_as_fallback = false;
	world.fallback_needed = false;
	world_start(&world);
	ck_assert(!world.last_fallback);
	ck_assert(world_peer(&world, 0).active);
	/* And AllSync again. */
	world.settings.peers_as_fallback = true;
	world_start(&world);
	world_pass(&world, 1);
	ck_assert(!world_peer(&world, 0).active);
}
END_TEST

/* The list may name the controller: signed time goes before. */
START_TEST(a_controller_in_the_list_stays_a_controller)
{
	struct world_server *server = world_serve(&world, "127.0.0.1", 0, SERVER_GOOD);

	world_add_peer(&world, "127.0.0.1", server->port, PEER_CLIENT);
	world_start(&world);
	world_pass(&world, 30);
	ck_assert_uint_eq(world.measurements, 4);
	world.settings.peers_as_fallback = true;
	world.fallback_needed = false;
	world_set_controller(&world, HOST, 1);
	world_start(&world);
	world_pass(&world, 30);
	ck_assert_uint_eq(ntp_client_peer_count(world.client), 2);
	ck_assert_str_eq(world_peer(&world, 0).name, HOST);
	ck_assert(world_peer(&world, 0).active);
	ck_assert(!world_peer(&world, 1).active);
	ck_assert_uint_eq(server->forms[MSSNTP_LEGACY], 4);
}
END_TEST

int main(void)
{
	TCase *signatures = tcase_create("signatures"), *path = tcase_create("path"),
	      *trial = tcase_create("trial"), *list = tcase_create("list");
	TCase *const cases[] = { signatures, path, trial, list, NULL };

	for (size_t i = 0; cases[i] != NULL; i++) {
		tcase_add_checked_fixture(cases[i], setup, teardown);
		tcase_set_timeout(cases[i], 30);
	}
	tcase_add_test(signatures, a_controller_is_asked_for_signed_time);
	tcase_add_test(signatures, events_name_it_as_windows_does);
	tcase_add_test(signatures, the_extended_form_is_asked_for_where_the_server_knows_it);
	tcase_add_test(signatures, a_server_that_only_says_it_knows_it_is_asked_in_the_other);
	tcase_add_test(signatures, another_level_means_another_form);
	tcase_add_test(signatures, a_key_that_is_being_changed_does_no_harm);
	tcase_add_loop_test(path, whoever_answers_first_is_not_believed, 0, 5);
	tcase_add_loop_test(path, an_attack_at_the_start_gives_no_time, 0, ATTACKS);
	tcase_add_loop_test(path, an_attack_on_an_established_controller_gives_no_time, 0, ATTACKS);
	tcase_add_test(path, bad_signatures_are_logged_once_an_hour);
	tcase_add_test(path, a_signed_answer_that_gives_no_time_is_no_forgery);
	tcase_add_test(path, signed_kisses_are_obeyed);
	tcase_add_test(path, a_signed_rate_slows_down);
	tcase_add_test(trial, a_silent_controller_is_given_up_soon);
	tcase_add_test(trial, a_controller_that_is_not_there_is_given_up_sooner);
	tcase_add_test(trial, a_controller_without_addresses_is_none);
	tcase_add_test(trial, one_lost_datagram_is_no_reason);
	tcase_add_test(trial, other_addresses_are_tried_before_it_is_given_up);
	tcase_add_test(trial, nothing_is_sent_without_a_key);
	tcase_add_test(trial, new_keys_are_tried_at_once);
	tcase_add_test(trial, another_controller_takes_its_place);
	tcase_add_test(trial, a_controller_that_has_moved_is_followed);
	tcase_add_test(trial, a_resync_asks_the_controller);
	tcase_add_test(list, the_list_helps_out_while_the_domain_gives_no_time);
	tcase_add_test(list, the_list_waits_while_a_controller_is_searched_for);
	tcase_add_test(list, without_a_controller_the_list_is_asked_at_once);
	tcase_add_test(list, a_controller_in_the_list_stays_a_controller);
	return unit_run("client_domain", cases);
}
