/* The value of NtpServer. */
#include "config/peer_list.h"
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *text, *host;
	uint16_t port;
	uint32_t flags;
	bool flags_given;
} entries[] = {
	{ "time.windows.com,0x9", "time.windows.com", 123, 0x9, true },
	{ "ntp.nict.jp", "ntp.nict.jp", 123, 0, false },
	{ "10.0.2.10,", "10.0.2.10", 123, 0, false },
	{ "a.example,0", "a.example", 123, 0, true },
	{ "a.example,15", "a.example", 123, 0xf, true },
	{ "a_b.example.,0XA", "a_b.example.", 123, 0xa, true },
	{ "host:1123", "host", 1123, 0, false },
	{ "host:65535,0x8", "host", 65535, 8, true },
	{ "[::1]:1123,0x8", "::1", 1123, 8, true },
	{ "[::1]", "::1", 123, 0, false },
	{ "::1", "::1", 123, 0, false },
	{ "2001:db8::1:1123", "2001:db8::1:1123", 123, 0, false },
	{ "fe80::1%eth0", "fe80::1%eth0", 123, 0, false },
	{ "[fe80::1%br-lan.7]:124", "fe80::1%br-lan.7", 124, 0, false },
	{ "192.0.2.1:124", "192.0.2.1", 124, 0, false },
	{ "1.pool.ntp.org", "1.pool.ntp.org", 123, 0, false },
	{ "3com.example", "3com.example", 123, 0, false },
};

START_TEST(entries_are_taken_apart)
{
	for (size_t i = 0; i < sizeof entries / sizeof *entries; i++) {
		struct peer_list list;
		struct error error = { .text = "" };

		ck_assert_msg(peer_list_parse(entries[i].text, &list, &error) == 0, "%s",
			      error.text);
		ck_assert_uint_eq(list.count, 1);
		ck_assert_str_eq(list.entries[0].text, entries[i].text);
		ck_assert_str_eq(list.entries[0].host, entries[i].host);
		ck_assert_uint_eq(list.entries[0].port, entries[i].port);
		ck_assert_uint_eq(list.entries[0].flags, entries[i].flags);
		ck_assert_int_eq(list.entries[0].flags_given, entries[i].flags_given);
	}
}
END_TEST

START_TEST(blanks_separate_entries)
{
	struct peer_list list;

	ck_assert_int_eq(peer_list_parse("  a,0x8\t b:1,0x2  ", &list, NULL), 0);
	ck_assert_uint_eq(list.count, 2);
	ck_assert_str_eq(list.entries[1].host, "b");
	ck_assert_int_eq(peer_list_parse(" \t", &list, NULL), 0);
	ck_assert_uint_eq(list.count, 0);
}
END_TEST

#define NOT_A_HOST(x)                                                                              \
	{                                                                                          \
		x, "peer \"" x "\": neither a host name nor an address"                            \
	}
#define BAD_FLAGS(x)                                                                               \
	{                                                                                          \
		x, "peer \"" x "\": flags are one number from 0x0 to 0xf"                          \
	}
#define BAD_PORT(x)                                                                                \
	{                                                                                          \
		x, "peer \"" x "\": a port is a number from 1 to 65535"                            \
	}

static const struct {
	const char *text, *error;
} wrong[] = {
	{ "10.10.10.1/update", "peer \"10.10.10.1/update\": neither a host name nor an address "
			       "(is a blank missing before the \"/\"?)" },
	NOT_A_HOST(","),
	NOT_A_HOST(",0x8"),
	NOT_A_HOST("-a.example"),
	NOT_A_HOST("a-.example"),
	NOT_A_HOST("a..example"),
	NOT_A_HOST("."),
	NOT_A_HOST("a$b"),
	NOT_A_HOST("b\xC3\xBC"
		   "cher.example"),
	NOT_A_HOST("300.1.1.1"),
	NOT_A_HOST("10.0.2"),
	NOT_A_HOST("12345"),
	NOT_A_HOST("1:2:3"),
	NOT_A_HOST("192.0.2.1%eth0"),
	NOT_A_HOST("fe80::1%"),
	NOT_A_HOST("fe80::1%averyveryverylongname"),
	BAD_FLAGS("a,0x10"),
	BAD_FLAGS("a,x"),
	BAD_FLAGS("a,0x"),
	BAD_FLAGS("a,-1"),
	BAD_FLAGS("a,0x8,b,0x8"),
	BAD_FLAGS("a,0x8;b"),
	BAD_PORT("a:0"),
	BAD_PORT("a:65536"),
	BAD_PORT("a:"),
	BAD_PORT("a:0x7b"),
	BAD_PORT("[::1]:,0x8"),
	{ "[::1", "peer \"[::1\": an address in brackets ends in ] or ]:PORT" },
	{ "[::1]1", "peer \"[::1]1\": an address in brackets ends in ] or ]:PORT" },
	{ "[192.0.2.1]", "peer \"[192.0.2.1]\": only an IPv6 address stands in brackets" },
	{ "[a.example]", "peer \"[a.example]\": only an IPv6 address stands in brackets" },
	{ "[]", "peer \"[]\": only an IPv6 address stands in brackets" },
	{ "a b A,0x8", "peer \"A,0x8\" is the same as \"a\"" },
	{ "a.example a.example.:123", "peer \"a.example.:123\" is the same as \"a.example\"" },
	{ "::1 [0:0::1]:123", "peer \"[0:0::1]:123\" is the same as \"::1\"" },
};

START_TEST(wrong_entries_are_named)
{
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		struct peer_list list;
		struct error error;

		ck_assert_msg(peer_list_parse(wrong[i].text, &list, &error) == -EINVAL, "%s",
			      wrong[i].text);
		ck_assert_str_eq(error.text, wrong[i].error);
	}
}
END_TEST

START_TEST(the_same_host_at_two_ports_is_two_peers)
{
	struct peer_list list;

	ck_assert_int_eq(peer_list_parse("127.0.0.1:1123 127.0.0.1:1124", &list, NULL), 0);
	ck_assert_uint_eq(list.count, 2);
}
END_TEST

START_TEST(sizes_are_limited)
{
	char text[2000] = "";
	struct peer_list list;
	struct error error;

	for (int i = 0; i < 64; i++)
		sprintf(text + strlen(text), "host%d ", i);
	ck_assert_int_eq(peer_list_parse(text, &list, &error), 0);
	ck_assert_uint_eq(list.count, 64);
	strcat(text, "host64");
	ck_assert_int_eq(peer_list_parse(text, &list, &error), -EINVAL);
	ck_assert_str_eq(error.text, "more than 64 peers");
	/* Labels of 63 bytes, names of 253. */
	memset(text, 'a', 64);
	text[63] = '\0';
	ck_assert_int_eq(peer_list_parse(text, &list, &error), 0);
	text[63] = 'a';
	text[64] = '\0';
	ck_assert_int_eq(peer_list_parse(text, &list, &error), -EINVAL);
	for (int i = 0; i < 253; i++)
		text[i] = i % 10 == 9 ? '.' : 'a';
	text[253] = '\0';
	ck_assert_int_eq(peer_list_parse(text, &list, &error), 0);
	strcat(text, "a");
	ck_assert_int_eq(peer_list_parse(text, &list, &error), -EINVAL);
	memset(text, 'a', 300);
	text[300] = '\0';
	ck_assert_int_eq(peer_list_parse(text, &list, &error), -EINVAL);
	ck_assert_str_eq(error.text,
			 "peer \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...\" is longer "
			 "than 299 bytes");
}
END_TEST

int main(void)
{
	TCase *peers = tcase_create("peers");
	TCase *const cases[] = { peers, NULL };

	tcase_add_test(peers, entries_are_taken_apart);
	tcase_add_test(peers, blanks_separate_entries);
	tcase_add_test(peers, wrong_entries_are_named);
	tcase_add_test(peers, the_same_host_at_two_ports_is_two_peers);
	tcase_add_test(peers, sizes_are_limited);
	return unit_run("peer list", cases);
}
