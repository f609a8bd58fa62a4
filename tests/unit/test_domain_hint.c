/* The system's own locator beside the name servers: what it names is asked when they
 * do not tell, and is nothing but one more to be asked. */
#include "discovery_fixture.h"

#include <errno.h>
#include <event2/util.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "platform/controller_hint.h"

/* ------------------------------------------------------------------------- */
/* A system that has one, in the place of platform/controller_hint_*.c */

struct controller_hint {
	evutil_socket_t ends[2];
};

static struct fake_system {
	int start_status;           /* of the next questions */
	const char *host, *address; /* answered at once; NULL: not at all; "": in vain */
	struct controller_hint *last;
	unsigned asked, open;
	struct controller_hint_request request; /* the last one's */
	char domain[256], site[64];
} fake;

static void ring(struct controller_hint *hint)
{
	ck_assert_int_eq(send(hint->ends[1], "", 1, 0), 1);
}

int controller_hint_start(struct controller_hint **hint,
			  const struct controller_hint_request *request, struct error *error)
{
	fake.asked++;
	fake.request = *request;
	snprintf(fake.domain, sizeof fake.domain, "%s", request->domain);
	snprintf(fake.site, sizeof fake.site, "%s", request->site);
	if (fake.start_status < 0)
		return error_set(error, -fake.start_status, "no thread can be had");
	fake.open++;
	fake.last = *hint = calloc(1, sizeof **hint);
	ck_assert_int_eq(evutil_socketpair(AF_UNIX, SOCK_STREAM, 0, (*hint)->ends), 0);
	if (fake.host != NULL)
		ring(*hint);
	return 0;
}

socket_handle controller_hint_handle(const struct controller_hint *hint)
{
	return (socket_handle)hint->ends[0];
}

int controller_hint_take(struct controller_hint *hint, struct controller_hint_answer *answer,
			 struct error *error)
{
	(void)hint;
	if (fake.host == NULL)
		return 0;
	if (fake.host[0] == '\0')
		return error_set(error, EIO, "DsGetDcName ended with error 1355");
	snprintf(answer->host, sizeof answer->host, "%s", fake.host);
	ck_assert_int_eq(net_address_parse(fake.address, 0, &answer->address), 0);
	return 1;
}

void controller_hint_end(struct controller_hint *hint)
{
	if (hint == NULL)
		return;
	evutil_closesocket(hint->ends[0]);
	evutil_closesocket(hint->ends[1]);
	free(hint);
	fake.open--;
	fake.last = NULL;
}

static void name(const char *host, const char *address)
{
	fake.host = host;
	fake.address = address;
}

static void set_up(void)
{
	fake = (struct fake_system){ .start_status = 0 };
	setup();
}

static void tear_down(void)
{
	teardown();
	ck_assert_uint_eq(fake.open, 0);
}

/* A controller that the name server does not know. */
static struct world_controller *add_unknown(void)
{
	struct world_controller *branch = add_branch();

	domain_world_unregister(&world, branch->host);
	return branch;
}

/* ------------------------------------------------------------------------- */

START_TEST(a_controller_is_found_that_the_name_servers_do_not_know)
{
	add_unknown();
	name("dc2.corp.example", "127.0.0.12");
	domain_world_start(&world);
	ck_assert_str_eq(domain_world_chosen(&world), "dc2.corp.example");
	ck_assert_int_eq(world.now, 0);
	ck_assert_uint_eq(world.chosen.score, 8);
	ck_assert_uint_eq(world.chosen.address_count, 1);
	ck_assert_str_eq(status().site, "Branch");
	ck_assert_str_eq(fake.domain, CORP);
	ck_assert_str_eq(fake.site, "Branch");
}
END_TEST

START_TEST(late_but_in_time_is_as_good)
{
	add_unknown();
	snprintf(world.settings.site, sizeof world.settings.site, "Branch");
	domain_world_start(&world);
	domain_world_pass(&world, 2.5);
	ck_assert(status().searching);
	name("dc2.corp.example", "127.0.0.12");
	ring(fake.last);
	domain_world_pass(&world, 0.4);
	ck_assert_str_eq(domain_world_chosen(&world), "dc2.corp.example");
}
END_TEST

START_TEST(mute_name_servers_are_waited_for_a_second)
{
	struct world_controller *branch = add_unknown();

	world.dns.zone = NULL;
	world.dns.services = NULL;
	snprintf(world.settings.site, sizeof world.settings.site, "Branch");
	name("dc2.corp.example", "127.0.0.12");
	domain_world_start(&world);
	domain_world_pass(&world, LOCATOR_PATIENCE - 0.01);
	ck_assert_uint_eq(branch->requests, 0);
	domain_world_pass(&world, LOCATOR_GATHERING + 0.02);
	ck_assert_str_eq(domain_world_chosen(&world), "dc2.corp.example");
}
END_TEST

static const struct vain_row {
	const char *host, *address;
} vain_rows[] = {
	{ "dc9.other.example", "127.0.0.13" }, /* answers for another domain */
	{ "dc1 $(reboot).corp.example", "127.0.0.12" } /* no host's name: not even asked */,
	{ "dc9.corp.example", "127.0.0.14" }, /* nobody is there */
	{ "", "" },                           /* the system knows none */
};

START_TEST(what_it_names_is_judged_as_all_others)
{
	domain_world_add(&world, "dc9.other.example", "other.example", "Branch", 13, RELIABLE);
	add_unknown();
	name(vain_rows[_i].host, vain_rows[_i].address);
	domain_world_start(&world);
	domain_world_pass(&world, LOCATOR_TIME);
	ck_assert_str_eq(domain_world_chosen(&world), "");
	ck_assert_uint_eq(world.choices, 0);
	ck_assert_uint_eq(world.controllers[1].requests, 0);
	ck_assert_uint_eq(world.events[EVENT_DOMAIN_SEARCH_ERROR], 1);
	ck_assert_str_eq(world.log_text, "");
}
END_TEST

START_TEST(a_machine_is_not_led_to_itself)
{
	add_unknown();
	ck_assert_int_eq(net_address_parse("127.0.0.12", 0, &world.ourselves), 0);
	name("dc2.corp.example", "127.0.0.12");
	ck_assert_str_eq(find(), "");
	ck_assert_uint_eq(world.controllers[0].requests, 0);
}
END_TEST

START_TEST(what_never_comes_delays_as_long_as_a_search_may_take)
{
	snprintf(world.settings.site, sizeof world.settings.site, "Branch");
	world.settings.cross_site = CROSS_SITE_NONE;
	domain_world_start(&world);
	domain_world_pass(&world, LOCATOR_TIME - 0.01);
	ck_assert_uint_eq(world.events[EVENT_DOMAIN_SEARCH_ERROR], 0);
	domain_world_pass(&world, 0.02);
	ck_assert_uint_eq(world.events[EVENT_DOMAIN_SEARCH_ERROR], 1);
	ck_assert_ptr_nonnull(strstr(world.last_event_text, "SRV"));
	/* What came later would be nobody's. */
	ck_assert_uint_eq(fake.open, 0);
}
END_TEST

START_TEST(nobody_waits_for_it_who_has_found_somebody)
{
	add_hub();
	add_branch();
	domain_world_start(&world);
	ck_assert_str_eq(domain_world_chosen(&world), "dc2.corp.example");
	ck_assert_int_eq(world.now, 0);
	ck_assert_uint_ge(fake.asked, 2);
	ck_assert_uint_eq(fake.open, 0);
}
END_TEST

START_TEST(the_name_servers_order_and_addresses_stay)
{
	domain_world_add(&world, "dc1.corp.example", CORP, "Branch", 11, 0);
	domain_world_add(&world, "dc3.corp.example", CORP, "Branch", 13, 0);
	name("DC3.corp.example", "127.0.0.14");
	ck_assert_str_eq(find(), "dc1.corp.example");
	ck_assert_uint_eq(status().count, 2);
	ck_assert_uint_eq(status().controllers[1].address_count, 1);
}
END_TEST

START_TEST(a_search_that_ends_early_leaves_nothing)
{
	add_unknown();
	domain_world_start(&world);
	domain_world_pass(&world, 0.5);
	ck_assert_uint_eq(fake.open, 1);
	discovery_search(world.discovery);
	ck_assert_uint_eq(fake.open, 0);
	domain_world_pass(&world, 0.5);
	ck_assert_uint_eq(fake.open, 1);
	/* Destroyed by the fixture with a question under way. */
}
END_TEST

START_TEST(a_system_without_one_changes_nothing)
{
	fake.start_status = _i == 0 ? -ENOSYS : -ENOMEM;
	domain_world_start(&world);
	ck_assert_uint_eq(world.events[EVENT_DOMAIN_SEARCH_ERROR], 1);
	add_branch();
	ck_assert_str_eq(find_again(), "dc2.corp.example");
	ck_assert_str_eq(world.log_text + strcspn(world.log_text, "d"),
			 "domain controller dc2.corp.example is chosen as time source: score 8, "
			 "query 1, site Branch");
}
END_TEST

START_TEST(it_is_asked_for_what_is_sought)
{
	add_branch();
	name("", "");
	domain_world_start(&world);
	/* A member that has found one in its site. */
	ck_assert_str_eq(fake.site, "Branch");
	ck_assert(fake.request.reliable);
	ck_assert(!fake.request.pdc);
	ck_assert(!fake.request.fresh);
	/* Whoever wants another one does not want to hear of the same. */
	find_again();
	ck_assert(fake.request.fresh);
	domain_world_unregister(&world, "dc2.corp.example");
	discovery_failed(world.discovery, DISCOVERY_FAILURE_SILENT);
	domain_world_pass(&world, 60);
	ck_assert(fake.request.fresh);
	/* A read-only controller wants the PDC emulator. */
	world.settings.role = CONFIG_ROLE_CONTROLLER;
	snprintf(world.settings.computer, sizeof world.settings.computer, "ME");
	domain_world_add(&world, "me.corp.example", CORP, "Branch", 10, NETLOGON_READ_ONLY);
	ck_assert_int_eq(net_address_parse("127.0.0.10", 0, &world.ourselves), 0);
	find();
	ck_assert(fake.request.pdc);
	ck_assert(!fake.request.reliable);
}
END_TEST

START_TEST(nobody_else_says_what_this_machine_is)
{
	world.settings.role = CONFIG_ROLE_CONTROLLER;
	snprintf(world.settings.computer, sizeof world.settings.computer, "ME");
	snprintf(world.settings.site, sizeof world.settings.site, "Branch");
	domain_world_add(&world, "me.corp.example", CORP, "Branch", 10, 0)->manner =
		CONTROLLER_SILENT;
	ck_assert_int_eq(net_address_parse("127.0.0.10", 0, &world.ourselves), 0);
	domain_world_start(&world);
	ck_assert_int_eq(world.discovery->stage, SEARCH_ITSELF);
	ck_assert_uint_eq(fake.asked, 0);
}
END_TEST

/* ------------------------------------------------------------------------- */
/* The site that the system remembers */

static void remember_site(const char *site)
{
	snprintf(world.settings.site_hint, sizeof world.settings.site_hint, "%s", site);
}

START_TEST(the_domain_knows_the_site_better_than_the_system)
{
	add_hub();
	add_branch();
	remember_site("Hub");
	ck_assert_str_eq(find(), "dc2.corp.example");
	ck_assert_str_eq(status().site, "Branch");
	ck_assert_uint_eq(world.chosen.score, 8);
}
END_TEST

START_TEST(the_system_knows_a_site_where_the_domain_does_not)
{
	add_hub();
	add_branch();
	world.client_site = "";
	remember_site("branch");
	ck_assert_str_eq(find(), "dc2.corp.example");
	ck_assert_str_eq(status().site, "branch");
	ck_assert_uint_eq(world.chosen.score, 8);
	/* It has moved, and so has what the system says. */
	remember_site("Hub");
	ck_assert_str_eq(find(), "dc1.corp.example");
	ck_assert_str_eq(status().site, "Hub");
	/* What can be no site is none. */
	remember_site("a.b");
	ck_assert_str_eq(find(), "dc1.corp.example");
	ck_assert_str_eq(status().site, "");
	ck_assert_uint_eq(world.chosen.query, 4);
}
END_TEST

START_TEST(the_systems_site_may_have_one_that_the_domains_list_does_not_name)
{
	add_unknown();
	domain_world_add_service(&world, "Branch._sites.dc", CORP, "dc3.corp.example");
	world.zone[world.name_count++] = (struct world_name){ "dc3.corp.example", { 0x7f00000c } };
	remember_site("Branch");
	ck_assert_str_eq(find(), "dc2.corp.example");
}
END_TEST

int main(void)
{
	TCase *test = tcase_create("the system's locator");
	TCase *const cases[] = { test, NULL };

	tcase_add_checked_fixture(test, set_up, tear_down);
	tcase_set_timeout(test, 60);
	tcase_add_test(test, a_controller_is_found_that_the_name_servers_do_not_know);
	tcase_add_test(test, late_but_in_time_is_as_good);
	tcase_add_test(test, mute_name_servers_are_waited_for_a_second);
	tcase_add_loop_test(test, what_it_names_is_judged_as_all_others, 0,
			    sizeof vain_rows / sizeof vain_rows[0]);
	tcase_add_test(test, a_machine_is_not_led_to_itself);
	tcase_add_test(test, what_never_comes_delays_as_long_as_a_search_may_take);
	tcase_add_test(test, nobody_waits_for_it_who_has_found_somebody);
	tcase_add_test(test, the_name_servers_order_and_addresses_stay);
	tcase_add_test(test, a_search_that_ends_early_leaves_nothing);
	tcase_add_loop_test(test, a_system_without_one_changes_nothing, 0, 2);
	tcase_add_test(test, it_is_asked_for_what_is_sought);
	tcase_add_test(test, nobody_else_says_what_this_machine_is);
	tcase_add_test(test, the_domain_knows_the_site_better_than_the_system);
	tcase_add_test(test, the_system_knows_a_site_where_the_domain_does_not);
	tcase_add_test(test, the_systems_site_may_have_one_that_the_domains_list_does_not_name);
	return unit_run("domain hint", cases);
}
