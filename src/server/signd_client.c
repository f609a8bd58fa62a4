#include "server/signd_client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "loop/loop.h"
#include "loop/stream.h"
#include "platform/local_connect.h"
#include "platform/local_stream.h"
#include "server/signd.h"

/* Each that is closed upon is lost to its successors: few, but enough to keep
 * the signer busy. */
#define UNDER_WAY_MAX 4

/* s between attempts to reach the signer: doubled each time. */
#define PAUSE_FIRST 0.1
#define PAUSE_MAX   5.0

/* s that somebody else may take to open the connection for us. */
#define ASKING_MAX 5.0

/* So often must the connection be closed upon a request, the last time when it
 * was asked for alone, before it is to blame: a signer may also end, or close what
 * has been idle, just when we ask, or take the answer before along. */
#define CLOSINGS_MAX 2

/* Accounts that the signer refuses, and for how long (s) that is taken for granted. */
#define REFUSED_MAX    256
#define REFUSED_PERIOD 120.0

#define PATH_SIZE 256

enum state {
	STATE_IDLE,
	STATE_ASKING, /* somebody else opens the connection */
	STATE_CONNECTED,
	STATE_PAUSE, /* it could not be reached */
};

struct waiting {
	struct signd_request wire;
	const struct signd_client_callbacks *callbacks;
	loop_time asked;
	unsigned closings; /* how often the connection was closed upon it */
	_Alignas(max_align_t) uint8_t request[SIGND_CLIENT_REQUEST_MAX];
};

struct refused {
	uint32_t rid; /* 0: nothing */
	loop_time until;
};

struct signd_client {
	struct signd_client_environment environment;
	char path[PATH_SIZE];
	enum state state;
	struct loop_stream *connection;
	struct loop_timer *deadline; /* of the first request */
	struct loop_timer *retry;    /* end of the pause, or of the patience while asking */
	double pause;                /* the next */
	bool complained;             /* that it cannot be reached */
	uint16_t last_id;
	/* A ring, the first of them under way. */
	struct waiting waiting[SIGND_CLIENT_WAITING_MAX];
	unsigned first, count, under_way;
	struct refused refused[REFUSED_MAX];
	struct signd_client_counters counters;
};

static void signd_client_connect_now(struct signd_client *client);

static loop_time signd_client_now(const struct signd_client *client)
{
	return loop_now(client->environment.loop);
}

/* --- Accounts that are refused ----------------------------------------------- */

/* Without the bit that chooses between the present and the older key. */
static uint32_t signd_client_rid_of(const uint8_t key_identifier[4])
{
	return bytes_get_le32(key_identifier) & 0x7fffffff;
}

static bool signd_client_is_refused(const struct signd_client *client, uint32_t rid, loop_time time)
{
	for (unsigned i = 0; i < REFUSED_MAX; i++) {
		if (client->refused[i].rid == rid &&
		    loop_interval(time, client->refused[i].until) > 0)
			return true;
	}
	return false;
}

static void signd_client_remember_refusal(struct signd_client *client, uint32_t rid)
{
	struct refused *oldest = &client->refused[0];

	if (signd_client_is_refused(client, rid, signd_client_now(client)))
		return;
	for (unsigned i = 1; i < REFUSED_MAX; i++) {
		if (client->refused[i].until.ns < oldest->until.ns)
			oldest = &client->refused[i];
	}
	*oldest = (struct refused){ .rid = rid,
				    .until = loop_after(signd_client_now(client), REFUSED_PERIOD) };
}

/* --- The queue ---------------------------------------------------------------- */

static struct waiting *signd_client_queue_at(struct signd_client *client, unsigned index)
{
	return &client->waiting[(client->first + index) % SIGND_CLIENT_WAITING_MAX];
}

static void signd_client_set_deadline(struct signd_client *client)
{
	if (client->count == 0)
		loop_timer_stop(client->deadline);
	else
		loop_timer_set(client->deadline,
			       client->environment.time_max -
				       loop_interval(signd_client_queue_at(client, 0)->asked,
						     signd_client_now(client)));
}

/* Takes the first request off the queue and says how it ended. */
static void signd_client_finish_first(struct signd_client *client, int status,
				      const uint8_t *packet)
{
	struct waiting done = *signd_client_queue_at(client, 0);

	client->first = (client->first + 1) % SIGND_CLIENT_WAITING_MAX;
	client->count--;
	if (client->under_way > 0)
		client->under_way--;
	switch (status) {
	case 0:
		client->counters.made++;
		break;
	case -EACCES:
		client->counters.refused++;
		signd_client_remember_refusal(client,
					      signd_client_rid_of(done.wire.key_identifier));
		break;
	case -ETIMEDOUT:
		client->counters.timed_out++;
		break;
	default:
		client->counters.lost++;
	}
	done.callbacks->done(done.request, status, packet);
}

/* The queue is in order of arrival, so only its head can expire first. */
static void signd_client_finish_expired(struct signd_client *client)
{
	loop_time time = signd_client_now(client);
	int status = client->state == STATE_CONNECTED ? -ETIMEDOUT : -ECONNREFUSED;

	while (client->count > 0 && loop_interval(signd_client_queue_at(client, 0)->asked, time) >=
					    client->environment.time_max)
		signd_client_finish_first(client, status, NULL);
}

/* Hands over what the signer may have now. */
static void signd_client_hand_over(struct signd_client *client)
{
	bool alone = client->count > 0 && signd_client_queue_at(client, 0)->closings > 0;
	unsigned most = alone ? 1 : UNDER_WAY_MAX;

	while (client->state == STATE_CONNECTED && client->under_way < most &&
	       client->under_way < client->count) {
		struct waiting *next = signd_client_queue_at(client, client->under_way);
		uint8_t data[SIGND_REQUEST_SIZE];

		/* An answer to an earlier connection's request cannot come here. */
		next->wire.id = ++client->last_id;
		next->callbacks->stamp(next->request, next->wire.header);
		signd_request_write(&next->wire, data);
		client->under_way++;
		/* It fails when memory is short; then nothing comes back in time. */
		loop_stream_send(client->connection, data, sizeof data);
	}
}

/* --- The connection ----------------------------------------------------------- */

static void signd_client_disconnect(struct signd_client *client)
{
	if (client->connection != NULL)
		local_stream_close(loop_stream_destroy(client->connection));
	client->connection = NULL;
	client->under_way = 0;
	client->state = STATE_IDLE;
	loop_timer_stop(client->retry);
}

/* The next attempt comes later; who waits may still be lucky. */
static void signd_client_rest(struct signd_client *client)
{
	client->state = STATE_PAUSE;
	loop_timer_set(client->retry, client->pause);
	client->pause = client->pause * 2 < PAUSE_MAX ? client->pause * 2 : PAUSE_MAX;
}

static void signd_client_unreachable(struct signd_client *client, int status)
{
	struct error error;

	/* It is gone: the request that it was closed upon is not to blame. */
	if (client->count > 0)
		signd_client_queue_at(client, 0)->closings = 0;
	signd_client_rest(client);
	if (client->complained)
		return;
	client->complained = true;
	error_set_system(&error, -status, "cannot reach Samba's signer at %s", client->path);
	log_event(client->environment.log, LOG_LEVEL_WARNING, EVENT_SIGNER_UNAVAILABLE,
		  "%s; requests for signed time get no answer until it can be reached", error.text);
}

/* Closed without a word, perhaps because of the first request; see signd_client_attach(). */
static void signd_client_closed(struct signd_client *client)
{
	if (client->under_way > 0)
		signd_client_queue_at(client, 0)->closings++;
	signd_client_disconnect(client);
	if (client->count > 0)
		signd_client_connect_now(client);
}

/* What comes now could be anybody's answer. */
static void signd_client_talks_nonsense(struct signd_client *client)
{
	log_debug(client->environment.log, "Samba's signer at %s sent an invalid reply",
		  client->path);
	if (client->under_way > 0)
		signd_client_finish_first(client, -EBADMSG, NULL);
	signd_client_disconnect(client);
	signd_client_rest(client);
}

static void signd_client_on_reply(void *context)
{
	struct signd_client *client = context;

	for (;;) {
		size_t length, used = 0;
		const uint8_t *data = loop_stream_input(client->connection, &length);
		const uint8_t *packet = NULL;
		uint8_t copy[MSSNTP_LEGACY_SIZE];
		enum signd_reply reply;

		if (length == 0)
			break;
		length = length < SIGND_REPLY_MAX ? length : SIGND_REPLY_MAX;
		if (client->under_way == 0 || data == NULL) {
			signd_client_talks_nonsense(client);
			return;
		}
		reply = signd_reply_read(&signd_client_queue_at(client, 0)->wire, data, length,
					 &used, &packet);
		if (reply == SIGND_INCOMPLETE)
			return;
		if (reply == SIGND_GARBAGE) {
			signd_client_talks_nonsense(client);
			return;
		}
		if (packet != NULL)
			memcpy(copy, packet, sizeof copy);
		loop_stream_take(client->connection, used);
		client->pause = PAUSE_FIRST;
		signd_client_finish_first(client, packet != NULL ? 0 : -EACCES,
					  packet != NULL ? copy : NULL);
		signd_client_hand_over(client);
	}
	signd_client_set_deadline(client);
}

static void signd_client_on_end(void *context, bool broken)
{
	struct signd_client *client = context;

	(void)broken;
	signd_client_closed(client);
	signd_client_set_deadline(client);
}

/* Itself, or another one for the same account. */
static bool signd_client_is_to_blame(const struct signd_client *client, const struct waiting *first)
{
	return first->closings >= CLOSINGS_MAX ||
	       signd_client_is_refused(client, signd_client_rid_of(first->wire.key_identifier),
				       signd_client_now(client));
}

/* HANDLE is connected. */
static void signd_client_attach(struct signd_client *client, socket_handle handle)
{
	static const struct loop_stream_handler handler = { .received = signd_client_on_reply,
							    .ended = signd_client_on_end };
	/* It owes us little; what is more can wait in the socket. */
	int result = loop_stream_create(&client->connection, client->environment.loop, handle,
					UNDER_WAY_MAX * SIGND_REPLY_MAX, &handler, client);

	if (result < 0) {
		local_stream_close(handle);
		signd_client_unreachable(client, result);
		return;
	}
	loop_timer_stop(client->retry);
	client->state = STATE_CONNECTED;
	client->counters.connected++;
	if (client->complained)
		log_event(client->environment.log, LOG_LEVEL_INFORMATION, EVENT_SIGNER_BACK,
			  "Samba's signer at %s can be reached again", client->path);
	client->complained = false;
	while (client->count > 0 &&
	       signd_client_is_to_blame(client, signd_client_queue_at(client, 0)))
		signd_client_finish_first(client, -EACCES, NULL);
	signd_client_hand_over(client);
}

static void signd_client_connect_now(struct signd_client *client)
{
	socket_handle handle;
	int status = local_connect(client->path, &handle);

	if (status == 0) {
		signd_client_attach(client, handle);
		return;
	}
	/* Who may read Samba's configuration may also know of another place. */
	if ((status == -EACCES || status == -ENOENT) && client->environment.connect != NULL)
		status = client->environment.connect(client->environment.context);
	if (status != 0) {
		signd_client_unreachable(client, status);
		return;
	}
	client->state = STATE_ASKING;
	loop_timer_set(client->retry, ASKING_MAX);
}

void signd_client_connected(struct signd_client *client, int status, socket_handle handle)
{
	if (client->state != STATE_ASKING) {
		if (status == 0)
			local_stream_close(handle);
		return;
	}
	if (status == 0)
		signd_client_attach(client, handle);
	else
		signd_client_unreachable(client, status);
	signd_client_set_deadline(client);
}

/* --- Timers ------------------------------------------------------------------- */

static void signd_client_on_deadline(void *context)
{
	struct signd_client *client = context;
	unsigned before = client->count;
	bool under_way = client->under_way > 0;

	signd_client_finish_expired(client);
	/* Its late answers would be taken for others'. */
	if (under_way && client->count < before) {
		signd_client_disconnect(client);
		signd_client_rest(client);
	}
	signd_client_set_deadline(client);
}

static void signd_client_on_retry(void *context)
{
	struct signd_client *client = context;

	if (client->state == STATE_ASKING) {
		signd_client_unreachable(client, -ETIMEDOUT);
		return;
	}
	client->state = STATE_IDLE;
	if (client->count > 0)
		signd_client_connect_now(client);
	signd_client_set_deadline(client);
}

/* --- For all ------------------------------------------------------------------ */

int signd_client_sign(struct signd_client *client, const uint8_t header[NTP_HEADER_SIZE],
		      const uint8_t key_identifier[4],
		      const struct signd_client_callbacks *callbacks, const void *request,
		      size_t request_size)
{
	loop_time time = signd_client_now(client);
	struct waiting *last;

	if (request_size > SIGND_CLIENT_REQUEST_MAX)
		return -EINVAL;
	if (signd_client_is_refused(client, signd_client_rid_of(key_identifier), time)) {
		client->counters.refused++;
		return -EACCES;
	}
	if (client->state == STATE_PAUSE && client->complained) {
		client->counters.lost++;
		return -ECONNREFUSED;
	}
	if (client->count == SIGND_CLIENT_WAITING_MAX) {
		client->counters.lost++;
		return -EAGAIN;
	}
	last = signd_client_queue_at(client, client->count++);
	last->callbacks = callbacks;
	last->asked = time;
	last->closings = 0;
	memcpy(last->wire.key_identifier, key_identifier, sizeof last->wire.key_identifier);
	memcpy(last->wire.header, header, sizeof last->wire.header);
	memcpy(last->request, request, request_size);
	client->counters.asked++;
	if (client->state == STATE_IDLE)
		signd_client_connect_now(client);
	else
		signd_client_hand_over(client);
	if (client->count == 1)
		signd_client_set_deadline(client);
	return 0;
}

int signd_client_create(struct signd_client **result,
			const struct signd_client_environment *environment, const char *path,
			struct error *error)
{
	struct signd_client *client;

	if (strlen(path) >= PATH_SIZE)
		return error_set(error, ENAMETOOLONG, "the path of Samba's signer is too long");
	client = calloc(1, sizeof *client);
	if (client == NULL)
		return error_set_system(error, ENOMEM, "cannot ask Samba's signer");
	client->environment = *environment;
	memcpy(client->path, path, strlen(path));
	client->pause = PAUSE_FIRST;
	if (loop_timer_create(&client->deadline, environment->loop, signd_client_on_deadline,
			      client) < 0 ||
	    loop_timer_create(&client->retry, environment->loop, signd_client_on_retry, client) <
		    0) {
		signd_client_destroy(client);
		return error_set_system(error, ENOMEM, "cannot ask Samba's signer");
	}
	*result = client;
	return 0;
}

void signd_client_destroy(struct signd_client *client)
{
	if (client == NULL)
		return;
	if (client->connection != NULL)
		local_stream_close(loop_stream_destroy(client->connection));
	loop_timer_destroy(client->deadline);
	loop_timer_destroy(client->retry);
	free(client);
}

void signd_client_counters(const struct signd_client *client,
			   struct signd_client_counters *counters)
{
	*counters = client->counters;
}
