#include "client/association.h"

#include <errno.h>
#include <math.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "client/association_auth.h"

/* Of a server that does not answer every fourth request is one of version 3:
 * there are some that know no other. */
#define VERSION_TRIALS 4
/* Misses beyond are not counted; a multiple of POLLING_MISSES_MAX, plus one. */
#define MISSES_COUNTED 1000001u
/* So many misses in a row end a burst to a server that has answered before: it
 * may be limiting rates without saying so. */
#define BURST_MISSES 2
/* The first request waits no longer when there is haste; a new association's own
 * plan is shorter. */
#define FIRST_DELAY 0.5
/* Between requests to a server that asked for fewer, when we are told to ask. */
#define LIMITED_SPACING 8.0
/* A server that gave time so often since it asked for fewer requests is asked a
 * little more often again: one bad hour, or one forger on the way, must not slow
 * us down for good. */
#define LIMIT_ANSWERS 8
/* With all that an authentication puts behind the header. */
#define REQUEST_MAX 256
/* No answer can be older; keeps the choice of the NTP era right on a machine
 * whose clock lost its battery. */
#define UTC_AT_LEAST (INT64_C(1767225600) * NS_PER_SECOND) /* 2026 */

static raw_ns raw_now(const struct association *association)
{
	struct clock_reading now = { .raw = association->last_sent };

	clock_read(association->environment->clock, &now);
	return now.raw;
}

/* ------------------------------------------------------------------------- */
/* When */

static bool is_bursting(const struct association *association)
{
	return association->burst_requests > 0;
}

static void stop_burst(struct association *association)
{
	association->burst_requests = 0;
	association->burst_answers = 0;
}

int association_poll(const struct association *association)
{
	return polling_exponent(&association->settings.polling, &association->polling);
}

static void ask_wanted_poll(struct association *association)
{
	const struct ntp_client_environment *environment = association->environment;

	association->polling.wanted = environment->callbacks->poll(environment->context,
								   association->source);
}

static void schedule(struct association *association)
{
	double wait;

	ask_wanted_poll(association);
	if (is_bursting(association) && association->polling.floor == 0)
		wait = POLLING_BURST_SPACING;
	else
		wait = polling_randomize(
			polling_interval(&association->settings.polling, &association->polling),
			randombytes_random());
	association->due = ns_add(association->last_sent, wait);
}

bool association_is_settling(const struct association *association)
{
	return is_bursting(association) || exchange_is_open(&association->exchange);
}

void association_burst(struct association *association, raw_ns now, unsigned requests,
		       unsigned answers)
{
	bool limited = association->polling.floor > 0;
	raw_ns earliest;

	if (!is_bursting(association))
		association->burst_misses = 0;
	if (!limited && association->burst_requests < requests)
		association->burst_requests = requests;
	if (!limited && association->burst_answers < answers)
		association->burst_answers = answers;
	if (exchange_is_open(&association->exchange)) {
		raw_ns limit = ns_add(now, POLLING_BURST_PATIENCE);

		if (association->due > limit)
			association->due = limit;
		return;
	}
	if (association->ever_sent)
		earliest = ns_add(association->last_sent,
				  limited ? LIMITED_SPACING : POLLING_BURST_SPACING);
	else
		earliest = ns_add(now, FIRST_DELAY);
	if (earliest < now)
		earliest = now;
	if (association->due > earliest)
		association->due = earliest;
}

void association_calm(struct association *association)
{
	stop_burst(association);
	if (!exchange_is_open(&association->exchange) && association->ever_sent)
		schedule(association);
}

void association_succeed(struct association *association, raw_ns now, unsigned misses)
{
	association->polling.earlier_misses = misses < MISSES_COUNTED ? misses : MISSES_COUNTED;
	association->due = ns_add(
		now, polling_interval(&association->settings.polling, &association->polling));
}

void association_restart(struct association *association, raw_ns now)
{
	interleaved_forget(&association->interleaved);
	if (!exchange_is_open(&association->exchange))
		return;
	exchange_abort(&association->exchange);
	association->due = ns_add(now, POLLING_BURST_SPACING);
}

/* ------------------------------------------------------------------------- */
/* What came of it */

static void note_within_limit(struct association *association)
{
	struct polling_state *polling = &association->polling;

	if (polling->floor == 0 || ++association->answers_since_rate < LIMIT_ANSWERS)
		return;
	association->answers_since_rate = 0;
	polling->floor = polling_lower_floor(&association->settings.polling, polling->floor);
}

static void note_good(struct association *association)
{
	association->reachability = (uint8_t)(association->reachability << 1 | 1);
	association->polling.misses = 0;
	association->polling.answered = true;
	association->burst_misses = 0;
	if (association->version == 0)
		association->version = association->request.version;
	association->last_error = 0;
	association->last_drop = PEER_DROP_NONE;
	note_within_limit(association);
	if (association->burst_answers > 0 && --association->burst_answers == 0)
		stop_burst(association);
}

static void note_miss(struct association *association, int error, enum peer_drop drop)
{
	interleaved_forget(&association->interleaved);
	association->reachability = (uint8_t)(association->reachability << 1);
	if (association->polling.misses < MISSES_COUNTED)
		association->polling.misses++;
	association->last_error = error;
	association->last_drop = drop;
	if (is_bursting(association) && association->polling.answered &&
	    association->authentication == NULL && ++association->burst_misses >= BURST_MISSES)
		stop_burst(association);
}

static void end(struct association *association, enum association_outcome outcome)
{
	if (association->burst_requests == 0)
		association->burst_answers = 0;
	schedule(association);
	association->owner.ended(association->owner.context, outcome);
}

static void on_timeout(struct association *association)
{
	exchange_abort(&association->exchange);
	association_exchanged(association);
	if (association_was_cheated(association)) {
		note_miss(association, EBADMSG, PEER_DROP_NOT_AUTHENTICATED);
		end(association, ASSOCIATION_UNUSED);
		return;
	}
	note_miss(association, ETIMEDOUT, PEER_DROP_UNREACHABLE);
	end(association, ASSOCIATION_SILENT);
}

/* RFC 5905 appendix A.5.1.1's loop test: the server follows ourselves.  Only the
 * address by which it knows us is looked at: another of ours may be private, and
 * the server's source have the same one in another network.  Between two programs
 * of one machine nothing can be told. */
static bool follows_us(const struct association *association)
{
	const struct net_address *local = &association->exchange.local;
	uint32_t id = association->reply.reference_id;

	return association->reply.stratum > 1 && net_address_is_set(local) &&
	       !net_address_same_host(local, &association->remote) &&
	       ntp_client_reference_id(local) == id;
}

static enum association_outcome judge_verdict(struct association *association,
					      enum discipline_verdict verdict)
{
	struct peer_counters *counters = &association->counters;

	switch (verdict) {
	case MEASUREMENT_ACCEPTED:
		counters->accepted++;
		note_good(association);
		return ASSOCIATION_GOOD;
	case MEASUREMENT_DELAY_TOO_LARGE:
		/* The server is well, only the path was not. */
		counters->delay++;
		note_good(association);
		interleaved_forget(&association->interleaved);
		association->last_drop = PEER_DROP_DELAY;
		return ASSOCIATION_UNUSED;
	case MEASUREMENT_ROOT_DISTANCE:
		counters->root_distance++;
		note_miss(association, 0, PEER_DROP_ROOT_DISTANCE);
		return ASSOCIATION_UNUSED;
	case MEASUREMENT_STRATUM:
		counters->stratum++;
		note_miss(association, 0, PEER_DROP_STRATUM);
		return ASSOCIATION_UNUSED;
	case MEASUREMENT_IMPOSSIBLE:
		break;
	}
	counters->bogus++;
	note_miss(association, 0, PEER_DROP_OUT_OF_ORDER);
	return ASSOCIATION_UNUSED;
}

static enum association_outcome measure(struct association *association,
					const struct exchange_times *times)
{
	const struct ntp_client_environment *environment = association->environment;
	const struct ntp_header *reply = &association->reply;
	utc_ns around = times->received_utc > UTC_AT_LEAST ? times->received_utc : UTC_AT_LEAST;
	int precision = reply->precision < -32 ? -32 : reply->precision > 0 ? 0 : reply->precision;
	const struct interleaved *before = &association->interleaved;
	bool interleaved = reply_is_interleaved(&association->request, reply);
	struct measurement measurement = {
		.sent = times->sent,
		.server_received = ntp_to_utc(reply->receive, around),
		.server_sent = ntp_to_utc(reply->transmit, around),
		.received = interleaved ? before->received : times->received,
		.uncertainty = interleaved ? fmax(times->uncertainty, before->uncertainty)
					   : times->uncertainty,
		.interleaved = interleaved,
		.server_precision = ldexp(1, precision),
		.root_delay = reply->root_delay,
		.root_dispersion = reply->root_dispersion,
		.reference_id = reply->reference_id,
		.stratum = reply->stratum,
		.leap = reply->leap,
	};
	enum association_outcome outcome;

	association->counters.interleaved += interleaved;
	outcome = judge_verdict(association,
				environment->callbacks->measurement(
					environment->context, association->source, &measurement));
	if (outcome == ASSOCIATION_GOOD) {
		association->last_success = times->received_utc;
		association->phase =
			(ns_interval(ASSOCIATION_PHASE_EPOCH, measurement.server_received) +
			 ns_interval(ASSOCIATION_PHASE_EPOCH, measurement.server_sent) -
			 ns_interval(0, times->sent) - ns_interval(0, measurement.received)) /
			2;
		association->phase_taken = times->received;
		interleaved_note(&association->interleaved, &association->request, reply,
				 times->received, times->uncertainty);
	}
	return outcome;
}

static enum association_outcome take_kiss(struct association *association)
{
	if (association->verdict == REPLY_KISS_DENY) {
		association->counters.kiss_deny++;
		note_miss(association, ECONNREFUSED, PEER_DROP_UNREACHABLE);
		stop_burst(association);
		return ASSOCIATION_DENIED;
	}
	interleaved_forget(&association->interleaved);
	/* The server is well and wants to see us less often. */
	association->counters.kiss_rate++;
	association->last_error = 0;
	if (!association->polling.answered)
		note_miss(association, 0, PEER_DROP_UNREACHABLE);
	association->polling.floor = polling_raise_floor(association->polling.floor,
							 association_poll(association));
	association->answers_since_rate = 0;
	stop_burst(association);
	return ASSOCIATION_LIMITED;
}

static enum association_outcome take_unfit(struct association *association, uint64_t *counter,
					   enum peer_drop drop)
{
	++*counter;
	note_miss(association, 0, drop);
	return ASSOCIATION_UNUSED;
}

static enum association_outcome take_answer(struct association *association,
					    const struct exchange_times *times)
{
	struct peer_counters *counters = &association->counters;

	switch (association->verdict) {
	case REPLY_GOOD:
		if (follows_us(association))
			return take_unfit(association, &counters->stratum, PEER_DROP_STRATUM);
		return measure(association, times);
	case REPLY_KISS_RATE:
	case REPLY_KISS_DENY:
		return take_kiss(association);
	case REPLY_KISS_OTHER:
		return take_unfit(association, &counters->kiss_other, PEER_DROP_UNSYNCHRONIZED);
	case REPLY_STALE:
		return take_unfit(association, &counters->stale, PEER_DROP_STALE);
	case REPLY_ROOT_DISTANCE:
		return take_unfit(association, &counters->root_distance, PEER_DROP_ROOT_DISTANCE);
	case REPLY_OUT_OF_ORDER:
		return take_unfit(association, &counters->bogus, PEER_DROP_OUT_OF_ORDER);
	case REPLY_UNSYNCHRONIZED:
	case REPLY_BOGUS:
	case REPLY_DUPLICATE:
		break;
	}
	return take_unfit(association, &counters->unsynchronized, PEER_DROP_UNSYNCHRONIZED);
}

static bool judge(void *context, const uint8_t *data, size_t length)
{
	struct association *association = context;
	struct ntp_header header;
	enum reply_verdict verdict = reply_check(&association->request, &association->memory,
						 &association->settings.rules, data, length,
						 &header);

	association->counters.received++;
	if (verdict == REPLY_BOGUS) {
		association->counters.bogus++;
		association->last_drop = PEER_DROP_OUT_OF_ORDER;
	} else if (verdict == REPLY_DUPLICATE) {
		association->counters.duplicate++;
		association->last_drop = PEER_DROP_DUPLICATE;
	}
	if (!reply_is_answer(verdict) || !association_authenticate(association, data, length))
		return false;
	association->verdict = verdict;
	association->reply = header;
	association->replied = true;
	reply_remember(&association->memory, &association->request);
	return true;
}

static void on_ended(void *context, int status, const struct exchange_times *times)
{
	struct association *association = context;

	if (status != 0) {
		note_miss(association, -status, PEER_DROP_UNREACHABLE);
		end(association, ASSOCIATION_REFUSED);
		return;
	}
	association_exchanged(association);
	end(association, take_answer(association, times));
}

/* ------------------------------------------------------------------------- */
/* Asking */

static uint8_t choose_version(const struct association *association)
{
	if (association->authentication != NULL && association->authentication->version != 0)
		return association->authentication->version;
	if (association->version != 0)
		return association->version;
	return association->requests % VERSION_TRIALS == VERSION_TRIALS - 1 ? 3 : NTP_VERSION_MAX;
}

static ntp_timestamp draw_nonce(ntp_timestamp other)
{
	ntp_timestamp nonce;

	do {
		randombytes_buf(&nonce, sizeof nonce);
	} while (nonce == 0 || nonce == other);
	return nonce;
}

static void choose_mode(struct association *association)
{
	const struct ntp_client_environment *environment = association->environment;
	struct reply_request *request = &association->request;
	struct clock_reading now;
	bool wanted = association->settings.mode == NTP_MODE_CLIENT &&
		      association->authentication == NULL &&
		      environment->callbacks->interleave != NULL &&
		      environment->callbacks->interleave(environment->context, association->source);

	request->server_received = request->interleaved_nonce = 0;
	if (clock_read(environment->clock, &now) == 0 &&
	    interleaved_ask(&association->interleaved, wanted, &now, request))
		request->interleaved_nonce = draw_nonce(request->nonce);
}

/* Nothing about ourselves that the server need not know: RFC 5905 allows it. */
static void compose(struct association *association, uint8_t data[NTP_HEADER_SIZE])
{
	struct ntp_header header = {
		.leap = NTP_LEAP_UNSYNCHRONIZED,
		.version = choose_version(association),
		.mode = association->settings.mode,
		.poll = (int8_t)association_poll(association),
		.transmit = draw_nonce(0),
	};

	association->request.nonce = header.transmit;
	association->request.version = header.version;
	association->request.mode = header.mode;
	choose_mode(association);
	header.origin = association->request.server_received;
	header.receive = association->request.interleaved_nonce;
	ntp_header_encode(&header, data);
}

static double patience(const struct association *association)
{
	double interval = polling_interval(&association->settings.polling, &association->polling);

	if (is_bursting(association))
		return POLLING_BURST_PATIENCE;
	return fmin(POLLING_PATIENCE, interval * POLLING_BURST_PATIENCE / POLLING_BURST_SPACING);
}

static void ask(struct association *association, raw_ns now)
{
	uint8_t data[REQUEST_MAX];
	double wait = patience(association);
	int length, result;

	compose(association, data);
	association->requests++;
	association->last_sent = now;
	association->ever_sent = true;
	if (association->burst_requests > 0)
		association->burst_requests--;
	if (association->request.interleaved_nonce != 0)
		exchange_warm_up(&association->remote);
	length = association_protect(association, data, NTP_HEADER_SIZE, sizeof data);
	result = length < 0 ? length
			    : exchange_start(&association->exchange, &association->remote,
					     &association->settings.bind, data, (size_t)length);
	if (result != 0) {
		association->counters.send_errors++;
		note_miss(association, -result, PEER_DROP_UNREACHABLE);
		end(association, ASSOCIATION_REFUSED);
		return;
	}
	association->counters.sent++;
	association->due = ns_add(now, wait);
}

/* The discipline may want samples sooner than it did when the poll was planned. */
static void reconsider(struct association *association, raw_ns now)
{
	int planned = association->polling.wanted;
	raw_ns due;

	if (exchange_is_open(&association->exchange) || !association->ever_sent)
		return;
	ask_wanted_poll(association);
	if (association->polling.wanted >= planned)
		return;
	due = ns_add(association->last_sent,
		     polling_interval(&association->settings.polling, &association->polling));
	if (due < now)
		due = now;
	if (due < association->due)
		association->due = due;
}

void association_run(struct association *association, raw_ns now)
{
	reconsider(association, now);
	if (association->due > now)
		return;
	if (exchange_is_open(&association->exchange))
		on_timeout(association);
	else
		ask(association, now);
}

/* ------------------------------------------------------------------------- */

struct association *association_create(const struct ntp_client_environment *environment,
				       const struct association_owner *owner,
				       const struct association_settings *settings,
				       struct authentication *authentication, source_id source,
				       const struct net_address *remote, raw_ns first)
{
	static const struct exchange_handler handler = { judge, on_ended };
	struct association *association = calloc(1, sizeof *association);

	if (association == NULL)
		return NULL;
	association->environment = environment;
	association->owner = *owner;
	association->settings = *settings;
	association->authentication = authentication;
	association->authenticity = -1;
	association->source = source;
	association->remote = *remote;
	association->due = first;
	exchange_init(&association->exchange, environment->loop, environment->clock, &handler,
		      association);
	return association;
}

void association_destroy(struct association *association)
{
	if (association == NULL)
		return;
	exchange_abort(&association->exchange);
	if (association->authentication != NULL)
		association->authentication->destroy(association->authentication);
	free(association);
}

void association_configure(struct association *association,
			   const struct association_settings *settings)
{
	raw_ns planned = association->due;

	association->settings = *settings;
	if (exchange_is_open(&association->exchange) || !association->ever_sent)
		return;
	schedule(association);
	if (association->due > planned)
		association->due = planned;
	if (association->due < raw_now(association))
		association->due = raw_now(association);
}
