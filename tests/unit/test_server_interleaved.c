/* NtpServer in interleaved mode (RFC 9769): what it keeps, what it tells to whom. */
#include "server/interleaved.h"
#include "server_fixture.h"

#include <string.h>
#include <unistd.h>

/* --- The table --------------------------------------------------------------- */

#define UTC (INT64_C(1795000000) * NS_PER_SECOND)

static struct interleaved_table *table;
static struct net_address alice, bob;

static void open_table(void)
{
	table = interleaved_create();
	ck_assert_ptr_nonnull(table);
	alice = address("192.0.2.1", 1000);
	bob = address("2001:db8::1", 1000);
}

static void close_table(void)
{
	interleaved_destroy(table);
}

static struct clock_reading at(double seconds)
{
	return (struct clock_reading){ .raw = ns_from_seconds(seconds),
				       .utc = ns_add(UTC, seconds) };
}

static ntp_timestamp stamp(double seconds)
{
	return ntp_from_utc(ns_add(UTC, seconds)) | 1;
}

/* An answer to CLIENT's request of SECONDS that left LAG later. */
static ntp_timestamp answered(const struct net_address *client, double seconds, double lag)
{
	const struct clock_reading now = at(seconds), left = at(seconds + lag);
	ntp_timestamp receive = stamp(seconds);
	uint64_t number = interleaved_add(table, client, &now, &receive);

	ck_assert_uint_ne(number, 0);
	interleaved_set_transmit(table, number, &left);
	return receive;
}

static ntp_timestamp taken(const struct net_address *client, double seconds, ntp_timestamp receive)
{
	const struct clock_reading now = at(seconds);

	return interleaved_take_transmit(table, client, &now, receive);
}

START_TEST(what_is_kept_is_told_once)
{
	ntp_timestamp receive = answered(&alice, 10, 1e-5), left = taken(&alice, 74, receive);

	ck_assert_uint_eq(left & 1, 0);
	ck_assert_int_eq(ntp_to_utc(left, UTC), ns_add(UTC, 10.00001));
	ck_assert_uint_eq(taken(&alice, 74, receive), 0);
}
END_TEST

START_TEST(nobody_is_told_what_was_sent_to_others)
{
	const struct net_address other_port = address("192.0.2.1", 2000);
	ntp_timestamp receive = answered(&alice, 10, 1e-5);

	ck_assert_uint_eq(taken(&bob, 20, receive), 0);
	ck_assert_uint_eq(taken(&alice, 20, receive + 2), 0);
	ck_assert_uint_eq(taken(&alice, 20, 0), 0);
	/* Clients change their ports. */
	ck_assert_uint_ne(taken(&other_port, 20, receive), 0);
}
END_TEST

START_TEST(what_has_not_left_is_not_told)
{
	const struct clock_reading now = at(10);
	ntp_timestamp receive = stamp(10);

	interleaved_add(table, &alice, &now, &receive);
	ck_assert_uint_eq(taken(&alice, 11, receive), 0);
}
END_TEST

START_TEST(impossible_transmit_stamps_are_ignored)
{
	ck_assert_uint_eq(taken(&alice, 20, answered(&alice, 10, -1e-3)), 0);
	ck_assert_uint_eq(taken(&alice, 40, answered(&alice, 30, 3)), 0);
	ck_assert_uint_ne(taken(&alice, 60, answered(&alice, 50, 0.1)), 0);
}
END_TEST

START_TEST(two_requests_at_once_are_kept_apart)
{
	ntp_timestamp one = answered(&alice, 10, 1e-5), other = answered(&alice, 10, 2e-5);

	ck_assert_uint_ne(one, other);
	ck_assert_uint_eq(other & 1, 1);
	ck_assert_int_le(ntp_to_utc(other, UTC) - ntp_to_utc(one, UTC), 1);
	ck_assert_int_eq(ntp_to_utc(taken(&alice, 11, other), UTC), ns_add(UTC, 10.00002));
	ck_assert_int_eq(ntp_to_utc(taken(&alice, 11, one), UTC), ns_add(UTC, 10.00001));
}
END_TEST

START_TEST(a_clock_that_was_set_makes_it_void)
{
	ntp_timestamp receive = answered(&alice, 10, 1e-5);
	struct clock_reading now = at(74);

	now.utc += NS_PER_SECOND / 10;
	ck_assert_uint_eq(interleaved_take_transmit(table, &alice, &now, receive), 0);
	/* Steering does not. */
	receive = answered(&alice, 10, 1e-5);
	now = at(74);
	now.utc += 64 * 50000; /* 50 ppm */
	ck_assert_uint_ne(interleaved_take_transmit(table, &alice, &now, receive), 0);
	/* Nor is anything kept for ever. */
	ck_assert_uint_eq(taken(&alice, 6000, answered(&alice, 10, 1e-5)), 0);
}
END_TEST

START_TEST(a_flood_pushes_out_the_oldest)
{
	ntp_timestamp first = answered(&alice, 0, 1e-5), last;
	unsigned kept = 0;

	for (int i = 1; i <= 100000; i++)
		answered(&bob, i * 1e-3, 1e-5);
	ck_assert_uint_eq(taken(&alice, 101, first), 0);
	last = answered(&alice, 101, 1e-5);
	ck_assert_uint_ne(taken(&alice, 102, last), 0);
	for (int i = 90001; i <= 100000; i++)
		kept += taken(&bob, 103, stamp(i * 1e-3)) != 0;
	/* Most of the last ten thousand of 16384 places. */
	ck_assert_uint_gt(kept, 7000);
}
END_TEST

/* --- Exchanges --------------------------------------------------------------- */

/* One request; the header's mode and version are set. */
static struct ntp_header ask(int client, struct ntp_header request)
{
	uint8_t data[NTP_HEADER_SIZE];

	request.version = 4;
	request.mode = NTP_MODE_CLIENT;
	ntp_header_encode(&request, data);
	send_bytes(client, "127.0.0.1", data, sizeof data);
	return receive_answer(client, NULL);
}

/* Lets the server see a time stamp that came after the answer. */
static void let_it_look(int client)
{
	ask(client, (struct ntp_header){ .transmit = 0x7777 });
}

static void serve(void)
{
	bind_to("127.0.0.1");
	start_server();
}

/* There all clients are served as those of the basic mode are. */
#define NOBODY_TELLS "nobody tells when a datagram left"

START_TEST(without_transmit_stamps_answers_are_ordinary)
{
	int client = client_open("127.0.0.1", 0);
	struct ntp_header answer = { 0 };

	serve();
	for (ntp_timestamp i = 1; i < 10; i++) {
		answer = ask(client, (struct ntp_header){ .origin = answer.receive,
							  .receive = i << 32 | 1,
							  .transmit = i << 32 });
		ck_assert_uint_eq(answer.origin, i << 32);
		ck_assert_int_ge((int64_t)(answer.transmit - answer.receive), 0);
	}
	ck_assert_uint_eq(counters().interleaved, 0);
	close(client);
}
END_TEST

START_TEST(who_asks_for_it_is_served_so)
{
	struct ntp_header first, second, third, again;
	int client;

	if (left_out(TRANSMIT_STAMPS, NOBODY_TELLS))
		return;
	client = client_open("127.0.0.1", 0);
	serve();
	first = ask(client, (struct ntp_header){ .transmit = 1000 });
	ck_assert_uint_eq(first.origin, 1000);
	/* Nothing was kept of the first, for it did not ask; the second is told. */
	second = ask(client, (struct ntp_header){
				     .origin = first.receive, .receive = 2001, .transmit = 2000 });
	ck_assert_uint_eq(second.origin, 2000);
	let_it_look(client);
	third = ask(client, (struct ntp_header){
				    .origin = second.receive, .receive = 3001, .transmit = 3000 });
	ck_assert_uint_eq(third.origin, 3001);
	/* It left after what was written into it, and soon. */
	ck_assert_int_ge((int64_t)(third.transmit - second.transmit), 0);
	ck_assert_int_lt((int64_t)(third.transmit - second.transmit), INT64_C(1) << 32);
	ck_assert_int_gt((int64_t)(third.receive - third.transmit), 0);
	ck_assert_uint_eq(third.receive & 1, 1);
	ck_assert_uint_eq(third.transmit & 1, 0);
	ck_assert_uint_eq(counters().interleaved, 1);
	/* Sent again by somebody, it gets a plain answer. */
	again = ask(client, (struct ntp_header){
				    .origin = second.receive, .receive = 3001, .transmit = 3000 });
	ck_assert_uint_eq(again.origin, 3000);
	ck_assert_int_ge((int64_t)(again.transmit - again.receive), 0);
	ck_assert_uint_eq(counters().interleaved, 1);
	close(client);
}
END_TEST

START_TEST(basic_clients_are_served_as_ever)
{
	int client = client_open("127.0.0.1", 0);
	struct ntp_header answer = { 0 };

	serve();
	/* As RFC 5905 has it: the origin is the last transmit time. */
	for (ntp_timestamp i = 1; i < 10; i++) {
		answer = ask(client, (struct ntp_header){ .origin = answer.transmit,
							  .receive = answer.transmit + 5,
							  .transmit = i << 32 });
		ck_assert_uint_eq(answer.origin, i << 32);
	}
	ck_assert_uint_eq(counters().interleaved, 0);
	close(client);
}
END_TEST

START_TEST(equal_time_stamps_do_not_ask_for_it)
{
	int client = client_open("127.0.0.1", 0);
	struct ntp_header answer;

	serve();
	answer = ask(client, (struct ntp_header){ .transmit = 1000 });
	for (int i = 0; i < 4; i++) {
		answer = ask(client, (struct ntp_header){ .origin = answer.receive,
							  .receive = 2000,
							  .transmit = 2000 });
		ck_assert_uint_eq(answer.origin, 2000);
		let_it_look(client);
	}
	ck_assert_uint_eq(counters().interleaved, 0);
	close(client);
}
END_TEST

START_TEST(another_host_is_not_told)
{
	struct ntp_header answer;
	int client, other;

	if (left_out(TRANSMIT_STAMPS, NOBODY_TELLS))
		return;
	client = client_open("127.0.0.1", 0);
	other = client_open("127.0.0.2", 0);
	serve();
	answer = ask(client, (struct ntp_header){ .origin = 1, .receive = 1001, .transmit = 1000 });
	let_it_look(client);
	answer = ask(other, (struct ntp_header){
				    .origin = answer.receive, .receive = 2001, .transmit = 2000 });
	ck_assert_uint_eq(answer.origin, 2000);
	ck_assert_uint_eq(counters().interleaved, 0);
	close(client);
	close(other);
}
END_TEST

START_TEST(many_clients_get_their_own)
{
	enum { CLIENTS = 40, ROUNDS = 4 };
	ntp_timestamp receive[CLIENTS] = { 0 }, written[CLIENTS] = { 0 };
	int clients[CLIENTS];

	serve();
	for (int i = 0; i < CLIENTS; i++)
		clients[i] = client_open("127.0.0.1", 0);
	for (ntp_timestamp round = 1; round <= ROUNDS; round++) {
		for (int i = 0; i < CLIENTS; i++) {
			ntp_timestamp nonce = round << 32 | (unsigned)i << 8;
			struct ntp_header request = { .version = 4,
						      .mode = NTP_MODE_CLIENT,
						      .origin = round == 1 ? 1 : receive[i],
						      .receive = nonce + 1,
						      .transmit = nonce };
			uint8_t data[NTP_HEADER_SIZE];

			ntp_header_encode(&request, data);
			send_bytes(clients[i], "127.0.0.1", data, sizeof data);
		}
		for (int i = 0; i < CLIENTS; i++) {
			struct ntp_header answer = receive_answer(clients[i], NULL);
			ntp_timestamp nonce = round << 32 | (unsigned)i << 8;
			bool interleaved = answer.origin == nonce + 1;

			ck_assert(interleaved || answer.origin == nonce);
			/* Its own, not the neighbour's: not before it was written. */
			if (interleaved && written[i] != 0)
				ck_assert_int_ge((int64_t)(answer.transmit - written[i]), 0);
			if (interleaved)
				ck_assert_int_gt((int64_t)(answer.transmit - receive[i]), 0);
			receive[i] = answer.receive;
			written[i] = interleaved ? 0 : answer.transmit;
		}
		let_it_look(clients[0]);
	}
	if (!left_out(TRANSMIT_STAMPS, NOBODY_TELLS))
		ck_assert_uint_ge(counters().interleaved, CLIENTS * (ROUNDS - 1) * 3 / 4);
	for (int i = 0; i < CLIENTS; i++)
		close(clients[i]);
}
END_TEST

int main(void)
{
	TCase *kept = tcase_create("table"), *exchanges = tcase_create("exchanges");
	TCase *const cases[] = { kept, exchanges, NULL };

	tcase_add_checked_fixture(kept, open_table, close_table);
	tcase_add_checked_fixture(exchanges, server_set_up, server_tear_down);
	tcase_set_timeout(kept, 3 * PATIENCE);
	tcase_set_timeout(exchanges, 3 * PATIENCE);
	tcase_add_test(kept, what_is_kept_is_told_once);
	tcase_add_test(kept, nobody_is_told_what_was_sent_to_others);
	tcase_add_test(kept, what_has_not_left_is_not_told);
	tcase_add_test(kept, impossible_transmit_stamps_are_ignored);
	tcase_add_test(kept, two_requests_at_once_are_kept_apart);
	tcase_add_test(kept, a_clock_that_was_set_makes_it_void);
	tcase_add_test(kept, a_flood_pushes_out_the_oldest);
	if (!TRANSMIT_STAMPS)
		tcase_add_test(exchanges, without_transmit_stamps_answers_are_ordinary);
	tcase_add_test(exchanges, who_asks_for_it_is_served_so);
	tcase_add_test(exchanges, basic_clients_are_served_as_ever);
	tcase_add_test(exchanges, equal_time_stamps_do_not_ask_for_it);
	tcase_add_test(exchanges, another_host_is_not_told);
	tcase_add_test(exchanges, many_clients_get_their_own);
	return unit_run("server interleaved", cases);
}
