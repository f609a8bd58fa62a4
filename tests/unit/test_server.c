/* The server's rules: what is answered, to whom, how often. */
#include "server/access.h"
#include "server/answer.h"
#include "server/rate.h"
#include "server/receive_times.h"
#include "unit.h"

#include <math.h>
#include <string.h>

#define NOW   (INT64_C(1795000000) * NS_PER_SECOND)
#define NONCE UINT64_C(0x0123456789abcdef)

static const struct announcement synchronized = {
	.leap = NTP_LEAP_INSERT,
	.stratum = 3,
	.precision = -23,
	.reference_id = 0xc0000201,
	.root_delay = 0.015625,
	.root_dispersion = 0.5,
	.computed_at = 100 * NS_PER_SECOND,
	.dispersion_rate = 15e-6,
	.reference_time = NOW - 64 * NS_PER_SECOND,
};

static void make_request(uint8_t data[NTP_HEADER_SIZE], unsigned version, unsigned mode)
{
	struct ntp_header header = {
		.version = (uint8_t)version,
		.mode = (uint8_t)mode,
		.poll = 10,
		.precision = -20,
		.origin = 0x1111,
		.receive = 0x2222,
		.transmit = NONCE,
	};

	ntp_header_encode(&header, data);
}

static enum answer_result ask(const uint8_t *data, size_t length, uint16_t port,
			      const struct announcement *announcement, uint8_t *answer)
{
	const struct answer_request request = {
		.data = data,
		.length = length,
		.port = port,
		.received = NOW,
	};

	return answer_compose(&request, true, announcement, 100 * NS_PER_SECOND, answer);
}

/* --- Answers --------------------------------------------------------------- */

START_TEST(answer_says_what_rfc_5905_asks)
{
	uint8_t data[NTP_HEADER_SIZE], answer[NTP_HEADER_SIZE];
	struct ntp_packet packet;

	make_request(data, 4, NTP_MODE_CLIENT);
	ck_assert_int_eq(ask(data, sizeof data, 4321, &synchronized, answer), ANSWER_SEND);
	answer_set_sent(answer, NOW + 1000);
	ck_assert_int_eq(ntp_packet_decode(answer, sizeof answer, &packet), 0);
	ck_assert_int_eq(packet.header.leap, NTP_LEAP_INSERT);
	ck_assert_int_eq(packet.header.version, 4);
	ck_assert_int_eq(packet.header.mode, NTP_MODE_SERVER);
	ck_assert_int_eq(packet.header.stratum, 3);
	ck_assert_int_eq(packet.header.poll, 10);
	ck_assert_int_eq(packet.header.precision, -23);
	ck_assert_double_eq(packet.header.root_delay, 0.015625);
	ck_assert_double_eq(packet.header.root_dispersion, 0.5);
	ck_assert_uint_eq(packet.header.reference_id, 0xc0000201);
	ck_assert_uint_eq(packet.header.reference, ntp_from_utc(NOW - 64 * NS_PER_SECOND));
	ck_assert_uint_eq(packet.header.origin, NONCE);
	/* The lowest bit says which is which. */
	ck_assert_uint_eq(packet.header.receive, ntp_from_utc(NOW) | 1);
	ck_assert_int_eq(ntp_to_utc(packet.header.receive, NOW), NOW);
	ck_assert_uint_eq(packet.header.transmit & 1, 0);
	ck_assert_int_eq(ntp_to_utc(packet.header.transmit, NOW), NOW + 1000);
}
END_TEST

START_TEST(root_dispersion_grows_with_age)
{
	const struct answer_request request = { .port = 4321, .received = NOW };
	struct answer_request aged = request;
	uint8_t data[NTP_HEADER_SIZE], answer[NTP_HEADER_SIZE];
	struct ntp_packet packet;

	make_request(data, 4, NTP_MODE_CLIENT);
	aged.data = data;
	aged.length = sizeof data;
	answer_compose(&aged, true, &synchronized, 1100 * NS_PER_SECOND, answer);
	ck_assert_int_eq(ntp_packet_decode(answer, sizeof answer, &packet), 0);
	/* Rounded up to 2^-16 s. */
	ck_assert_double_ge(packet.header.root_dispersion, 0.515);
	ck_assert_double_lt(packet.header.root_dispersion, 0.515 + 2.0 / 65536);

	/* It never shrinks below what was announced. */
	answer_compose(&aged, true, &synchronized, 0, answer);
	ck_assert_int_eq(ntp_packet_decode(answer, sizeof answer, &packet), 0);
	ck_assert_double_eq(packet.header.root_dispersion, 0.5);
}
END_TEST

START_TEST(unsynchronized_is_leap_3_and_stratum_0)
{
	struct announcement announcement[3] = { synchronized, synchronized, synchronized };
	uint8_t data[NTP_HEADER_SIZE], answer[NTP_HEADER_SIZE];
	struct ntp_packet packet;

	announcement[0].stratum = 0;
	announcement[1].stratum = 16;
	announcement[2].leap = NTP_LEAP_UNSYNCHRONIZED;
	make_request(data, 4, NTP_MODE_CLIENT);
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(ask(data, sizeof data, 4321, &announcement[i], answer),
				 ANSWER_SEND);
		ck_assert_int_eq(ntp_packet_decode(answer, sizeof answer, &packet), 0);
		ck_assert_int_eq(packet.header.leap, NTP_LEAP_UNSYNCHRONIZED);
		ck_assert_int_eq(packet.header.stratum, 0);
		/* Nobody takes it for a kiss. */
		ck_assert_uint_eq(packet.header.reference_id, 0);
		ck_assert_uint_eq(packet.header.origin, NONCE);
	}
}
END_TEST

START_TEST(reference_time_is_unknown_until_there_is_one)
{
	struct announcement announcement = synchronized;
	uint8_t data[NTP_HEADER_SIZE], answer[NTP_HEADER_SIZE];
	struct ntp_packet packet;

	announcement.reference_time = 0;
	make_request(data, 4, NTP_MODE_CLIENT);
	ask(data, sizeof data, 4321, &announcement, answer);
	ck_assert_int_eq(ntp_packet_decode(answer, sizeof answer, &packet), 0);
	ck_assert_uint_eq(packet.header.reference, 0);

	/* Nor is it ever in the future. */
	announcement.reference_time = NOW + 3600 * NS_PER_SECOND;
	ask(data, sizeof data, 4321, &announcement, answer);
	ck_assert_int_eq(ntp_packet_decode(answer, sizeof answer, &packet), 0);
	ck_assert_uint_eq(packet.header.reference | 1, packet.header.receive);
}
END_TEST

START_TEST(only_requests_are_answered)
{
	uint8_t data[NTP_HEADER_SIZE], answer[NTP_HEADER_SIZE];

	for (unsigned version = 0; version < 8; version++) {
		for (unsigned mode = 0; mode < 8; mode++) {
			bool good = version >= 1 && version <= 4 &&
				    (mode == NTP_MODE_CLIENT || mode == NTP_MODE_SYMMETRIC_ACTIVE ||
				     (mode == NTP_MODE_RESERVED && version == 1));

			make_request(data, version, mode);
			ck_assert_msg((ask(data, sizeof data, 4321, &synchronized, answer) ==
				       ANSWER_SEND) == good,
				      "version %u mode %u", version, mode);
			if (!good)
				continue;
			ck_assert_uint_eq(answer[0] >> 3 & 7, version);
			ck_assert_uint_eq(answer[0] & 7, mode == NTP_MODE_SYMMETRIC_ACTIVE
								 ? NTP_MODE_SYMMETRIC_PASSIVE
								 : NTP_MODE_SERVER);
			/* What we say is nothing that we, or a twin, would answer. */
			ck_assert_int_eq(ask(answer, sizeof answer, NTP_PORT, &synchronized, data),
					 ANSWER_MALFORMED);
		}
	}
}
END_TEST

START_TEST(port_decides_where_there_are_no_modes)
{
	uint8_t data[NTP_HEADER_SIZE], answer[NTP_HEADER_SIZE];

	make_request(data, 1, NTP_MODE_RESERVED);
	ck_assert_int_eq(ask(data, sizeof data, NTP_PORT, &synchronized, answer), ANSWER_MALFORMED);
	make_request(data, 4, NTP_MODE_CLIENT);
	ck_assert_int_eq(ask(data, sizeof data, NTP_PORT, &synchronized, answer), ANSWER_SEND);
	ck_assert_int_eq(ask(data, sizeof data, 0, &synchronized, answer), ANSWER_MALFORMED);
}
END_TEST

START_TEST(symmetric_mode_can_be_refused)
{
	uint8_t data[NTP_HEADER_SIZE], answer[NTP_HEADER_SIZE];
	const struct answer_request request = {
		.data = data, .length = sizeof data, .port = NTP_PORT, .received = NOW
	};

	make_request(data, 3, NTP_MODE_SYMMETRIC_ACTIVE);
	ck_assert_int_eq(answer_compose(&request, true, &synchronized, 0, answer), ANSWER_SEND);
	ck_assert_int_eq(answer_compose(&request, false, &synchronized, 0, answer),
			 ANSWER_MALFORMED);
}
END_TEST

START_TEST(every_well_made_trailer_gets_a_plain_answer)
{
	static const struct {
		unsigned version;
		size_t length;
		bool good;
	} trailers[] = {
		{ 3, 20, true }, { 3, 72, true },  { 4, 20, true },  { 4, 24, true },
		{ 4, 68, true }, { 3, 12, false }, { 4, 16, false }, { 4, 1, false },
	};
	uint8_t data[NTP_HEADER_SIZE + 128] = { 0 }, answer[NTP_HEADER_SIZE];

	for (size_t i = 0; i < sizeof trailers / sizeof trailers[0]; i++) {
		make_request(data, trailers[i].version, NTP_MODE_CLIENT);
		ck_assert_int_eq(ask(data, NTP_HEADER_SIZE + trailers[i].length, 4321,
				     &synchronized, answer),
				 trailers[i].good ? ANSWER_SEND : ANSWER_MALFORMED);
	}
	for (size_t length = 0; length < NTP_HEADER_SIZE; length++)
		ck_assert_int_eq(ask(data, length, 4321, &synchronized, answer), ANSWER_MALFORMED);
}
END_TEST

START_TEST(kiss_names_its_reason_and_no_time)
{
	uint8_t data[NTP_HEADER_SIZE], answer[NTP_HEADER_SIZE];
	struct ntp_packet packet;

	make_request(data, 4, NTP_MODE_CLIENT);
	ask(data, sizeof data, 4321, &synchronized, answer);
	answer_make_kiss(answer);
	ck_assert_int_eq(ntp_packet_decode(answer, sizeof answer, &packet), 0);
	ck_assert_int_eq(packet.header.leap, NTP_LEAP_UNSYNCHRONIZED);
	ck_assert_int_eq(packet.header.stratum, 0);
	ck_assert_uint_eq(packet.header.reference_id, NTP_KISS('R', 'A', 'T', 'E'));
	ck_assert_int_eq(packet.header.mode, NTP_MODE_SERVER);
	ck_assert_int_eq(packet.header.version, 4);
	ck_assert_uint_eq(packet.header.origin, NONCE);
	ck_assert_uint_eq(packet.header.receive, NONCE);
	ck_assert_uint_eq(packet.header.transmit, NONCE);
	ck_assert_uint_eq(packet.header.reference, NONCE);
}
END_TEST

/* --- Receive times -------------------------------------------------------------- */

/* A clock 100 s ahead at NOW that gains a tenth. */
struct fast_clock {
	struct clock base;
	unsigned asked;
};

static int fast_translate(struct clock *clock, utc_ns system, struct clock_reading *reading)
{
	struct fast_clock *self = (struct fast_clock *)clock;

	self->asked++;
	*reading = (struct clock_reading){
		.raw = (system - NOW) / 10 * 11 + 5,
		.utc = NOW + 100 * NS_PER_SECOND + (system - NOW) / 10 * 11,
	};
	return 0;
}

static int fast_read(struct clock *clock, struct clock_reading *reading)
{
	return fast_translate(clock, NOW + NS_PER_SECOND, reading);
}

static const struct clock_ops fast_ops = { .read = fast_read, .translate = fast_translate };

START_TEST(receive_times_are_on_the_served_scale)
{
	/* In no order, one without a stamp. */
	static const int64_t stamps_ms[] = { 300, 0, 100, 900, 200 };
	static struct udp_datagram datagrams[5];
	struct fast_clock clock = { .base.ops = &fast_ops };
	struct receive_times times;

	for (int i = 0; i < 5; i++)
		datagrams[i].system_time = stamps_ms[i] == 0 ? 0 : NOW + stamps_ms[i] * 1000000;
	ck_assert_int_eq(receive_times_measure(&times, &clock.base, datagrams, 5), 0);
	ck_assert_uint_eq(clock.asked, 2);
	ck_assert_int_eq(times.raw, 990000005);
	for (int i = 0; i < 5; i++) {
		/* What has no stamp came last. */
		int64_t ms = stamps_ms[i] == 0 ? 900 : stamps_ms[i];
		utc_ns expected = NOW + 100 * NS_PER_SECOND + ms * 1100000;

		ck_assert_int_ge(receive_times_of(&times, datagrams[i].system_time), expected - 1);
		ck_assert_int_le(receive_times_of(&times, datagrams[i].system_time), expected + 1);
	}
	ck_assert_int_eq(times.oldest, NOW + 100 * NS_PER_SECOND + 110000000);
	ck_assert_int_eq(times.newest, NOW + 100 * NS_PER_SECOND + 990000000);
}
END_TEST

START_TEST(receive_times_without_stamps_are_now)
{
	static struct udp_datagram datagrams[2];
	struct fast_clock clock = { .base.ops = &fast_ops };
	struct receive_times times;

	ck_assert_int_eq(receive_times_measure(&times, &clock.base, datagrams, 2), 0);
	ck_assert_uint_eq(clock.asked, 1);
	ck_assert_int_eq(receive_times_of(&times, 0), NOW + 101100000000);
}
END_TEST

/* --- Access ---------------------------------------------------------------- */

static struct net_address address(const char *text)
{
	struct net_address result;

	ck_assert_int_eq(net_address_parse(text, 4321, &result), 0);
	return result;
}

static bool allows(const struct net_prefix *blocks, size_t count, const char *text)
{
	struct net_address client = address(text);

	return access_allows(blocks, count, &client);
}

START_TEST(blocks_say_who_may_ask)
{
	struct net_prefix blocks[2];

	ck_assert_int_eq(net_prefix_parse("192.0.2.0/24", &blocks[0]), 0);
	ck_assert_int_eq(net_prefix_parse("2001:db8::/32", &blocks[1]), 0);
	ck_assert(allows(blocks, 2, "192.0.2.255"));
	ck_assert(!allows(blocks, 2, "192.0.3.0"));
	ck_assert(allows(blocks, 2, "2001:db8:ffff::1"));
	ck_assert(!allows(blocks, 2, "2001:db9::1"));
	ck_assert(!allows(blocks, 1, "2001:db8::1"));
	ck_assert(allows(blocks, 0, "198.51.100.1"));
	ck_assert(allows(blocks, 0, "::1"));
}
END_TEST

/* --- Rates ----------------------------------------------------------------- */

#define START (1000 * NS_PER_SECOND)

/* How many of COUNT requests at once are answered. */
static unsigned answered(struct rate_limiter *limiter, const struct net_address *client, raw_ns now,
			 unsigned count)
{
	unsigned result = 0;

	while (count-- > 0) {
		if (rate_limiter_check(limiter, client, now) == RATE_ANSWER)
			result++;
	}
	return result;
}

START_TEST(burst_then_rate)
{
	struct rate_limiter *limiter = rate_limiter_create(2, 4);
	struct net_address client = address("192.0.2.1");

	ck_assert_ptr_nonnull(limiter);
	ck_assert_uint_eq(answered(limiter, &client, START, 100), 4);
	ck_assert_uint_eq(answered(limiter, &client, START + NS_PER_SECOND / 2 - 1, 100), 0);
	ck_assert_uint_eq(answered(limiter, &client, START + NS_PER_SECOND / 2, 100), 1);
	ck_assert_uint_eq(answered(limiter, &client, START + NS_PER_SECOND * 3 / 2, 100), 2);
	/* Idle time is saved up to the burst only. */
	ck_assert_uint_eq(answered(limiter, &client, START + 1000 * NS_PER_SECOND, 100), 4);
	rate_limiter_destroy(limiter);
}
END_TEST

START_TEST(long_run_keeps_to_the_rate)
{
	struct rate_limiter *limiter = rate_limiter_create(10, 8);
	struct net_address client = address("2001:db8::1");
	unsigned total = 0;

	for (int i = 0; i < 100000; i++)
		total += answered(limiter, &client, START + i * (NS_PER_SECOND / 1000), 1);
	ck_assert_uint_ge(total, 1000);
	ck_assert_uint_le(total, 1008);
	rate_limiter_destroy(limiter);
}
END_TEST

START_TEST(clients_have_buckets_of_their_own)
{
	struct rate_limiter *limiter = rate_limiter_create(1, 2);
	struct net_address first = address("192.0.2.1"), second = address("192.0.2.2"),
			   here = address("2001:db8:0:1::1"),
			   same = address("2001:db8:0:1:ffff::2"),
			   there = address("2001:db8:0:2::1");

	ck_assert_uint_eq(answered(limiter, &first, START, 9), 2);
	/* Another port is the same client. */
	net_address_set_port(&first, 99);
	ck_assert_uint_eq(answered(limiter, &first, START, 9), 0);
	ck_assert_uint_eq(answered(limiter, &second, START, 9), 2);
	ck_assert_uint_eq(answered(limiter, &here, START, 9), 2);
	ck_assert_uint_eq(answered(limiter, &same, START, 9), 0);
	ck_assert_uint_eq(answered(limiter, &there, START, 9), 2);
	rate_limiter_destroy(limiter);
}
END_TEST

START_TEST(forged_addresses_free_nobody)
{
	struct rate_limiter *limiter = rate_limiter_create(1, 8);
	struct net_address greedy = address("192.0.2.1"), forged = address("10.0.0.0");
	unsigned refused = 0;

	ck_assert_uint_eq(answered(limiter, &greedy, START, 100), 8);
	/* Five times as many as the table holds. */
	for (uint32_t i = 0; i < 5 * 65536; i++) {
		forged.u.v4.sin_addr.s_addr = htonl(UINT32_C(0x0a000000) + i);
		if (rate_limiter_check(limiter, &forged, START) != RATE_ANSWER)
			refused++;
	}
	ck_assert_uint_eq(refused, 0);
	ck_assert_uint_eq(answered(limiter, &greedy, START, 100), 0);
	rate_limiter_destroy(limiter);
}
END_TEST

START_TEST(kisses_are_few_and_far_between)
{
	struct rate_limiter *limiter = rate_limiter_create(1, 1);
	struct net_address client = address("192.0.2.1");
	unsigned early = 0, late = 0;

	answered(limiter, &client, START, 1);
	for (int i = 0; i < 1000000; i++) {
		if (rate_limiter_check(limiter, &client, START) != RATE_KISS)
			continue;
		if (i < 3000)
			early++;
		else
			late++;
	}
	/* Expected 21 and 23. */
	ck_assert_uint_ge(early, 1);
	ck_assert_uint_le(early, 80);
	ck_assert_uint_le(late, 80);
	rate_limiter_destroy(limiter);
}
END_TEST

START_TEST(limits_can_change)
{
	struct rate_limiter *limiter = rate_limiter_create(1, 1000);
	struct net_address client = address("192.0.2.1");

	ck_assert_uint_eq(answered(limiter, &client, START, 2000), 1000);
	/* The debt of the old limit, 1000 s, does not outlive it. */
	rate_limiter_configure(limiter, 1, 2);
	ck_assert_uint_eq(answered(limiter, &client, START, 9), 0);
	ck_assert_uint_eq(answered(limiter, &client, START + 5 * NS_PER_SECOND, 9), 2);
	/* The largest values that can be written. */
	rate_limiter_configure(limiter, UINT32_MAX, UINT32_MAX);
	ck_assert_uint_eq(answered(limiter, &client, START + 5 * NS_PER_SECOND, 9), 9);
	rate_limiter_configure(limiter, 1, UINT32_MAX);
	ck_assert_uint_eq(answered(limiter, &client, START + 5 * NS_PER_SECOND, 9), 9);
	rate_limiter_configure(limiter, 1, 0);
	ck_assert_uint_eq(answered(limiter, &client, START + 500 * NS_PER_SECOND, 9), 1);
	rate_limiter_destroy(limiter);
}
END_TEST

int main(void)
{
	TCase *answers = tcase_create("answers"), *access = tcase_create("access"),
	      *times = tcase_create("receive times"), *rates = tcase_create("rates");
	TCase *const cases[] = { answers, times, access, rates, NULL };

	tcase_add_test(answers, answer_says_what_rfc_5905_asks);
	tcase_add_test(answers, root_dispersion_grows_with_age);
	tcase_add_test(answers, unsynchronized_is_leap_3_and_stratum_0);
	tcase_add_test(answers, reference_time_is_unknown_until_there_is_one);
	tcase_add_test(answers, only_requests_are_answered);
	tcase_add_test(answers, port_decides_where_there_are_no_modes);
	tcase_add_test(answers, symmetric_mode_can_be_refused);
	tcase_add_test(answers, every_well_made_trailer_gets_a_plain_answer);
	tcase_add_test(answers, kiss_names_its_reason_and_no_time);
	tcase_add_test(times, receive_times_are_on_the_served_scale);
	tcase_add_test(times, receive_times_without_stamps_are_now);
	tcase_add_test(access, blocks_say_who_may_ask);
	tcase_add_test(rates, burst_then_rate);
	tcase_add_test(rates, long_run_keeps_to_the_rate);
	tcase_add_test(rates, clients_have_buckets_of_their_own);
	tcase_add_test(rates, forged_addresses_free_nobody);
	tcase_add_test(rates, kisses_are_few_and_far_between);
	tcase_add_test(rates, limits_can_change);
	return unit_run("server", cases);
}
