#include "server_fixture.h"
#include "tests/event_loop.h"

#include <errno.h>
#include <time.h>
#include <unistd.h>

#include "loopback.h"
#include "stamps.h"

struct loop *loop;
struct clock *served_clock;
struct ntp_server *server;
struct ntp_server_settings settings;

static const struct announcement announced = {
	.stratum = 3,
	.precision = -23,
	.reference_id = 0xc0000201,
	.root_dispersion = 0.5,
	.reference_time = INT64_C(1795000000) * NS_PER_SECOND,
};

/* --- Clients --------------------------------------------------------------- */

struct net_address address(const char *text, uint16_t port)
{
	struct net_address result;

	ck_assert_int_eq(net_address_parse(text, port, &result), 0);
	return result;
}

int client_open(const char *from, uint16_t port)
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

uint16_t client_port(int client)
{
	struct net_address local;
	socklen_t length = sizeof local;

	ck_assert_int_eq(getsockname(client, &local.u.any, &length), 0);
	return net_address_port(&local);
}

static const char *loopback(unsigned number)
{
	static char text[4][16];
	static unsigned last;
	char *result = text[last++ % 4];

	snprintf(result, sizeof *text, "127.0.0.%u", number);
	return result;
}

const char *asked_address(unsigned number)
{
	static enum { UNKNOWN, ALL, ONE } choice;

	if (choice == UNKNOWN)
		choice = left_out(CHOSEN_SOURCES, "answers from several addresses") ? ONE : ALL;
	return loopback(choice == ALL ? number : 1);
}

const char *other_address(unsigned number)
{
	return OWN_ADDRESSES ? loopback(number) : "::1";
}

bool lacks_other_address(void)
{
	int probe = client_open(other_address(2), 0);

	if (probe >= 0)
		close(probe);
	return left_out(probe >= 0, "a second address");
}

const char *nobodys_address(void)
{
	/* RFC 5737, RFC 3849 */
	return OWN_ADDRESSES ? "203.0.113.1" : "2001:db8::1";
}

void send_bytes(int client, const char *to, const void *data, size_t length)
{
	struct net_address remote = address(to, settings.at.port);

	ck_assert_int_eq(
		sendto(client, data, length, 0, &remote.u.any, net_address_length(&remote)),
		(ssize_t)length);
}

void send_request(int client, const char *to, ntp_timestamp nonce)
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
	loop_stop(loop);
}

/* Runs the loop until CLIENT has something to read. */
static void wait_for(int client)
{
	const struct timeval patience = { .tv_sec = PATIENCE };
	short what = 0;

	ck_assert_int_eq(
		event_base_once(event_loop_base(loop), client, EV_READ, on_event, &what, &patience),
		0);
	while (what == 0)
		ck_assert_int_eq(event_base_dispatch(event_loop_base(loop)), 0);
	ck_assert_msg(what == EV_READ, "no answer within %d s", PATIENCE);
}

struct ntp_header receive_answer(int client, struct net_address *from)
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

struct ntp_header exchange(int client, const char *to)
{
	static ntp_timestamp nonce = 0x5000;
	struct net_address from;
	struct ntp_header header;
	struct net_address asked = address(to, settings.at.port);

	send_request(client, to, ++nonce);
	header = receive_answer(client, &from);
	ck_assert_uint_eq(header.origin, nonce);
	ck_assert(net_address_equal(&from, &asked));
	return header;
}

struct ntp_server_counters counters(void)
{
	struct ntp_server_counters result;

	ntp_server_counters(server, &result);
	return result;
}

utc_ns system_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * NS_PER_SECOND + now.tv_nsec;
}

/* --- The server under test ------------------------------------------------- */

unsigned server_said[2];
static void hear(void *context, const struct log_record *record)
{
	(void)context;
	server_said[0] += record->event == EVENT_NOT_SERVED;
	server_said[1] += record->event == EVENT_SERVED_AT_LAST;
}

static struct log *server_log;
static struct log_sink server_sink = { .threshold = LOG_LEVEL_INFORMATION, .write = hear };

void server_set_up(void)
{
	struct error error;

	stamps_begin();
	server_log = log_create();
	log_add_sink(server_log, &server_sink);
	loop = event_loop_create();
	ck_assert_ptr_nonnull(loop);
	ck_assert_int_eq(clock_open_simulated(&served_clock, CLOCK_OFFSET, 0, &error), 0);
	settings = (struct ntp_server_settings){ .at.enabled = true, .nonstandard_modes = true };
}

void server_tear_down(void)
{
	ntp_server_destroy(server);
	server = NULL;
	served_clock->ops->close(served_clock);
	loop_destroy(loop);
	log_destroy(server_log);
	stamps_end();
}

void start_server_at_its_port(void)
{
	const struct ntp_server_environment environment = { .loop = loop,
							    .clock = served_clock,
							    .log = server_log };
	struct error error = { 0 };

	memset(server_said, 0, sizeof server_said);
	ck_assert_msg(ntp_server_create(&server, &environment, &settings, &error) == 0, "%s",
		      error.text);
	ntp_server_announce(server, &announced);
}

void start_server(void)
{
	settings.at.port = loopback_free_port();
	start_server_at_its_port();
}

void bind_to(const char *text)
{
	settings.at.bind[settings.at.bind_count++] = address(text, 0);
}

void configure(void)
{
	struct error error = { 0 };

	ck_assert_msg(ntp_server_configure(server, &settings, &error) == 0, "%s", error.text);
}
