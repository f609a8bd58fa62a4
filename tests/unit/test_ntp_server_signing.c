/* NtpServer: requests for signed time, with a signer that is not Samba's. */
#include "server_fixture.h"
#include "tests/event_loop.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fake_signd.h"
#include "ntp/mssntp.h"
#include "platform/local_connect.h"
#include "platform/wait.h"
#include "server/signd_client.h"

static int client;

static struct {
	unsigned event, count;
	char text[1024];
} last_record;
static unsigned connections_wanted;

static void set_up_signing(void)
{
	memset(&last_record, 0, sizeof last_record);
	connections_wanted = 0;
	signal(SIGPIPE, SIG_IGN);
	server_set_up();
	fake_signd_set_up(loop);
	fake_signd_start();
	snprintf(settings.signing.path, sizeof settings.signing.path, "%s", fake_signd_path);
	settings.signing.guard = (struct rid_guard_settings){ .rids_per_address = 4,
							      .rids_per_block = 256,
							      .period = 3600 };
	client = client_open("127.0.0.1", 0);
	bind_to("127.0.0.1");
}

static void tear_down_signing(void)
{
	close(client);
	fake_signd_tear_down();
	server_tear_down();
}

/* --- Requests and answers ----------------------------------------------------- */

static void write_request(uint8_t *data, uint32_t rid, ntp_timestamp nonce)
{
	const struct mssntp_identifier identifier = { .form = MSSNTP_LEGACY, .rid = rid };
	struct ntp_header header = { .version = 3, .mode = NTP_MODE_CLIENT, .transmit = nonce };

	ntp_header_encode(&header, data);
	ck_assert_int_eq(mssntp_request_write(&identifier, data, MSSNTP_LEGACY_SIZE),
			 MSSNTP_LEGACY_SIZE);
}

static void ask_as(int from, uint32_t rid, ntp_timestamp nonce)
{
	uint8_t data[MSSNTP_LEGACY_SIZE];

	write_request(data, rid, nonce);
	send_bytes(from, "127.0.0.1", data, sizeof data);
}

static void ask(uint32_t rid, ntp_timestamp nonce)
{
	ask_as(client, rid, nonce);
}

static void on_patience(evutil_socket_t handle, short what, void *context)
{
	(void)handle;
	(void)what;
	*(bool *)context = true;
}

static uint64_t ended(void)
{
	struct mssntp_server_counters count = counters().signing;

	return count.answered + count.ignored + count.limited + count.refused + count.failed;
}

/* Until COUNT signed requests have come to their end. */
static void wait_for_end(uint64_t count)
{
	struct timeval patience = { .tv_sec = PATIENCE };
	bool over = false;
	struct event *timer = evtimer_new(event_loop_base(loop), on_patience, &over);

	evtimer_add(timer, &patience);
	while (ended() < count && !over)
		ck_assert_int_eq(event_base_loop(event_loop_base(loop), EVLOOP_ONCE), 0);
	event_free(timer);
	ck_assert_uint_eq(ended(), count);
}

/* The length of what TO got, 0: nothing. */
static size_t receive_at(int to, uint8_t data[512])
{
	ssize_t length = recv(to, data, 512, MSG_DONTWAIT);

	if (length < 0)
		ck_assert_int_eq(errno, EAGAIN);
	return length < 0 ? 0 : (size_t)length;
}

static void expect_silence(void)
{
	uint8_t data[512];

	ck_assert_uint_eq(receive_at(client, data), 0);
}

static struct ntp_header expect_signed_at(int to, uint32_t key, ntp_timestamp nonce)
{
	struct pollfd there = { .fd = to, .events = POLLIN };
	uint8_t data[512], checksum[16];
	struct ntp_packet packet;

	/* It was sent, but a busy kernel may take its time to deliver it. */
	ck_assert_int_eq(poll(&there, 1, PATIENCE * 1000), 1);
	ck_assert_uint_eq(receive_at(to, data), MSSNTP_LEGACY_SIZE);
	ck_assert_int_eq(ntp_packet_decode(data, NTP_HEADER_SIZE, &packet), 0);
	ck_assert_uint_eq(packet.header.origin, nonce);
	ck_assert_uint_eq(packet.header.version, 3);
	ck_assert_uint_eq(data[48] | data[49] << 8, key & 0xffff);
	/* Over the very header that is sent, its last byte too. */
	fake_signd_checksum(key, data, checksum);
	ck_assert_mem_eq(data + 52, checksum, sizeof checksum);
	return packet.header;
}

static struct ntp_header expect_signed(uint32_t key, ntp_timestamp nonce)
{
	return expect_signed_at(client, key, nonce);
}

/* --- Signed answers ----------------------------------------------------------- */

START_TEST(a_member_gets_signed_time)
{
	const int64_t ahead = (int64_t)CLOCK_OFFSET * NS_PER_SECOND, slack = NS_PER_SECOND / 1000;
	utc_ns before, after, receive, transmit;
	struct ntp_header header;

	start_server();
	/* Later ones are told when they will be sent. */
	for (uint32_t i = 1; i <= 8; i++) {
		before = system_now() + ahead;
		ask(1103, i);
		wait_for_end(i);
		after = system_now() + ahead;
		header = expect_signed(1103, i);
		ck_assert_int_eq(header.mode, NTP_MODE_SERVER);
		ck_assert_int_eq(header.stratum, 3);
		receive = ntp_to_utc(header.receive, before);
		transmit = ntp_to_utc(header.transmit, before);
		ck_assert_int_ge(receive, before - slack);
		ck_assert_int_ge(transmit, receive);
		ck_assert_int_le(transmit, after + slack);
	}
	ck_assert_uint_eq(counters().received, 8);
	ck_assert_uint_eq(counters().answered, 8);
	ck_assert_uint_eq(counters().signing.received, 8);
	ck_assert_uint_eq(fake_signd_connections, 1);
}
END_TEST

/* An answer says when it will have been signed, as far as that is known. */
START_TEST(what_a_signature_takes_is_reckoned_with)
{
	const int64_t ahead = (int64_t)CLOCK_OFFSET * NS_PER_SECOND, slack = NS_PER_SECOND / 1000;
	utc_ns before, after, receive, transmit;
	struct ntp_header header;

	settings.signing.guard.rids_per_address = 100;
	fake_signd_behave(1103, FAKE_SLOW);
	start_server();
	for (uint32_t i = 1; i <= 8; i++) {
		ask(1103, i);
		wait_for_end(i);
		expect_signed(1103, i);
	}
	for (uint32_t i = 9; i <= 14; i++) {
		fake_signd_behave(1100 + i, FAKE_SLOW);
		before = system_now() + ahead;
		ask(1100 + i, i);
		wait_for_end(i);
		after = system_now() + ahead;
		header = expect_signed(1100 + i, i);
		receive = ntp_to_utc(header.receive, before);
		transmit = ntp_to_utc(header.transmit, before);
		ck_assert_int_ge(transmit, receive + FAKE_SLOW_NS);
		ck_assert_int_le(transmit, after + slack);
	}
	/* One that is signed faster than all before is not far in the future. */
	before = system_now() + ahead;
	ask(1099, 15);
	wait_for_end(15);
	after = system_now() + ahead;
	transmit = ntp_to_utc(expect_signed(1099, 15).transmit, before);
	ck_assert_int_le(transmit, after + slack);
}
END_TEST

START_TEST(another_controller_gets_it_in_its_mode)
{
	uint8_t data[MSSNTP_LEGACY_SIZE];

	start_server();
	write_request(data, 1103, 7);
	data[0] = 3 << 3 | NTP_MODE_SYMMETRIC_ACTIVE;
	data[51] = 0x80; /* the older key */
	send_bytes(client, "127.0.0.1", data, sizeof data);
	wait_for_end(1);
	ck_assert_int_eq(expect_signed(1103 | UINT32_C(1) << 31, 7).mode,
			 NTP_MODE_SYMMETRIC_PASSIVE);

	settings.nonstandard_modes = false;
	configure();
	send_bytes(client, "127.0.0.1", data, sizeof data);
	while (counters().malformed == 0)
		ck_assert_int_eq(event_base_loop(event_loop_base(loop), EVLOOP_ONCE), 0);
	expect_silence();
}
END_TEST

START_TEST(many_members_get_their_own)
{
	enum { COUNT = 100 };
	int members[COUNT];
	char text[32];

	settings.at.bind_count = 0;
	start_server();
	for (unsigned i = 0; i < COUNT; i++) {
		snprintf(text, sizeof text, "127.0.1.%u", i + 1);
		members[i] = client_open(text, 0);
		ask_as(members[i], 1100 + i, 1 + i);
	}
	wait_for_end(COUNT);
	for (unsigned i = 0; i < COUNT; i++) {
		expect_signed_at(members[i], 1100 + i, 1 + i);
		close(members[i]);
	}
}
END_TEST

START_TEST(the_answer_comes_from_the_address_that_was_asked)
{
	uint8_t data[MSSNTP_LEGACY_SIZE];
	struct net_address from, asked = { 0 };
	socklen_t length = sizeof from;

	settings.at.bind_count = 0;
	start_server();
	asked = address(asked_address(9), settings.at.port);
	write_request(data, 1103, 7);
	send_bytes(client, asked_address(9), data, sizeof data);
	wait_for_end(1);
	ck_assert_int_eq(
		poll(&(struct pollfd){ .fd = client, .events = POLLIN }, 1, PATIENCE * 1000), 1);
	ck_assert_int_eq(recvfrom(client, data, sizeof data, 0, &from.u.any, &length),
			 MSSNTP_LEGACY_SIZE);
	ck_assert(net_address_equal(&from, &asked));
}
END_TEST

START_TEST(others_do_not_wait_for_the_signer)
{
	double began;

	fake_signd_behave(1103, FAKE_SILENT);
	start_server();
	began = wait_clock();
	for (unsigned i = 0; i < 8; i++)
		ask(1103, 1 + i);
	for (unsigned i = 0; i < 20; i++)
		ck_assert_int_eq(exchange(client, "127.0.0.1").stratum, 3);
	/* On a busy machine the signer's time may be over. */
	ck_assert(ended() == 0 || wait_clock() - began > 0.9 * SIGND_CLIENT_TIME_MAX);
	wait_for_end(8);
	ck_assert_uint_eq(counters().signing.failed, 8);
	expect_silence();
}
END_TEST

/* --- Silence ------------------------------------------------------------------ */

static const struct {
	size_t length;
	unsigned version, mode;
	size_t set; /* a byte that is made 1 */
	uint32_t rid;
} odd_requests[] = {
	{ 68, 4, NTP_MODE_CLIENT, 0, 1103 },   { 68, 1, NTP_MODE_CLIENT, 0, 1103 },
	{ 68, 3, NTP_MODE_CLIENT, 0, 0 },      { 68, 3, NTP_MODE_CLIENT, 0, 500 },
	{ 68, 3, NTP_MODE_CLIENT, 0, 999 },    { 120, 3, NTP_MODE_CLIENT, 0, 1103 },
	{ 120, 3, NTP_MODE_CLIENT, 53, 1103 }, /* as Windows sends it */
};

START_TEST(what_cannot_be_signed_gets_no_answer)
{
	uint8_t data[MSSNTP_EXTENDED_SIZE] = { 0 };

	start_server();
	write_request(data, 1103, 7);
	data[0] = (uint8_t)(odd_requests[_i].version << 3 | odd_requests[_i].mode);
	for (unsigned i = 0; i < 4; i++)
		data[48 + i] = (uint8_t)(odd_requests[_i].rid >> (8 * i));
	if (odd_requests[_i].set != 0)
		data[odd_requests[_i].set] = 1;
	send_bytes(client, "127.0.0.1", data, odd_requests[_i].length);
	wait_for_end(1);
	expect_silence();
	ck_assert_uint_eq(counters().signing.answered, 0);
	ck_assert_uint_eq(fake_signd_asked, 0);
}
END_TEST

START_TEST(a_symmetric_key_is_none_of_this)
{
	uint8_t data[MSSNTP_LEGACY_SIZE];

	start_server();
	write_request(data, 1, 7);
	data[60] = 1;
	send_bytes(client, "127.0.0.1", data, sizeof data);
	ck_assert_uint_eq(receive_answer(client, NULL).origin, 7);
	ck_assert_uint_eq(counters().signing.received, 0);
}
END_TEST

START_TEST(who_has_no_signer_does_not_answer)
{
	settings.signing.path[0] = '\0';
	start_server();
	ask(1103, 7);
	wait_for_end(1);
	expect_silence();
	ck_assert_uint_eq(counters().signing.ignored, 1);
	exchange(client, "127.0.0.1");
}
END_TEST

START_TEST(what_the_signer_refuses_gets_no_answer)
{
	fake_signd_behave(1104, FAKE_FAIL);
	fake_signd_behave(1105, FAKE_CLOSE);
	start_server();
	ask(1104, 1);
	ask(1105, 2);
	ask(1103, 3);
	wait_for_end(3);
	expect_signed(1103, 3);
	expect_silence();
	ask(1104, 4);
	wait_for_end(4);
	expect_silence();
	ck_assert_uint_eq(counters().signing.refused, 3);
}
END_TEST

START_TEST(an_access_list_may_say_who_gets_it)
{
	int other = client_open("127.0.0.2", 0);

	ck_assert_int_eq(net_prefix_parse("127.0.0.2", &settings.signing.sign_for[0]), 0);
	settings.signing.sign_for_count = 1;
	start_server();
	ask(1103, 1);
	ask_as(other, 1103, 2);
	wait_for_end(2);
	expect_silence();
	expect_signed_at(other, 1103, 2);
	ck_assert_uint_eq(counters().signing.ignored, 1);
	close(other);
}
END_TEST

START_TEST(only_the_newer_form_means_none)
{
	settings.signing.extended_only = true;
	start_server();
	ask(1103, 1);
	wait_for_end(1);
	expect_silence();
	settings.signing.extended_only = false;
	configure();
	ask(1103, 2);
	wait_for_end(2);
	expect_signed(1103, 2);
}
END_TEST

START_TEST(a_limited_client_gets_no_kiss)
{
	settings.rate_limit = 1;
	settings.rate_burst = 1;
	start_server();
	ask(1103, 1);
	wait_for_end(1);
	expect_signed(1103, 1);
	for (unsigned i = 0; i < 50; i++)
		ask(1103, 2 + i);
	while (counters().rate_limited < 50)
		ck_assert_int_eq(event_base_loop(event_loop_base(loop), EVLOOP_ONCE), 0);
	expect_silence();
	ck_assert_uint_eq(counters().kissed, 0);
	ck_assert_uint_eq(counters().signing.received, 1);
}
END_TEST

/* --- Harvests ----------------------------------------------------------------- */

static void on_record(void *context, const struct log_record *record)
{
	(void)context;
	last_record.event = record->event;
	last_record.count++;
	snprintf(last_record.text, sizeof last_record.text, "%s", record->text);
}

static void start_logged_server(struct log *log)
{
	const struct ntp_server_environment environment = { .loop = loop,
							    .clock = served_clock,
							    .log = log };
	struct error error;

	start_server();
	ntp_server_destroy(server);
	ck_assert_int_eq(ntp_server_create(&server, &environment, &settings, &error), 0);
}

START_TEST(a_harvester_gets_four_and_a_member_its_time)
{
	struct log_sink sink = { .threshold = LOG_LEVEL_INFORMATION, .write = on_record };
	struct log *log = log_create();
	int member = client_open("127.0.0.2", 0);

	log_add_sink(log, &sink);
	start_logged_server(log);
	for (unsigned i = 0; i < 2000; i++) {
		ask(1000 + i, 1 + i);
		if (i % 500 == 250) {
			ask_as(member, 1103, i);
			wait_for_end(i + 1 + i / 500 + 1);
			expect_signed_at(member, 1103, i);
		}
		wait_for_end(i + 1 + (i + 250) / 500);
	}
	for (unsigned i = 0; i < 4; i++)
		expect_signed(1000 + i, 1 + i);
	expect_silence();
	ck_assert_uint_eq(counters().signing.limited, 1996);
	ck_assert_uint_eq(last_record.count, 1);
	ck_assert_uint_eq(last_record.event, EVENT_TIMEROASTING);
	ck_assert_ptr_nonnull(strstr(last_record.text, "127.0.0.1 has asked"));
	close(member);
	ntp_server_destroy(server);
	server = NULL;
	log_destroy(log);
}
END_TEST

START_TEST(ignored_forms_are_told_of_once_a_day)
{
	struct log_sink sink = { .threshold = LOG_LEVEL_INFORMATION, .write = on_record };
	struct log *log = log_create();

	log_add_sink(log, &sink);
	settings.signing.extended_only = true;
	start_logged_server(log);
	for (unsigned i = 0; i < 3; i++)
		ask(1103, i);
	wait_for_end(3);
	ck_assert_uint_eq(last_record.count, 1);
	ck_assert_uint_eq(last_record.event, EVENT_LEGACY_REQUEST_IGNORED);
	ntp_server_destroy(server);
	server = NULL;
	log_destroy(log);
}
END_TEST

/* --- Changes ------------------------------------------------------------------ */

START_TEST(a_reload_forgets_what_is_under_way)
{
	if (lacks_other_address())
		return;
	fake_signd_behave(1103, FAKE_SILENT);
	start_server();
	ask(1103, 1);
	while (fake_signd_asked == 0)
		ck_assert_int_eq(event_base_loop(event_loop_base(loop), EVLOOP_ONCE), 0);
	/* Its socket is closed. */
	settings.at.bind_count = 0;
	bind_to(other_address(2));
	configure();
	fake_signd_behave(1103, FAKE_SIGN);
	fake_signd_stop();
	fake_signd_start();
	wait_for_end(1);
	ck_assert_uint_eq(counters().signing.failed, 1);
	expect_silence();

	/* To another signer, and to none. */
	settings.at.bind_count = 0;
	bind_to("127.0.0.1");
	configure();
	ask(1103, 2);
	wait_for_end(2);
	expect_signed(1103, 2);
	settings.signing.path[0] = '\0';
	configure();
	ask(1103, 3);
	wait_for_end(3);
	expect_silence();
}
END_TEST

START_TEST(a_reload_that_fails_changes_nothing)
{
	struct ntp_server_settings other;
	struct error error;
	int squatter = client_open("127.0.0.1", 0);

	start_server();
	other = settings;
	other.signing.path[0] = '\0';
	other.at.port = client_port(squatter);
	ck_assert_int_lt(ntp_server_configure(server, &other, &error), 0);
	ask(1103, 1);
	wait_for_end(1);
	expect_signed(1103, 1);
	close(squatter);
}
END_TEST

START_TEST(a_step_makes_answers_stale)
{
	fake_signd_behave(1103, FAKE_SILENT);
	start_server();
	ask(1103, 1);
	while (fake_signd_asked == 0)
		ck_assert_int_eq(event_base_loop(event_loop_base(loop), EVLOOP_ONCE), 0);
	/* What was stamped is in the future now; the signer signs the second time,
	 * when it is stamped anew: by then the request came later than it left. */
	ck_assert_int_eq(served_clock->ops->step(served_clock, -5), 0);
	fake_signd_behave(1103, FAKE_SIGN);
	fake_signd_stop();
	fake_signd_start();
	wait_for_end(1);
	ck_assert_uint_eq(counters().signing.failed, 1);
	expect_silence();
}
END_TEST

static int want_connection(void *context)
{
	ck_assert_ptr_eq(context, &connections_wanted);
	connections_wanted++;
	return 0;
}

START_TEST(somebody_else_may_connect)
{
	const struct ntp_server_environment environment = {
		.loop = loop,
		.clock = served_clock,
		.connect_signer = want_connection,
		.context = &connections_wanted,
	};
	struct error error;
	socket_handle handle;

	/* Not where it is looked for. */
	memcpy(settings.signing.path, "/nowhere/socket", 16);
	start_server();
	ntp_server_destroy(server);
	ck_assert_int_eq(ntp_server_create(&server, &environment, &settings, &error), 0);
	ask(1103, 1);
	while (connections_wanted == 0)
		ck_assert_int_eq(event_base_loop(event_loop_base(loop), EVLOOP_ONCE), 0);
	ck_assert_int_eq(local_connect(fake_signd_path, &handle), 0);
	ntp_server_signer_connected(server, 0, handle);
	wait_for_end(1);
	expect_signed(1103, 1);

	/* Nobody waits any more. */
	settings.signing.path[0] = '\0';
	configure();
	ck_assert_int_eq(local_connect(fake_signd_path, &handle), 0);
	ntp_server_signer_connected(server, 0, handle);
	ntp_server_signer_connected(server, -EPERM, SOCKET_HANDLE_NONE);
}
END_TEST

int main(void)
{
	TCase *answers = tcase_create("answers"), *silence = tcase_create("silence"),
	      *harvests = tcase_create("harvests"), *changes = tcase_create("changes");
	TCase *const cases[] = { answers, silence, harvests, changes, NULL };

	for (unsigned i = 0; cases[i] != NULL; i++)
		tcase_add_checked_fixture(cases[i], set_up_signing, tear_down_signing);
	tcase_add_test(answers, a_member_gets_signed_time);
	tcase_add_test(answers, what_a_signature_takes_is_reckoned_with);
	tcase_add_test(answers, another_controller_gets_it_in_its_mode);
	tcase_add_test(answers, many_members_get_their_own);
	tcase_add_test(answers, the_answer_comes_from_the_address_that_was_asked);
	tcase_add_test(answers, others_do_not_wait_for_the_signer);
	tcase_add_loop_test(silence, what_cannot_be_signed_gets_no_answer, 0,
			    sizeof odd_requests / sizeof *odd_requests);
	tcase_add_test(silence, a_symmetric_key_is_none_of_this);
	tcase_add_test(silence, who_has_no_signer_does_not_answer);
	tcase_add_test(silence, what_the_signer_refuses_gets_no_answer);
	tcase_add_test(silence, an_access_list_may_say_who_gets_it);
	tcase_add_test(silence, only_the_newer_form_means_none);
	tcase_add_test(silence, a_limited_client_gets_no_kiss);
	tcase_add_test(harvests, a_harvester_gets_four_and_a_member_its_time);
	tcase_add_test(harvests, ignored_forms_are_told_of_once_a_day);
	tcase_add_test(changes, a_reload_forgets_what_is_under_way);
	tcase_add_test(changes, a_reload_that_fails_changes_nothing);
	tcase_add_test(changes, a_step_makes_answers_stale);
	tcase_add_test(changes, somebody_else_may_connect);
	return unit_run("ntp_server_signing", cases);
}
