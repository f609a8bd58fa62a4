#include "platform/udp.h"
#include "stamps.h"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct net_address address(const char *text, uint16_t port)
{
	struct net_address result = { 0 };

	ck_assert_int_eq(net_address_parse(text, port, &result), 0);
	return result;
}

static struct udp_socket *open_socket(const struct udp_options *options)
{
	struct udp_socket *socket;
	struct error error = { 0 };

	ck_assert_msg(udp_open(&socket, options, &error) == 0, "%s", error.text);
	return socket;
}

static struct udp_socket *open_bound(const char *host)
{
	struct udp_options options = { .bind = address(host, 0) };

	return open_socket(&options);
}

static uint16_t port_of(const struct udp_socket *socket)
{
	struct net_address own = { 0 };
	socklen_t length = sizeof own;

	ck_assert_int_eq(getsockname(udp_handle(socket), &own.u.any, &length), 0);
	return net_address_port(&own);
}

static struct udp_socket *open_connected(const char *any, const char *host, uint16_t port,
					 bool send_times)
{
	struct udp_options options = { .bind = address(any, 0),
				       .connect = address(host, port),
				       .send_times = send_times };

	return open_socket(&options);
}

static struct udp_datagram *new_datagrams(unsigned count)
{
	struct udp_datagram *datagrams = calloc(count, sizeof *datagrams);

	ck_assert_ptr_nonnull(datagrams);
	return datagrams;
}

/* Waits for something to happen on the socket, not for time to pass. */
static short wait_for(struct udp_socket *socket)
{
	struct pollfd event = { .fd = udp_handle(socket), .events = POLLIN };

	ck_assert_int_eq(poll(&event, 1, 5000), 1);
	return event.revents;
}

static bool is_quiet(struct udp_socket *socket)
{
	struct pollfd event = { .fd = udp_handle(socket), .events = POLLIN };

	return poll(&event, 1, 0) == 0;
}

static utc_ns system_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * NS_PER_SECOND + now.tv_nsec;
}

static const struct {
	const char *any, *server, *name;
} families[] = { { "0.0.0.0", "127.0.0.1", "IPv4" }, { "::", "::1", "IPv6" } };

static bool family_missing(int family)
{
	struct udp_options options = { .bind = address(families[family].server, 0) };
	struct udp_socket *socket;

	if (udp_open(&socket, &options, NULL) < 0) {
		fprintf(stderr, "skipped: this machine has no %s\n", families[family].name);
		return true;
	}
	udp_close(socket);
	return false;
}

/* Each of COUNT came between BEFORE and now; where nobody stamps them, they say so. */
static void check_receive_stamps(const struct udp_datagram *datagrams, unsigned count,
				 utc_ns before)
{
	bool stamped = !left_out(RECEIVE_STAMPS, "datagrams carry no time stamps");
	utc_ns now = system_now();

	for (unsigned i = 0; i < count; i++) {
		if (!stamped) {
			ck_assert_int_eq(datagrams[i].system_time, 0);
			continue;
		}
		ck_assert_int_ge(datagrams[i].system_time, before);
		ck_assert_int_le(datagrams[i].system_time, now);
	}
}

START_TEST(a_request_and_its_answer)
{
	struct udp_socket *server, *client;
	struct udp_datagram *datagram = new_datagrams(1);
	utc_ns before, sent;
	struct net_address asked;

	if (family_missing(_i))
		return;
	server = open_bound(families[_i].any);
	asked = address(families[_i].server, port_of(server));
	client = open_connected(families[_i].any, families[_i].server, port_of(server), true);

	before = system_now();
	memcpy(datagram->data, "what time is it?", 16);
	datagram->length = 16;
	ck_assert_int_eq(udp_send(client, datagram, 1), 1);

	wait_for(server);
	ck_assert_int_eq(udp_receive(server, datagram, 1), 1);
	ck_assert_uint_eq(datagram->length, 16);
	ck_assert_mem_eq(datagram->data, "what time is it?", 16);
	ck_assert_uint_eq(net_address_port(&datagram->remote), port_of(client));
	ck_assert(net_address_same_host(&datagram->local, &asked));
	ck_assert_uint_gt(datagram->interface, 0);
	check_receive_stamps(datagram, 1, before);

	/* Back as it came. */
	ck_assert_int_eq(udp_send(server, datagram, 1), 1);
	wait_for(client);
	ck_assert_int_eq(udp_receive(client, datagram, 1), 1);
	ck_assert(net_address_equal(&datagram->remote, &asked));

	if (!left_out(TRANSMIT_STAMPS, "nobody tells when a datagram left")) {
		ck_assert_int_eq(udp_sent_time(client, &sent), 0);
		ck_assert_int_ge(sent, before);
		ck_assert_int_le(sent, datagram->system_time);
	} else {
		ck_assert_int_eq(udp_sent_time(client, &sent), -EAGAIN);
	}
	udp_close(server);
	udp_close(client);
	free(datagram);
}
END_TEST

/* A server with one socket for all addresses answers from the one asked. */
START_TEST(the_answer_comes_from_the_address_asked)
{
	struct udp_socket *server, *client;
	struct udp_datagram *datagram;
	struct net_address asked;

	if (left_out(OWN_ADDRESSES && CHOSEN_SOURCES, "the system chooses what we send from"))
		return;
	server = open_bound("0.0.0.0");
	datagram = new_datagrams(1);
	asked = address("127.0.0.2", port_of(server));
	client = open_connected("127.0.0.3", "127.0.0.2", port_of(server), false);
	datagram->length = 4;
	ck_assert_int_eq(udp_send(client, datagram, 1), 1);
	wait_for(server);
	ck_assert_int_eq(udp_receive(server, datagram, 1), 1);
	ck_assert(net_address_same_host(&datagram->local, &asked));
	ck_assert_int_eq(udp_send(server, datagram, 1), 1);
	/* The client is connected: from elsewhere it would not come through. */
	wait_for(client);
	ck_assert_int_eq(udp_receive(client, datagram, 1), 1);
	ck_assert(net_address_equal(&datagram->remote, &asked));
	udp_close(server);
	udp_close(client);
	free(datagram);
}
END_TEST

START_TEST(many_go_in_one_call)
{
	enum { COUNT = 150 };
	struct udp_socket *server, *client;
	struct udp_datagram *datagrams = new_datagrams(COUNT + 1);
	int received = 0;
	utc_ns before;

	if (family_missing(_i))
		return;
	before = system_now();
	server = open_bound(families[_i].server);
	client = open_bound(families[_i].server);
	for (int i = 0; i < COUNT; i++) {
		datagrams[i].remote = address(families[_i].server, port_of(server));
		datagrams[i].length = 48;
		memset(datagrams[i].data, i, 48);
	}
	ck_assert_int_eq(udp_send(client, datagrams, COUNT), COUNT);
	memset(datagrams, 0xff, (COUNT + 1) * sizeof *datagrams);
	wait_for(server);
	received = udp_receive(server, datagrams, COUNT + 1);
	ck_assert_int_eq(received, COUNT);
	for (int i = 0; i < COUNT; i++) {
		ck_assert_uint_eq(datagrams[i].length, 48);
		ck_assert_uint_eq(datagrams[i].data[47], i);
	}
	check_receive_stamps(datagrams, COUNT, before);
	ck_assert(is_quiet(server));
	/* Each has its own address to go back to. */
	ck_assert_int_eq(udp_send(server, datagrams, COUNT), COUNT);
	wait_for(client);
	ck_assert_int_eq(udp_receive(client, datagrams, COUNT), COUNT);
	udp_close(server);
	udp_close(client);
	free(datagrams);
}
END_TEST

START_TEST(nothing_there_is_no_error)
{
	struct udp_socket *socket = open_bound("127.0.0.1");
	struct udp_datagram *datagram = new_datagrams(1);
	utc_ns sent;

	ck_assert_int_eq(udp_receive(socket, datagram, 1), 0);
	ck_assert_int_eq(udp_sent_time(socket, &sent), -EAGAIN);
	ck_assert_int_ne(fcntl(udp_handle(socket), F_GETFL) & O_NONBLOCK, 0);
	ck_assert_int_ne(fcntl(udp_handle(socket), F_GETFD) & FD_CLOEXEC, 0);
	udp_close(socket);
	udp_close(NULL);
	free(datagram);
}
END_TEST

START_TEST(a_closed_port_is_reported_once)
{
	struct udp_socket *server, *client;
	struct udp_datagram *datagram = new_datagrams(1);

	if (family_missing(_i) || left_out(REFUSALS, "nobody is told that a port is closed"))
		return;
	server = open_bound(families[_i].server);
	client = open_connected(families[_i].any, families[_i].server, port_of(server), _i == 1);
	udp_close(server);
	datagram->length = 48;
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(udp_send(client, datagram, 1), 1);
		wait_for(client);
		ck_assert_int_eq(udp_receive(client, datagram, 1), -ECONNREFUSED);
		ck_assert_int_eq(udp_receive(client, datagram, 1), 0);
		ck_assert(is_quiet(client));
		datagram->length = 48;
	}
	/* Unread it does not stand in the way of the next request. */
	ck_assert_int_eq(udp_send(client, datagram, 1), 1);
	wait_for(client);
	ck_assert_int_eq(udp_send(client, datagram, 1), 1);
	udp_close(client);
	free(datagram);
}
END_TEST

START_TEST(only_the_one_asked_may_answer)
{
	struct udp_socket *server = open_bound("127.0.0.1"), *stranger = open_bound("127.0.0.1"),
			  *client = open_connected("0.0.0.0", "127.0.0.1", port_of(server), false);
	struct udp_datagram *datagram = new_datagrams(1);

	datagram->length = 48;
	datagram->remote = address("127.0.0.1", port_of(client));
	ck_assert_int_eq(udp_send(stranger, datagram, 1), 1);
	ck_assert_int_eq(udp_send(server, datagram, 1), 1);
	wait_for(client);
	ck_assert_int_eq(udp_receive(client, datagram, 1), 1);
	ck_assert_uint_eq(net_address_port(&datagram->remote), port_of(server));
	ck_assert(is_quiet(client));
	udp_close(server);
	udp_close(stranger);
	udp_close(client);
	free(datagram);
}
END_TEST

/* The time stamp is the last datagram's, whatever came of those before, and a
 * socket that was not asked for one is not woken for ever. */
START_TEST(the_stamp_is_the_last_ones)
{
	struct udp_socket *server, *client;
	struct udp_datagram *datagram;
	utc_ns sent = 0, before;

	if (left_out(TRANSMIT_STAMPS, "nobody tells when a datagram left"))
		return;
	server = open_bound("127.0.0.1");
	client = open_connected("0.0.0.0", "127.0.0.1", port_of(server), true);
	datagram = new_datagrams(1);
	datagram->length = 48;
	for (int i = 0; i < 10; i++) {
		before = system_now();
		ck_assert_int_eq(udp_send(client, datagram, 1), 1);
		if (i % 3 == 0)
			continue; /* not fetched */
		if (udp_sent_time(client, &sent) == -EAGAIN) {
			wait_for(client);
			ck_assert_int_eq(udp_sent_time(client, &sent), 0);
		}
		ck_assert_int_ge(sent, before);
		ck_assert_int_le(sent, system_now());
	}
	before = system_now();
	ck_assert_int_eq(udp_send(client, datagram, 1), 1);
	wait_for(client);
	ck_assert_int_eq(udp_receive(client, datagram, 1), 0);
	ck_assert(is_quiet(client));
	ck_assert_int_eq(udp_sent_time(client, &sent), 0);
	ck_assert_int_ge(sent, before);
	udp_close(server);
	udp_close(client);
	free(datagram);
}
END_TEST

START_TEST(transmit_stamps_are_told_where_asked_for)
{
	struct udp_options options = { .bind = address("127.0.0.1", 0), .transmit_stamps = true };
	struct udp_socket *server = open_bound("127.0.0.1"), *client = open_socket(&options);
	struct udp_datagram *datagrams = new_datagrams(9);
	struct udp_transmit_stamp transmit_stamps[16];
	utc_ns before = system_now();
	unsigned told = 0;

	for (unsigned i = 0; i < 9; i++) {
		datagrams[i].remote = address("127.0.0.1", port_of(server));
		datagrams[i].length = 48;
		datagrams[i].token = i % 3 == 0 ? 100 + i : 0;
	}
	ck_assert_int_eq(udp_send(client, datagrams, 9), 9);
	if (left_out(TRANSMIT_STAMPS, "nobody tells when a datagram left")) {
		ck_assert_uint_eq(udp_transmit_stamps(client, transmit_stamps, 16), 0);
		ck_assert(is_quiet(client));
		udp_close(server);
		udp_close(client);
		free(datagrams);
		return;
	}
	while ((told += udp_transmit_stamps(client, transmit_stamps + told, 16 - told)) < 3)
		wait_for(client);
	ck_assert_uint_eq(told, 3);
	for (unsigned i = 0; i < 3; i++) {
		ck_assert_uint_eq(transmit_stamps[i].token, 100 + 3 * i);
		ck_assert_int_ge(transmit_stamps[i].system_time, before);
		ck_assert_int_le(transmit_stamps[i].system_time, system_now());
		before = transmit_stamps[i].system_time;
	}
	ck_assert_uint_eq(udp_transmit_stamps(client, transmit_stamps, 16), 0);
	/* Nothing is left that would wake anybody. */
	ck_assert(is_quiet(client));
	/* One that could not be sent is not mistaken for the next. */
	datagrams[0].remote = address("127.0.0.1", 0);
	ck_assert_int_lt(udp_send(client, datagrams, 1), 0);
	before = system_now();
	datagrams[0].remote = address("127.0.0.1", port_of(server));
	datagrams[0].token = 7;
	ck_assert_int_eq(udp_send(client, datagrams, 1), 1);
	while (udp_transmit_stamps(client, transmit_stamps, 16) == 0)
		wait_for(client);
	ck_assert_uint_eq(transmit_stamps[0].token, 7);
	ck_assert_int_ge(transmit_stamps[0].system_time, before);
	/* Who did not want to be told is not, and a late one wakes and is kept. */
	ck_assert_uint_eq(udp_transmit_stamps(server, transmit_stamps, 16), 0);
	datagrams[0].token = 8;
	ck_assert_int_eq(udp_send(client, datagrams, 1), 1);
	wait_for(client);
	ck_assert_int_eq(udp_receive(client, datagrams, 1), 0);
	ck_assert_uint_eq(udp_transmit_stamps(client, transmit_stamps, 16), 1);
	ck_assert_uint_eq(transmit_stamps[0].token, 8);
	udp_close(server);
	udp_close(client);
	free(datagrams);
}
END_TEST

START_TEST(large_datagrams_are_cut)
{
	struct udp_socket *server = open_bound("127.0.0.1"), *client = open_bound("127.0.0.1");
	struct udp_datagram *datagram = new_datagrams(1);
	struct net_address to = address("127.0.0.1", port_of(server));
	static const uint8_t large[UDP_DATAGRAM_MAX + 1000];

	ck_assert_int_eq(sendto(udp_handle(client), large, sizeof large, 0, &to.u.any,
				net_address_length(&to)),
			 sizeof large);
	ck_assert_int_eq(sendto(udp_handle(client), NULL, 0, 0, &to.u.any, net_address_length(&to)),
			 0);
	wait_for(server);
	ck_assert_int_eq(udp_receive(server, datagram, 1), 1);
	ck_assert_uint_eq(datagram->length, UDP_DATAGRAM_MAX);
	wait_for(server);
	ck_assert_int_eq(udp_receive(server, datagram, 1), 1);
	ck_assert_uint_eq(datagram->length, 0);
	udp_close(server);
	udp_close(client);
	free(datagram);
}
END_TEST

START_TEST(what_cannot_be_opened_says_why)
{
	struct udp_options options = { .bind = address("127.0.0.1", 0) };
	struct udp_socket *socket, *other;
	struct error error;

	options.connect = address("::1", 123);
	ck_assert_int_eq(udp_open(&socket, &options, &error), -EAFNOSUPPORT);
	options = (struct udp_options){ .send_times = true };
	ck_assert_int_eq(udp_open(&socket, &options, &error), -EAFNOSUPPORT);
	if (!left_out(OWN_ADDRESSES, "others' IPv4 addresses are taken for all of ours")) {
		options = (struct udp_options){ .bind = address("192.0.2.77", 0) };
		ck_assert_int_eq(udp_open(&socket, &options, &error), -EADDRNOTAVAIL);
		ck_assert_ptr_nonnull(strstr(error.text, "192.0.2.77:0"));
	}
	if (!family_missing(1)) {
		options = (struct udp_options){ .bind = address("2001:db8::77", 0) };
		ck_assert_int_eq(udp_open(&socket, &options, &error), -EADDRNOTAVAIL);
		ck_assert_ptr_nonnull(strstr(error.text, "[2001:db8::77]:0"));
	}
	socket = open_bound("127.0.0.1");
	options.bind = address("127.0.0.1", port_of(socket));
	ck_assert_int_eq(udp_open(&other, &options, &error), -EADDRINUSE);
	udp_close(socket);
}
END_TEST

START_TEST(a_bad_destination_is_an_error)
{
	struct udp_socket *socket = open_bound("127.0.0.1");
	struct udp_datagram *datagrams = new_datagrams(3);

	for (int i = 0; i < 3; i++) {
		datagrams[i].length = 48;
		datagrams[i].remote = address("127.0.0.1", port_of(socket));
	}
	net_address_set_port(&datagrams[1].remote, 0);
	ck_assert_int_eq(udp_send(socket, datagrams, 3), 1);
	ck_assert_int_eq(udp_send(socket, datagrams + 1, 2), -EINVAL);
	ck_assert_int_eq(udp_send(socket, datagrams + 1, 1), -EINVAL);
	ck_assert_int_eq(udp_send(socket, datagrams + 2, 1), 1);
	ck_assert_int_eq(udp_send(socket, datagrams, 0), 0);
	udp_close(socket);
	free(datagrams);
}
END_TEST

/* IPv6 sockets leave IPv4 alone: both can have the port. */
START_TEST(families_do_not_mix)
{
	struct udp_socket *six, *four;
	struct udp_options options;

	if (family_missing(1))
		return;
	six = open_bound("::");
	options = (struct udp_options){ .bind = address("0.0.0.0", port_of(six)) };
	four = open_socket(&options);
	udp_close(six);
	udp_close(four);
}
END_TEST

int main(void)
{
	TCase *udp = tcase_create("udp");
	TCase *const cases[] = { udp, NULL };

	tcase_set_timeout(udp, 30);
	tcase_add_checked_fixture(udp, stamps_begin, stamps_end);
	tcase_add_loop_test(udp, a_request_and_its_answer, 0, 2);
	tcase_add_test(udp, the_answer_comes_from_the_address_asked);
	tcase_add_loop_test(udp, many_go_in_one_call, 0, 2);
	tcase_add_test(udp, nothing_there_is_no_error);
	tcase_add_loop_test(udp, a_closed_port_is_reported_once, 0, 2);
	tcase_add_test(udp, only_the_one_asked_may_answer);
	tcase_add_test(udp, the_stamp_is_the_last_ones);
	tcase_add_test(udp, transmit_stamps_are_told_where_asked_for);
	tcase_add_test(udp, large_datagrams_are_cut);
	tcase_add_test(udp, what_cannot_be_opened_says_why);
	tcase_add_test(udp, a_bad_destination_is_an_error);
	tcase_add_test(udp, families_do_not_mix);
	return unit_run("platform_udp", cases);
}
