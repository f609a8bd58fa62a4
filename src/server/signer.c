#include "server/signer.h"

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

/* Accounts that the signer does not sign for, and how long that is believed (s). */
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
	const struct signer_callbacks *callbacks;
	loop_time asked;
	unsigned closings; /* how often the connection was closed upon it */
	_Alignas(max_align_t) uint8_t request[SIGNER_REQUEST_MAX];
};

struct refused {
	uint32_t rid; /* 0: nothing */
	loop_time until;
};

struct signer {
	struct signer_environment environment;
	char path[PATH_SIZE];
	enum state state;
	struct loop_stream *connection;
	struct loop_timer *deadline; /* of the first request */
	struct loop_timer *retry;    /* end of the pause, or of the patience while asking */
	double pause;                /* the next */
	bool complained;             /* that it cannot be reached */
	uint16_t last_id;
	/* A ring, the first of them under way. */
	struct waiting waiting[SIGNER_WAITING_MAX];
	unsigned first, count, under_way;
	struct refused refused[REFUSED_MAX];
	struct signer_counters counters;
};

static void connect_now(struct signer *signer);

static loop_time now(const struct signer *signer)
{
	return loop_now(signer->environment.loop);
}

/* --- Accounts that are refused ----------------------------------------------- */

/* Without the bit that chooses between the present and the older key. */
static uint32_t rid_of(const uint8_t key_identifier[4])
{
	return bytes_get_le32(key_identifier) & 0x7fffffff;
}

static bool is_refused(const struct signer *signer, uint32_t rid, loop_time time)
{
	for (unsigned i = 0; i < REFUSED_MAX; i++) {
		if (signer->refused[i].rid == rid &&
		    loop_interval(time, signer->refused[i].until) > 0)
			return true;
	}
	return false;
}

static void remember_refusal(struct signer *signer, uint32_t rid)
{
	struct refused *oldest = &signer->refused[0];

	if (is_refused(signer, rid, now(signer)))
		return;
	for (unsigned i = 1; i < REFUSED_MAX; i++) {
		if (signer->refused[i].until.ns < oldest->until.ns)
			oldest = &signer->refused[i];
	}
	*oldest = (struct refused){ .rid = rid, .until = loop_after(now(signer), REFUSED_PERIOD) };
}

/* --- The queue ---------------------------------------------------------------- */

static struct waiting *queue_at(struct signer *signer, unsigned index)
{
	return &signer->waiting[(signer->first + index) % SIGNER_WAITING_MAX];
}

static void set_deadline(struct signer *signer)
{
	if (signer->count == 0)
		loop_timer_stop(signer->deadline);
	else
		loop_timer_set(signer->deadline,
			       signer->environment.time_max -
				       loop_interval(queue_at(signer, 0)->asked, now(signer)));
}

/* Takes the first request off the queue and says how it ended. */
static void finish_first(struct signer *signer, int status, const uint8_t *packet)
{
	struct waiting done = *queue_at(signer, 0);

	signer->first = (signer->first + 1) % SIGNER_WAITING_MAX;
	signer->count--;
	if (signer->under_way > 0)
		signer->under_way--;
	switch (status) {
	case 0:
		signer->counters.made++;
		break;
	case -EACCES:
		signer->counters.refused++;
		remember_refusal(signer, rid_of(done.wire.key_identifier));
		break;
	case -ETIMEDOUT:
		signer->counters.timed_out++;
		break;
	default:
		signer->counters.lost++;
	}
	done.callbacks->done(done.request, status, packet);
}

/* Requests are as old as they are in front: the others are younger. */
static void finish_expired(struct signer *signer)
{
	loop_time time = now(signer);
	int status = signer->state == STATE_CONNECTED ? -ETIMEDOUT : -ECONNREFUSED;

	while (signer->count > 0 &&
	       loop_interval(queue_at(signer, 0)->asked, time) >= signer->environment.time_max)
		finish_first(signer, status, NULL);
}

/* Hands over what the signer may have now. */
static void hand_over(struct signer *signer)
{
	bool alone = signer->count > 0 && queue_at(signer, 0)->closings > 0;
	unsigned most = alone ? 1 : UNDER_WAY_MAX;

	while (signer->state == STATE_CONNECTED && signer->under_way < most &&
	       signer->under_way < signer->count) {
		struct waiting *next = queue_at(signer, signer->under_way);
		uint8_t data[SIGND_REQUEST_SIZE];

		/* An answer to an earlier connection's request cannot come here. */
		next->wire.id = ++signer->last_id;
		next->callbacks->stamp(next->request, next->wire.header);
		signd_request_write(&next->wire, data);
		signer->under_way++;
		/* It fails when memory is short; then nothing comes back in time. */
		loop_stream_send(signer->connection, data, sizeof data);
	}
}

/* --- The connection ----------------------------------------------------------- */

static void disconnect(struct signer *signer)
{
	if (signer->connection != NULL)
		local_stream_close(loop_stream_destroy(signer->connection));
	signer->connection = NULL;
	signer->under_way = 0;
	signer->state = STATE_IDLE;
	loop_timer_stop(signer->retry);
}

/* The next attempt comes later; who waits may still be lucky. */
static void rest(struct signer *signer)
{
	signer->state = STATE_PAUSE;
	loop_timer_set(signer->retry, signer->pause);
	signer->pause = signer->pause * 2 < PAUSE_MAX ? signer->pause * 2 : PAUSE_MAX;
}

static void unreachable(struct signer *signer, int status)
{
	struct error error;

	/* It is gone: the request that it was closed upon is not to blame. */
	if (signer->count > 0)
		queue_at(signer, 0)->closings = 0;
	rest(signer);
	if (signer->complained)
		return;
	signer->complained = true;
	error_set_system(&error, -status, "cannot reach Samba's signer at %s", signer->path);
	log_event(signer->environment.log, LOG_LEVEL_WARNING, EVENT_SIGNER_UNAVAILABLE,
		  "%s; requests for signed time get no answer until it can be reached", error.text);
}

/* Closed without a word, perhaps because of the first request; see connected(). */
static void closed(struct signer *signer)
{
	if (signer->under_way > 0)
		queue_at(signer, 0)->closings++;
	disconnect(signer);
	if (signer->count > 0)
		connect_now(signer);
}

/* What comes now could be anybody's answer. */
static void talks_nonsense(struct signer *signer)
{
	log_debug(signer->environment.log, "Samba's signer at %s talks nonsense", signer->path);
	if (signer->under_way > 0)
		finish_first(signer, -EBADMSG, NULL);
	disconnect(signer);
	rest(signer);
}

static void on_reply(void *context)
{
	struct signer *signer = context;

	for (;;) {
		size_t length, used = 0;
		const uint8_t *data = loop_stream_input(signer->connection, &length);
		const uint8_t *packet = NULL;
		uint8_t copy[MSSNTP_LEGACY_SIZE];
		enum signd_reply reply;

		if (length == 0)
			break;
		length = length < SIGND_REPLY_MAX ? length : SIGND_REPLY_MAX;
		if (signer->under_way == 0 || data == NULL) {
			talks_nonsense(signer);
			return;
		}
		reply = signd_reply_read(&queue_at(signer, 0)->wire, data, length, &used, &packet);
		if (reply == SIGND_INCOMPLETE)
			return;
		if (reply == SIGND_GARBAGE) {
			talks_nonsense(signer);
			return;
		}
		if (packet != NULL)
			memcpy(copy, packet, sizeof copy);
		loop_stream_take(signer->connection, used);
		signer->pause = PAUSE_FIRST;
		finish_first(signer, packet != NULL ? 0 : -EACCES, packet != NULL ? copy : NULL);
		hand_over(signer);
	}
	set_deadline(signer);
}

static void on_end(void *context, bool broken)
{
	struct signer *signer = context;

	(void)broken;
	closed(signer);
	set_deadline(signer);
}

/* Itself, or another one for the same account. */
static bool is_to_blame(const struct signer *signer, const struct waiting *first)
{
	return first->closings >= CLOSINGS_MAX ||
	       is_refused(signer, rid_of(first->wire.key_identifier), now(signer));
}

/* HANDLE is connected. */
static void connected(struct signer *signer, socket_handle handle)
{
	static const struct loop_stream_handler handler = { .received = on_reply, .ended = on_end };
	/* It owes us little; what is more can wait in the socket. */
	int result = loop_stream_create(&signer->connection, signer->environment.loop, handle,
					UNDER_WAY_MAX * SIGND_REPLY_MAX, &handler, signer);

	if (result < 0) {
		local_stream_close(handle);
		unreachable(signer, result);
		return;
	}
	loop_timer_stop(signer->retry);
	signer->state = STATE_CONNECTED;
	signer->counters.connected++;
	if (signer->complained)
		log_event(signer->environment.log, LOG_LEVEL_INFORMATION, EVENT_SIGNER_BACK,
			  "Samba's signer at %s can be reached again", signer->path);
	signer->complained = false;
	while (signer->count > 0 && is_to_blame(signer, queue_at(signer, 0)))
		finish_first(signer, -EACCES, NULL);
	hand_over(signer);
}

static void connect_now(struct signer *signer)
{
	socket_handle handle;
	int status = local_connect(signer->path, &handle);

	if (status == 0) {
		connected(signer, handle);
		return;
	}
	/* Who may read Samba's configuration may also know of another place. */
	if ((status == -EACCES || status == -ENOENT) && signer->environment.connect != NULL)
		status = signer->environment.connect(signer->environment.context);
	if (status != 0) {
		unreachable(signer, status);
		return;
	}
	signer->state = STATE_ASKING;
	loop_timer_set(signer->retry, ASKING_MAX);
}

void signer_connected(struct signer *signer, int status, socket_handle handle)
{
	if (signer->state != STATE_ASKING) {
		if (status == 0)
			local_stream_close(handle);
		return;
	}
	if (status == 0)
		connected(signer, handle);
	else
		unreachable(signer, status);
	set_deadline(signer);
}

/* --- Timers ------------------------------------------------------------------- */

static void on_deadline(void *context)
{
	struct signer *signer = context;
	unsigned before = signer->count;
	bool under_way = signer->under_way > 0;

	finish_expired(signer);
	/* Its late answers would be taken for others'. */
	if (under_way && signer->count < before) {
		disconnect(signer);
		rest(signer);
	}
	set_deadline(signer);
}

static void on_retry(void *context)
{
	struct signer *signer = context;

	if (signer->state == STATE_ASKING) {
		unreachable(signer, -ETIMEDOUT);
		return;
	}
	signer->state = STATE_IDLE;
	if (signer->count > 0)
		connect_now(signer);
	set_deadline(signer);
}

/* --- For all ------------------------------------------------------------------ */

int signer_sign(struct signer *signer, const uint8_t header[NTP_HEADER_SIZE],
		const uint8_t key_identifier[4], const struct signer_callbacks *callbacks,
		const void *request, size_t request_size)
{
	loop_time time = now(signer);
	struct waiting *last;

	if (request_size > SIGNER_REQUEST_MAX)
		return -EINVAL;
	if (is_refused(signer, rid_of(key_identifier), time)) {
		signer->counters.refused++;
		return -EACCES;
	}
	if (signer->state == STATE_PAUSE && signer->complained) {
		signer->counters.lost++;
		return -ECONNREFUSED;
	}
	if (signer->count == SIGNER_WAITING_MAX) {
		signer->counters.lost++;
		return -EAGAIN;
	}
	last = queue_at(signer, signer->count++);
	last->callbacks = callbacks;
	last->asked = time;
	last->closings = 0;
	memcpy(last->wire.key_identifier, key_identifier, sizeof last->wire.key_identifier);
	memcpy(last->wire.header, header, sizeof last->wire.header);
	memcpy(last->request, request, request_size);
	signer->counters.asked++;
	if (signer->state == STATE_IDLE)
		connect_now(signer);
	else
		hand_over(signer);
	if (signer->count == 1)
		set_deadline(signer);
	return 0;
}

int signer_create(struct signer **result, const struct signer_environment *environment,
		  const char *path, struct error *error)
{
	struct signer *signer;

	if (strlen(path) >= PATH_SIZE)
		return error_set(error, ENAMETOOLONG, "the path of Samba's signer is too long");
	signer = calloc(1, sizeof *signer);
	if (signer == NULL)
		return error_set_system(error, ENOMEM, "cannot ask Samba's signer");
	signer->environment = *environment;
	memcpy(signer->path, path, strlen(path));
	signer->pause = PAUSE_FIRST;
	if (loop_timer_create(&signer->deadline, environment->loop, on_deadline, signer) < 0 ||
	    loop_timer_create(&signer->retry, environment->loop, on_retry, signer) < 0) {
		signer_destroy(signer);
		return error_set_system(error, ENOMEM, "cannot ask Samba's signer");
	}
	*result = signer;
	return 0;
}

void signer_destroy(struct signer *signer)
{
	if (signer == NULL)
		return;
	if (signer->connection != NULL)
		local_stream_close(loop_stream_destroy(signer->connection));
	loop_timer_destroy(signer->deadline);
	loop_timer_destroy(signer->retry);
	free(signer);
}

void signer_counters(const struct signer *signer, struct signer_counters *counters)
{
	*counters = signer->counters;
}
