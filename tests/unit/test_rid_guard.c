/* Who may ask for signed time in whose name, and how often. */
#include "server/rid_guard.h"

#include <stdio.h>

#include "unit.h"

#define START (1000 * NS_PER_SECOND)
#define HOUR  (3600 * NS_PER_SECOND)

static struct rid_guard *guard;
static struct rid_guard_settings settings;

static struct net_address address(const char *text)
{
	struct net_address result;

	ck_assert_int_eq(net_address_parse(text, 123, &result), 0);
	return result;
}

static void set_up(void)
{
	settings = (struct rid_guard_settings){ .rids_per_address = 4,
						.rids_per_block = 256,
						.period = 3600 };
	guard = rid_guard_create(&settings);
	ck_assert_ptr_nonnull(guard);
}

static void tear_down(void)
{
	rid_guard_destroy(guard);
}

static void exempt(const char *block)
{
	ck_assert_int_eq(net_prefix_parse(block, &settings.exempt[settings.exempt_count++]), 0);
	rid_guard_configure(guard, &settings);
}

static enum rid_guard_verdict check_at(const char *source, uint32_t rid, raw_ns now)
{
	struct net_address client = address(source);

	return rid_guard_check(guard, &client, rid, now);
}

/* How many of COUNT accounts from FIRST on SOURCE gets. */
static unsigned allowed(const char *source, uint32_t first, unsigned count, raw_ns now)
{
	unsigned result = 0;

	for (unsigned i = 0; i < count; i++) {
		if (check_at(source, first + i, now) == RID_GUARD_ALLOWED)
			result++;
	}
	return result;
}

static void expect_report(raw_ns now, const char *source, bool goes_on, unsigned rids,
			  uint64_t requests)
{
	struct rid_guard_report report;
	struct net_prefix expected;

	ck_assert_int_eq(net_prefix_parse(source, &expected), 0);
	ck_assert(rid_guard_take_report(guard, now, &report));
	ck_assert(net_address_same_host(&report.source.address, &expected.address));
	ck_assert_uint_eq(report.source.bits, expected.bits);
	ck_assert_int_eq(report.goes_on, goes_on);
	ck_assert_uint_eq(report.rids, rids);
	ck_assert_uint_eq(report.requests, requests);
}

static void expect_no_report(raw_ns now)
{
	struct rid_guard_report report;

	ck_assert(!rid_guard_take_report(guard, now, &report));
}

START_TEST(a_machine_has_one_account)
{
	ck_assert_uint_eq(allowed("192.0.2.1", 1000, 2000, START), 4);
	ck_assert_int_eq(check_at("192.0.2.1", 2999, START), RID_GUARD_TOO_MANY);
	/* Each of the four goes on. */
	ck_assert_uint_eq(allowed("192.0.2.1", 1000, 2000, START + NS_PER_SECOND), 4);
	/* As does whoever was there before, and who comes. */
	ck_assert_uint_eq(allowed("192.0.2.2", 1500, 1, START), 1);
}
END_TEST

START_TEST(members_go_on_beside_a_harvest)
{
	raw_ns now = START;

	/* This one polls every second, the harvester asks all the time. */
	for (unsigned i = 0; i < 250; i++, now += NS_PER_SECOND) {
		ck_assert_int_eq(check_at("192.0.2.7", 1103, now), RID_GUARD_ALLOWED);
		allowed("192.0.2.1", 1000, 200, now);
	}
}
END_TEST

START_TEST(a_new_period_brings_new_accounts)
{
	ck_assert_uint_eq(allowed("192.0.2.1", 1000, 100, START), 4);
	ck_assert_uint_eq(allowed("192.0.2.1", 2000, 100, START + HOUR - 1), 0);
	ck_assert_uint_eq(allowed("192.0.2.1", 2000, 100, START + HOUR), 4);
	/* Known ones do not count. */
	ck_assert_uint_eq(allowed("192.0.2.1", 1000, 4, START + 2 * HOUR), 4);
	ck_assert_uint_eq(allowed("192.0.2.1", 3000, 100, START + 2 * HOUR), 4);
	/* Whoever has been away for a day and a half is new. */
	ck_assert_uint_eq(allowed("192.0.2.1", 1000, 3000, START + 40 * HOUR), 4);
}
END_TEST

START_TEST(accounts_of_the_system_are_none_of_a_machine)
{
	for (uint32_t rid = 0; rid < 1000; rid++)
		ck_assert_int_eq(check_at("192.0.2.1", rid, START), RID_GUARD_NO_MACHINE);
	expect_no_report(START);
	ck_assert_uint_eq(allowed("192.0.2.1", 1000, 100, START), 4);
}
END_TEST

START_TEST(a_member_need_not_ask_often)
{
	unsigned answers = 0;

	for (unsigned i = 0; i < 100; i++) {
		if (check_at("192.0.2.1", 1103, START) == RID_GUARD_ALLOWED)
			answers++;
	}
	ck_assert_uint_eq(answers, 8);
	ck_assert_int_eq(check_at("192.0.2.1", 1103, START), RID_GUARD_TOO_FAST);
	ck_assert_int_eq(check_at("192.0.2.1", 1103, START + NS_PER_SECOND), RID_GUARD_ALLOWED);
	ck_assert_int_eq(check_at("192.0.2.1", 1103, START + NS_PER_SECOND), RID_GUARD_TOO_FAST);
	/* In its name, not in another's. */
	ck_assert_int_eq(check_at("192.0.2.1", 1104, START), RID_GUARD_ALLOWED);
	ck_assert_int_eq(check_at("192.0.2.2", 1103, START), RID_GUARD_ALLOWED);
}
END_TEST

START_TEST(machines_of_an_ipv6_network_have_addresses_of_their_own)
{
	char text[64];
	unsigned answers = 0;

	/* A whole office starts in the morning. */
	for (unsigned i = 0; i < 200; i++) {
		snprintf(text, sizeof text, "2001:db8:0:1::%x", i + 1);
		answers += allowed(text, 1000 + i, 1, START);
	}
	ck_assert_uint_eq(answers, 200);
	ck_assert_uint_eq(allowed("2001:db8:0:2::1", 1000, 100, START), 4);
	expect_report(START, "2001:db8:0:2::1", false, 96, 96);
	/* Another of its addresses, which it makes up each day. */
	ck_assert_uint_eq(allowed("2001:db8:0:1::ffff", 1000, 1, START), 1);
}
END_TEST

START_TEST(a_block_is_a_source_too)
{
	char text[64];
	unsigned answers = 0;

	for (unsigned i = 0; i < 1000; i++) {
		snprintf(text, sizeof text, "192.0.2.%u", i % 250);
		answers += allowed(text, 1000 + i, 1, START);
	}
	ck_assert_uint_eq(answers, 256);
	expect_report(START, "192.0.2.0/24", false, 744, 744);
	/* An account that is in use there may move to another address. */
	ck_assert_int_eq(check_at("192.0.2.251", 1000, START), RID_GUARD_ALLOWED);
	ck_assert_int_eq(check_at("192.0.2.251", 1999, START), RID_GUARD_TOO_MANY);
	ck_assert_uint_eq(allowed("192.0.3.1", 1999, 1, START), 1);

	settings.rids_per_block = 0;
	rid_guard_configure(guard, &settings);
	ck_assert_int_eq(check_at("192.0.2.251", 1999, START), RID_GUARD_ALLOWED);
}
END_TEST

START_TEST(an_ipv6_block_has_64_bits)
{
	char text[64];
	unsigned answers = 0;

	for (unsigned i = 0; i < 1024; i++) {
		snprintf(text, sizeof text, "2001:db8:0:%x:%x::1", i % 2, i);
		answers += allowed(text, 1000 + i, 1, START);
	}
	/* Two blocks. */
	ck_assert_uint_eq(answers, 512);
	expect_report(START, "2001:db8::/64", false, 256, 256);
	expect_report(START, "2001:db8:0:1::/64", false, 256, 256);
}
END_TEST

START_TEST(many_may_hide_behind_one_address)
{
	exempt("192.0.2.0/28");
	exempt("2001:db8::/32");
	ck_assert_uint_eq(allowed("192.0.2.1", 1000, 500, START), 500);
	ck_assert_uint_eq(allowed("2001:db8::1", 1000, 500, START), 500);
	ck_assert_uint_eq(allowed("192.0.2.16", 1000, 500, START), 4);
	/* None of them counts for the block. */
	ck_assert_uint_eq(allowed("192.0.2.17", 3000, 500, START), 4);
	/* How often holds for all. */
	for (unsigned i = 1; i < 8; i++)
		ck_assert_int_eq(check_at("192.0.2.1", 1000, START), RID_GUARD_ALLOWED);
	ck_assert_int_eq(check_at("192.0.2.1", 1000, START), RID_GUARD_TOO_FAST);
}
END_TEST

static enum rid_guard_verdict forge(uint32_t number, uint32_t rid, raw_ns now)
{
	struct net_address forged = address("10.0.0.0");

	forged.u.v4.sin_addr.s_addr = htonl(UINT32_C(0x0a000000) + number);
	return rid_guard_check(guard, &forged, rid, now);
}

START_TEST(a_flood_of_forged_addresses_locks_nobody_out)
{
	raw_ns now = START;
	unsigned busy = 0, lost = 0;

	ck_assert_int_eq(check_at("192.0.2.7", 1103, now), RID_GUARD_ALLOWED);
	ck_assert_int_eq(check_at("2001:db8::7", 1104, now), RID_GUARD_ALLOWED);
	/* Twenty minutes of 100 a second, from everywhere: more than there is room. */
	for (uint32_t i = 0; i < 1200 * 100; i++) {
		now += NS_PER_SECOND / 100;
		if (forge(i * 257, 1000 + i % 5000, now) == RID_GUARD_BUSY)
			busy++;
		if (i % (64 * 100) == 0 &&
		    (check_at("192.0.2.7", 1103, now) != RID_GUARD_ALLOWED ||
		     check_at("2001:db8::7", 1104, now) != RID_GUARD_ALLOWED))
			lost++;
	}
	ck_assert_uint_eq(lost, 0);
	/* 64 a second are let in. */
	ck_assert_uint_ge(busy, 1200 * 33);
}
END_TEST

START_TEST(requests_in_a_members_name_do_not_take_its_account)
{
	ck_assert_int_eq(check_at("192.0.2.7", 1103, START), RID_GUARD_ALLOWED);
	allowed("192.0.2.7", 1000, 3000, START);
	allowed("192.0.2.7", 1000, 3000, START + HOUR);
	ck_assert_int_eq(check_at("192.0.2.7", 1103, START + HOUR + 64 * NS_PER_SECOND),
			 RID_GUARD_ALLOWED);
}
END_TEST

START_TEST(accounts_that_are_none_come_only_so_often)
{
	struct net_address client = address("10.0.0.0");
	unsigned answered = 0;

	for (uint32_t i = 0; i < 400 * 8; i++) {
		client.u.v4.sin_addr.s_addr = htonl(UINT32_C(0x0a000000) + i % 400 * 257);
		if (rid_guard_check(guard, &client, 1104, START) == RID_GUARD_ALLOWED)
			answered++;
		rid_guard_refuse(guard, &client, 1104, START);
	}
	ck_assert_uint_eq(answered, 2048);
	ck_assert_int_eq(check_at("10.0.0.0", 1104, START), RID_GUARD_BUSY);
	ck_assert_int_eq(check_at("10.0.0.0", 1104, START + NS_PER_SECOND), RID_GUARD_ALLOWED);
	ck_assert_int_eq(check_at("10.0.0.0", 1104, START + NS_PER_SECOND), RID_GUARD_ALLOWED);
}
END_TEST

START_TEST(who_comes_into_a_crowd_is_no_harvester)
{
	raw_ns now = START;
	unsigned answered = 0;

	/* More users than there is room; this one is new and makes room again and again. */
	for (uint32_t i = 0; i < 30 * 60 * 60; i++) {
		now += NS_PER_SECOND / 60;
		forge(i * 257, 1000 + i % 5000, now);
		if (i < 20 * 60 * 60 || i % (16 * 60) != 0)
			continue;
		if (check_at("192.0.2.7", 1103, now) == RID_GUARD_ALLOWED)
			answered++;
	}
	ck_assert_uint_eq(answered, 38);
}
END_TEST

START_TEST(who_harvests_stays_known_in_a_flood)
{
	raw_ns now = START;

	ck_assert_uint_eq(allowed("192.0.2.1", 1000, 2000, now), 4);
	for (uint32_t i = 0; i < 20 * 60 * 64; i++) {
		now += NS_PER_SECOND / 64;
		forge(i * 257, 1000, now);
	}
	ck_assert_uint_eq(allowed("192.0.2.1", 5000, 2000, now), 0);
}
END_TEST

START_TEST(a_whole_company_may_come_in_the_morning)
{
	raw_ns now = START;

	/* 5,000 within three minutes. */
	for (uint32_t i = 0; i < 5000; i++) {
		now += 36 * NS_PER_SECOND / 1000;
		ck_assert_int_eq(forge(i, 1000 + i, now), RID_GUARD_ALLOWED);
	}
}
END_TEST

START_TEST(a_source_is_told_of_once_an_hour)
{
	raw_ns now = START;

	allowed("192.0.2.1", 1000, 5, now);
	expect_report(now, "192.0.2.1", false, 1, 1);
	expect_no_report(now);
	for (unsigned i = 0; i < 3; i++)
		allowed("192.0.2.1", 1000, 2000, now + NS_PER_SECOND);
	expect_no_report(now + HOUR - 1);
	expect_report(now + HOUR, "192.0.2.1", true, 1996, 3 * 1996);
	/* It was quiet for an hour: forgotten. */
	expect_no_report(now + 2 * HOUR);
	allowed("192.0.2.1", 5000, 5, now + 3 * HOUR);
	expect_report(now + 3 * HOUR, "192.0.2.1", false, 1, 1);
}
END_TEST

START_TEST(more_sources_than_can_be_told_of)
{
	struct rid_guard_report report;
	unsigned reports = 0;

	for (uint32_t i = 0; i < 200; i++) {
		for (uint32_t rid = 1000; rid < 1006; rid++)
			forge(i * 256, rid, START + i);
	}
	while (rid_guard_take_report(guard, START + 200, &report))
		reports++;
	ck_assert_uint_eq(reports, 64);
}
END_TEST

int main(void)
{
	TCase *cases_of_harvest = tcase_create("harvest");
	TCase *const cases[] = { cases_of_harvest, NULL };
	TCase *all = cases_of_harvest;

	tcase_add_checked_fixture(all, set_up, tear_down);
	tcase_set_timeout(all, 60);
	tcase_add_test(all, a_machine_has_one_account);
	tcase_add_test(all, members_go_on_beside_a_harvest);
	tcase_add_test(all, a_new_period_brings_new_accounts);
	tcase_add_test(all, accounts_of_the_system_are_none_of_a_machine);
	tcase_add_test(all, a_member_need_not_ask_often);
	tcase_add_test(all, machines_of_an_ipv6_network_have_addresses_of_their_own);
	tcase_add_test(all, a_block_is_a_source_too);
	tcase_add_test(all, an_ipv6_block_has_64_bits);
	tcase_add_test(all, many_may_hide_behind_one_address);
	tcase_add_test(all, a_flood_of_forged_addresses_locks_nobody_out);
	tcase_add_test(all, requests_in_a_members_name_do_not_take_its_account);
	tcase_add_test(all, accounts_that_are_none_come_only_so_often);
	tcase_add_test(all, who_comes_into_a_crowd_is_no_harvester);
	tcase_add_test(all, who_harvests_stays_known_in_a_flood);
	tcase_add_test(all, a_whole_company_may_come_in_the_morning);
	tcase_add_test(all, a_source_is_told_of_once_an_hour);
	tcase_add_test(all, more_sources_than_can_be_told_of);
	return unit_run("harvest", cases);
}
