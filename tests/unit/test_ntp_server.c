/* NtpServer on loopback, with a real event loop, a clock that is 1000 s ahead
 * of the system's, and sockets of our own for clients. */
#include "server/ntp_server.h"

#include "ntp/packet.h"
#include "unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define CLOCK_OFFSET 1000.0

/* s; only a test that is about to fail waits for so long. */
#define PATIENCE 20

static struct event_base *base;
static struct clock *served_clock;
static struct ntp_server *server;
static struct ntp_server_settings settings;

static const struct announcement announced = {
	.stratum = 3,
	.precision = -23,
	.reference_id = 0xc0000201,
	.root_dispersion = 0.5,
	.reference_time = INT64_C(1795000000) * NS_PER_SECOND,
};

/* --- Clients --------------------------------------------------------------- */

static struct net_address address(const char *text, uint16_t port)
{
	struct net_address result;

	ck_assert_int_eq(net_address_parse(text, port, &result), 0);
	return result;
}

/* -1: the machine does not have the family; any other failure is the test's. */
static int client_open(const char *from, uint16_t port)
{
	struct net_address bind_to = address(from, port);
	int client = socket(bind_to.u.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (client < 0)
		return -1;
	if (bind(client, &bind_to.u.any, net_address_length(&bind_to)) != 0) {
		ck_assert_int_eq(errno, EADDRNOTAVAIL);
		close(client);
		return -1;
	}
	return client;
}

static uint16_t client_port(int client)
{
	struct net_address local;
	socklen_t length = sizeof local;

	ck_assert_int_eq(getsockname(client, &local.u.any, &length), 0);
	return net_address_port(&local);
}

/* One that nobody has now. */
static uint16_t free_port(void)
{
	int client = client_open("0.0.0.0", 0);
	uint16_t port;

	ck_assert_int_ge(client, 0);
	port = client_port(client);
	close(client);
	return port;
}

static void send_bytes(int client, const char *to, const void *data, size_t length)
{
	struct net_address remote = address(to, settings.port);

	ck_assert_int_eq(
		sendto(client, data, length, 0, &remote.u.any, net_address_length(&remote)),
		(ssize_t)length);
}

static void send_request(int client, const char *to, ntp_timestamp nonce)
{
	struct ntp_header header = { .version = 4, .mode = NTP_MODE_CLIENT, .transmit = nonce };
	uint8_t data[NTP_HEADER_SIZE];

	ntp_header_encode(&header, data);
	send_bytes(client, to, data, sizeof data);
}

static void on_event(evutil_socket_t handle, short what, void *context)
{
	(void)handle;
	*(short *)context = what;
	event_base_loopbreak(base);
}

/* Runs the loop until CLIENT has something to read. */
static void wait_for(int client)
{
	const struct timeval patience = { .tv_sec = PATIENCE };
	short what = 0;

	ck_assert_int_eq(event_base_once(base, client, EV_READ, on_event, &what, &patience), 0);
	while (what == 0)
		ck_assert_int_eq(event_base_dispatch(base), 0);
	ck_assert_msg(what == EV_READ, "no answer within %d s", PATIENCE);
}

/* The next answer to CLIENT; FROM may be NULL. */
static struct ntp_header receive_answer(int client, struct net_address *from)
{
	struct ntp_packet packet;
	struct net_address remote = { 0 };
	socklen_t length = sizeof remote;
	uint8_t data[512];
	ssize_t size = recvfrom(client, data, sizeof data, 0, &remote.u.any, &length);

	if (size < 0) {
		wait_for(client);
		size = recvfrom(client, data, sizeof data, 0, &remote.u.any, &length);
	}
	ck_assert_int_eq(size, NTP_HEADER_SIZE);
	ck_assert_int_eq(ntp_packet_decode(data, (size_t)size, &packet), 0);
	if (from != NULL)
		*from = remote;
	return packet.header;
}

/* One request and its answer; nothing else may be waiting. */
static struct ntp_header exchange(int client, const char *to)
{
	static ntp_timestamp nonce = 0x5000;
	struct net_address from;
	struct ntp_header header;
	struct net_address asked = address(to, settings.port);

	send_request(client, to, ++nonce);
	header = receive_answer(client, &from);
	ck_assert_uint_eq(header.origin, nonce);
	ck_assert(net_address_equal(&from, &asked));
	return header;
}

static struct ntp_server_counters counters(void)
{
	struct ntp_server_counters result;

	ntp_server_counters(server, &result);
	return result;
}

static utc_ns system_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * NS_PER_SECOND + now.tv_nsec;
}

/* --- The server under test ------------------------------------------------- */

static void set_up(void)
{
	struct error error;

	base = event_base_new();
	ck_assert_ptr_nonnull(base);
	ck_assert_int_eq(clock_open_simulated(&served_clock, CLOCK_OFFSET, 0, &error), 0);
	settings = (struct ntp_server_settings){ .enabled = true, .nonstandard_modes = true };
}

static void tear_down(void)
{
	ntp_server_destroy(server);
	served_clock->ops->close(served_clock);
	event_base_free(base);
}

static void start_server(void)
{
	const struct ntp_server_environment environment = { base, served_clock, NULL };
	struct error error = { 0 };
	int status = -EADDRINUSE;

	/* Somebody may take the port before we do. */
	for (int i = 0; status == -EADDRINUSE && i < 10; i++) {
		settings.port = free_port();
		status = ntp_server_create(&server, &environment, &settings, &error);
	}
	ck_assert_msg(status == 0, "%s", error.text);
	ntp_server_announce(server, &announced);
}

static void bind_to(const char *text)
{
	settings.bind[settings.bind_count++] = address(text, 0);
}

static void configure(void)
{
	struct error error = { 0 };

	ck_assert_msg(ntp_server_configure(server, &settings, &error) == 0, "%s", error.text);
}

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
	int client = client_open("127.0.0.1", 0);
	struct ntp_header header;
	utc_ns receive, transmit, now = system_now() + (int64_t)CLOCK_OFFSET * NS_PER_SECOND, sent;

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

START_TEST(unsynchronized_at_the_start)
{
	const struct ntp_server_environment environment = { base, served_clock, NULL };
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
	exchange(v4, "127.0.0.2");
	exchange(v4, "127.255.255.254");
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
			event_base_loop(base, EVLOOP_NONBLOCK);
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
	uint8_t data[120] = { 3 << 3 | NTP_MODE_CLIENT };
	int client = client_open("127.0.0.1", 0);

	bind_to("127.0.0.1");
	start_server();
	send_bytes(client, "127.0.0.1", data, sizeof data);
	/* It checks the length. */
	ck_assert_int_eq(receive_answer(client, NULL).version, 3);
	close(client);
}
END_TEST

START_TEST(nobody_talks_to_himself)
{
	int client = client_open("127.0.0.2", 0), twin;

	bind_to("127.0.0.1");
	start_server();
	/* Another address of this machine with the same port is somebody else. */
	twin = client_open("127.0.0.2", settings.port);
	exchange(twin, "127.0.0.1");
	ck_assert_uint_eq(counters().malformed, 0);
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

/* --- New settings ---------------------------------------------------------- */

START_TEST(port_moves_and_comes_back)
{
	int client = client_open("127.0.0.1", 0), squatter;
	uint16_t first, second = free_port();

	bind_to("127.0.0.1");
	start_server();
	first = settings.port;
	exchange(client, "127.0.0.1");
	settings.port = second;
	configure();
	exchange(client, "127.0.0.1");
	/* The old one is free. */
	squatter = client_open("127.0.0.1", first);
	ck_assert_int_ge(squatter, 0);
	close(squatter);
	settings.port = first;
	configure();
	exchange(client, "127.0.0.1");
	close(client);
}
END_TEST

START_TEST(sockets_that_stay_wanted_keep_their_queues)
{
	int client = client_open("127.0.0.1", 0);

	bind_to("127.0.0.1");
	start_server();
	send_request(client, "127.0.0.1", 77);
	bind_to("127.0.0.3");
	bind_to("127.0.0.3");
	settings.nonstandard_modes = false;
	configure();
	ck_assert_uint_eq(receive_answer(client, NULL).origin, 77);
	exchange(client, "127.0.0.3");
	settings.bind_count = 1;
	configure();
	exchange(client, "127.0.0.1");
	close(client);
}
END_TEST

START_TEST(port_in_use_is_an_error_that_changes_nothing)
{
	int client = client_open("127.0.0.1", 0), squatter = client_open("127.0.0.1", 0);
	struct ntp_server_settings good;
	struct error error;
	char text[NET_ADDRESS_TEXT_MAX];
	struct net_address taken;

	bind_to("127.0.0.1");
	start_server();
	good = settings;
	settings.port = client_port(squatter);
	settings.bind[0] = address("127.0.0.4", 0);
	bind_to("127.0.0.1");
	settings.rate_limit = 1;
	ck_assert_int_eq(ntp_server_configure(server, &settings, &error), -EADDRINUSE);
	taken = address("127.0.0.1", settings.port);
	net_address_text(&taken, text);
	ck_assert_msg(strstr(error.text, text) != NULL, "%s", error.text);
	settings = good;
	for (int i = 0; i < 5; i++)
		exchange(client, "127.0.0.1");
	ck_assert_uint_eq(counters().rate_limited, 0);
	close(client);
	close(squatter);
}
END_TEST

START_TEST(one_address_can_follow_all_and_back)
{
	int client = client_open("127.0.0.1", 0);

	start_server();
	exchange(client, "127.0.0.2");
	bind_to("127.0.0.1");
	configure();
	exchange(client, "127.0.0.1");
	settings.bind_count = 0;
	configure();
	exchange(client, "127.0.0.2");
	close(client);
}
END_TEST

START_TEST(all_addresses_are_restored_when_one_cannot_follow)
{
	int client = client_open("127.0.0.1", 0);
	struct error error;

	start_server();
	bind_to("127.0.0.1");
	bind_to("203.0.113.1"); /* RFC 5737: nobody's */
	ck_assert_int_eq(ntp_server_configure(server, &settings, &error), -EADDRNOTAVAIL);
	ck_assert_msg(strstr(error.text, "203.0.113.1") != NULL, "%s", error.text);
	ck_assert_ptr_null(strstr(error.text, "is lost"));
	exchange(client, "127.0.0.2");
	close(client);
}
END_TEST

START_TEST(disabled_is_closed)
{
	int client = client_open("127.0.0.1", 0), squatter;

	start_server();
	settings.enabled = false;
	configure();
	squatter = client_open("0.0.0.0", settings.port);
	ck_assert_int_ge(squatter, 0);
	close(squatter);
	settings.enabled = true;
	configure();
	exchange(client, "127.0.0.1");
	close(client);
}
END_TEST

START_TEST(too_many_settings_are_refused)
{
	struct ntp_server_settings many;
	struct error error;

	start_server();
	many = settings;
	many.bind_count = NTP_SERVER_BIND_MAX + 1;
	ck_assert_int_eq(ntp_server_configure(server, &many, &error), -E2BIG);
	many = settings;
	many.allow_count = NTP_SERVER_ALLOW_MAX + 1;
	ck_assert_int_eq(ntp_server_configure(server, &many, &error), -E2BIG);
}
END_TEST

int main(void)
{
	TCase *answers = tcase_create("answers"), *limits = tcase_create("limits"),
	      *changes = tcase_create("changes");
	TCase *const cases[] = { answers, limits, changes, NULL };

	for (size_t i = 0; cases[i] != NULL; i++) {
		tcase_add_checked_fixture(cases[i], set_up, tear_down);
		tcase_set_timeout(cases[i], 3 * PATIENCE);
	}
	tcase_add_test(answers, time_of_the_served_clock_is_told);
	tcase_add_test(answers, time_of_arrival_is_the_kernels);
	tcase_add_test(answers, unsynchronized_at_the_start);
	tcase_add_test(answers, both_families_are_served_by_default);
	tcase_add_test(answers, batches_are_answered_whole);
	tcase_add_test(answers, garbage_is_dropped_and_counted);
	tcase_add_test(answers, long_requests_get_short_answers);
	tcase_add_test(answers, nobody_talks_to_himself);
	tcase_add_test(limits, denied_clients_hear_nothing);
	tcase_add_test(limits, too_many_requests_are_dropped_or_kissed);
	tcase_add_test(changes, port_moves_and_comes_back);
	tcase_add_test(changes, sockets_that_stay_wanted_keep_their_queues);
	tcase_add_test(changes, port_in_use_is_an_error_that_changes_nothing);
	tcase_add_test(changes, one_address_can_follow_all_and_back);
	tcase_add_test(changes, all_addresses_are_restored_when_one_cannot_follow);
	tcase_add_test(changes, disabled_is_closed);
	tcase_add_test(changes, too_many_settings_are_refused);
	return unit_run("ntp_server", cases);
}
