/* Names to addresses and to services, against a name server on loopback. */
#include "name_server.h"
#include "resolver/resolver.h"
#include "resolver/resolver_internal.h"
#include "resolver/services.h"
#include "tests/event_loop.h"
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define HOST_1 0x7f000001u
#define HOST_2 0x7f000002u

static struct loop *loop;
static struct resolver *resolver;
static struct name_server dns;

static void setup(void)
{
	memset(&dns, 0, sizeof dns);
	loop = event_loop_create();
	ck_assert_int_eq(resolver_create(&resolver, loop, NULL), 0);
}

static void teardown(void)
{
	resolver_destroy(resolver);
	name_server_close(&dns);
	loop_destroy(loop);
}

static void serve(const struct world_name *zone, const struct world_service *services)
{
	dns.zone = zone;
	dns.services = services;
	name_server_open(&dns, loop, resolver);
}

static const struct world_name zone[] = {
	{ "one.test", { HOST_1 } },
	{ "two.test", { HOST_1, HOST_2 } },
	{ "empty.test", { 0 } },
	{ NULL, { 0 } },
};

/* What one look-up told. */
struct heard {
	unsigned calls;
	int status;
	size_t count;
	struct net_address addresses[RESOLVER_ADDRESSES_MAX];
	struct resolver_service services[RESOLVER_SERVICES_MAX];
};

static void wait_for(const struct heard *heard)
{
	while (heard->calls == 0)
		event_base_loop(event_loop_base(loop), EVLOOP_ONCE);
}

/* ------------------------------------------------------------------------- */
/* Addresses */

static void hear(void *context, int status, const struct net_address *addresses, size_t count)
{
	struct heard *heard = context;

	heard->calls++;
	heard->status = status;
	heard->count = count;
	memcpy(heard->addresses, addresses, count * sizeof *addresses);
}

static struct resolver_query *ask(const char *host, struct heard *heard)
{
	struct resolver_query *query;

	memset(heard, 0, sizeof *heard);
	ck_assert_int_eq(resolver_lookup(resolver, host, 1123, hear, heard, &query), 0);
	/* Never from within. */
	ck_assert_uint_eq(heard->calls, 0);
	return query;
}

static bool has(const struct heard *heard, const char *text)
{
	struct net_address address;

	ck_assert_int_eq(net_address_parse(text, 1123, &address), 0);
	for (size_t i = 0; i < heard->count; i++) {
		if (net_address_equal(&heard->addresses[i], &address))
			return true;
	}
	return false;
}

/* A port on which nobody listens. */
static unsigned closed_port(void)
{
	struct name_server server = { 0 };

	name_server_open(&server, loop, resolver);
	name_server_close(&server);
	return server.port;
}

START_TEST(literals_need_no_name_server)
{
	struct heard heard;

	ask("192.0.2.7", &heard);
	wait_for(&heard);
	ck_assert_int_eq(heard.status, 0);
	ck_assert_uint_eq(heard.count, 1);
	ck_assert(has(&heard, "192.0.2.7"));
	ask("2001:db8::7", &heard);
	wait_for(&heard);
	ck_assert(has(&heard, "2001:db8::7"));
}
END_TEST

START_TEST(the_hosts_file_is_honoured)
{
	struct heard heard;

	ask("localhost", &heard);
	wait_for(&heard);
	ck_assert_int_eq(heard.status, 0);
	ck_assert(has(&heard, "127.0.0.1") || has(&heard, "::1"));
}
END_TEST

START_TEST(names_are_asked_of_the_name_server)
{
	struct heard heard;

	serve(zone, NULL);
	ask("two.test", &heard);
	wait_for(&heard);
	ck_assert_int_eq(heard.status, 0);
	ck_assert_uint_eq(heard.count, 2);
	ck_assert(has(&heard, "127.0.0.1"));
	ck_assert(has(&heard, "127.0.0.2"));
	ask("absent.test", &heard);
	wait_for(&heard);
	ck_assert_int_eq(heard.status, -ENOENT);
	ck_assert_uint_eq(heard.count, 0);
	ask("empty.test", &heard);
	wait_for(&heard);
	ck_assert_int_eq(heard.status, -ENOENT);
}
END_TEST

START_TEST(a_name_server_that_is_not_there_means_try_again)
{
	char text[40];
	struct heard heard;

	snprintf(text, sizeof text, "127.0.0.1:%u", closed_port());
	ck_assert_int_eq(resolver_set_servers(resolver, text, 50), 0);
	ask("one.test", &heard);
	wait_for(&heard);
	ck_assert_int_eq(heard.status, -EAGAIN);
}
END_TEST

START_TEST(what_is_cancelled_is_not_told)
{
	struct heard literal, name, other;

	serve(zone, NULL);
	resolver_cancel(ask("192.0.2.7", &literal));
	resolver_cancel(ask("one.test", &name));
	ask("two.test", &other);
	wait_for(&other);
	ck_assert_uint_eq(literal.calls, 0);
	ck_assert_uint_eq(name.calls, 0);
	ask("absent.test", &name); /* still under way when all is closed */
}
END_TEST

START_TEST(a_refresh_asks_anew_what_was_under_way)
{
	struct heard heard, cancelled;

	serve(NULL, NULL);
	ask("one.test", &heard);
	resolver_cancel(ask("two.test", &cancelled));
	while (dns.requests < 2)
		event_base_loop(event_loop_base(loop), EVLOOP_ONCE);
	dns.zone = zone;
	resolver_refresh(resolver);
	wait_for(&heard);
	ck_assert_int_eq(heard.status, 0);
	ck_assert(has(&heard, "127.0.0.1"));
	ck_assert_uint_eq(heard.calls, 1);
	ck_assert_uint_eq(cancelled.calls, 0);
}
END_TEST

/* ------------------------------------------------------------------------- */
/* Services */

static const struct world_service services[] = {
	{ "_ldap._tcp.corp.test", "backup.corp.test", 389, 10, 0 },
	{ "_ldap._tcp.corp.test", "dc1.corp.test", 389, 0, 100 },
	{ "_ldap._tcp.corp.test", "dc2.corp.test", 390, 0, 100 },
	{ "_none._tcp.corp.test", "", 0, 0, 0 },
	{ "_odd._tcp.corp.test", "dc 1.corp.test", 389, 0, 0 },
	{ "_odd._tcp.corp.test", "a\nb.corp.test", 389, 0, 0 },
	{ "_odd._tcp.corp.test", "good.corp.test", 389, 5, 0 },
	{ NULL, NULL, 0, 0, 0 },
};

static void hear_services(void *context, int status, const struct resolver_service *list,
			  size_t count)
{
	struct heard *heard = context;

	heard->calls++;
	heard->status = status;
	heard->count = count;
	memcpy(heard->services, list, count * sizeof *list);
}

static struct resolver_query *ask_services(const char *name, struct heard *heard)
{
	struct resolver_query *query;

	memset(heard, 0, sizeof *heard);
	ck_assert_int_eq(resolver_lookup_services(resolver, name, hear_services, heard, &query), 0);
	ck_assert_uint_eq(heard->calls, 0);
	return query;
}

START_TEST(services_come_in_order_of_priority)
{
	struct heard heard;
	bool first_is_dc1;

	serve(NULL, services);
	ask_services("_ldap._tcp.corp.test", &heard);
	wait_for(&heard);
	ck_assert_int_eq(heard.status, 0);
	ck_assert_uint_eq(heard.count, 3);
	first_is_dc1 = strcmp(heard.services[0].host, "dc1.corp.test") == 0;
	ck_assert_str_eq(heard.services[first_is_dc1].host, "dc2.corp.test");
	ck_assert_uint_eq(heard.services[first_is_dc1].port, 390);
	ck_assert_uint_eq(heard.services[first_is_dc1].weight, 100);
	ck_assert_str_eq(heard.services[2].host, "backup.corp.test");
	ck_assert_uint_eq(heard.services[2].priority, 10);
}
END_TEST

START_TEST(a_service_that_is_nowhere_is_not_found)
{
	struct heard heard;

	serve(zone, services);
	ask_services("_ldap._tcp.absent.test", &heard);
	wait_for(&heard);
	ck_assert_int_eq(heard.status, -ENOENT);
	/* The name is there, services are not. */
	ask_services("one.test", &heard);
	wait_for(&heard);
	ck_assert_int_eq(heard.status, -ENOENT);
	/* RFC 2782: target "." says that there is no such service here. */
	ask_services("_none._tcp.corp.test", &heard);
	wait_for(&heard);
	ck_assert_int_eq(heard.status, -ENOENT);
	ck_assert_uint_eq(heard.count, 0);
}
END_TEST

START_TEST(targets_that_are_no_host_names_are_left_out)
{
	struct heard heard;

	serve(NULL, services);
	ask_services("_odd._tcp.corp.test", &heard);
	wait_for(&heard);
	ck_assert_int_eq(heard.status, 0);
	ck_assert_uint_eq(heard.count, 1);
	ck_assert_str_eq(heard.services[0].host, "good.corp.test");
}
END_TEST

START_TEST(services_are_cancelled_and_asked_anew_like_addresses)
{
	struct heard heard, cancelled, last;
	char text[40];

	serve(NULL, NULL);
	ask_services("_ldap._tcp.corp.test", &heard);
	resolver_cancel(ask_services("_ldap._tcp.corp.test", &cancelled));
	while (dns.requests < 2)
		event_base_loop(event_loop_base(loop), EVLOOP_ONCE);
	dns.services = services;
	resolver_refresh(resolver);
	wait_for(&heard);
	ck_assert_int_eq(heard.status, 0);
	ck_assert_uint_eq(heard.calls, 1);
	ck_assert_uint_eq(cancelled.calls, 0);

	snprintf(text, sizeof text, "127.0.0.1:%u", closed_port());
	ck_assert_int_eq(resolver_set_servers(resolver, text, 50), 0);
	ask_services("_ldap._tcp.corp.test", &heard);
	wait_for(&heard);
	ck_assert_int_eq(heard.status, -EAGAIN);
	ask_services("_ldap._tcp.corp.test", &last); /* still under way when all is closed */
}
END_TEST

/* As in a large domain. */
START_TEST(answers_that_do_not_fit_into_a_datagram_come_over_tcp)
{
	static char hosts[40][24];
	static struct world_service many[41];
	struct heard heard;

	for (unsigned i = 0; i < 40; i++) {
		snprintf(hosts[i], sizeof hosts[i], "dc%u.corp.test", i);
		many[i] = (struct world_service){ "_ldap._tcp.corp.test", hosts[i], 389,
						  (uint16_t)(40 - i), 0 };
	}
	dns.truncates = true;
	serve(NULL, many);
	ask_services("_ldap._tcp.corp.test", &heard);
	wait_for(&heard);
	ck_assert_int_eq(heard.status, 0);
	ck_assert_uint_eq(heard.count, 40);
	ck_assert_str_eq(heard.services[0].host, "dc39.corp.test");
	ck_assert_uint_eq(dns.connections, 1);
}
END_TEST

/* The name server that was configured first is gone; nobody but a cancelled
 * look-up waits for it any more. */
START_TEST(a_cancelled_lookup_does_not_keep_old_settings)
{
	struct heard heard, cancelled;
	struct name_server first = { 0 };

	name_server_open(&first, loop, resolver);
	resolver_cancel(ask_services("_ldap._tcp.corp.test", &cancelled));
	serve(NULL, services);
	ask_services("_ldap._tcp.corp.test", &heard);
	wait_for(&heard);
	ck_assert_int_eq(heard.status, 0);
	ck_assert_uint_eq(cancelled.calls, 0);
	name_server_close(&first);
}
END_TEST

START_TEST(a_name_that_is_too_long_is_refused)
{
	char name[400];
	struct heard heard;
	struct resolver_query *query;

	memset(name, 'a', sizeof name);
	name[sizeof name - 1] = '\0';
	ck_assert_int_eq(resolver_lookup_services(resolver, name, hear_services, &heard, &query),
			 -EINVAL);
	ck_assert_int_eq(resolver_lookup(resolver, name, 1, hear, &heard, &query), -EINVAL);
}
END_TEST

/* ------------------------------------------------------------------------- */
/* The order of services */

struct drawn {
	const uint32_t *numbers;
	uint32_t limits[8];
	size_t count;
};

static uint32_t draw(void *context, uint32_t limit)
{
	struct drawn *drawn = context;

	drawn->limits[drawn->count] = limit;
	return drawn->numbers[drawn->count++];
}

START_TEST(weights_are_drawn_as_the_rfc_says)
{
	const struct resolver_service given[] = {
		{ "c", 1, 0, 20 },
		{ "x", 1, 9, 0 },
		{ "a", 1, 0, 0 },
		{ "b", 1, 0, 10 },
	};
	const struct {
		uint32_t numbers[2];
		const char *order;
	} rows[] = {
		{ { 0, 0 }, "abcx" },   /* 0: one without weight */
		{ { 30, 10 }, "cbax" }, /* the sum: the last */
		{ { 1, 1 }, "bcax" },   { { 10, 0 }, "bacx" }, { { 11, 0 }, "cabx" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct resolver_service list[4];
		struct drawn drawn = { .numbers = rows[i].numbers };
		char order[5] = "";

		memcpy(list, given, sizeof list);
		services_order(list, 4, draw, &drawn);
		for (unsigned j = 0; j < 4; j++)
			order[j] = list[j].host[0];
		ck_assert_uint_eq(drawn.limits[0], 30);
		ck_assert_str_eq(order + 3, "x");
		ck_assert_int_eq(order[0], rows[i].order[0]);
		ck_assert_int_eq(order[1], rows[i].order[1]);
	}
}
END_TEST

static uint32_t count_up(void *context, uint32_t limit)
{
	uint32_t *state = context;

	*state = *state * 1664525 + 1013904223;
	return (uint32_t)((uint64_t)(*state >> 8) * ((uint64_t)limit + 1) >> 24);
}

START_TEST(heavier_services_come_first_more_often)
{
	uint32_t state = 1;
	unsigned heavy = 0, light = 0;

	for (unsigned i = 0; i < 4000; i++) {
		struct resolver_service list[] = { { "light", 1, 0, 100 }, { "heavy", 1, 0, 300 } };

		services_order(list, 2, count_up, &state);
		heavy += list[0].weight == 300;
		light += list[0].weight == 100;
	}
	ck_assert_uint_eq(heavy + light, 4000);
	ck_assert_uint_gt(heavy, 2850);
	ck_assert_uint_lt(heavy, 3150);
}
END_TEST

START_TEST(host_names_are_told_from_others)
{
	char label[70];

	memset(label, 'a', sizeof label);
	label[63] = '\0';
	ck_assert(resolver_is_host_name(label));
	ck_assert(resolver_is_host_name("dc1.corp.example"));
	ck_assert(resolver_is_host_name("DC_1.corp-2.example"));
	label[63] = 'a';
	label[64] = '\0';
	ck_assert(!resolver_is_host_name(label));
	ck_assert(!resolver_is_host_name(""));
	ck_assert(!resolver_is_host_name("."));
	ck_assert(!resolver_is_host_name(".a"));
	ck_assert(!resolver_is_host_name("a..b"));
	ck_assert(!resolver_is_host_name("a b"));
	ck_assert(!resolver_is_host_name("a\nb"));
	ck_assert(!resolver_is_host_name("\xc3\xa4"));
	ck_assert(!resolver_is_host_name("a/../b"));
}
END_TEST

int main(void)
{
	TCase *addresses = tcase_create("addresses"), *srv = tcase_create("services"),
	      *order = tcase_create("order");
	TCase *const cases[] = { addresses, srv, order, NULL };

	tcase_add_checked_fixture(addresses, setup, teardown);
	tcase_add_checked_fixture(srv, setup, teardown);
	tcase_set_timeout(addresses, 60);
	tcase_set_timeout(srv, 60);
	tcase_add_test(addresses, literals_need_no_name_server);
	tcase_add_test(addresses, the_hosts_file_is_honoured);
	tcase_add_test(addresses, names_are_asked_of_the_name_server);
	tcase_add_test(addresses, a_name_server_that_is_not_there_means_try_again);
	tcase_add_test(addresses, what_is_cancelled_is_not_told);
	tcase_add_test(addresses, a_refresh_asks_anew_what_was_under_way);
	tcase_add_test(srv, services_come_in_order_of_priority);
	tcase_add_test(srv, a_service_that_is_nowhere_is_not_found);
	tcase_add_test(srv, targets_that_are_no_host_names_are_left_out);
	tcase_add_test(srv, services_are_cancelled_and_asked_anew_like_addresses);
	tcase_add_test(srv, answers_that_do_not_fit_into_a_datagram_come_over_tcp);
	tcase_add_test(srv, a_cancelled_lookup_does_not_keep_old_settings);
	tcase_add_test(srv, a_name_that_is_too_long_is_refused);
	tcase_add_test(order, weights_are_drawn_as_the_rfc_says);
	tcase_add_test(order, heavier_services_come_first_more_often);
	tcase_add_test(order, host_names_are_told_from_others);
	return unit_run("resolver", cases);
}
