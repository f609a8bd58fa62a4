#include "fake_signd.h"
#include "tests/event_loop.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "unit.h"

#define CONNECTIONS_MAX 64
#define WAYS_MAX        64

char fake_signd_path[108];
unsigned fake_signd_asked, fake_signd_connections;
uint32_t fake_signd_last_key;

static struct loop *loop;
static char folder[64];
static int listener = -1;
static struct event *accepting;
static struct bufferevent *connections[CONNECTIONS_MAX];

static struct {
	uint32_t rid;
	enum fake_signd_way way;
} ways[WAYS_MAX];
static unsigned way_count;

void fake_signd_behave(uint32_t rid, enum fake_signd_way way)
{
	for (unsigned i = 0; i < way_count; i++) {
		if (ways[i].rid == rid) {
			ways[i].way = way;
			return;
		}
	}
	ck_assert_uint_lt(way_count, WAYS_MAX);
	ways[way_count].rid = rid;
	ways[way_count++].way = way;
}

static enum fake_signd_way way_of(uint32_t rid)
{
	for (unsigned i = 0; i < way_count; i++) {
		if (ways[i].rid == rid)
			return ways[i].way;
	}
	return FAKE_SIGN;
}

void fake_signd_checksum(uint32_t key, const uint8_t header[48], uint8_t checksum[16])
{
	memcpy(checksum, header + 32, 16);
	for (unsigned i = 0; i < 16; i++)
		checksum[i] ^= (uint8_t)(key >> (8 * (i % 4))) ^ 0x5a;
}

/* One byte each turn of the loop. */
static struct {
	int handle;
	uint8_t bytes[84];
	unsigned sent;
	struct event *timer;
} slow;

static void on_byte(evutil_socket_t handle, short what, void *context)
{
	const struct timeval soon = { 0 };

	(void)handle;
	(void)what;
	(void)context;
	ck_assert_int_eq(send(slow.handle, slow.bytes + slow.sent++, 1, MSG_NOSIGNAL), 1);
	if (slow.sent < sizeof slow.bytes)
		evtimer_add(slow.timer, &soon);
	else
		event_free(slow.timer);
}

static void start_bytes(struct bufferevent *connection, const uint8_t reply[84])
{
	const struct timeval soon = { 0 };

	/* Past the bufferevent, which would put them together again. */
	slow.handle = (int)bufferevent_getfd(connection);
	slow.sent = 0;
	memcpy(slow.bytes, reply, sizeof slow.bytes);
	slow.timer = evtimer_new(event_loop_base(loop), on_byte, NULL);
	evtimer_add(slow.timer, &soon);
}

static int64_t monotonic(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static void sign(struct bufferevent *connection, const uint8_t *body, enum fake_signd_way way)
{
	uint8_t reply[84] = { 0, 0, 0, 0x50, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, body[8], body[9] };
	uint32_t key = fake_signd_last_key;

	if (way == FAKE_SLOW) {
		int64_t end = monotonic() + FAKE_SLOW_NS;

		while (monotonic() < end)
			continue;
	}
	memcpy(reply + 16, body + 16, 48);
	memcpy(reply + 64, body + 12, 4);
	fake_signd_checksum(key, body + 16, reply + 68);
	if (way == FAKE_WRONG_ID)
		reply[15] ^= 1;
	if (way == FAKE_WRONG_HEADER)
		reply[16 + 40] ^= 1;
	if (way == FAKE_WRONG_KEY)
		reply[64] ^= 1;
	if (way == FAKE_BYTES) {
		start_bytes(connection, reply);
		return;
	}
	bufferevent_write(connection, reply, sizeof reply);
	if (way == FAKE_TWICE)
		bufferevent_write(connection, reply, sizeof reply);
}

static void drop(struct bufferevent *connection)
{
	for (unsigned i = 0; i < CONNECTIONS_MAX; i++) {
		if (connections[i] == connection)
			connections[i] = NULL;
	}
	bufferevent_free(connection);
}

static void on_request(struct bufferevent *connection, void *context)
{
	static const uint8_t no[16] = { 0, 0, 0, 12, 0, 0, 0, 0, 0, 0, 0, 4 };
	struct evbuffer *input = bufferevent_get_input(connection);
	uint8_t request[68];

	(void)context;
	while (evbuffer_get_length(input) >= sizeof request) {
		enum fake_signd_way way;
		uint8_t reply[16];

		evbuffer_remove(input, request, sizeof request);
		ck_assert_uint_eq(request[3], 0x40);
		ck_assert_int_eq(memcmp(request, "\0\0\0\x40\0\0\0\0\0\0\0\0", 12), 0);
		ck_assert_int_eq(request[14], 0);
		ck_assert_int_eq(request[15], 0);
		fake_signd_asked++;
		fake_signd_last_key = (uint32_t)request[16] | (uint32_t)request[17] << 8 |
				      (uint32_t)request[18] << 16 | (uint32_t)request[19] << 24;
		way = way_of(fake_signd_last_key & 0x7fffffff);
		switch (way) {
		case FAKE_FAIL:
			memcpy(reply, no, sizeof reply);
			reply[14] = request[12];
			reply[15] = request[13];
			bufferevent_write(connection, reply, sizeof reply);
			break;
		case FAKE_CLOSE:
			drop(connection);
			return;
		case FAKE_SILENT:
			bufferevent_disable(connection, EV_READ);
			return;
		case FAKE_GARBAGE:
			bufferevent_write(connection, "GET / HTTP/1.0\r\n\r\n", 18);
			break;
		default:
			sign(connection, request + 4, way);
		}
	}
}

static void on_end(struct bufferevent *connection, short what, void *context)
{
	(void)what;
	(void)context;
	drop(connection);
}

static void on_connection(evutil_socket_t handle, short what, void *context)
{
	int client = (int)accept(handle, NULL, NULL);
	unsigned place = 0;

	(void)what;
	(void)context;
	ck_assert_int_ge(client, 0);
	evutil_make_socket_nonblocking(client);
	fake_signd_connections++;
	while (connections[place] != NULL)
		place++;
	ck_assert_uint_lt(place, CONNECTIONS_MAX);
	connections[place] = bufferevent_socket_new(event_loop_base(loop), client,
						    BEV_OPT_CLOSE_ON_FREE);
	ck_assert_ptr_nonnull(connections[place]);
	bufferevent_setcb(connections[place], on_request, NULL, on_end, NULL);
	bufferevent_enable(connections[place], EV_READ | EV_WRITE);
}

void fake_signd_set_up(struct loop *owner)
{
	loop = owner;
	fake_signd_asked = fake_signd_connections = 0;
	way_count = 0;
	snprintf(folder, sizeof folder, P_tmpdir "/fake-signd-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(fake_signd_path, sizeof fake_signd_path, "%s/socket", folder);
}

void fake_signd_start(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	memcpy(address.sun_path, fake_signd_path, sizeof address.sun_path);
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	ck_assert_int_ge(listener, 0);
	ck_assert_int_eq(bind(listener, (const struct sockaddr *)&address, sizeof address), 0);
	ck_assert_int_eq(listen(listener, 10), 0);
	accepting = event_new(event_loop_base(loop), listener, EV_READ | EV_PERSIST, on_connection,
			      NULL);
	event_add(accepting, NULL);
}

void fake_signd_stop(void)
{
	if (listener < 0)
		return;
	event_free(accepting);
	close(listener);
	listener = -1;
	unlink(fake_signd_path);
	for (unsigned i = 0; i < CONNECTIONS_MAX; i++) {
		if (connections[i] != NULL)
			drop(connections[i]);
	}
}

void fake_signd_tear_down(void)
{
	fake_signd_stop();
	rmdir(folder);
}
