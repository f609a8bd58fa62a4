#include "server/ntp_server.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "platform/udp.h"
#include "server/access.h"
#include "server/answer.h"
#include "server/interleaved.h"
#include "server/mssntp_server.h"
#include "server/rate.h"
#include "server/receive_times.h"

#define BATCH_MAX 64

/* Batch size while requests arrive singly: preparing a large recvmmsg() array costs
 * time even for one datagram. */
#define BATCH_SMALL 4

/* Answers that share one time of sending: it is read when all else is written,
 * but the system needs a microsecond for each, and the last one's would be old. */
#define PORTION_MAX 4

/* Batches from one socket before the event loop sees to the others. */
#define ROUNDS_MAX 8

/* s; an older request is of no use to its client, or the clock was stepped while it
 * waited, so that its receive time stamp is on another scale. */
#define REQUEST_AGE_MAX 1.0

/* s; what a time stamp may be ahead of a later reading: rounding. */
#define REQUEST_LEAD_MAX 1e-3

/* What its transmit time is: that of its sending, the request's, or that of the
 * sending of an earlier one. */
enum answer_kind { ANSWER_PLAIN, ANSWER_KISS, ANSWER_INTERLEAVED };

struct ntp_server {
	struct ntp_server_environment environment;
	struct ntp_server_settings settings;
	struct ntp_server_counters counters;
	struct announcement announcement;
	struct served *served;
	struct rate_limiter *limiter; /* NULL: no limit */
	struct mssntp_server *signing;
	struct interleaved_table *interleaved;
	unsigned capacity; /* asked for next */
	/* A batch; the answers take the places of the requests from the front. */
	struct udp_datagram datagrams[BATCH_MAX];
	enum answer_kind kinds[BATCH_MAX];
};

/* A request may not come from where it goes to. */
static bool ntp_server_is_from_ourselves(const struct ntp_server *server,
					 const struct udp_datagram *datagram)
{
	return net_address_port(&datagram->remote) == server->settings.at.port &&
	       net_address_is_set(&datagram->local) &&
	       net_address_same_host(&datagram->remote, &datagram->local);
}

/* The answer in HEADER to a client that wants to know when an earlier one left: it
 * tells, if that is known, and shall be told of itself the next time. */
static enum answer_kind ntp_server_answer_interleaved(struct ntp_server *server,
						      const struct receive_times *times,
						      const struct answer_request *request,
						      const struct net_address *client,
						      uint8_t *header, uint64_t *token)
{
	const struct clock_reading now = { .raw = times->raw, .utc = times->newest };
	ntp_timestamp named, left, receive = answer_receive(header);

	*token = 0;
	if (!answer_asks_interleaved(request, &named))
		return ANSWER_PLAIN;
	left = interleaved_take_transmit(server->interleaved, client, &now, named);
	*token = interleaved_add(server->interleaved, client, &now, &receive);
	answer_set_receive(header, receive);
	if (left == 0)
		return ANSWER_PLAIN;
	answer_make_interleaved(header, request, left);
	return ANSWER_INTERLEAVED;
}

/* Takes the request at DATAGRAM and, if it gets one now, writes the answer at
 * ANSWER, all but the time when it is sent.  A signed one comes later. */
static bool ntp_server_answer_request(struct ntp_server *server, struct udp_socket *socket,
				      const struct receive_times *times,
				      const struct udp_datagram *datagram,
				      struct udp_datagram *answer, enum answer_kind *kind)
{
	const struct ntp_server_settings *settings = &server->settings;
	struct ntp_server_counters *counters = &server->counters;
	const struct answer_request request = {
		.data = datagram->data,
		.length = datagram->length,
		.port = net_address_port(&datagram->remote),
		.received = receive_times_of(times, datagram->system_time),
	};
	enum rate_verdict verdict = RATE_ANSWER;
	uint8_t header[NTP_HEADER_SIZE];
	uint64_t token = 0;

	if (datagram->to_many) {
		counters->to_many++;
		return false;
	}
	if (!access_allows(settings->allow, settings->allow_count, &datagram->remote)) {
		counters->denied++;
		return false;
	}
	if (ntp_server_is_from_ourselves(server, datagram) ||
	    answer_compose(&request, settings->nonstandard_modes, &server->announcement, times->raw,
			   header) != ANSWER_SEND) {
		counters->malformed++;
		return false;
	}
	if (server->limiter != NULL)
		verdict = rate_limiter_check(server->limiter, &datagram->remote, times->raw);
	if (verdict != RATE_ANSWER)
		counters->rate_limited++;
	if (verdict == RATE_DROP)
		return false;
	if (mssntp_server_is_request(datagram->data, datagram->length)) {
		if (verdict == RATE_ANSWER)
			mssntp_server_take(server->signing, socket, datagram, header,
					   request.received, times->raw);
		return false;
	}
	*kind = ANSWER_KISS;
	if (verdict == RATE_KISS)
		answer_make_kiss(header);
	else
		*kind = ntp_server_answer_interleaved(server, times, &request, &datagram->remote,
						      header, &token);

	if (answer != datagram) {
		answer->remote = datagram->remote;
		answer->local = datagram->local;
		answer->interface = datagram->interface;
	}
	answer->token = token;
	answer->length = sizeof header;
	memcpy(answer->data, header, sizeof header);
	return true;
}

static void ntp_server_count_sent(struct ntp_server *server, unsigned from, unsigned count)
{
	for (unsigned i = from; i < from + count; i++) {
		if (server->kinds[i] == ANSWER_KISS)
			server->counters.kissed++;
		else
			server->counters.answered++;
		if (server->kinds[i] == ANSWER_INTERLEAVED)
			server->counters.interleaved++;
	}
}

/* Sends answers FROM up to END and returns where it stopped: before END when the
 * system takes no more, for then the rest would only be late. */
static unsigned ntp_server_send_portion(struct ntp_server *server, struct udp_socket *socket,
					unsigned from, unsigned end)
{
	while (from < end) {
		int result = udp_send(socket, &server->datagrams[from], end - from);

		if (result > 0) {
			ntp_server_count_sent(server, from, (unsigned)result);
			from += (unsigned)result;
			continue;
		}
		if (result == -EAGAIN || result == -ENOBUFS)
			break;
		server->counters.send_errors++;
		from++;
	}
	return from;
}

/* Writes the time of sending.  False for requests that waited too long, or
 * while the clock was stepped. */
static bool ntp_server_stamp_portion(struct ntp_server *server, const struct receive_times *times,
				     unsigned from, unsigned end)
{
	struct clock_reading now;
	utc_ns sent;

	if (clock_read(server->environment.clock, &now) != 0 ||
	    ns_interval(times->oldest, now.utc) > REQUEST_AGE_MAX ||
	    ns_interval(now.utc, times->newest) > REQUEST_LEAD_MAX)
		return false;
	sent = now.utc > times->newest ? now.utc : times->newest;
	for (unsigned i = from; i < end; i++) {
		if (server->kinds[i] == ANSWER_PLAIN)
			answer_set_sent(server->datagrams[i].data, sent);
	}
	return true;
}

/* Notes when answers left whose clients want to know. */
static void ntp_server_note_transmit_stamps(struct ntp_server *server, struct udp_socket *socket)
{
	struct clock *clock = server->environment.clock;
	struct udp_transmit_stamp transmit_stamps[BATCH_MAX];
	unsigned count = udp_transmit_stamps(socket, transmit_stamps, BATCH_MAX);
	struct clock_reading left;

	for (unsigned i = 0; i < count; i++) {
		if (clock->ops->translate(clock, transmit_stamps[i].system_time, &left) == 0)
			interleaved_set_transmit(server->interleaved, transmit_stamps[i].token,
						 &left);
	}
}

static bool ntp_server_has_tokens(const struct ntp_server *server, unsigned from, unsigned end)
{
	for (unsigned i = from; i < end; i++) {
		if (server->datagrams[i].token != 0)
			return true;
	}
	return false;
}

static void ntp_server_send_answers(struct ntp_server *server, struct udp_socket *socket,
				    const struct receive_times *times, unsigned count)
{
	unsigned done = 0;

	while (done < count) {
		unsigned end = count - done < PORTION_MAX ? count : done + PORTION_MAX;
		bool transmit_stamps = ntp_server_has_tokens(server, done, end);

		if (!ntp_server_stamp_portion(server, times, done, end)) {
			server->counters.stale += count - done;
			return;
		}
		done = ntp_server_send_portion(server, socket, done, end);
		if (transmit_stamps)
			ntp_server_note_transmit_stamps(server, socket);
		if (done < end) {
			server->counters.send_errors += count - done;
			return;
		}
	}
}

static void ntp_server_answer_batch(struct ntp_server *server, struct udp_socket *socket,
				    unsigned count)
{
	struct receive_times times;
	unsigned answers = 0;

	server->counters.received += count;
	if (receive_times_measure(&times, server->environment.clock, server->datagrams, count) !=
	    0) {
		server->counters.stale += count;
		return;
	}
	for (unsigned i = 0; i < count; i++) {
		if (ntp_server_answer_request(server, socket, &times, &server->datagrams[i],
					      &server->datagrams[answers], &server->kinds[answers]))
			answers++;
	}
	if (answers > 0)
		ntp_server_send_answers(server, socket, &times, answers);
}

static void ntp_server_on_requests(void *context, struct udp_socket *socket)
{
	struct ntp_server *server = context;

	for (int round = 0; round < ROUNDS_MAX; round++) {
		unsigned capacity = server->capacity;
		int count = udp_receive(socket, server->datagrams, capacity);

		server->capacity = count > BATCH_SMALL / 2 ? BATCH_MAX : BATCH_SMALL;
		if (count > 0)
			ntp_server_answer_batch(server, socket, (unsigned)count);
		else /* What woke us was a time stamp that came late. */
			ntp_server_note_transmit_stamps(server, socket);
		/* Fewer than asked for: the queue is empty, as good as surely. */
		if (count >= 0 && (unsigned)count < capacity)
			return;
	}
}

/* An answer under way holds the socket that it leaves by. */
static void ntp_server_on_closing(void *context, struct udp_socket *socket)
{
	struct ntp_server *server = context;

	(void)socket;
	mssntp_server_forget(server->signing);
}

/* What is named by an interface becomes what that interface is now.  True if that is
 * another one than before. */
static bool ntp_server_resolve_zones(struct ntp_server_settings *settings)
{
	struct mssntp_server_settings *signing = &settings->signing;
	bool changed = false;

	for (size_t i = 0; i < settings->allow_count; i++)
		changed = net_prefix_resolve_zone(&settings->allow[i]) || changed;
	for (size_t i = 0; i < signing->sign_for_count; i++)
		changed = net_prefix_resolve_zone(&signing->sign_for[i]) || changed;
	for (size_t i = 0; i < signing->guard.exempt_count; i++)
		changed = net_prefix_resolve_zone(&signing->guard.exempt[i]) || changed;
	return changed;
}

void ntp_server_network_changed(struct ntp_server *server)
{
	struct ntp_server_settings *settings = &server->settings;

	if (ntp_server_resolve_zones(settings))
		mssntp_server_configure(server->signing, &settings->signing, NULL);
	served_look_again(server->served);
}

static struct rate_limiter *ntp_server_change_limiter(struct rate_limiter *limiter,
						      const struct ntp_server_settings *settings)
{
	if (settings->rate_limit == 0) {
		rate_limiter_destroy(limiter);
		return NULL;
	}
	if (limiter != NULL)
		rate_limiter_configure(limiter, settings->rate_limit, settings->rate_burst);
	return limiter;
}

/* STARTS: ports that cannot be had are waited for. */
static int ntp_server_apply(struct ntp_server *server, const struct ntp_server_settings *settings,
			    bool starts, struct error *error)
{
	struct ntp_server_settings resolved = *settings;
	struct rate_limiter *limiter = server->limiter;
	struct error trouble;
	int status;

	if (settings->at.bind_count > SERVED_MAX || settings->allow_count > NTP_SERVER_ALLOW_MAX)
		return error_set(error, E2BIG, "too many addresses for NtpServer");
	ntp_server_resolve_zones(&resolved);
	settings = &resolved;
	/* What can fail comes first. */
	if (settings->rate_limit != 0 && limiter == NULL) {
		limiter = rate_limiter_create(settings->rate_limit, settings->rate_burst);
		if (limiter == NULL)
			return error_set_system(error, ENOMEM, "cannot limit the rate of requests");
	}
	status = mssntp_server_configure(server->signing, &settings->signing, error);
	if (status == 0) {
		status = served_change(server->served, &settings->at, starts ? NULL : &trouble);
		if (status < 0)
			error_set(error, trouble.code, "%s", trouble.text);
	}
	if (status != 0) {
		mssntp_server_configure(server->signing, &server->settings.signing, NULL);
		if (limiter != server->limiter)
			rate_limiter_destroy(limiter);
		return status;
	}
	server->limiter = ntp_server_change_limiter(limiter, settings);
	server->settings = *settings;
	return 0;
}

int ntp_server_configure(struct ntp_server *server, const struct ntp_server_settings *settings,
			 struct error *error)
{
	return ntp_server_apply(server, settings, false, error);
}

static struct mssntp_server *ntp_server_create_signing(
	const struct ntp_server_environment *environment)
{
	const struct mssntp_server_environment signing = {
		.loop = environment->loop,
		.clock = environment->clock,
		.log = environment->log,
		.connect = environment->connect_signer,
		.context = environment->context,
	};

	return mssntp_server_create(&signing);
}

int ntp_server_create(struct ntp_server **result, const struct ntp_server_environment *environment,
		      const struct ntp_server_settings *settings, struct error *error)
{
	struct ntp_server *server = calloc(1, sizeof *server);
	const struct listeners_handler handler = {
		.ready = ntp_server_on_requests,
		.closing = ntp_server_on_closing,
		.context = server,
	};
	int status;

	if (server == NULL)
		return error_set_system(error, ENOMEM, "cannot start NtpServer");
	server->environment = *environment;
	server->capacity = BATCH_SMALL;
	server->announcement = (struct announcement){
		.leap = NTP_LEAP_UNSYNCHRONIZED,
		.precision = (int8_t)ilogb(environment->clock->precision),
	};
	server->served = served_create(environment->loop, environment->log, &handler);
	server->signing = ntp_server_create_signing(environment);
	server->interleaved = interleaved_create();
	if (server->served == NULL || server->signing == NULL || server->interleaved == NULL) {
		ntp_server_destroy(server);
		return error_set_system(error, ENOMEM, "cannot start NtpServer");
	}
	status = ntp_server_apply(server, settings, true, error);
	if (status != 0) {
		ntp_server_destroy(server);
		return status;
	}
	*result = server;
	return 0;
}

void ntp_server_destroy(struct ntp_server *server)
{
	if (server == NULL)
		return;
	served_destroy(server->served);
	mssntp_server_destroy(server->signing);
	rate_limiter_destroy(server->limiter);
	interleaved_destroy(server->interleaved);
	free(server);
}

void ntp_server_announce(struct ntp_server *server, const struct announcement *announcement)
{
	server->announcement = *announcement;
}

bool ntp_server_is_at(const struct ntp_server *server, const struct net_address *address)
{
	return served_is_at(server->served, address);
}

void ntp_server_counters(const struct ntp_server *server, struct ntp_server_counters *counters)
{
	*counters = server->counters;
	mssntp_server_counters(server->signing, &counters->signing);
	counters->answered += counters->signing.answered;
}

void ntp_server_signer_connected(struct ntp_server *server, int status, socket_handle handle)
{
	mssntp_server_connected(server->signing, status, handle);
}
