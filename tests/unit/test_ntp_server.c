/* NtpServer: what it answers, to whom. */
#include "server_fixture.h"
#include "tests/event_loop.h"

#include <arpa/inet.h>
#include <errno.h>
#include <unistd.h>

/* --- Answers --------------------------------------------------------------- */

START_TEST(time_of_the_served_clock_is_told)
{
	const int64_t ahead = (int64_t)CLOCK_OFFSET * NS_PER_SECOND, slack = NS_PER_SECOND / 1000;
	int client = client_open("127.0.0.1", 0);
	struct ntp_header header;
	utc_ns before, after, receive, transmit;

	bind_to("127.0.0.1");
	start_server();
	before = system_now() + ahead;
	header = exchange(client, "127.0.0.1");
	after = system_now() + ahead;
	ck_assert_int_eq(header.mode, NTP_MODE_SERVER);
	ck_assert_int_eq(header.stratum, 3);
	ck_assert_uint_eq(header.reference_id, 0xc0000201);
	receive = ntp_to_utc(header.receive, before);
	transmit = ntp_to_utc(header.transmit, before);
	ck_assert_int_ge(receive, before - slack);
	ck_assert_int_ge(transmit, receive);
	ck_assert_int_le(transmit, after + slack);
	close(client);
}
END_TEST

START_TEST(time_of_arrival_is_the_kernels)
{
	const int64_t wait_ns = 5000000;
	struct ntp_header header;
	utc_ns receive, transmit, now = system_now() + (int64_t)CLOCK_OFFSET * NS_PER_SECOND, sent;
	int client;

	if (left_out(RECEIVE_STAMPS, "datagrams carry no time stamps"))
		return;
	client = client_open("127.0.0.1", 0);
	bind_to("127.0.0.1");
	start_server();
	send_request(client, "127.0.0.1", 1);
	/* Nobody looks: the request waits in the queue. */
	sent = system_now();
	while (system_now() < sent + wait_ns)
		continue;
	send_request(client, "127.0.0.1", 2);
	header = receive_answer(client, NULL);
	receive = ntp_to_utc(header.receive, now);
	transmit = ntp_to_utc(header.transmit, now);
	ck_assert_uint_eq(header.origin, 1);
	ck_assert_int_ge(transmit - receive, wait_ns);
	header = receive_answer(client, NULL);
	ck_assert_uint_eq(header.origin, 2);
	ck_assert_int_ge(ntp_to_utc(header.receive, now) - receive, wait_ns);
	close(client);
}
END_TEST

static const struct clock_ops *true_ops;
static double told_later;

static int read_later(struct clock *clock, struct clock_reading *reading)
{
	int status = true_ops->read(clock, reading);

	reading->utc = ns_add(reading->utc, told_later);
	return status;
}

static int refuse_translation(struct clock *clock, utc_ns system, struct clock_reading *reading)
{
	(void)clock;
	(void)system;
	(void)reading;
	return -EIO;
}

START_TEST(requests_from_before_a_step_are_dropped)
{
	struct clock_ops stepped = *served_clock->ops, broken = *served_clock->ops;
	int client;

	/* Without, a request came when it is read. */
	if (left_out(RECEIVE_STAMPS, "datagrams carry no time stamps"))
		return;
	client = client_open("127.0.0.1", 0);
	true_ops = served_clock->ops;
	stepped.read = read_later;
	broken.translate = refuse_translation;
	bind_to("127.0.0.1");
	start_server();
	for (int i = 0; i < 3; i++) {
		send_request(client, "127.0.0.1", 1);
		told_later = i == 0 ? 5 : -5;
		served_clock->ops = i < 2 ? &stepped : &broken;
		while (counters().stale <= (unsigned)i)
			ck_assert_int_eq(event_base_loop(event_loop_base(loop), EVLOOP_ONCE), 0);
	}
	served_clock->ops = true_ops;
	exchange(client, "127.0.0.1");
	ck_assert_uint_eq(counters().stale, 3);
	ck_assert_uint_eq(counters().received, 4);
	ck_assert_uint_eq(counters().answered, 1);
	close(client);
}
END_TEST

START_TEST(unsynchronized_at_the_start)
{
	const struct ntp_server_environment environment = { .loop = loop, .clock = served_clock };
	int client = client_open("127.0.0.1", 0);
	struct ntp_header header;

	bind_to("127.0.0.1");
	start_server();
	ntp_server_destroy(server);
	ck_assert_int_eq(ntp_server_create(&server, &environment, &settings, NULL), 0);
	header = exchange(client, "127.0.0.1");
	ck_assert_int_eq(header.leap, NTP_LEAP_UNSYNCHRONIZED);
	ck_assert_int_eq(header.stratum, 0);
	ck_assert_int_le(header.precision, -15);
	ck_assert_uint_ne(header.transmit, 0);
	close(client);
}
END_TEST

START_TEST(both_families_are_served_by_default)
{
	int v4 = client_open("127.0.0.1", 0), v6 = client_open("::1", 0);

	start_server();
	exchange(v4, "127.0.0.1");
	/* The answer comes from the address that was asked. */
	exchange(v4, asked_address(2));
	exchange(v4, asked_address(254));
	close(v4);
	if (v6 < 0)
		return;
	exchange(v6, "::1");
	close(v6);
}
END_TEST

START_TEST(batches_are_answered_whole)
{
	enum { COUNT = 200 };
	int client = client_open("127.0.0.1", 0), size = 1 << 20;
	bool seen[COUNT] = { false };

	setsockopt(client, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
	bind_to("127.0.0.1");
	start_server();
	for (unsigned i = 0; i < COUNT; i++)
		send_request(client, "127.0.0.1", 1 + i);
	for (unsigned i = 0; i < COUNT; i++) {
		struct ntp_header header = receive_answer(client, NULL);

		ck_assert_uint_ge(header.origin, 1);
		ck_assert_uint_le(header.origin, COUNT);
		ck_assert(!seen[header.origin - 1]);
		seen[header.origin - 1] = true;
		ck_assert_uint_ge(header.transmit, header.receive);
	}
	ck_assert_uint_eq(counters().received, COUNT);
	ck_assert_uint_eq(counters().answered, COUNT);
	close(client);
}
END_TEST

START_TEST(everybody_gets_his_own_answer)
{
	int first = client_open("127.0.0.1", 0), second = client_open("127.0.0.1", 0);
	struct net_address from, asked;

	start_server();
	/* One batch; what is dropped leaves a gap that the others fill. */
	send_bytes(first, asked_address(2), "", 1);
	send_request(first, asked_address(3), 3);
	send_bytes(second, asked_address(2), "", 1);
	send_request(second, asked_address(4), 4);
	ck_assert_uint_eq(receive_answer(first, &from).origin, 3);
	asked = address(asked_address(3), settings.at.port);
	ck_assert(net_address_equal(&from, &asked));
	ck_assert_uint_eq(receive_answer(second, &from).origin, 4);
	asked = address(asked_address(4), settings.at.port);
	ck_assert(net_address_equal(&from, &asked));
	close(first);
	close(second);
}
END_TEST

START_TEST(garbage_is_dropped_and_counted)
{
	int client = client_open("127.0.0.1", 0);
	uint8_t data[1500] = { 0 };
	unsigned count = 0;

	bind_to("127.0.0.1");
	start_server();
	send_bytes(client, "127.0.0.1", data, 0);
	count++;
	for (size_t length = 1; length <= sizeof data; length += 47, count++)
		send_bytes(client, "127.0.0.1", data, length);
	/* Every first byte of 48, but for versions 1 to 4 with a client's mode. */
	for (unsigned first = 0; first < 256; first++) {
		unsigned version = first >> 3 & 7, mode = first & 7;

		if (version >= 1 && version <= 4 &&
		    (mode == 1 || mode == 3 || (version == 1 && mode == 0)))
			continue;
		data[0] = (uint8_t)first;
		send_bytes(client, "127.0.0.1", data, NTP_HEADER_SIZE);
		count++;
		/* In small portions, that the queue may not overflow. */
		if (count % 50 == 0)
			event_base_loop(event_loop_base(loop), EVLOOP_NONBLOCK);
	}
	/* The first answer that comes is to what was sent last. */
	exchange(client, "127.0.0.1");
	ck_assert_uint_eq(counters().malformed, count);
	ck_assert_uint_eq(counters().received, count + 1);
	ck_assert_uint_eq(counters().answered, 1);
	close(client);
}
END_TEST

START_TEST(long_requests_get_short_answers)
{
	uint8_t data[120] = { 3 << 3 | NTP_MODE_CLIENT, [119] = 1 };
	int client = client_open("127.0.0.1", 0);

	bind_to("127.0.0.1");
	start_server();
	send_bytes(client, "127.0.0.1", data, sizeof data);
	/* It checks the length. */
	ck_assert_int_eq(receive_answer(client, NULL).version, 3);
	close(client);
}
END_TEST

/* A request that seems to come from the server's own address and port.  False
 * where we may not forge it. */
static bool send_forged(uint16_t port)
{
	struct {
		uint16_t source, destination, length, checksum;
		uint8_t data[NTP_HEADER_SIZE];
	} datagram = { htons(port), htons(port), htons(sizeof datagram), 0, { 0x23 } };
	struct net_address to = address("127.0.0.1", 0);
	int forger = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_UDP);

	if (forger < 0)
		return false;
	ck_assert_int_eq(bind(forger, &to.u.any, net_address_length(&to)), 0);
	ck_assert_int_eq(
		sendto(forger, &datagram, sizeof datagram, 0, &to.u.any, net_address_length(&to)),
		sizeof datagram);
	close(forger);
	return true;
}

START_TEST(nobody_talks_to_himself)
{
	int twin, client = client_open("127.0.0.1", 0);
	unsigned forged;

	bind_to("127.0.0.1");
	start_server();
	forged = send_forged(settings.at.port) ? 1 : 0;
	/* Another address of this machine with the same port is somebody else. */
	twin = client_open("127.0.0.2", settings.at.port);
	exchange(twin, "127.0.0.1");
	exchange(client, "127.0.0.1");
	ck_assert_uint_eq(counters().received, 2 + forged);
	ck_assert_uint_eq(counters().malformed, forged);
	ck_assert_uint_eq(counters().answered, 2);
	close(twin);
	close(client);
}
END_TEST

/* --- Access and rates ------------------------------------------------------ */

START_TEST(denied_clients_hear_nothing)
{
	int friend = client_open("127.0.0.2", 0), stranger = client_open("127.0.0.1", 0);
	uint8_t data[NTP_HEADER_SIZE];

	ck_assert_int_eq(net_prefix_parse("127.0.0.2", &settings.allow[0]), 0);
	settings.allow_count = 1;
	bind_to("127.0.0.1");
	start_server();
	send_request(stranger, "127.0.0.1", 1);
	exchange(friend, "127.0.0.1");
	ck_assert_int_lt(recv(stranger, data, sizeof data, 0), 0);
	ck_assert_uint_eq(counters().denied, 1);
	ck_assert_uint_eq(counters().answered, 1);
	close(friend);
	close(stranger);
}
END_TEST

START_TEST(too_many_requests_are_dropped_or_kissed)
{
	enum { COUNT = 200 };
	int client = client_open("127.0.0.1", 0), sentinel = client_open("127.0.0.2", 0);
	uint8_t data[512];
	unsigned times = 0, kisses = 0;
	ssize_t size;

	settings.rate_limit = 1;
	settings.rate_burst = 1;
	bind_to("127.0.0.1");
	start_server();
	for (unsigned i = 0; i < COUNT; i++)
		send_request(client, "127.0.0.1", 1 + i);
	exchange(sentinel, "127.0.0.1");
	while ((size = recv(client, data, sizeof data, 0)) > 0) {
		struct ntp_packet packet;

		ck_assert_int_eq(ntp_packet_decode(data, (size_t)size, &packet), 0);
		if (packet.header.stratum != 0) {
			times++;
			continue;
		}
		kisses++;
		ck_assert_uint_eq(packet.header.reference_id, NTP_KISS('R', 'A', 'T', 'E'));
		ck_assert_uint_eq(packet.header.transmit, packet.header.origin);
	}
	/* Another one for every second that it took. */
	ck_assert_uint_ge(times, 1);
	ck_assert_uint_le(times, PATIENCE);
	ck_assert_uint_le(kisses, COUNT / 2);
	ck_assert_uint_eq(counters().answered, times + 1);
	ck_assert_uint_eq(counters().kissed, kisses);
	ck_assert_uint_eq(counters().rate_limited, COUNT - times);
	close(client);
	close(sentinel);
}
END_TEST

int main(void)
{
	TCase *answers = tcase_create("answers"), *limits = tcase_create("limits");
	TCase *const cases[] = { answers, limits, NULL };

	for (size_t i = 0; cases[i] != NULL; i++) {
		tcase_add_checked_fixture(cases[i], server_set_up, server_tear_down);
		tcase_set_timeout(cases[i], 3 * PATIENCE);
	}
	tcase_add_test(answers, time_of_the_served_clock_is_told);
	tcase_add_test(answers, time_of_arrival_is_the_kernels);
	tcase_add_test(answers, requests_from_before_a_step_are_dropped);
	tcase_add_test(answers, unsynchronized_at_the_start);
	tcase_add_test(answers, both_families_are_served_by_default);
	tcase_add_test(answers, batches_are_answered_whole);
	tcase_add_test(answers, everybody_gets_his_own_answer);
	tcase_add_test(answers, garbage_is_dropped_and_counted);
	tcase_add_test(answers, long_requests_get_short_answers);
	tcase_add_test(answers, nobody_talks_to_himself);
	tcase_add_test(limits, denied_clients_hear_nothing);
	tcase_add_test(limits, too_many_requests_are_dropped_or_kissed);
	return unit_run("ntp_server", cases);
}
