/* Signatures from Samba's ntp_signd, with a signer that does what it should not. */
#include "server/signd_client.h"
#include "tests/event_loop.h"

#include <errno.h>
#include <event2/util.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "fake_signd.h"
#include "platform/local_connect.h"
#include "server/signd.h"
#include "unit.h"

/* s; only a test that is about to fail waits for so long. */
#define PATIENCE 20

static struct loop *loop;
static struct log *logger;
static struct signd_client *signer;
static unsigned warnings, informations;

/* What became of requests, by the number that they carry. */
static struct {
	unsigned count;
	unsigned stamps;
	int status;
	uint8_t packet[MSSNTP_LEGACY_SIZE];
} results[1024];
static unsigned done_count, connects_wanted;

static void on_stamp(void *request, uint8_t header[NTP_HEADER_SIZE])
{
	unsigned number = *(const unsigned *)request;

	header[47] = (uint8_t)++results[number].stamps;
}

static void on_done(void *request, int status, const uint8_t packet[MSSNTP_LEGACY_SIZE])
{
	unsigned number = *(const unsigned *)request;

	results[number].count++;
	results[number].status = status;
	if (status == 0)
		memcpy(results[number].packet, packet, MSSNTP_LEGACY_SIZE);
	else
		ck_assert_ptr_null(packet);
	done_count++;
}

static const struct signd_client_callbacks callbacks = { on_stamp, on_done };

static void on_record(void *context, const struct log_record *record)
{
	(void)context;
	if (record->level == LOG_LEVEL_WARNING)
		warnings++;
	if (record->level == LOG_LEVEL_INFORMATION)
		informations++;
}

static struct log_sink sink = { .threshold = LOG_LEVEL_INFORMATION, .write = on_record };

/* On a busy machine a second is not long. */
static void start_with(int (*connect)(void *context), double time_max)
{
	const struct signd_client_environment environment = {
		.loop = loop, .log = logger, .time_max = time_max, .connect = connect
	};
	struct error error;

	ck_assert_int_eq(signd_client_create(&signer, &environment, fake_signd_path, &error), 0);
}

static void restart_with(int (*connect)(void *context), double time_max)
{
	signd_client_destroy(signer);
	start_with(connect, time_max);
}

static void set_up(void)
{
	signal(SIGPIPE, SIG_IGN);
	memset(results, 0, sizeof results);
	done_count = connects_wanted = warnings = informations = 0;
	loop = event_loop_create();
	ck_assert_ptr_nonnull(loop);
	logger = log_create();
	ck_assert_int_eq(log_add_sink(logger, &sink), 0);
	fake_signd_set_up(loop);
	fake_signd_start();
	start_with(NULL, PATIENCE);
}

static void tear_down(void)
{
	signd_client_destroy(signer);
	fake_signd_tear_down();
	log_destroy(logger);
	loop_destroy(loop);
}

static int sign_key(unsigned number, uint32_t key)
{
	const uint8_t identifier[4] = { (uint8_t)key, (uint8_t)(key >> 8), (uint8_t)(key >> 16),
					(uint8_t)(key >> 24) };
	uint8_t header[NTP_HEADER_SIZE];

	for (unsigned i = 0; i < sizeof header; i++)
		header[i] = (uint8_t)(number + i);
	return signd_client_sign(signer, header, identifier, &callbacks, &number, sizeof number);
}

static void sign(unsigned number, uint32_t rid)
{
	ck_assert_int_eq(sign_key(number, rid), 0);
	ck_assert_uint_eq(results[number].count, 0);
}

static void on_patience(evutil_socket_t handle, short what, void *context)
{
	(void)handle;
	(void)what;
	*(bool *)context = true;
}

/* Until so many requests have ended. */
static void wait_for(unsigned count)
{
	struct timeval patience = { .tv_sec = PATIENCE };
	bool over = false;
	struct event *timer = evtimer_new(event_loop_base(loop), on_patience, &over);

	evtimer_add(timer, &patience);
	while (done_count < count && !over)
		ck_assert_int_eq(event_base_loop(event_loop_base(loop), EVLOOP_ONCE), 0);
	event_free(timer);
	ck_assert_uint_eq(done_count, count);
}

static void expect_signed(unsigned number, uint32_t key)
{
	const uint8_t *packet = results[number].packet;
	uint8_t checksum[16];

	ck_assert_uint_eq(results[number].count, 1);
	ck_assert_int_eq(results[number].status, 0);
	ck_assert_uint_eq(packet[0], (uint8_t)number);
	/* The last stamp is the one that was signed. */
	ck_assert_uint_eq(packet[47], results[number].stamps);
	ck_assert_uint_eq(packet[48], (uint8_t)key);
	ck_assert_uint_eq(packet[51], (uint8_t)(key >> 24));
	fake_signd_checksum(key, packet, checksum);
	ck_assert_mem_eq(packet + 52, checksum, sizeof checksum);
}

static struct signd_client_counters counters(void)
{
	struct signd_client_counters result;

	signd_client_counters(signer, &result);
	return result;
}

/* --- The wire ----------------------------------------------------------------- */

/* Seen on a live Samba 4.17. */
static const struct signd_request live_request = {
	.id = 1,
	.key_identifier = { 0x50, 0x04, 0x00, 0x00 },
	.header = { 0x1c, 0x01, 0x11, 0xe9, 0x00, 0x00, 0x00, 0x00, 0x00, 0x0a, 0x24, 0x12,
		    0x4c, 0x4f, 0x43, 0x4c, 0xe6, 0xe1, 0x3d, 0x4d, 0xe4, 0x20, 0x00, 0x50,
		    0xe1, 0xb8, 0x42, 0x8b, 0xff, 0xbf, 0xcd, 0x0a, 0xe6, 0xe1, 0x6c, 0xdc,
		    0x78, 0x17, 0x80, 0x4f, 0xe6, 0xe1, 0x6c, 0xdc, 0x78, 0x17, 0xf4, 0x12 },
};
static const uint8_t live_start[20] = { 0, 0, 0, 0x40, 0, 0, 0,    0,    0, 0,
					0, 0, 0, 1,    0, 0, 0x50, 0x04, 0, 0 };
static const uint8_t live_reply_start[16] = { 0, 0, 0, 0x50, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 1 };
static const uint8_t live_reply_end[20] = { 0x50, 0x04, 0x00, 0x00, 0x82, 0x36, 0x53,
					    0x0c, 0xb7, 0xc0, 0x91, 0xd0, 0xb8, 0x5a,
					    0x74, 0x5a, 0x65, 0xf5, 0xc1, 0x84 };

static void make_live_reply(uint8_t reply[SIGND_REPLY_MAX])
{
	memcpy(reply, live_reply_start, 16);
	memcpy(reply + 16, live_request.header, 48);
	memcpy(reply + 64, live_reply_end, 20);
}

START_TEST(requests_are_written_as_samba_reads_them)
{
	uint8_t data[SIGND_REQUEST_SIZE];

	signd_request_write(&live_request, data);
	ck_assert_mem_eq(data, live_start, sizeof live_start);
	ck_assert_mem_eq(data + 20, live_request.header, NTP_HEADER_SIZE);
}
END_TEST

START_TEST(replies_are_read_as_samba_writes_them)
{
	uint8_t reply[SIGND_REPLY_MAX + 1] = { 0 };
	const uint8_t *packet = NULL;
	size_t used = 0;

	make_live_reply(reply);
	for (size_t length = 0; length < SIGND_REPLY_MAX; length++)
		ck_assert_int_eq(signd_reply_read(&live_request, reply, length, &used, &packet),
				 SIGND_INCOMPLETE);
	ck_assert_int_eq(signd_reply_read(&live_request, reply, sizeof reply, &used, &packet),
			 SIGND_SIGNED);
	ck_assert_uint_eq(used, SIGND_REPLY_MAX);
	ck_assert_ptr_eq(packet, reply + 16);
	/* The refusal is the shorter form. */
	reply[3] = 12;
	reply[11] = 4;
	packet = NULL;
	ck_assert_int_eq(signd_reply_read(&live_request, reply, 16, &used, &packet), SIGND_REFUSED);
	ck_assert_uint_eq(used, 16);
	ck_assert_ptr_null(packet);
}
END_TEST

START_TEST(replies_to_something_else_are_garbage)
{
	const uint8_t *packet;
	size_t used;

	/* Any bit before the checksum. */
	for (size_t bit = 0; bit < 68 * 8; bit++) {
		uint8_t reply[SIGND_REPLY_MAX];
		enum signd_reply result;

		make_live_reply(reply);
		reply[bit / 8] ^= (uint8_t)(1 << bit % 8);
		result = signd_reply_read(&live_request, reply, sizeof reply, &used, &packet);
		ck_assert_msg(result == SIGND_GARBAGE, "bit %zu: %d", bit, (int)result);
	}
}
END_TEST

/* --- Signing ------------------------------------------------------------------ */

START_TEST(a_request_is_signed)
{
	sign(1, 1103);
	wait_for(1);
	expect_signed(1, 1103);
	/* The bit that asks for the older key travels as it came. */
	ck_assert_int_eq(sign_key(2, 1103 | UINT32_C(1) << 31), 0);
	wait_for(2);
	expect_signed(2, 1103 | UINT32_C(1) << 31);
	ck_assert_uint_eq(fake_signd_connections, 1);
	ck_assert_uint_eq(counters().asked, 2);
	ck_assert_uint_eq(counters().made, 2);
	ck_assert_uint_eq(counters().connected, 1);
}
END_TEST

START_TEST(many_are_signed_in_order_over_one_connection)
{
	for (unsigned i = 0; i < SIGND_CLIENT_WAITING_MAX; i++)
		sign(i, 2000 + i);
	ck_assert_int_eq(sign_key(1000, 1103), -EAGAIN);
	wait_for(SIGND_CLIENT_WAITING_MAX);
	for (unsigned i = 0; i < SIGND_CLIENT_WAITING_MAX; i++)
		expect_signed(i, 2000 + i);
	ck_assert_uint_eq(fake_signd_connections, 1);
	ck_assert_uint_eq(counters().lost, 1);
	/* Nothing is left over. */
	sign(500, 1103);
	wait_for(SIGND_CLIENT_WAITING_MAX + 1);
	expect_signed(500, 1103);
}
END_TEST

START_TEST(bytes_may_come_one_by_one)
{
	fake_signd_behave(1103, FAKE_BYTES);
	sign(1, 1103);
	wait_for(1);
	expect_signed(1, 1103);
	ck_assert_uint_eq(fake_signd_connections, 1);
}
END_TEST

START_TEST(a_refusal_is_remembered)
{
	fake_signd_behave(1104, FAKE_FAIL);
	sign(1, 1104);
	sign(2, 1103);
	wait_for(2);
	ck_assert_int_eq(results[1].status, -EACCES);
	expect_signed(2, 1103);
	ck_assert_uint_eq(fake_signd_connections, 1);
	ck_assert_int_eq(sign_key(3, 1104), -EACCES);
	ck_assert_int_eq(sign_key(3, 1104 | UINT32_C(1) << 31), -EACCES);
	ck_assert_uint_eq(fake_signd_asked, 2);
	ck_assert_uint_eq(counters().refused, 3);
}
END_TEST

START_TEST(refusals_do_not_fill_the_memory)
{
	for (unsigned i = 0; i < 300; i++) {
		fake_signd_behave(2000 + i % 60, FAKE_FAIL);
		if (sign_key(i, 2000 + i % 60) == 0)
			wait_for(done_count + 1);
	}
	ck_assert_uint_eq(counters().asked, 60);
	ck_assert_uint_eq(counters().refused, 300);
}
END_TEST

START_TEST(who_is_closed_upon_is_refused_and_the_others_are_signed)
{
	fake_signd_behave(500, FAKE_CLOSE);
	sign(1, 1101);
	sign(2, 500);
	sign(3, 1103);
	sign(4, 1104);
	sign(5, 1105);
	wait_for(5);
	expect_signed(1, 1101);
	ck_assert_int_eq(results[2].status, -EACCES);
	for (unsigned i = 3; i <= 5; i++)
		expect_signed(i, 1100 + i);
	/* With the first closing the answer before it is lost as well. */
	ck_assert_uint_eq(fake_signd_connections, 4);
	/* Whoever was sent again got a new stamp. */
	ck_assert_uint_ge(results[3].stamps, 2);
	ck_assert_int_eq(sign_key(6, 500), -EACCES);
	ck_assert_uint_eq(warnings, 0);
}
END_TEST

START_TEST(several_that_close_harm_nobody_else)
{
	for (unsigned i = 0; i < 20; i++)
		fake_signd_behave(500 + i, FAKE_CLOSE);
	for (unsigned i = 0; i < 40; i++)
		sign(i, i % 2 == 0 ? 500 + i / 2 : 1100 + i);
	wait_for(40);
	for (unsigned i = 0; i < 40; i++) {
		if (i % 2 == 0)
			ck_assert_int_eq(results[i].status, -EACCES);
		else
			expect_signed(i, 1100 + i);
	}
}
END_TEST

START_TEST(who_is_refused_is_refused_at_once_for_all)
{
	fake_signd_behave(500, FAKE_CLOSE);
	for (unsigned i = 0; i < 8; i++)
		sign(i, 500);
	sign(8, 1101);
	wait_for(9);
	for (unsigned i = 0; i < 8; i++)
		ck_assert_int_eq(results[i].status, -EACCES);
	expect_signed(8, 1101);
	ck_assert_uint_eq(fake_signd_connections, 3);
}
END_TEST

START_TEST(a_connection_that_ends_while_idle_is_made_again)
{
	sign(1, 1103);
	wait_for(1);
	fake_signd_stop();
	fake_signd_start();
	/* Nobody has looked at the old one yet. */
	sign(2, 1103);
	wait_for(2);
	expect_signed(2, 1103);
	ck_assert_uint_eq(counters().refused, 0);
}
END_TEST

START_TEST(silence_ends_after_a_second)
{
	restart_with(NULL, SIGND_CLIENT_TIME_MAX);
	fake_signd_behave(1104, FAKE_SILENT);
	sign(1, 1104);
	sign(2, 1103);
	wait_for(2);
	ck_assert_int_eq(results[1].status, -ETIMEDOUT);
	/* A moment younger, it may end in the pause that follows. */
	ck_assert(results[2].status == -ETIMEDOUT || results[2].status == -ECONNREFUSED);
	/* It is no refusal, and there is a new connection for the next one. */
	fake_signd_behave(1104, FAKE_SIGN);
	sign(3, 1104);
	wait_for(3);
	expect_signed(3, 1104);
	ck_assert_uint_eq(fake_signd_connections, 2);
	ck_assert_uint_eq(counters().timed_out + counters().lost, 2);
}
END_TEST

START_TEST(nonsense_signs_nothing)
{
	static const enum fake_signd_way way[] = { FAKE_GARBAGE, FAKE_WRONG_ID, FAKE_WRONG_HEADER,
						   FAKE_WRONG_KEY };

	fake_signd_behave(1200, way[_i]);
	sign(1, 1200);
	sign(2, 1103);
	wait_for(2);
	ck_assert_int_eq(results[1].status, -EBADMSG);
	expect_signed(2, 1103);
	ck_assert_uint_eq(fake_signd_connections, 2);
	/* It says nothing of the account. */
	fake_signd_behave(1200, FAKE_SIGN);
	sign(3, 1200);
	wait_for(3);
	expect_signed(3, 1200);
}
END_TEST

START_TEST(more_than_was_asked_for_is_nonsense)
{
	fake_signd_behave(1200, FAKE_TWICE);
	sign(1, 1200);
	wait_for(1);
	expect_signed(1, 1200);
	sign(2, 1103);
	wait_for(2);
	expect_signed(2, 1103);
	/* The second answer must not be taken for the next request's. */
	sign(3, 1200);
	sign(4, 1103);
	wait_for(4);
	expect_signed(3, 1200);
	if (results[4].status == 0)
		expect_signed(4, 1103);
	else
		ck_assert_int_eq(results[4].status, -EBADMSG);
}
END_TEST

/* --- Reaching it -------------------------------------------------------------- */

START_TEST(a_missing_signer_is_said_once)
{
	restart_with(NULL, SIGND_CLIENT_TIME_MAX);
	fake_signd_stop();
	sign(1, 1103);
	ck_assert_uint_eq(warnings, 1);
	wait_for(1);
	ck_assert_int_eq(results[1].status, -ECONNREFUSED);
	ck_assert_int_eq(sign_key(2, 1103), -ECONNREFUSED);
	ck_assert_uint_eq(warnings, 1);
	ck_assert_uint_eq(counters().lost, 2);

	/* When it is back requests reach it after a pause. */
	fake_signd_start();
	while (sign_key(3, 1103) != 0)
		ck_assert_int_eq(event_base_loop(event_loop_base(loop), EVLOOP_ONCE), 0);
	wait_for(2);
	expect_signed(3, 1103);
	ck_assert_uint_eq(warnings, 1);
	ck_assert_uint_eq(informations, 1);
}
END_TEST

START_TEST(who_waits_for_a_restart_is_signed)
{
	fake_signd_behave(1103, FAKE_SILENT);
	sign(1, 1103);
	/* Even if it is one that comes to nothing. */
	for (unsigned i = 1; i <= 2; i++) {
		while (fake_signd_asked < i)
			ck_assert_int_eq(event_base_loop(event_loop_base(loop), EVLOOP_ONCE), 0);
		fake_signd_stop();
		while (warnings < i)
			ck_assert_int_eq(event_base_loop(event_loop_base(loop), EVLOOP_ONCE), 0);
		if (i == 2)
			fake_signd_behave(1103, FAKE_SIGN);
		fake_signd_start();
	}
	wait_for(1);
	expect_signed(1, 1103);
	ck_assert_uint_eq(counters().refused, 0);
}
END_TEST

static int want_connection(void *context)
{
	(void)context;
	connects_wanted++;
	return 0;
}

static int refuse_connection(void *context)
{
	(void)context;
	connects_wanted++;
	return -EPERM;
}

/* A way to the socket that nobody may go, root neither: what stands for it is
 * a folder's name that is too long for the system, when we are root. */
static bool lock_folder(void)
{
	char folder[108];

	memcpy(folder, fake_signd_path, sizeof folder);
	*strrchr(folder, '/') = '\0';
	ck_assert_int_eq(chmod(folder, 0), 0);
	return geteuid() != 0 || (setegid(65534) == 0 && seteuid(65534) == 0);
}

static void unlock_folder(void)
{
	char folder[108];

	if (seteuid(getuid()) != 0 || setegid(getgid()) != 0)
		ck_abort_msg("cannot be root again");
	memcpy(folder, fake_signd_path, sizeof folder);
	*strrchr(folder, '/') = '\0';
	ck_assert_int_eq(chmod(folder, 0700), 0);
}

static void start_locked(int (*connect)(void *context), double time_max)
{
	restart_with(connect, time_max);
	ck_assert(lock_folder());
}

START_TEST(somebody_with_more_rights_may_connect_for_us)
{
	socket_handle handle;

	start_locked(want_connection, PATIENCE);
	sign(1, 1103);
	sign(2, 1104);
	unlock_folder();
	ck_assert_uint_eq(connects_wanted, 1);
	ck_assert_int_eq(local_connect(fake_signd_path, &handle), 0);
	signd_client_connected(signer, 0, handle);
	wait_for(2);
	expect_signed(1, 1103);
	expect_signed(2, 1104);
	ck_assert_uint_eq(warnings, 0);

	/* What nobody has asked for is closed. */
	ck_assert_int_eq(local_connect(fake_signd_path, &handle), 0);
	signd_client_connected(signer, 0, handle);
	ck_assert_int_eq(fcntl(handle, F_GETFD), -1);
	signd_client_connected(signer, -EACCES, SOCKET_HANDLE_NONE);
	sign(3, 1103);
	wait_for(3);
	expect_signed(3, 1103);
}
END_TEST

START_TEST(who_connects_for_us_may_fail)
{
	start_locked(want_connection, PATIENCE);
	sign(1, 1103);
	unlock_folder();
	signd_client_connected(signer, -ENOENT, SOCKET_HANDLE_NONE);
	ck_assert_uint_eq(warnings, 1);
	wait_for(1);
	/* Meanwhile it can be reached. */
	ck_assert(results[1].status == 0 || results[1].status == -ECONNREFUSED);
}
END_TEST

START_TEST(without_rights_it_says_so)
{
	start_locked(_i == 0 ? NULL : refuse_connection, PATIENCE);
	sign(1, 1103);
	unlock_folder();
	ck_assert_uint_eq(connects_wanted, (unsigned)_i);
	ck_assert_uint_eq(warnings, 1);
}
END_TEST

START_TEST(who_never_connects_for_us_is_not_waited_for)
{
	start_locked(want_connection, SIGND_CLIENT_TIME_MAX);
	sign(1, 1103);
	wait_for(1);
	unlock_folder();
	ck_assert_int_eq(results[1].status, -ECONNREFUSED);
}
END_TEST

START_TEST(it_may_end_with_requests_under_way)
{
	for (unsigned i = 0; i < 20; i++)
		sign(i, 1103);
	event_base_loop(event_loop_base(loop), EVLOOP_ONCE);
	signd_client_destroy(signer);
	signer = NULL;
	ck_assert_int_eq(event_base_loop(event_loop_base(loop), EVLOOP_NONBLOCK), 0);
	ck_assert_uint_eq(done_count, 0);
}
END_TEST

START_TEST(a_path_may_be_too_long)
{
	const struct signd_client_environment environment = { .loop = loop };
	struct signd_client *other = NULL;
	char path[400];
	struct error error;

	memset(path, 'a', sizeof path);
	path[0] = '/';
	path[sizeof path - 1] = '\0';
	ck_assert_int_eq(signd_client_create(&other, &environment, path, &error), -ENAMETOOLONG);
	path[200] = '\0';
	ck_assert_int_eq(local_connect(path, &(socket_handle){ -1 }), -ENAMETOOLONG);
}
END_TEST

int main(void)
{
	TCase *wire = tcase_create("wire"), *signing = tcase_create("signing"),
	      *reaching = tcase_create("reaching");
	TCase *const cases[] = { wire, signing, reaching, NULL };

	tcase_add_test(wire, requests_are_written_as_samba_reads_them);
	tcase_add_test(wire, replies_are_read_as_samba_writes_them);
	tcase_add_test(wire, replies_to_something_else_are_garbage);
	tcase_add_checked_fixture(signing, set_up, tear_down);
	tcase_add_test(signing, a_request_is_signed);
	tcase_add_test(signing, many_are_signed_in_order_over_one_connection);
	tcase_add_test(signing, bytes_may_come_one_by_one);
	tcase_add_test(signing, a_refusal_is_remembered);
	tcase_add_test(signing, refusals_do_not_fill_the_memory);
	tcase_add_test(signing, who_is_closed_upon_is_refused_and_the_others_are_signed);
	tcase_add_test(signing, several_that_close_harm_nobody_else);
	tcase_add_test(signing, who_is_refused_is_refused_at_once_for_all);
	tcase_add_test(signing, a_connection_that_ends_while_idle_is_made_again);
	tcase_add_test(signing, silence_ends_after_a_second);
	tcase_add_loop_test(signing, nonsense_signs_nothing, 0, 4);
	tcase_add_test(signing, more_than_was_asked_for_is_nonsense);
	tcase_add_checked_fixture(reaching, set_up, tear_down);
	tcase_add_test(reaching, a_missing_signer_is_said_once);
	tcase_add_test(reaching, who_waits_for_a_restart_is_signed);
	tcase_add_test(reaching, somebody_with_more_rights_may_connect_for_us);
	tcase_add_test(reaching, who_connects_for_us_may_fail);
	tcase_add_loop_test(reaching, without_rights_it_says_so, 0, 2);
	tcase_add_test(reaching, who_never_connects_for_us_is_not_waited_for);
	tcase_add_test(reaching, it_may_end_with_requests_under_way);
	tcase_add_test(reaching, a_path_may_be_too_long);
	return unit_run("signer", cases);
}
