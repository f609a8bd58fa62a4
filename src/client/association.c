#include "client/association.h"

#include <errno.h>
#include <math.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "client/interleaved.h"
#include "client/reference_id.h"
#include "client/schedule.h"
#include "client/signature.h"

/* Of a server that does not answer, every fourth request is one of version 3: some
 * servers know no other. */
#define VERSION_TRIALS 4
/* Room for a request with all that an authentication puts behind the header. */
#define REQUEST_MAX 256
/* Datagrams taken at once; more wait for the next call. */
#define BATCH 16
/* No answer can be older; keeps the choice of the NTP era right on a machine
 * whose clock lost its battery. */
#define UTC_AT_LEAST (INT64_C(1767225600) * NS_PER_SECOND) /* 2026 */
/* Phases count from here, so that a double holds them to a microsecond. */
#define PHASE_EPOCH (INT64_C(1750000000) * NS_PER_SECOND)

struct association {
	struct association_settings settings;
	source_id source;
	struct net_address remote;
	struct exchange exchange;
	struct signature signature;
	struct schedule schedule;

	struct reply_request request; /* the last one */
	struct reply_memory memory;
	struct interleaved interleaved;
	raw_ns interleave_until;     /* a request up to then is worth while so */
	struct ntp_header reply;     /* the last answer */
	bool replied;                /* REPLY is one */
	struct exchange_times times; /* of the sample that is to be concluded */

	unsigned requests;
	uint8_t version; /* of the first request that gave time; 0: none yet */
	uint8_t reachability;
	utc_ns last_success;
	double phase;       /* s, server's time minus raw scale, of the last good answer */
	raw_ns phase_taken; /* when */
	int last_error;
	enum peer_drop last_drop;
	struct peer_counters counters;
};

/* ------------------------------------------------------------------------- */
/* When */

void association_burst(struct association *association, raw_ns now, unsigned requests,
		       unsigned answers)
{
	schedule_burst(&association->schedule, now, requests, answers);
}

void association_end_burst(struct association *association)
{
	schedule_end_burst(&association->schedule, randombytes_random());
}

void association_inherit_misses(struct association *association, raw_ns now, unsigned misses)
{
	schedule_inherit_misses(&association->schedule, now, misses);
}

void association_forget_inherited_misses(struct association *association)
{
	association->schedule.polling.earlier_misses = 0;
}

void association_plan(struct association *association, raw_ns when)
{
	association->schedule.due = when;
}

void association_restart(struct association *association, raw_ns now)
{
	interleaved_forget(&association->interleaved);
	if (!exchange_is_open(&association->exchange))
		return;
	exchange_end(&association->exchange);
	schedule_restart(&association->schedule, now);
}

/* ------------------------------------------------------------------------- */
/* What came of it */

static void association_note_good(struct association *association)
{
	association->reachability = (uint8_t)(association->reachability << 1 | 1);
	schedule_answered(&association->schedule);
	if (association->version == 0)
		association->version = association->request.version;
	association->last_error = 0;
	association->last_drop = PEER_DROP_NONE;
}

static void association_note_miss(struct association *association, int error, enum peer_drop drop)
{
	interleaved_forget(&association->interleaved);
	association->reachability = (uint8_t)(association->reachability << 1);
	/* Where each form of signature is to be tried a burst does not end early. */
	schedule_missed(&association->schedule, association->signature.authentication != NULL);
	association->last_error = error;
	association->last_drop = drop;
}

/* The exchange is over and what it gave is noted. */
static void association_finish(struct association *association, enum association_result result,
			       struct association_event *event)
{
	schedule_next(&association->schedule, randombytes_random());
	event->result = result;
	event->authenticity = association->signature.best;
	event->error = association->last_error;
	event->drop = association->last_drop;
	event->limit = ldexp(1, association->schedule.polling.floor);
}

static void association_fail(struct association *association, int error, enum peer_drop drop,
			     enum association_result result, struct association_event *event)
{
	association_note_miss(association, error, drop);
	association_finish(association, result, event);
}

static void association_time_out(struct association *association, struct association_event *event)
{
	exchange_end(&association->exchange);
	signature_end(&association->signature);
	if (signature_was_forged(&association->signature))
		association_fail(association, EBADMSG, PEER_DROP_NOT_AUTHENTICATED,
				 ASSOCIATION_UNUSED, event);
	else
		association_fail(association, ETIMEDOUT, PEER_DROP_UNREACHABLE, ASSOCIATION_SILENT,
				 event);
}

/* RFC 5905 appendix A.5.1.1's loop test: the server follows ourselves.  Only the
 * address by which it knows us is looked at: another of ours may be private, and
 * the server's source have the same one in another network.  Between two programs
 * of one machine nothing can be told. */
static bool association_follows_us(const struct association *association)
{
	const struct net_address *local = &association->exchange.local;
	uint32_t id = association->reply.reference_id;

	return association->reply.stratum > 1 && net_address_is_set(local) &&
	       !net_address_same_host(local, &association->remote) &&
	       reference_id_of_address(local) == id;
}

static void association_make_sample(struct association *association,
				    const struct exchange_times *times,
				    struct association_event *event)
{
	const struct ntp_header *reply = &association->reply;
	utc_ns around = times->received_utc > UTC_AT_LEAST ? times->received_utc : UTC_AT_LEAST;
	int precision = reply->precision < -32 ? -32 : reply->precision > 0 ? 0 : reply->precision;
	const struct interleaved *before = &association->interleaved;
	bool interleaved = reply_is_interleaved(&association->request, reply);

	event->result = ASSOCIATION_SAMPLE;
	event->measurement = (struct measurement){
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
	association->counters.interleaved += interleaved;
	association->times = *times;
}

static void association_note_accepted(struct association *association,
				      const struct measurement *measurement)
{
	const struct exchange_times *times = &association->times;

	association->counters.accepted++;
	association_note_good(association);
	association->last_success = times->received_utc;
	association->phase = (ns_interval(PHASE_EPOCH, measurement->server_received) +
			      ns_interval(PHASE_EPOCH, measurement->server_sent) -
			      ns_interval(0, times->sent) - ns_interval(0, measurement->received)) /
			     2;
	association->phase_taken = times->received;
	interleaved_note(&association->interleaved, &association->request, &association->reply,
			 times->received, times->uncertainty);
}

void association_conclude(struct association *association, const struct sample_outcome *outcome,
			  struct association_event *event)
{
	struct peer_counters *counters = &association->counters;
	enum association_result result = ASSOCIATION_UNUSED;

	association->schedule.polling.wanted = outcome->poll;
	association->interleave_until = ns_add(association->times.received,
					       outcome->interleave_within);
	switch (outcome->verdict) {
	case MEASUREMENT_ACCEPTED:
		association_note_accepted(association, &event->measurement);
		result = ASSOCIATION_ACCEPTED;
		break;
	case MEASUREMENT_DELAY_TOO_LARGE:
		/* The server is well, only the path was not. */
		counters->delay++;
		association_note_good(association);
		interleaved_forget(&association->interleaved);
		association->last_drop = PEER_DROP_DELAY;
		break;
	case MEASUREMENT_ROOT_DISTANCE:
		counters->root_distance++;
		association_note_miss(association, 0, PEER_DROP_ROOT_DISTANCE);
		break;
	case MEASUREMENT_STRATUM:
		counters->stratum++;
		association_note_miss(association, 0, PEER_DROP_STRATUM);
		break;
	case MEASUREMENT_IMPOSSIBLE:
		counters->bogus++;
		association_note_miss(association, 0, PEER_DROP_OUT_OF_ORDER);
		break;
	}
	association_finish(association, result, event);
}

static void association_take_kiss(struct association *association, enum reply_verdict verdict,
				  struct association_event *event)
{
	if (verdict == REPLY_KISS_DENY) {
		association->counters.kiss_deny++;
		association_note_miss(association, ECONNREFUSED, PEER_DROP_UNREACHABLE);
		association_finish(association, ASSOCIATION_DENIED, event);
		return;
	}
	interleaved_forget(&association->interleaved);
	/* The server is well and wants to see us less often. */
	association->counters.kiss_rate++;
	association->last_error = 0;
	if (!association->schedule.polling.answered)
		association_note_miss(association, 0, PEER_DROP_UNREACHABLE);
	schedule_limited(&association->schedule);
	association_finish(association, ASSOCIATION_LIMITED, event);
}

/* How an answer without time is counted, and what is said of it. */
static enum peer_drop association_count_unfit(struct peer_counters *counters,
					      enum reply_verdict verdict)
{
	switch (verdict) {
	case REPLY_KISS_OTHER:
		counters->kiss_other++;
		return PEER_DROP_UNSYNCHRONIZED;
	case REPLY_STALE:
		counters->stale++;
		return PEER_DROP_STALE;
	case REPLY_ROOT_DISTANCE:
		counters->root_distance++;
		return PEER_DROP_ROOT_DISTANCE;
	case REPLY_OUT_OF_ORDER:
		counters->bogus++;
		return PEER_DROP_OUT_OF_ORDER;
	default:
		counters->unsynchronized++;
		return PEER_DROP_UNSYNCHRONIZED;
	}
}

static void association_take_answer(struct association *association, enum reply_verdict verdict,
				    const struct exchange_times *times,
				    struct association_event *event)
{
	struct peer_counters *counters = &association->counters;

	if (verdict == REPLY_KISS_RATE || verdict == REPLY_KISS_DENY) {
		association_take_kiss(association, verdict, event);
	} else if (verdict != REPLY_GOOD) {
		association_fail(association, 0, association_count_unfit(counters, verdict),
				 ASSOCIATION_UNUSED, event);
	} else if (association_follows_us(association)) {
		counters->stratum++;
		association_fail(association, 0, PEER_DROP_STRATUM, ASSOCIATION_UNUSED, event);
	} else {
		association_make_sample(association, times, event);
	}
}

/* Whether the datagram is signed as it must be; else the event says so. */
static bool association_authenticate(struct association *association,
				     const struct udp_datagram *datagram,
				     struct association_event *event)
{
	enum authentication_result result = signature_verify(&association->signature,
							     datagram->data, datagram->length);

	if (result == AUTHENTICATION_GOOD)
		return true;
	if (result == AUTHENTICATION_MISSING)
		event->unsigned_answers++;
	else
		event->forged_answers++;
	association->counters.unauthenticated++;
	association->last_drop = PEER_DROP_NOT_AUTHENTICATED;
	return false;
}

/* Whether the datagram answers the request; then VERDICT says how. */
static bool association_judge(struct association *association, const struct udp_datagram *datagram,
			      enum reply_verdict *answer, struct association_event *event)
{
	struct ntp_header header;
	enum reply_verdict verdict = reply_check(&association->request, &association->memory,
						 &association->settings.rules, datagram->data,
						 datagram->length, &header);

	association->counters.received++;
	if (verdict == REPLY_BOGUS) {
		association->counters.bogus++;
		association->last_drop = PEER_DROP_OUT_OF_ORDER;
	} else if (verdict == REPLY_DUPLICATE) {
		association->counters.duplicate++;
		association->last_drop = PEER_DROP_DUPLICATE;
	}
	if (!reply_is_answer(verdict) || !association_authenticate(association, datagram, event))
		return false;
	*answer = verdict;
	association->reply = header;
	association->replied = true;
	reply_remember(&association->memory, &association->request);
	return true;
}

void association_receive(struct association *association, const struct clock_reading *now,
			 struct association_event *event)
{
	struct udp_datagram datagrams[BATCH];
	enum reply_verdict verdict = REPLY_BOGUS;
	struct exchange_times times;
	bool answered = false;
	int count;

	*event = (struct association_event){ .result = ASSOCIATION_NOTHING };
	if (!exchange_is_open(&association->exchange))
		return;
	count = exchange_receive(&association->exchange, now, datagrams, BATCH);
	if (count < 0) {
		exchange_end(&association->exchange);
		association_fail(association, -count, PEER_DROP_UNREACHABLE, ASSOCIATION_REFUSED,
				 event);
		return;
	}
	/* After the answer the rest is counted; a second answer is a duplicate. */
	for (int i = 0; i < count; i++) {
		if (!association_judge(association, &datagrams[i], &verdict, event))
			continue;
		exchange_measure(&association->exchange, &datagrams[i], now, &times);
		answered = true;
	}
	if (!answered)
		return;
	exchange_end(&association->exchange);
	signature_end(&association->signature);
	association_take_answer(association, verdict, &times, event);
}

/* ------------------------------------------------------------------------- */
/* Asking */

static uint8_t association_choose_version(const struct association *association)
{
	const struct authentication *authentication = association->signature.authentication;

	if (authentication != NULL && authentication->version != 0)
		return authentication->version;
	if (association->version != 0)
		return association->version;
	return association->requests % VERSION_TRIALS == VERSION_TRIALS - 1 ? 3 : NTP_VERSION_MAX;
}

static ntp_timestamp association_draw_nonce(ntp_timestamp other)
{
	ntp_timestamp nonce;

	do {
		randombytes_buf(&nonce, sizeof nonce);
	} while (nonce == 0 || nonce == other);
	return nonce;
}

static void association_choose_mode(struct association *association,
				    const struct clock_reading *now)
{
	struct reply_request *request = &association->request;
	bool wanted = association->settings.mode == NTP_MODE_CLIENT &&
		      association->signature.authentication == NULL &&
		      now->raw < association->interleave_until;

	request->server_received = request->interleaved_nonce = 0;
	if (interleaved_ask(&association->interleaved, wanted, now, request))
		request->interleaved_nonce = association_draw_nonce(request->nonce);
}

/* Nothing about ourselves that the server need not know: RFC 5905 allows it. */
static void association_compose(struct association *association, const struct clock_reading *now,
				uint8_t data[NTP_HEADER_SIZE])
{
	struct ntp_header header = {
		.leap = NTP_LEAP_UNSYNCHRONIZED,
		.version = association_choose_version(association),
		.mode = association->settings.mode,
		.poll = (int8_t)schedule_exponent(&association->schedule),
		.transmit = association_draw_nonce(0),
	};

	association->request.nonce = header.transmit;
	association->request.version = header.version;
	association->request.mode = header.mode;
	association_choose_mode(association, now);
	header.origin = association->request.server_received;
	header.receive = association->request.interleaved_nonce;
	ntp_header_encode(&header, data);
}

static void association_ask(struct association *association, const struct clock_reading *now,
			    struct association_event *event)
{
	uint8_t data[REQUEST_MAX];
	int length, result;

	association_compose(association, now, data);
	association->requests++;
	schedule_asked(&association->schedule, now->raw);
	if (association->request.interleaved_nonce != 0)
		exchange_warm_up(&association->remote);
	length = signature_protect(&association->signature, data, NTP_HEADER_SIZE, sizeof data);
	result = length < 0 ? length
			    : exchange_start(&association->exchange, &association->remote,
					     association->settings.bind, data, (size_t)length);
	if (result != 0) {
		association->counters.send_errors++;
		association_fail(association, -result, PEER_DROP_UNREACHABLE, ASSOCIATION_REFUSED,
				 event);
		return;
	}
	association->counters.sent++;
}

void association_run(struct association *association, const struct clock_reading *now,
		     struct association_event *event)
{
	*event = (struct association_event){ .result = ASSOCIATION_NOTHING };
	if (association->schedule.due > now->raw)
		return;
	if (exchange_is_open(&association->exchange))
		association_time_out(association, event);
	else
		association_ask(association, now, event);
}

/* ------------------------------------------------------------------------- */

struct association *association_create(const struct ntp_client_environment *environment,
				       const struct association_settings *settings,
				       struct authentication *authentication, source_id source,
				       const struct net_address *remote, raw_ns first,
				       void (*ready)(void *context), void *context)
{
	struct association *association = calloc(1, sizeof *association);

	if (association == NULL)
		return NULL;
	association->settings = *settings;
	association->source = source;
	association->remote = *remote;
	schedule_init(&association->schedule, &settings->polling, first);
	signature_init(&association->signature, authentication);
	exchange_init(&association->exchange, environment->loop, environment->clock, ready,
		      context);
	return association;
}

void association_destroy(struct association *association)
{
	if (association == NULL)
		return;
	exchange_end(&association->exchange);
	signature_destroy(&association->signature);
	free(association);
}

void association_configure(struct association *association,
			   const struct association_settings *settings, raw_ns now)
{
	association->settings = *settings;
	schedule_configure(&association->schedule, &settings->polling, now, randombytes_random());
}

/* ------------------------------------------------------------------------- */
/* What it knows */

raw_ns association_next_due(const struct association *association)
{
	return association->schedule.due;
}

source_id association_source(const struct association *association)
{
	return association->source;
}

const struct net_address *association_remote(const struct association *association)
{
	return &association->remote;
}

const struct net_address *association_local(const struct association *association)
{
	return &association->exchange.local;
}

bool association_is_settling(const struct association *association)
{
	return schedule_is_bursting(&association->schedule) ||
	       exchange_is_open(&association->exchange);
}

bool association_has_answered(const struct association *association)
{
	return association->schedule.polling.answered;
}

unsigned association_misses(const struct association *association)
{
	return association->schedule.polling.misses;
}

uint8_t association_reachability(const struct association *association)
{
	return association->reachability;
}

bool association_phase(const struct association *association, double *phase, raw_ns *taken)
{
	*phase = association->phase;
	*taken = association->phase_taken;
	return association->last_success != 0;
}

void association_status(const struct association *association, raw_ns now,
			struct peer_status *status)
{
	const struct authentication *authentication = association->signature.authentication;
	const struct ntp_header *reply = &association->reply;

	status->active = true;
	status->source = association->source;
	status->remote = association->remote;
	status->local = association->exchange.local;
	status->time_remaining = fmax(ns_interval(now, association->schedule.due), 0);
	status->mode = association->settings.mode;
	status->host_poll = (int8_t)schedule_exponent(&association->schedule);
	status->last_success = association->last_success;
	status->last_error = association->last_error;
	status->last_drop = association->last_drop;
	if (authentication != NULL) {
		status->authentication = authentication->name;
		status->authentication_id = authentication->message_id;
	}
	status->reachability = association->reachability;
	status->counters = association->counters;
	if (!association->replied)
		return;
	status->stratum = reply->stratum;
	status->leap = reply->leap;
	status->peer_poll = reply->poll;
	status->precision = reply->precision;
	status->root_delay = reply->root_delay;
	status->root_dispersion = reply->root_dispersion;
	status->reference_id = reply->reference_id;
}

const struct exchange *association_exchange(const struct association *association)
{
	return &association->exchange;
}

const struct reply_request *association_request(const struct association *association)
{
	return &association->request;
}
