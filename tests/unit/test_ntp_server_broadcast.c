/* Requests to many servers at once, on loopback, which has addresses for that. */
#include "server_fixture.h"

#include <check.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

START_TEST(requests_to_many_are_dropped_and_counted)
{
	static const char *const many[] = { "127.255.255.255", "224.0.0.1" };
	const struct in_addr loopback = { .s_addr = htonl(INADDR_LOOPBACK) };
	int client = client_open("127.0.0.1", 0), on = 1;

	setsockopt(client, SOL_SOCKET, SO_BROADCAST, &on, sizeof on);
	setsockopt(client, IPPROTO_IP, IP_MULTICAST_IF, &loopback, sizeof loopback);
	start_server();
	for (size_t i = 0; i < 2; i++)
		send_request(client, many[i], 1 + i);
	/* The answer to what is sent afterwards is the first that comes. */
	exchange(client, "127.0.0.1");
	ck_assert_uint_eq(counters().to_many, 2);
	ck_assert_uint_eq(counters().received, 3);
	ck_assert_uint_eq(counters().answered, 1);
	close(client);
}
END_TEST

int main(void)
{
	TCase *many = tcase_create("many");
	TCase *const cases[] = { many, NULL };

	tcase_add_checked_fixture(many, server_set_up, server_tear_down);
	tcase_set_timeout(many, 3 * PATIENCE);
	tcase_add_test(many, requests_to_many_are_dropped_and_counted);
	return unit_run("ntp_server broadcast", cases);
}
