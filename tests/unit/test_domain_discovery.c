/* Which domain controller is followed: a name server and controllers on loopback,
 * good ones and others. */
#include "discovery_fixture.h"

#include <stdio.h>
#include <string.h>

/* ------------------------------------------------------------------------- */
/* Members */

START_TEST(a_member_follows_the_controller_of_its_site)
{
	struct world_controller *hub = add_hub(), *branch = add_branch();
	struct net_address address;

	ck_assert_str_eq(find(), "dc2.corp.example");
	ck_assert_uint_eq(world.choices, 1);
	ck_assert_uint_eq(world.chosen.score, 8);
	ck_assert_uint_eq(world.chosen.query, 1);
	ck_assert_str_eq(world.chosen.site, "Branch");
	ck_assert_uint_eq(world.chosen.flags, NETLOGON_TIME_SERVICE | NETLOGON_CLOSEST);
	ck_assert_uint_eq(world.chosen.address_count, 1);
	ck_assert_int_eq(net_address_parse("127.0.0.12", 123, &address), 0);
	ck_assert(net_address_equal(&world.chosen.addresses[0], &address));
	ck_assert_str_eq(status().site, "Branch");
	ck_assert_str_eq(status().forest, CORP);
	ck_assert(status().forest_root);
	ck_assert(!status().searching);
	ck_assert_double_lt(status().next_search, 0);
	ck_assert_uint_ge(world.changes, 1);
	/* One learns the site of any; no other site is searched after that. */
	ck_assert_uint_eq(hub->requests + branch->requests, 2);
}
END_TEST

START_TEST(a_lone_controller_is_found_without_waiting)
{
	add_branch();
	domain_world_start(&world);
	ck_assert_str_eq(domain_world_chosen(&world), "dc2.corp.example");
	ck_assert_int_eq(world.now, 0);
}
END_TEST

START_TEST(another_site_serves_when_the_own_does_not)
{
	add_hub();
	add_branch()->manner = CONTROLLER_DOWN;
	ck_assert_str_eq(find(), "dc1.corp.example");
	ck_assert_uint_eq(world.chosen.score, 5);
	ck_assert_uint_eq(world.chosen.query, 4);
}
END_TEST

static const struct cross_site_row {
	enum cross_site flags;
	uint32_t hub; /* what its controller is */
	const char *chosen;
} cross_site_rows[] = {
	{ CROSS_SITE_ALL, 0, "dc1.corp.example" }, { CROSS_SITE_ALL, PDC, "dc1.corp.example" },
	{ CROSS_SITE_PDC, RELIABLE, "" },          { CROSS_SITE_PDC, PDC, "dc1.corp.example" },
	{ CROSS_SITE_NONE, PDC | RELIABLE, "" },
};

START_TEST(other_sites_are_left_alone_as_configured)
{
	const struct cross_site_row *row = &cross_site_rows[_i];

	domain_world_add(&world, "dc1.corp.example", CORP, "Hub", 11, row->hub);
	add_branch()->manner = CONTROLLER_SILENT;
	world.settings.cross_site = row->flags;
	ck_assert_str_eq(find(), row->chosen);
}
END_TEST

START_TEST(without_a_site_only_other_sites_are_there)
{
	add_hub();
	add_branch();
	world.client_site = "";
	ck_assert_str_eq(find(), "dc1.corp.example");
	ck_assert_uint_eq(world.chosen.query, 4);
	ck_assert_str_eq(status().site, "");
	ck_assert_uint_eq(world.events[EVENT_DOMAIN_SEARCH_ERROR], 0);
	/* And if they must not be used, that is said. */
	world.settings.cross_site = CROSS_SITE_NONE;
	discovery_destroy(world.discovery);
	world.discovery = NULL;
	world.any_chosen = false;
	ck_assert_str_eq(find(), "");
	ck_assert_uint_eq(world.events[EVENT_DOMAIN_SEARCH_ERROR], 1);
	ck_assert_ptr_nonnull(strstr(world.last_event_text, "CrossSiteSyncFlags"));
}
END_TEST

START_TEST(the_configured_site_counts)
{
	add_hub();
	add_branch();
	/* The branch's controller covers the hub too, and is closer as it thinks. */
	domain_world_add_service(&world, "Hub._sites.dc", CORP, "dc2.corp.example");
	snprintf(world.settings.site, sizeof world.settings.site, "hub");
	ck_assert_str_eq(find(), "dc1.corp.example");
	ck_assert_uint_eq(world.chosen.score, 13);
	ck_assert_str_eq(status().site, "hub");
	ck_assert_uint_eq(status().count, 1);
}
END_TEST

START_TEST(the_best_score_wins_and_the_others_are_next)
{
	struct discovery_status now;

	domain_world_add(&world, "plain.corp.example", CORP, "Branch", 11, 0);
	domain_world_add(&world, "pdc.corp.example", CORP, "Branch", 12, PDC);
	domain_world_add(&world, "good.corp.example", CORP, "Branch", 13, RELIABLE);
	ck_assert_str_eq(find(), "good.corp.example");
	now = status();
	ck_assert_uint_eq(now.count, 3);
	ck_assert_uint_eq(now.chosen, 0);
	ck_assert_uint_eq(now.controllers[0].score, 12);
	ck_assert_str_eq(now.controllers[1].host, "pdc.corp.example");
	ck_assert_uint_eq(now.controllers[1].score, 9); /* the article's example */
	ck_assert_uint_eq(now.controllers[2].score, 8);
	ck_assert_uint_eq(world.choices, 1);
}
END_TEST

START_TEST(equals_are_tried_in_the_order_of_the_dns)
{
	struct discovery_status now;
	struct world_controller *slow = domain_world_add(&world, "dc3.corp.example", CORP, "Branch",
							 13, RELIABLE);

	slow->manner = CONTROLLER_SILENT;
	snprintf(world.settings.site, sizeof world.settings.site, "Branch");
	domain_world_add(&world, "dc1.corp.example", CORP, "Branch", 11, RELIABLE);
	domain_world_add(&world, "dc2.corp.example", CORP, "Branch", 12, RELIABLE);
	domain_world_start(&world);
	domain_world_pass(&world, 0.25);
	domain_world_answer(slow);
	domain_world_pass(&world, 1);
	ck_assert_str_eq(domain_world_chosen(&world), "dc3.corp.example");
	now = status();
	ck_assert_uint_eq(now.count, 3);
	ck_assert_str_eq(now.controllers[1].host, "dc1.corp.example");
	ck_assert_str_eq(now.controllers[2].host, "dc2.corp.example");
}
END_TEST

static const struct odd_row {
	enum controller_manner manner;
	const char *chosen;
} odd_rows[] = {
	{ CONTROLLER_DOWN, "dc1.corp.example" },
	{ CONTROLLER_SILENT, "dc1.corp.example" },
	{ CONTROLLER_PAUSED, "dc1.corp.example" },
	{ CONTROLLER_NOT_ITS_DOMAIN, "dc1.corp.example" },
	{ CONTROLLER_OTHER_DOMAIN, "dc1.corp.example" },
	{ CONTROLLER_ODD_NAME, "dc1.corp.example" },
	{ CONTROLLER_WRONG_NUMBER, "dc1.corp.example" },
	{ CONTROLLER_FLOODS, "dc2.corp.example" },
};

START_TEST(controllers_that_do_not_serve_are_passed_over)
{
	add_branch()->manner = odd_rows[_i].manner;
	add_hub();
	ck_assert_str_eq(find(), odd_rows[_i].chosen);
	ck_assert_uint_eq(world.choices, 1);
	ck_assert_uint_eq(status().count, 1);
}
END_TEST

START_TEST(a_controller_without_time_service_is_no_source)
{
	add_hub()->flags &= ~(uint32_t)NETLOGON_TIME_SERVICE;
	ck_assert_str_eq(find(), "");
	ck_assert_str_eq(status().site, "Branch");
}
END_TEST

START_TEST(the_next_is_asked_without_waiting_for_the_one_before)
{
	struct world_controller *silent[3], *good;
	monotonic_ns began;

	for (unsigned i = 0; i < 3; i++) {
		static const char *const hosts[] = { "s1.corp.example", "s2.corp.example",
						     "s3.corp.example" };

		silent[i] = domain_world_add(&world, hosts[i], CORP, "Branch", 11 + i, 0);
		silent[i]->manner = CONTROLLER_SILENT;
	}
	good = domain_world_add(&world, "good.corp.example", CORP, "Branch", 20, 0);
	snprintf(world.settings.site, sizeof world.settings.site, "Branch");
	domain_world_start(&world);
	ck_assert_uint_eq(silent[0]->requests, 1);
	ck_assert_uint_eq(silent[1]->requests, 0);
	domain_world_pass(&world, 0.15);
	ck_assert_uint_eq(silent[1]->requests, 1);
	ck_assert_uint_eq(silent[2]->requests, 0);
	domain_world_pass(&world, 0.2);
	ck_assert_uint_eq(good->requests, 1);
	began = good->last_time;
	ck_assert_int_eq(began, 300000000);
	/* The others have 300 ms more. */
	ck_assert_str_eq(domain_world_chosen(&world), "");
	domain_world_pass(&world, 0.24);
	ck_assert_str_eq(domain_world_chosen(&world), "");
	domain_world_pass(&world, 0.02);
	ck_assert_str_eq(domain_world_chosen(&world), "good.corp.example");
}
END_TEST

START_TEST(the_last_to_be_asked_has_as_long_to_answer)
{
	static const char *const hosts[] = { "s1.corp.example", "s2.corp.example",
					     "s3.corp.example" };
	struct world_controller *silent[3];

	domain_world_add(&world, "good.corp.example", CORP, "Branch", 20, 0);
	for (unsigned i = 0; i < 3; i++) {
		silent[i] = domain_world_add(&world, hosts[i], CORP, "Branch", 11 + i, 0);
		silent[i]->manner = CONTROLLER_SILENT;
	}
	snprintf(world.settings.site, sizeof world.settings.site, "Branch");
	domain_world_start(&world);
	/* The good one answers at once; 300 ms later nobody else is asked. */
	domain_world_pass(&world, 0.45);
	ck_assert_uint_eq(silent[1]->requests, 1);
	ck_assert_uint_eq(silent[2]->requests, 0);
	ck_assert_str_eq(domain_world_chosen(&world), "");
	domain_world_pass(&world, 0.1);
	ck_assert_str_eq(domain_world_chosen(&world), "good.corp.example");
}
END_TEST

START_TEST(nobody_waits_for_those_that_are_down)
{
	domain_world_add(&world, "s1.corp.example", CORP, "Branch", 11, 0)->manner =
		CONTROLLER_DOWN;
	domain_world_add(&world, "s2.corp.example", CORP, "Branch", 12, 0)->manner =
		CONTROLLER_DOWN;
	domain_world_add(&world, "good.corp.example", CORP, "Branch", 13, 0);
	domain_world_start(&world);
	ck_assert_str_eq(domain_world_chosen(&world), "good.corp.example");
	ck_assert_int_eq(world.now, 0);
}
END_TEST

START_TEST(a_ping_that_gets_lost_is_sent_again)
{
	struct world_controller *branch = add_branch();

	branch->manner = CONTROLLER_SILENT;
	domain_world_start(&world);
	domain_world_pass(&world, 0.9);
	ck_assert_uint_eq(branch->requests, 1);
	branch->manner = CONTROLLER_GOOD;
	domain_world_pass(&world, 0.2);
	ck_assert_str_eq(domain_world_chosen(&world), "dc2.corp.example");
}
END_TEST

START_TEST(all_that_is_left_of_a_search_ends_with_it)
{
	add_branch()->manner = CONTROLLER_SILENT;
	domain_world_add_service(&world, "dc", CORP, "nowhere.corp.example");
	domain_world_start(&world);
	domain_world_pass(&world, 0.5);
	ck_assert(status().searching);
	/* Destroyed by the fixture with a ping under way. */
}
END_TEST

/* ------------------------------------------------------------------------- */
/* Controllers */

static void be_controller(const char *host, unsigned number)
{
	char text[16];

	world.settings.role = CONFIG_ROLE_CONTROLLER;
	snprintf(world.settings.computer, sizeof world.settings.computer, "%s", host);
	snprintf(text, sizeof text, "127.0.0.%u", number);
	ck_assert_int_eq(net_address_parse(text, 0, &world.ourselves), 0);
}

START_TEST(a_controller_follows_the_reliable_one_or_the_pdc_emulator)
{
	struct world_controller *reliable;

	domain_world_add(&world, "me.corp.example", CORP, "Branch", 10, RELIABLE);
	domain_world_add(&world, "pdc.corp.example", CORP, "Hub", 11, PDC);
	domain_world_add(&world, "plain.corp.example", CORP, "Branch", 12, 0);
	reliable = domain_world_add(&world, "good.corp.example", CORP, "Branch", 13, RELIABLE);
	be_controller("ME", 10);
	ck_assert_str_eq(find(), "good.corp.example");
	ck_assert_uint_eq(world.chosen.query, 2);
	ck_assert_uint_eq(world.chosen.score, 12);
	ck_assert(!status().pdc_emulator);
	ck_assert(!status().read_only);
	ck_assert_str_eq(status().site, "Branch");
	reliable->manner = CONTROLLER_DOWN;
	ck_assert_str_eq(find_again(), "pdc.corp.example");
	ck_assert_uint_eq(world.chosen.query, 6);
	ck_assert_uint_eq(world.chosen.score, 1);
	ck_assert_uint_eq(status().count, 1);
}
END_TEST

START_TEST(a_machine_never_follows_itself)
{
	struct net_address nowhere = { 0 };

	/* By its name. */
	domain_world_add(&world, "me.corp.example", CORP, "Branch", 10, RELIABLE | PDC);
	be_controller("ME", 10);
	world.ourselves = nowhere;
	ck_assert_str_eq(find(), "");
	/* What bears its name elsewhere does not say what it is. */
	ck_assert(!status().pdc_emulator);
	be_controller("ME", 10);
	ck_assert_str_eq(find_again(), "");
	ck_assert(status().pdc_emulator);
	/* Even as a member, by its name or by its addresses. */
	world.settings.role = CONFIG_ROLE_MEMBER;
	ck_assert_str_eq(find(), "");
	be_controller("OTHER", 10);
	world.settings.role = CONFIG_ROLE_MEMBER;
	ck_assert_str_eq(find(), "");
	world.ourselves = nowhere;
	ck_assert_str_eq(find_again(), "me.corp.example");
}
END_TEST

START_TEST(the_pdc_emulator_of_the_root_asks_for_reliable_ones_only)
{
	struct world_controller *me = domain_world_add(&world, "me.corp.example", CORP, "Branch",
						       10, PDC | RELIABLE);

	domain_world_add(&world, "plain.corp.example", CORP, "Branch", 12, 0);
	be_controller("ME", 10);
	ck_assert_str_eq(find(), "");
	ck_assert(status().pdc_emulator);
	ck_assert(status().forest_root);
	/* That there are none is no failure; nor, reliable itself, to ask nobody. */
	for (unsigned i = 0; i < 2; i++) {
		ck_assert_uint_eq(world.events[EVENT_DOMAIN_SEARCH_ERROR], 0);
		ck_assert_uint_eq(status().failures, 0);
		ck_assert_double_gt(status().next_search, 800);
		world.settings.reliable = true;
		ck_assert_str_eq(find(), "");
	}
	/* The role moves away: it has somebody again. */
	world.settings.reliable = false;
	me->flags &= ~(uint32_t)(PDC | RELIABLE);
	domain_world_add(&world, "new.corp.example", CORP, "Branch", 13, PDC);
	ck_assert_str_eq(find(), "new.corp.example");
	ck_assert(!status().pdc_emulator);
}
END_TEST

START_TEST(a_controller_may_be_told_its_site)
{
	domain_world_add(&world, "me.corp.example", CORP, "Branch", 10, 0);
	domain_world_add(&world, "pdc.corp.example", CORP, "Hub", 11, PDC);
	be_controller("ME", 10);
	snprintf(world.settings.site, sizeof world.settings.site, "Hub");
	ck_assert_str_eq(find(), "pdc.corp.example");
	ck_assert_str_eq(status().site, "Hub");
	ck_assert_uint_eq(world.chosen.query, 3);
}
END_TEST

START_TEST(a_read_only_controller_follows_the_pdc_emulator)
{
	domain_world_add(&world, "me.corp.example", CORP, "Branch", 10, NETLOGON_READ_ONLY);
	domain_world_add(&world, "good.corp.example", CORP, "Branch", 11, RELIABLE);
	domain_world_add(&world, "pdc.corp.example", CORP, "Hub", 12, PDC);
	be_controller("ME", 10);
	ck_assert_str_eq(find(), "pdc.corp.example");
	ck_assert(status().read_only);
}
END_TEST

static void add_family(void)
{
	domain_world_add(&world, "me.child.corp.example", "child.corp.example", "Branch", 10, 0);
	domain_world_add(&world, "root.corp.example", CORP, "Branch", 11, PDC);
	domain_world_add(&world, "good.child.corp.example", "child.corp.example", "Branch", 12,
			 RELIABLE);
	domain_world_add(&world, "pdc.child.corp.example", "child.corp.example", "Branch", 13, PDC);
	snprintf(world.settings.domain, sizeof world.settings.domain, "child.corp.example");
	be_controller("ME", 10);
}

START_TEST(without_its_key_the_parent_domain_is_not_asked)
{
	add_family();
	ck_assert_str_eq(find(), "good.child.corp.example");
	ck_assert_uint_eq(world.controllers[1].requests, 0);
	ck_assert(!status().forest_root);
	ck_assert_str_eq(status().forest, CORP);
	discovery_search(world.discovery);
	world.log_text[0] = '\0';
	domain_world_pass(&world, 10);
	ck_assert_str_eq(world.log_text, ""); /* said once */
}
END_TEST

START_TEST(with_its_key_the_parent_domain_comes_first)
{
	struct discovery_status now;

	add_family();
	world.settings.parent_key = true;
	/* The article: 10 + 1 in the parent domain, 12 the own reliable one. */
	ck_assert_str_eq(find(), "good.child.corp.example");
	now = status();
	ck_assert_uint_eq(now.count, 3);
	ck_assert_str_eq(now.controllers[1].host, "root.corp.example");
	ck_assert_uint_eq(now.controllers[1].score, 11);
	ck_assert_uint_eq(now.controllers[1].query, 1);
	ck_assert_str_eq(now.controllers[2].host, "pdc.child.corp.example");
	/* A reliable machine follows the parent domain alone. */
	world.settings.reliable = true;
	ck_assert_str_eq(find(), "root.corp.example");
	ck_assert_uint_eq(status().count, 1);
}
END_TEST

START_TEST(a_machine_of_our_name_in_the_parent_domain_is_another_one)
{
	add_family();
	world.settings.parent_key = true;
	world.settings.reliable = true;
	domain_world_unregister(&world, "root.corp.example");
	domain_world_add(&world, "me.corp.example", CORP, "Branch", 15, 0);
	ck_assert_str_eq(find(), "me.corp.example");
}
END_TEST

int main(void)
{
	TCase *member = tcase_create("member"), *controller = tcase_create("controller");
	TCase *const cases[] = { member, controller, NULL };

	for (TCase *const *it = cases; *it != NULL; it++) {
		tcase_add_checked_fixture(*it, setup, teardown);
		tcase_set_timeout(*it, 60);
	}
	tcase_add_test(member, a_member_follows_the_controller_of_its_site);
	tcase_add_test(member, a_lone_controller_is_found_without_waiting);
	tcase_add_test(member, another_site_serves_when_the_own_does_not);
	tcase_add_loop_test(member, other_sites_are_left_alone_as_configured, 0,
			    sizeof cross_site_rows / sizeof cross_site_rows[0]);
	tcase_add_test(member, without_a_site_only_other_sites_are_there);
	tcase_add_test(member, the_configured_site_counts);
	tcase_add_test(member, the_best_score_wins_and_the_others_are_next);
	tcase_add_test(member, equals_are_tried_in_the_order_of_the_dns);
	tcase_add_loop_test(member, controllers_that_do_not_serve_are_passed_over, 0,
			    sizeof odd_rows / sizeof odd_rows[0]);
	tcase_add_test(member, a_controller_without_time_service_is_no_source);
	tcase_add_test(member, the_next_is_asked_without_waiting_for_the_one_before);
	tcase_add_test(member, the_last_to_be_asked_has_as_long_to_answer);
	tcase_add_test(member, nobody_waits_for_those_that_are_down);
	tcase_add_test(member, a_ping_that_gets_lost_is_sent_again);
	tcase_add_test(member, all_that_is_left_of_a_search_ends_with_it);
	tcase_add_test(controller, a_controller_follows_the_reliable_one_or_the_pdc_emulator);
	tcase_add_test(controller, a_machine_never_follows_itself);
	tcase_add_test(controller, the_pdc_emulator_of_the_root_asks_for_reliable_ones_only);
	tcase_add_test(controller, a_controller_may_be_told_its_site);
	tcase_add_test(controller, a_read_only_controller_follows_the_pdc_emulator);
	tcase_add_test(controller, without_its_key_the_parent_domain_is_not_asked);
	tcase_add_test(controller, with_its_key_the_parent_domain_comes_first);
	tcase_add_test(controller, a_machine_of_our_name_in_the_parent_domain_is_another_one);
	return unit_run("domain discovery", cases);
}
