/* Samba's signer says anything at any time: each request ends once at most, and
 * what counts as its signature is one of what was handed over. */
#include "server/signd_client.h"
#include "tests/event_loop.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/signd.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUESTS_MAX 256

struct dialogue {
	struct signd_client *signer;
	struct loop *loop;
	int peer; /* our end of the connection; -1: none */
	bool wanted;
	unsigned asked;
	struct {
		uint8_t header[NTP_HEADER_SIZE], key[4];
		bool stamped, done;
	} requests[REQUESTS_MAX];
};

/* What the signer keeps of a request. */
struct asked {
	struct dialogue *dialogue;
	unsigned number;
};

static void require(bool condition)
{
	if (!condition)
		abort();
}

static void on_stamp(void *request, uint8_t header[NTP_HEADER_SIZE])
{
	struct asked *asked = request;

	header[47]++;
	memcpy(asked->dialogue->requests[asked->number].header, header, NTP_HEADER_SIZE);
	asked->dialogue->requests[asked->number].stamped = true;
}

static void on_done(void *request, int status, const uint8_t packet[MSSNTP_LEGACY_SIZE])
{
	struct asked *asked = request;
	unsigned number = asked->number;

	require(number < asked->dialogue->asked);
	require(!asked->dialogue->requests[number].done);
	asked->dialogue->requests[number].done = true;
	require((status == 0) == (packet != NULL));
	if (status != 0)
		return;
	require(asked->dialogue->requests[number].stamped);
	require(memcmp(packet, asked->dialogue->requests[number].header, NTP_HEADER_SIZE) == 0);
	require(memcmp(packet + NTP_HEADER_SIZE, asked->dialogue->requests[number].key, 4) == 0);
}

static const struct signd_client_callbacks callbacks = { on_stamp, on_done };

static int want_connection(void *context)
{
	struct dialogue *dialogue = context;

	dialogue->wanted = true;
	return 0;
}

static void turn(struct dialogue *dialogue)
{
	for (int i = 0; i < 3; i++)
		event_base_loop(event_loop_base(dialogue->loop), EVLOOP_NONBLOCK);
}

static void hang_up(struct dialogue *dialogue)
{
	if (dialogue->peer >= 0)
		close(dialogue->peer);
	dialogue->peer = -1;
}

static void give_connection(struct dialogue *dialogue)
{
	int ends[2];

	if (!dialogue->wanted)
		return;
	dialogue->wanted = false;
	hang_up(dialogue);
	require(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) == 0);
	dialogue->peer = ends[0];
	signd_client_connected(dialogue->signer, 0, ends[1]);
}

static void ask(struct dialogue *dialogue, uint8_t choice)
{
	struct asked asked = { dialogue, dialogue->asked };
	uint8_t header[NTP_HEADER_SIZE] = { choice }, key[4] = { choice & 31, 4, 0, choice & 0x80 };

	if (dialogue->asked == REQUESTS_MAX)
		return;
	memcpy(dialogue->requests[asked.number].key, key, sizeof key);
	dialogue->asked++;
	if (signd_client_sign(dialogue->signer, header, key, &callbacks, &asked, sizeof asked) != 0)
		dialogue->asked--;
}

/* Answers the next request as Samba would. */
static void answer(struct dialogue *dialogue, bool yes)
{
	uint8_t request[SIGND_REQUEST_SIZE], reply[SIGND_REPLY_MAX] = { 0 };

	if (dialogue->peer < 0 ||
	    recv(dialogue->peer, request, sizeof request, 0) != sizeof request)
		return;
	reply[3] = yes ? 0x50 : 0x0c;
	reply[11] = yes ? 3 : 4;
	memcpy(reply + 14, request + 12, 2);
	memcpy(reply + 16, request + 20, NTP_HEADER_SIZE);
	memcpy(reply + 64, request + 16, 4);
	send(dialogue->peer, reply, yes ? sizeof reply : 16, MSG_NOSIGNAL);
}

/* One step of the dialogue; returns how many bytes of DATA it took. */
static size_t step(struct dialogue *dialogue, const uint8_t *data, size_t size)
{
	size_t length = size > 1 ? data[1] : 0;

	switch (data[0] & 7) {
	case 0:
	case 1:
		ask(dialogue, size > 1 ? data[1] : 0);
		return 2;
	case 2:
		answer(dialogue, true);
		return 1;
	case 3:
		answer(dialogue, false);
		return 1;
	case 4:
		length = length < size - 1 ? length : size - 1;
		if (dialogue->peer >= 0 && length > 0)
			send(dialogue->peer, data + 1, length, MSG_NOSIGNAL);
		return 1 + length;
	case 5:
		hang_up(dialogue);
		return 1;
	case 6:
		give_connection(dialogue);
		return 1;
	default:
		if (dialogue->wanted)
			signd_client_connected(dialogue->signer, -(int)(length + 1),
					       SOCKET_HANDLE_NONE);
		dialogue->wanted = false;
		return 2;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct loop *loop;
	struct dialogue *dialogue = calloc(1, sizeof *dialogue);
	struct signd_client_environment environment = { .time_max = SIGND_CLIENT_TIME_MAX,
							.connect = want_connection,
							.context = dialogue };
	struct signd_client_counters counters;
	unsigned ended = 0;

	if (loop == NULL) {
		signal(SIGPIPE, SIG_IGN);
		loop = event_loop_create();
	}
	require(dialogue != NULL && loop != NULL);
	dialogue->loop = environment.loop = loop;
	dialogue->peer = -1;
	require(signd_client_create(&dialogue->signer, &environment, "/nobody/listens/here",
				    NULL) == 0);
	while (size > 0) {
		size_t used = step(dialogue, data, size);

		turn(dialogue);
		used = used < size ? used : size;
		data += used;
		size -= used;
	}
	for (unsigned i = 0; i < dialogue->asked; i++)
		ended += dialogue->requests[i].done;
	signd_client_counters(dialogue->signer, &counters);
	require(counters.asked == dialogue->asked);
	require(ended <= counters.made + counters.refused + counters.timed_out + counters.lost);
	signd_client_destroy(dialogue->signer);
	hang_up(dialogue);
	turn(dialogue);
	free(dialogue);
	return 0;
}
