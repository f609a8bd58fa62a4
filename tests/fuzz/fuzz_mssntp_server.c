/* Requests for signed time from anybody, by way of the server's rules: what has
 * that form gets a signed answer to itself, or none. */
#include "server/mssntp_server.h"
#include "tests/event_loop.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "platform/udp.h"
#include "server/answer.h"
#include "server/signd.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct {
	struct loop *loop;
	struct clock *clock;
	struct udp_socket *socket;
	int client; /* who gets all answers, whatever address asked */
	struct net_address client_address;
	struct mssntp_server *signing;
	int peer; /* the signer's end of the connection */
	bool wanted;
} world;

static void require(bool condition)
{
	if (!condition)
		abort();
}

static int want_connection(void *context)
{
	(void)context;
	world.wanted = true;
	return 0;
}

static void set_up(void)
{
	struct udp_options options = { 0 };
	socklen_t length = sizeof world.client_address;
	struct error error;

	signal(SIGPIPE, SIG_IGN);
	world.loop = event_loop_create();
	require(world.loop != NULL && clock_open_simulated(&world.clock, 0, 0, &error) == 0);
	net_address_parse("127.0.0.1", 0, &options.bind);
	require(udp_open(&world.socket, &options, &error) == 0);
	world.client = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	require(world.client >= 0);
	require(bind(world.client, &options.bind.u.any, net_address_length(&options.bind)) == 0);
	require(getsockname(world.client, &world.client_address.u.any, &length) == 0);
}

static void start(uint8_t choice)
{
	const struct mssntp_server_environment environment = { .loop = world.loop,
							       .clock = world.clock,
							       .connect = want_connection };
	struct mssntp_server_settings settings = {
		.path = "/nobody/listens/here",
		.extended_only = (choice & 7) == 1,
		.guard = { .rids_per_address = 1 + (choice >> 5), .period = 3600 },
	};

	if ((choice & 7) == 2)
		settings.path[0] = '\0';
	world.signing = mssntp_server_create(&environment);
	require(world.signing != NULL &&
		mssntp_server_configure(world.signing, &settings, NULL) == 0);
	world.peer = -1;
	world.wanted = false;
}

static void connect_signer(void)
{
	int ends[2];

	world.wanted = false;
	if (world.peer >= 0)
		close(world.peer);
	require(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) == 0);
	world.peer = ends[0];
	mssntp_server_connected(world.signing, 0, ends[1]);
}

/* The signer signs what it is asked, with ones. */
static void sign_all(void)
{
	uint8_t request[SIGND_REQUEST_SIZE];

	while (world.peer >= 0 && recv(world.peer, request, sizeof request, 0) == sizeof request) {
		uint8_t reply[SIGND_REPLY_MAX] = { [3] = 0x50, [11] = 3 };

		memcpy(reply + 14, request + 12, 2);
		memcpy(reply + 16, request + 20, NTP_HEADER_SIZE);
		memcpy(reply + 64, request + 16, 4);
		memset(reply + 68, 1, 16);
		require(request[16] >= 1000 % 256 || request[17] >= 1000 / 256 ||
			request[18] != 0 || (request[19] & 0x7f) != 0);
		send(world.peer, reply, sizeof reply, MSG_NOSIGNAL);
	}
}

static void turn(void)
{
	for (int i = 0; i < 3; i++) {
		event_base_loop(event_loop_base(world.loop), EVLOOP_NONBLOCK);
		if (world.wanted)
			connect_signer();
		sign_all();
	}
}

static uint64_t answered(void)
{
	struct mssntp_server_counters counters;

	mssntp_server_counters(world.signing, &counters);
	return counters.answered;
}

/* The answer is signed, and belongs to REQUEST. */
static void check_answer(const struct answer_request *request)
{
	struct pollfd there = { .fd = world.client, .events = POLLIN };
	uint8_t data[512], ones[16];

	memset(ones, 1, sizeof ones);
	require(poll(&there, 1, 10000) == 1);
	require(recv(world.client, data, sizeof data, 0) == MSSNTP_LEGACY_SIZE);
	require(request->length == MSSNTP_LEGACY_SIZE);
	require(memcmp(data + 24, request->data + 40, 8) == 0);
	require(memcmp(data + 48, request->data + 48, 4) == 0);
	require(memcmp(data + 52, ones, sizeof ones) == 0);
	require(recv(world.client, data, sizeof data, 0) < 0);
}

static void take(const uint8_t *data, size_t length)
{
	static const struct announcement announcement = { .stratum = 1 };
	static struct udp_datagram datagram;
	struct clock_reading now;
	struct answer_request request = { .length = length, .port = 1234 };
	uint8_t answer[NTP_HEADER_SIZE];
	uint64_t before = answered();

	require(clock_read(world.clock, &now) == 0);
	datagram.remote = world.client_address;
	datagram.length = length;
	memcpy(datagram.data, data, length);
	request.data = datagram.data;
	request.received = now.utc;
	if (answer_compose(&request, true, &announcement, now.raw, answer) != ANSWER_SEND ||
	    !mssntp_server_is_request(datagram.data, length))
		return;
	mssntp_server_take(world.signing, world.socket, &datagram, answer, now.utc, now.raw);
	turn();
	require(answered() <= before + 1);
	if (answered() > before)
		check_answer(&request);
}

/* The settings, then requests: a byte for the length, and so many bytes; what is
 * missing are zeros. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mssntp_server_counters counters;

	if (size == 0)
		return 0;
	if (world.loop == NULL)
		set_up();
	start(*data++);
	size--;
	while (size > 0) {
		uint8_t request[256] = { 0 };
		size_t length = data[0] & 1   ? MSSNTP_LEGACY_SIZE
				: data[0] & 2 ? MSSNTP_EXTENDED_SIZE
					      : data[0];
		size_t used = data[0] & 4 ? 52 : length;

		data++;
		size--;
		used = used < length ? used : length;
		used = used < size ? used : size;
		memcpy(request, data, used);
		take(request, length);
		data += used;
		size -= used;
	}
	mssntp_server_counters(world.signing, &counters);
	require(counters.received >= counters.answered + counters.ignored + counters.limited +
					     counters.refused + counters.failed);
	mssntp_server_destroy(world.signing);
	if (world.peer >= 0)
		close(world.peer);
	event_base_loop(event_loop_base(world.loop), EVLOOP_NONBLOCK);
	return 0;
}
