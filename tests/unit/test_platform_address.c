#include "platform/address.h"
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static struct net_address parsed(const char *text, uint16_t port)
{
	struct net_address address = { 0 };

	ck_assert_msg(net_address_parse(text, port, &address) == 0, "%s", text);
	return address;
}

START_TEST(literals_are_read_and_written)
{
	static const struct {
		const char *text, *host, *with_port;
	} cases[] = {
		{ "192.0.2.1", "192.0.2.1", "192.0.2.1:123" },
		{ "2001:db8::1", "2001:db8::1", "[2001:db8::1]:123" },
		{ "[2001:DB8:0::1]", "2001:db8::1", "[2001:db8::1]:123" },
		{ "::ffff:192.0.2.1", "::ffff:192.0.2.1", "[::ffff:192.0.2.1]:123" },
		{ "[fe80::1%4000000]", "fe80::1%4000000", "[fe80::1%4000000]:123" },
	};
	char buffer[NET_ADDRESS_TEXT_MAX];

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct net_address address = parsed(cases[i].text, 123);

		ck_assert_str_eq(net_address_host_text(&address, buffer), cases[i].host);
		ck_assert_str_eq(net_address_text(&address, buffer), cases[i].with_port);
		ck_assert_uint_eq(net_address_port(&address), 123);
	}
}
END_TEST

START_TEST(a_zone_has_its_interfaces_name)
{
	char name[IF_NAMESIZE], text[NET_ADDRESS_TEXT_MAX], buffer[NET_ADDRESS_TEXT_MAX];
	struct net_address address;

	ck_assert_ptr_nonnull(if_indextoname(1, name));
	snprintf(text, sizeof text, "fe80::1%%%.30s", name);
	address = parsed(text, 123);
	ck_assert_uint_eq(address.u.v6.sin6_scope_id, 1);
	ck_assert_str_eq(net_address_host_text(&address, buffer), text);
}
END_TEST

/* Whether there is an interface is another question than whether the text is right. */
START_TEST(a_zone_need_not_be_there)
{
	static const char *const wrong[] = { "fe80::1%",      "fe80::1%0",
					     "fe80::1%a b",   "fe80::1%sixteen-letters-",
					     "fe80::1%a%b",   "2001:db8::1%eth9",
					     "fe80::1%a/b",   "192.0.2.1%eth9",
					     "fe80::1%a\001", "fe80::1%a\303\244" };
	struct net_address address = { .u.any.sa_family = AF_UNSPEC };
	char zone[NET_ZONE_MAX];

	ck_assert_int_eq(net_address_parse("fe80::1%no-such-thing", 1, &address), -EINVAL);
	ck_assert_int_eq(net_address_read("[fe80::1%no-such-thing]", &address, zone), 0);
	ck_assert_str_eq(zone, "no-such-thing");
	ck_assert_uint_eq(address.u.v6.sin6_scope_id, 0);
	ck_assert_int_eq(net_address_resolve_zone(&address, zone), -ENODEV);
	ck_assert_uint_eq(address.u.v6.sin6_scope_id, 0);
	ck_assert_int_eq(net_address_resolve_zone(&address, "17"), 0);
	ck_assert_uint_eq(address.u.v6.sin6_scope_id, 17);
	ck_assert_int_eq(net_address_resolve_zone(&address, ""), 0);
	ck_assert_uint_eq(address.u.v6.sin6_scope_id, 17);
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		ck_assert_msg(net_address_read(wrong[i], &address, zone) == -EINVAL, "%s",
			      wrong[i]);
}
END_TEST

START_TEST(what_is_no_literal_is_refused)
{
	static const char *const texts[] = {
		"",
		"localhost",
		"192.0.2",
		"192.0.2.1.5",
		"192.0.2.256",
		"[192.0.2.1]",
		"[::1",
		"::1]",
		"[]",
		"[",
		"]",
		"1.2.3.4 ",
		"::1%lo",
		"fe80::1%",
		"fe80::1%0",
		"fe80::1%no-such-interface-at-all",
		"1.2.3.4:5",
		"[::1]:123",
		":::",
		"%lo",
		"fe80::1%lo%lo",
		"0x7f.0.0.1",
		"127.1",
		"fe80::1%a-name-of-an-interface-that-is-longer-than-any",
	};
	struct net_address address = parsed("192.0.2.9", 7);

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		ck_assert_msg(net_address_parse(texts[i], 1, &address) == -EINVAL, "%s", texts[i]);
	ck_assert_uint_eq(net_address_port(&address), 7);
}
END_TEST

START_TEST(addresses_compare_by_host_and_port)
{
	struct net_address a = parsed("192.0.2.1", 123), b = parsed("192.0.2.1", 124),
			   c = parsed("192.0.2.2", 123), unset = { 0 };
	struct net_address link = parsed("fe80::1%1", 1), other = parsed("fe80::1%2", 1);

	ck_assert(net_address_same_host(&a, &b));
	ck_assert(!net_address_equal(&a, &b));
	net_address_set_port(&b, 123);
	ck_assert(net_address_equal(&a, &b));
	ck_assert(!net_address_same_host(&a, &c));
	ck_assert(!net_address_same_host(&a, &unset));
	ck_assert(net_address_equal(&unset, &unset));
	ck_assert(!net_address_same_host(&link, &other));
	ck_assert(!net_address_is_set(&unset));
	ck_assert(net_address_is_v6(&link) && !net_address_is_v6(&a));
}
END_TEST

START_TEST(mapped_addresses_become_ipv4)
{
	struct net_address mapped = parsed("::ffff:192.0.2.1", 99), v4 = parsed("192.0.2.1", 99),
			   v6 = parsed("2001:db8::1", 99), same = v6;

	net_address_unmap(&mapped);
	ck_assert(net_address_equal(&mapped, &v4));
	net_address_unmap(&v6);
	ck_assert(net_address_equal(&v6, &same));
}
END_TEST

START_TEST(bytes_are_in_network_order)
{
	static const uint8_t v4_bytes[] = { 192, 0, 2, 1 };
	struct net_address v4 = parsed("192.0.2.1", 0), v6 = parsed("2001:db8::1", 0);
	size_t length;

	ck_assert_mem_eq(net_address_bytes(&v4, &length), v4_bytes, 4);
	ck_assert_uint_eq(length, 4);
	ck_assert_uint_eq(net_address_bytes(&v6, &length)[0], 0x20);
	ck_assert_uint_eq(length, 16);
}
END_TEST

START_TEST(blocks_hold_their_addresses)
{
	static const struct {
		const char *block, *address;
		bool inside;
	} cases[] = {
		{ "192.0.2.0/24", "192.0.2.255", true },
		{ "192.0.2.0/24", "192.0.3.0", false },
		{ "192.0.2.128/25", "192.0.2.127", false },
		{ "192.0.2.128/25", "192.0.2.200", true },
		{ "0.0.0.0/0", "255.255.255.255", true },
		{ "0.0.0.0/0", "::1", false },
		{ "192.0.2.1", "192.0.2.1", true },
		{ "192.0.2.1", "192.0.2.0", false },
		{ "2001:db8::/33", "2001:db8:7fff::", true },
		{ "2001:db8::/33", "2001:db8:8000::", false },
		{ "::1/128", "::1", true },
		{ "::/0", "2001:db8::1", true },
		{ "::/0", "192.0.2.1", false },
		{ "::1", "::2", false },
		{ "fe80::/10", "fe80::1%3", true },
	};
	struct net_prefix prefix;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct net_address address = parsed(cases[i].address, 5);

		ck_assert_int_eq(net_prefix_parse(cases[i].block, &prefix), 0);
		ck_assert_msg(net_prefix_contains(&prefix, &address) == cases[i].inside, "%s in %s",
			      cases[i].address, cases[i].block);
	}
}
END_TEST

/* Of an interface that is not there nobody can come. */
START_TEST(a_block_with_a_zone_waits_for_its_interface)
{
	struct net_address address = parsed("fe80::1%3", 5), other = parsed("fe80::1%4", 5);
	struct net_prefix prefix;

	ck_assert_int_eq(net_prefix_parse("fe80::1%no-such-thing", &prefix), 0);
	ck_assert(!net_prefix_contains(&prefix, &address));
	ck_assert(!net_prefix_resolve_zone(&prefix));
	ck_assert(!net_prefix_contains(&prefix, &address));
	ck_assert_int_eq(net_prefix_parse("fe80::1%3", &prefix), 0);
	ck_assert(!net_prefix_contains(&prefix, &address));
	ck_assert(net_prefix_resolve_zone(&prefix));
	ck_assert(net_prefix_contains(&prefix, &address));
	ck_assert(!net_prefix_contains(&prefix, &other));
	ck_assert(!net_prefix_resolve_zone(&prefix));
}
END_TEST

START_TEST(blocks_with_stray_bits_are_refused)
{
	static const char *const texts[] = { "192.0.2.1/24", "192.0.2.0/33", "2001:db8::1/64",
					     "::/129",       "192.0.2.0/",   "192.0.2.0/x",
					     "192.0.2.0/-1", "/24",          "localhost/8" };
	struct net_prefix prefix;

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		ck_assert_msg(net_prefix_parse(texts[i], &prefix) == -EINVAL, "%s", texts[i]);
}
END_TEST

int main(void)
{
	TCase *address = tcase_create("address"), *prefix = tcase_create("prefix");
	TCase *const cases[] = { address, prefix, NULL };

	tcase_add_test(address, literals_are_read_and_written);
	tcase_add_test(address, a_zone_has_its_interfaces_name);
	tcase_add_test(address, a_zone_need_not_be_there);
	tcase_add_test(address, what_is_no_literal_is_refused);
	tcase_add_test(address, addresses_compare_by_host_and_port);
	tcase_add_test(address, mapped_addresses_become_ipv4);
	tcase_add_test(address, bytes_are_in_network_order);
	tcase_add_test(prefix, blocks_hold_their_addresses);
	tcase_add_test(prefix, a_block_with_a_zone_waits_for_its_interface);
	tcase_add_test(prefix, blocks_with_stray_bits_are_refused);
	return unit_run("platform_address", cases);
}
