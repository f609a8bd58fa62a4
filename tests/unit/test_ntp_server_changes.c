/* NtpServer: new settings while it runs. */
#include "loopback.h"
#include "server_fixture.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

START_TEST(port_moves_and_comes_back)
{
	int client = client_open("127.0.0.1", 0), squatter;
	uint16_t first, second = loopback_free_port();

	bind_to("127.0.0.1");
	start_server();
	first = settings.at.port;
	exchange(client, "127.0.0.1");
	settings.at.port = second;
	configure();
	exchange(client, "127.0.0.1");
	/* The old one is free. */
	squatter = client_open("127.0.0.1", first);
	ck_assert_int_ge(squatter, 0);
	close(squatter);
	settings.at.port = first;
	configure();
	exchange(client, "127.0.0.1");
	close(client);
}
END_TEST

START_TEST(sockets_that_stay_wanted_keep_their_queues)
{
	const char *other = other_address(3);
	int client = client_open("127.0.0.1", 0), visitor = client_open(other, 0);

	if (lacks_other_address())
		return;
	bind_to("127.0.0.1");
	start_server();
	send_request(client, "127.0.0.1", 77);
	bind_to(other);
	bind_to(other);
	settings.nonstandard_modes = false;
	configure();
	ck_assert_uint_eq(receive_answer(client, NULL).origin, 77);
	exchange(visitor, other);
	settings.at.bind_count = 1;
	configure();
	exchange(client, "127.0.0.1");
	close(client);
	close(visitor);
}
END_TEST

START_TEST(port_in_use_is_an_error_that_changes_nothing)
{
	int client = client_open("127.0.0.1", 0), squatter = client_open("127.0.0.1", 0);
	struct ntp_server_settings good;
	struct error error;
	char text[NET_ADDRESS_TEXT_MAX];
	struct net_address taken;

	if (lacks_other_address())
		return;
	bind_to("127.0.0.1");
	start_server();
	good = settings;
	settings.at.port = client_port(squatter);
	settings.at.bind[0] = address(other_address(4), 0);
	bind_to("127.0.0.1");
	settings.rate_limit = 1;
	ck_assert_int_eq(ntp_server_configure(server, &settings, &error), -EADDRINUSE);
	taken = address("127.0.0.1", settings.at.port);
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

static void bind_to_zone(const char *text)
{
	size_t i = settings.at.bind_count++;

	ck_assert_int_eq(net_address_read(text, &settings.at.bind[i], settings.at.bind_zone[i]), 0);
}

/* Neither an interface that is not there nor an address that it does not have is in
 * the way of the others; and they get no foreign one in its place. */
START_TEST(addresses_of_interfaces_are_waited_for)
{
	int client = client_open("127.0.0.1", 0);
	struct net_address absent;

	bind_to_zone("fe80::1:2:3%no-such-thing");
	bind_to_zone("fe80::1:2:3%1");
	bind_to("127.0.0.1");
	start_server();
	exchange(client, "127.0.0.1");
	ntp_server_network_changed(server);
	exchange(client, "127.0.0.1");
	absent = address("fe80::1:2:3%2", settings.at.port);
	ck_assert(!ntp_server_is_at(server, &absent));
	/* None but these. */
	settings.at.bind_count = 2;
	configure();
	ntp_server_network_changed(server);
	settings.at.bind_count = 0;
	settings.at.bind_zone[0][0] = settings.at.bind_zone[1][0] = '\0';
	configure();
	exchange(client, "127.0.0.1");
	close(client);
}
END_TEST

START_TEST(one_address_can_follow_all_and_back)
{
	int client = client_open("127.0.0.1", 0);

	start_server();
	exchange(client, asked_address(2));
	bind_to("127.0.0.1");
	configure();
	exchange(client, "127.0.0.1");
	settings.at.bind_count = 0;
	configure();
	exchange(client, asked_address(2));
	close(client);
}
END_TEST

/* The others do not wait with it. */
START_TEST(an_address_to_come_is_waited_for)
{
	int client = client_open("127.0.0.1", 0);

	start_server();
	bind_to("127.0.0.1");
	bind_to(nobodys_address());
	configure();
	for (int i = 0; i < 3; i++) {
		exchange(client, "127.0.0.1");
		ntp_server_network_changed(server);
	}
	ck_assert_uint_eq(server_said[0], 1);
	settings.at.bind_count = 0;
	configure();
	exchange(client, asked_address(2));
	close(client);
}
END_TEST

/* Nor is it a reason for anybody else not to start. */
START_TEST(a_taken_port_is_waited_for_at_the_start)
{
	int client = client_open("127.0.0.1", 0), squatter = client_open("127.0.0.1", 0);
	struct error error;

	bind_to("127.0.0.1");
	settings.at.port = client_port(squatter);
	start_server_at_its_port();
	ck_assert_uint_eq(server_said[0], 1);
	/* What is known already is in the way of no other change. */
	settings.rate_burst = 5;
	ck_assert_int_eq(ntp_server_configure(server, &settings, &error), 0);
	ntp_server_network_changed(server);
	ck_assert_uint_eq(server_said[0], 1);
	ck_assert_uint_eq(server_said[1], 0);
	close(squatter);
	ntp_server_network_changed(server);
	exchange(client, "127.0.0.1");
	ck_assert_uint_eq(server_said[0], 1);
	ck_assert_uint_eq(server_said[1], 1);
	close(client);
}
END_TEST

START_TEST(disabled_is_closed)
{
	int client = client_open("127.0.0.1", 0), squatter;

	start_server();
	settings.at.enabled = false;
	configure();
	squatter = client_open("0.0.0.0", settings.at.port);
	ck_assert_int_ge(squatter, 0);
	close(squatter);
	settings.at.enabled = true;
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
	many.at.bind_count = SERVED_MAX + 1;
	ck_assert_int_eq(ntp_server_configure(server, &many, &error), -E2BIG);
	many = settings;
	many.allow_count = NTP_SERVER_ALLOW_MAX + 1;
	ck_assert_int_eq(ntp_server_configure(server, &many, &error), -E2BIG);
}
END_TEST

int main(void)
{
	TCase *changes = tcase_create("changes");
	TCase *const cases[] = { changes, NULL };

	tcase_add_checked_fixture(changes, server_set_up, server_tear_down);
	tcase_set_timeout(changes, 3 * PATIENCE);
	tcase_add_test(changes, port_moves_and_comes_back);
	tcase_add_test(changes, sockets_that_stay_wanted_keep_their_queues);
	tcase_add_test(changes, port_in_use_is_an_error_that_changes_nothing);
	tcase_add_test(changes, addresses_of_interfaces_are_waited_for);
	tcase_add_test(changes, one_address_can_follow_all_and_back);
	tcase_add_test(changes, an_address_to_come_is_waited_for);
	tcase_add_test(changes, a_taken_port_is_waited_for_at_the_start);
	tcase_add_test(changes, disabled_is_closed);
	tcase_add_test(changes, too_many_settings_are_refused);
	return unit_run("ntp_server_changes", cases);
}
