/* What becomes of the choice of a domain controller when controllers fail and when
 * they, the name server or the settings change. */
#include "discovery_fixture.h"

#include <stdio.h>
#include <string.h>

/* ------------------------------------------------------------------------- */
/* Failures */

START_TEST(a_controller_that_fails_gives_way_to_the_next_best)
{
	add_hub();
	add_branch();
	domain_world_add(&world, "dc3.corp.example", CORP, "Branch", 13, RELIABLE);
	ck_assert_str_eq(find(), "dc3.corp.example");
	discovery_failed(world.discovery, DISCOVERY_FAILURE_SILENT);
	ck_assert_uint_eq(world.choices, 1); /* not from within */
	domain_world_pass(&world, 0);
	ck_assert_str_eq(domain_world_chosen(&world), "dc2.corp.example");
	ck_assert_uint_eq(status().chosen, 1);
	/* Other sites were not needed before: now they are. */
	discovery_failed(world.discovery, DISCOVERY_FAILURE_SILENT);
	domain_world_pass(&world, 5);
	ck_assert_str_eq(domain_world_chosen(&world), "dc1.corp.example");
	ck_assert_uint_eq(world.chosen.query, 4);
	ck_assert_uint_eq(world.events[EVENT_DOMAIN_SEARCH_ERROR], 0);
	/* Nobody is left: a pause, and all are tried again. */
	discovery_failed(world.discovery, DISCOVERY_FAILURE_SILENT);
	domain_world_pass(&world, 0);
	ck_assert_str_eq(domain_world_chosen(&world), "");
	ck_assert_uint_eq(world.events[EVENT_DOMAIN_SEARCH_ERROR], 1);
	ck_assert_double_eq_tol(status().next_search, 4, 0.01);
	domain_world_pass(&world, 5);
	ck_assert_str_eq(domain_world_chosen(&world), "dc3.corp.example");
	ck_assert_uint_eq(world.events[EVENT_DOMAIN_FOUND_AGAIN], 0);
	discovery_succeeded(world.discovery);
	ck_assert_uint_eq(world.events[EVENT_DOMAIN_FOUND_AGAIN], 1);
	discovery_succeeded(world.discovery);
	ck_assert_uint_eq(world.events[EVENT_DOMAIN_FOUND_AGAIN], 1);
	ck_assert_uint_eq(status().failures, 0);
}
END_TEST

START_TEST(controllers_that_answer_but_give_no_time_are_tried_ever_less)
{
	add_branch();
	domain_world_start(&world);
	for (unsigned failures = 1; failures <= 8; failures++) {
		ck_assert_str_eq(domain_world_chosen(&world), "dc2.corp.example");
		discovery_failed(world.discovery, DISCOVERY_FAILURE_UNAUTHENTICATED);
		domain_world_pass(&world, 0);
		ck_assert_str_eq(domain_world_chosen(&world), "");
		ck_assert_uint_eq(status().failures, failures);
		ck_assert_double_eq_tol(status().next_search, 2u << failures, 0.01);
		domain_world_pass(&world, (2u << failures) + 1);
	}
	ck_assert_uint_eq(world.events[EVENT_DOMAIN_TRUST_ERROR], 1);
	ck_assert_uint_eq(world.events[EVENT_DOMAIN_SEARCH_ERROR], 0);
}
END_TEST

START_TEST(a_search_in_vain_is_repeated_as_w32time_does)
{
	static const double waits[] = { 4,     8,     16,    32,     64,     128,
					256,   512,   900,   1800,   3600,   7200,
					14400, 28800, 57600, 115200, 115200, 115200 };
	unsigned requests;

	domain_world_start(&world);
	for (size_t i = 0; i < sizeof waits / sizeof waits[0]; i++) {
		ck_assert_uint_eq(status().failures, i + 1);
		ck_assert_double_eq_tol(status().next_search, waits[i], 0.01);
		requests = world.dns.service_requests;
		domain_world_pass(&world, waits[i] - 1);
		ck_assert_uint_eq(world.dns.service_requests, requests);
		domain_world_pass(&world, 1);
		ck_assert_uint_eq(world.dns.service_requests, requests + 1);
	}
	/* At first, each time that the wait has grown, and when it does no more. */
	ck_assert_uint_eq(world.events[EVENT_DOMAIN_SEARCH_ERROR], 1 + 8);
	ck_assert_uint_eq(world.events[EVENT_DOMAIN_SEARCH_FAILING], 1);
	ck_assert_ptr_nonnull(strstr(world.last_event_text, "SRV"));
	ck_assert_uint_eq(world.choices, 0);

	add_branch();
	ck_assert_str_eq(find_again(), "dc2.corp.example");
	ck_assert_uint_eq(status().failures, 0);
}
END_TEST

START_TEST(without_doublings_the_first_wait_stays)
{
	world.settings.backoff = 10;
	world.settings.backoff_max = 0;
	domain_world_start(&world);
	domain_world_pass(&world, 4 + 8);
	ck_assert_double_eq_tol(status().next_search, 10, 0.01);
	domain_world_pass(&world, 100);
	ck_assert_double_eq_tol(status().next_search, 10, 0.01);
}
END_TEST

START_TEST(a_controller_that_appears_is_found_by_the_next_search)
{
	struct world_controller *branch = add_branch();

	branch->manner = CONTROLLER_DOWN;
	domain_world_start(&world);
	domain_world_pass(&world, 60);
	ck_assert_str_eq(domain_world_chosen(&world), "");
	branch->manner = CONTROLLER_GOOD;
	domain_world_pass(&world, 64);
	ck_assert_str_eq(domain_world_chosen(&world), "dc2.corp.example");
	discovery_succeeded(world.discovery);
	ck_assert_uint_eq(world.events[EVENT_DOMAIN_FOUND_AGAIN], 1);
}
END_TEST

START_TEST(a_better_one_that_comes_back_is_found)
{
	struct world_controller *branch;

	add_hub();
	branch = add_branch();
	branch->manner = CONTROLLER_SILENT;
	ck_assert_str_eq(find(), "dc1.corp.example");
	discovery_succeeded(world.discovery);
	domain_world_pass(&world, 850);
	branch->manner = CONTROLLER_GOOD;
	ck_assert_str_eq(domain_world_chosen(&world), "dc1.corp.example");
	ck_assert_double_lt(status().next_search, 0);
	domain_world_pass(&world, 70);
	ck_assert_str_eq(domain_world_chosen(&world), "dc2.corp.example");
	ck_assert_uint_eq(world.choices, 2);
}
END_TEST

/* One that answers here but gives no time does not take the place of one that does
 * time and again. */
START_TEST(a_better_one_that_gives_no_time_is_tried_ever_less)
{
	double wait = 900;

	add_hub();
	add_branch();
	ck_assert_str_eq(find(), "dc2.corp.example");
	for (unsigned trials = 0; trials < 5; trials++, wait *= 2) {
		ck_assert_str_eq(domain_world_chosen(&world), "dc2.corp.example");
		discovery_failed(world.discovery, DISCOVERY_FAILURE_SILENT);
		domain_world_pass(&world, 5);
		ck_assert_str_eq(domain_world_chosen(&world), "dc1.corp.example");
		discovery_succeeded(world.discovery);
		domain_world_pass(&world, wait - 15);
		ck_assert_str_eq(domain_world_chosen(&world), "dc1.corp.example");
		domain_world_pass(&world, 20);
	}
	/* It is well again, for long; when it fails the next time, that begins anew. */
	discovery_succeeded(world.discovery);
	domain_world_pass(&world, 1e6);
	ck_assert_str_eq(domain_world_chosen(&world), "dc2.corp.example");
	discovery_failed(world.discovery, DISCOVERY_FAILURE_SILENT);
	domain_world_pass(&world, 910);
	ck_assert_str_eq(domain_world_chosen(&world), "dc2.corp.example");
}
END_TEST

/* Nor does an equal one take its place, because its answer is late this time. */
START_TEST(an_equal_one_does_not_take_the_place_of_one_that_works)
{
	struct world_controller *branch = add_branch();

	domain_world_add(&world, "dc3.corp.example", CORP, "Branch", 13, 0);
	ck_assert_str_eq(find(), "dc2.corp.example");
	discovery_succeeded(world.discovery);
	branch->manner = CONTROLLER_SILENT;
	domain_world_pass(&world, 1e5);
	ck_assert_str_eq(domain_world_chosen(&world), "dc2.corp.example");
	ck_assert_uint_eq(world.choices, 1);
	/* Unless somebody asks. */
	ck_assert_str_eq(find_again(), "dc3.corp.example");
}
END_TEST

/* A search that was asked for is made, whatever fails meanwhile. */
START_TEST(a_failure_does_not_put_off_a_search)
{
	add_hub();
	add_branch();
	domain_world_add(&world, "dc3.corp.example", CORP, "Branch", 13, 0);
	find();
	discovery_succeeded(world.discovery);
	discovery_search(world.discovery);
	discovery_failed(world.discovery, DISCOVERY_FAILURE_SILENT);
	ck_assert(status().searching);
	domain_world_pass(&world, 5);
	ck_assert(!status().searching);
}
END_TEST

START_TEST(looking_for_a_better_one_in_vain_harms_nobody)
{
	struct world_controller *hub = add_hub();

	ck_assert_str_eq(find(), "dc1.corp.example");
	discovery_succeeded(world.discovery);
	hub->manner = CONTROLLER_SILENT;
	domain_world_unregister(&world, "dc1.corp.example");
	domain_world_pass(&world, 1e6);
	ck_assert_str_eq(domain_world_chosen(&world), "dc1.corp.example");
	ck_assert_uint_eq(world.choices, 1);
	ck_assert_uint_eq(world.events[EVENT_DOMAIN_SEARCH_ERROR], 0);
	ck_assert_uint_eq(status().failures, 0);
}
END_TEST

START_TEST(names_that_lead_nowhere_are_an_event_of_their_own)
{
	domain_world_add_service(&world, "dc", CORP, "nowhere.corp.example");
	ck_assert_str_eq(find(), "");
	ck_assert_uint_eq(world.events[EVENT_DOMAIN_DNS_ERROR], 1);
	ck_assert_uint_eq(world.events[EVENT_DOMAIN_SEARCH_ERROR], 0);
}
END_TEST

static void take_dns_away(void)
{
	world.dns.zone = NULL;
	world.dns.services = NULL;
}

static void give_dns_back(void)
{
	world.dns.zone = world.zone;
	world.dns.services = world.services;
}

START_TEST(what_is_known_outlives_the_dns)
{
	struct world_controller *hub = add_hub(), *branch = add_branch();

	domain_world_add(&world, "dc3.corp.example", CORP, "Branch", 13, RELIABLE);
	ck_assert_str_eq(find(), "dc3.corp.example");
	take_dns_away();
	/* The one in use stays in use, and those that are known are asked. */
	ck_assert_str_eq(find_again(), "dc3.corp.example");
	ck_assert_uint_eq(world.choices, 1);
	discovery_failed(world.discovery, DISCOVERY_FAILURE_SILENT);
	domain_world_pass(&world, 0);
	ck_assert_str_eq(domain_world_chosen(&world), "dc2.corp.example");
	/* Nobody answers either: still kept. */
	branch->manner = CONTROLLER_SILENT;
	world.controllers[2].manner = CONTROLLER_SILENT;
	ck_assert_str_eq(find_again(), "dc2.corp.example");
	ck_assert_uint_ge(status().failures, 1);
	ck_assert_uint_eq(world.events[EVENT_DOMAIN_SEARCH_ERROR], 1);
	ck_assert_ptr_nonnull(strstr(world.last_event_text, "dc2.corp.example is followed"));
	ck_assert_uint_eq(world.choices, 2);
	give_dns_back();
	domain_world_pass(&world, 100);
	ck_assert_str_eq(domain_world_chosen(&world), "dc1.corp.example");
	ck_assert_uint_gt(hub->requests, 0);
}
END_TEST

START_TEST(a_daemon_that_starts_before_the_dns_does_not_wait_long)
{
	add_branch();
	take_dns_away();
	domain_world_start(&world);
	domain_world_pass(&world, 3.1);
	ck_assert_uint_eq(world.events[EVENT_DOMAIN_SEARCH_ERROR], 1);
	give_dns_back();
	domain_world_pass(&world, 4);
	ck_assert_str_eq(domain_world_chosen(&world), "dc2.corp.example");
}
END_TEST

/* ------------------------------------------------------------------------- */
/* Changes */

START_TEST(a_search_keeps_the_present_one_among_equals)
{
	domain_world_add(&world, "dc1.corp.example", CORP, "Branch", 11, RELIABLE);
	domain_world_add(&world, "dc2.corp.example", CORP, "Branch", 12, RELIABLE);
	ck_assert_str_eq(find(), "dc1.corp.example");
	discovery_failed(world.discovery, DISCOVERY_FAILURE_SILENT);
	domain_world_pass(&world, 0);
	for (unsigned i = 0; i < 3; i++)
		ck_assert_str_eq(find_again(), "dc2.corp.example");
	ck_assert_uint_eq(status().count, 2);
	ck_assert_uint_eq(status().chosen, 0);
	/* Also among those that are known from before. */
	discovery_failed(world.discovery, DISCOVERY_FAILURE_SILENT);
	take_dns_away();
	ck_assert_str_eq(find_again(), "dc1.corp.example");
	ck_assert_uint_eq(world.choices, 3);
}
END_TEST

START_TEST(a_search_changes_to_a_better_one_and_from_one_that_is_gone)
{
	struct world_controller *better;

	add_branch();
	ck_assert_str_eq(find(), "dc2.corp.example");
	better = domain_world_add(&world, "dc3.corp.example", CORP, "Branch", 13, RELIABLE);
	/* While it searches, the present one stays. */
	discovery_search(world.discovery);
	ck_assert(status().searching);
	ck_assert_uint_eq(status().chosen, 0);
	ck_assert_str_eq(find_again(), "dc3.corp.example");
	ck_assert_uint_eq(world.choices, 2);
	better->manner = CONTROLLER_DOWN;
	ck_assert_str_eq(find_again(), "dc2.corp.example");
	better->manner = CONTROLLER_GOOD;
	ck_assert_str_eq(find_again(), "dc3.corp.example");
	domain_world_unregister(&world, "dc3.corp.example");
	ck_assert_str_eq(find_again(), "dc2.corp.example");
	ck_assert_uint_eq(world.choices, 5);
}
END_TEST

START_TEST(a_controller_that_moves_is_told_again)
{
	struct net_address address;

	add_branch();
	ck_assert_str_eq(find(), "dc2.corp.example");
	domain_world_unregister(&world, "dc2.corp.example");
	domain_world_add(&world, "dc2.corp.example", CORP, "Branch", 22, 0);
	ck_assert_str_eq(find_again(), "dc2.corp.example");
	ck_assert_uint_eq(world.choices, 2);
	ck_assert_int_eq(net_address_parse("127.0.0.22", 123, &address), 0);
	ck_assert(net_address_equal(&world.chosen.addresses[0], &address));
	ck_assert_str_eq(find_again(), "dc2.corp.example");
	ck_assert_uint_eq(world.choices, 2);
	/* An address more, and one less. */
	world.zone[1].addresses[1] = 0x7f000021;
	ck_assert_str_eq(find_again(), "dc2.corp.example");
	ck_assert_uint_eq(world.choices, 3);
	ck_assert_uint_eq(world.chosen.address_count, 2);
	ck_assert(net_address_equal(&world.chosen.addresses[0], &address));
	world.zone[1].addresses[1] = 0;
	ck_assert_str_eq(find_again(), "dc2.corp.example");
	ck_assert_uint_eq(world.choices, 4);
	ck_assert_uint_eq(world.chosen.address_count, 1);
}
END_TEST

START_TEST(a_machine_that_moves_learns_its_new_site)
{
	add_hub();
	add_branch();
	ck_assert_str_eq(find(), "dc2.corp.example");
	world.client_site = "Hub";
	ck_assert_str_eq(find_again(), "dc1.corp.example");
	ck_assert_str_eq(status().site, "Hub");
	ck_assert_uint_eq(world.chosen.score, 13);
}
END_TEST

START_TEST(other_settings_begin_anew)
{
	add_branch();
	domain_world_add(&world, "dc9.other.example", "other.example", "Branch", 19, 0);
	ck_assert_str_eq(find(), "dc2.corp.example");
	/* The same ones do not. */
	domain_world_start(&world);
	ck_assert(!status().searching);
	ck_assert_uint_eq(world.choices, 1);
	snprintf(world.settings.domain, sizeof world.settings.domain, "other.example");
	ck_assert_str_eq(find(), "dc9.other.example");
	world.settings.role = CONFIG_ROLE_STANDALONE;
	ck_assert_str_eq(find(), "");
	ck_assert_uint_eq(status().count, 0);
	ck_assert_str_eq(status().site, "");
	ck_assert_double_lt(status().next_search, 0);
	domain_world_pass(&world, 1e6);
	ck_assert_str_eq(find_again(), "");
	world.settings.role = CONFIG_ROLE_MEMBER;
	ck_assert_str_eq(find(), "dc9.other.example");
}
END_TEST

START_TEST(fewer_sites_allowed_take_the_controller_away_only_if_there_is_another)
{
	add_hub();
	ck_assert_str_eq(find(), "dc1.corp.example");
	world.settings.cross_site = CROSS_SITE_NONE;
	ck_assert_str_eq(find(), "");
	ck_assert_uint_ge(world.events[EVENT_DOMAIN_SEARCH_ERROR], 1);
}
END_TEST

int main(void)
{
	TCase *failure = tcase_create("failure"), *change = tcase_create("change");
	TCase *const cases[] = { failure, change, NULL };

	for (TCase *const *it = cases; *it != NULL; it++) {
		tcase_add_checked_fixture(*it, setup, teardown);
		tcase_set_timeout(*it, 60);
	}
	tcase_add_test(failure, a_controller_that_fails_gives_way_to_the_next_best);
	tcase_add_test(failure, controllers_that_answer_but_give_no_time_are_tried_ever_less);
	tcase_add_test(failure, a_search_in_vain_is_repeated_as_w32time_does);
	tcase_add_test(failure, without_doublings_the_first_wait_stays);
	tcase_add_test(failure, a_controller_that_appears_is_found_by_the_next_search);
	tcase_add_test(failure, a_better_one_that_comes_back_is_found);
	tcase_add_test(failure, a_better_one_that_gives_no_time_is_tried_ever_less);
	tcase_add_test(failure, an_equal_one_does_not_take_the_place_of_one_that_works);
	tcase_add_test(failure, a_failure_does_not_put_off_a_search);
	tcase_add_test(failure, looking_for_a_better_one_in_vain_harms_nobody);
	tcase_add_test(failure, names_that_lead_nowhere_are_an_event_of_their_own);
	tcase_add_test(failure, what_is_known_outlives_the_dns);
	tcase_add_test(failure, a_daemon_that_starts_before_the_dns_does_not_wait_long);
	tcase_add_test(change, a_search_keeps_the_present_one_among_equals);
	tcase_add_test(change, a_search_changes_to_a_better_one_and_from_one_that_is_gone);
	tcase_add_test(change, a_controller_that_moves_is_told_again);
	tcase_add_test(change, a_machine_that_moves_learns_its_new_site);
	tcase_add_test(change, other_settings_begin_anew);
	tcase_add_test(change,
		       fewer_sites_allowed_take_the_controller_away_only_if_there_is_another);
	return unit_run("domain discovery changes", cases);
}
