#include "client/peer.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/backoff.h"
#include "client/peer_address.h"
#include "client/peer_controller.h"

/* A resync, and how many of its requests may stay without an answer before the
 * peer counts as failed. */
#define RESYNC_REQUESTS 4
#define RESYNC_MISSES   3
/* An address that never answered is left for another one after so many. */
#define HOPELESS_MISSES 3

static struct log *peer_log(const struct peer *peer)
{
	return peer_environment(peer)->log;
}

/* ------------------------------------------------------------------------- */
/* Looking up */

static void peer_follow_addresses(struct peer *peer, raw_ns now)
{
	if (peer_use_addresses(peer, now) == PEER_USE_NONE && peer->is_controller)
		peer_controller_without_address(peer, now);
}

static void peer_note_lookup_failed(struct peer *peer, raw_ns now)
{
	const struct ntp_client_settings *settings = &peer->group->settings;
	struct peer_subject subject = peer_subject(peer, now);
	struct peer_lookup_failure failure = {
		.error = peer->lookup_error,
		.failures = ++peer->lookup_failures,
		.backoff = settings->resolve_backoff,
	};

	peer->backoff_failures++;
	failure.wait = backoff_wait(peer->backoff_failures, settings->resolve_backoff,
				    settings->resolve_backoff_max);
	peer_report_lookup_failed(&peer->report, &subject, &failure);
	peer->lookup_due = ns_add(now, failure.wait);
	if (peer->resync == PEER_RESYNC_WAITING && peer->association == NULL)
		peer->resync = PEER_RESYNC_FAILED;
}

static void peer_take_addresses(struct peer *peer, raw_ns now)
{
	struct peer_subject subject = peer_subject(peer, now);

	peer->resolved = false;
	if (peer->lookup_error != 0) {
		peer_note_lookup_failed(peer, now);
		return;
	}
	if (peer->lookup_failures > 0)
		peer_report_resolved(&subject, peer->lookup_failures);
	peer->lookup_failures = 0;
	peer->backoff_failures = 0;
	peer->lookup_due = CLIENT_NEVER;
	peer_follow_addresses(peer, now);
}

static void peer_on_resolved(void *context, int status, const struct net_address *addresses,
			     size_t count)
{
	struct peer *peer = context;

	peer->query = NULL;
	peer->resolved = true;
	peer->lookup_error = status != 0 ? -status : count == 0 ? ENOENT : 0;
	if (peer->lookup_error == 0)
		address_book_set(&peer->addresses, addresses, count);
	peer->group->ready(peer->group->context);
}

static void peer_look_up(struct peer *peer, raw_ns now)
{
	const struct ntp_client_settings *settings = &peer->group->settings;
	int result;

	if (peer->query != NULL)
		return;
	peer->lookup_due = CLIENT_NEVER;
	if (peer->is_controller) {
		address_book_set(&peer->addresses, settings->domain_addresses,
				 settings->domain_address_count);
		peer_follow_addresses(peer, now);
		return;
	}
	result = resolver_lookup(peer_environment(peer)->resolver, peer->entry.host,
				 peer->entry.port, peer_on_resolved, peer, &peer->query);
	if (result != 0) {
		peer->query = NULL;
		peer->lookup_error = -result;
		peer_note_lookup_failed(peer, now);
	}
}

static void peer_stop_lookup(struct peer *peer)
{
	if (peer->query != NULL)
		resolver_cancel(peer->query);
	peer->query = NULL;
	peer->resolved = false;
	peer->lookup_due = CLIENT_NEVER;
}

/* Now instead of later; a look-up under way is not disturbed. */
static void peer_hurry_lookup(struct peer *peer, raw_ns now)
{
	if (peer->query == NULL)
		peer->lookup_due = now;
}

/* ------------------------------------------------------------------------- */
/* What the association gave */

static void peer_take_good(struct peer *peer, raw_ns now)
{
	struct peer_subject subject = peer_subject(peer, now);

	peer->lookup_due = CLIENT_NEVER;
	address_book_note_good(&peer->addresses);
	peer_report_valid(&peer->report, &subject);
	if (peer->is_controller)
		peer_controller_answered(peer);
	if (peer->resync != PEER_RESYNC_NONE) {
		peer->resync = PEER_RESYNC_GOOD;
		peer->resync_answers++;
	}
}

/* Asking a closed port or a limiting server again so soon is no use. */
static bool peer_fails_resync(struct peer *peer, enum association_result result)
{
	return result == ASSOCIATION_REFUSED || result == ASSOCIATION_LIMITED ||
	       ++peer->resync_misses >= RESYNC_MISSES ||
	       !association_is_settling(peer->association);
}

/* Another address may well do better: often the first one is of a family that
 * leads nowhere.  Each is given up that early once only. */
static bool peer_is_hopeless(const struct peer *peer)
{
	return !association_has_answered(peer->association) &&
	       association_misses(peer->association) == HOPELESS_MISSES &&
	       address_book_has_another(&peer->addresses);
}

/* Eight misses, once more: the name may have other addresses now. */
static void peer_take_silence(struct peer *peer, raw_ns now)
{
	const struct sample_sink *sink = &peer_environment(peer)->sink;
	struct peer_subject subject = peer_subject(peer, now);

	if (association_misses(peer->association) == POLLING_MISSES_MAX) {
		sink->unreachable(sink->context, association_source(peer->association));
		peer_report_silent(&subject);
	}
	if (!peer->is_literal)
		peer_look_up(peer, now);
}

static void peer_take_miss(struct peer *peer, const struct association_event *event, raw_ns now)
{
	unsigned misses = association_misses(peer->association);
	struct peer_subject subject = peer_subject(peer, now);

	if (peer->resync == PEER_RESYNC_WAITING && peer_fails_resync(peer, event->result))
		peer->resync = PEER_RESYNC_FAILED;
	peer_report_missed(&peer->report, &subject, event, misses);
	if (peer->is_controller)
		peer_controller_missed(peer, event, now);
	else if (peer_is_hopeless(peer))
		peer_follow_addresses(peer, now);
	else if (misses > 0 && misses % POLLING_MISSES_MAX == 0)
		peer_take_silence(peer, now);
}

static void peer_take_denial(struct peer *peer, const struct association_event *event, raw_ns now)
{
	struct peer_subject subject = peer_subject(peer, now);

	address_book_deny(&peer->addresses, association_remote(peer->association), now);
	if (peer->resync == PEER_RESYNC_WAITING)
		peer->resync = PEER_RESYNC_FAILED;
	peer_report_missed(&peer->report, &subject, event, association_misses(peer->association));
	if (peer->is_controller)
		peer_controller_denied(peer, event);
	peer_forget_association(peer);
	peer_look_up(peer, now);
}

/* Hands the sample on; the event becomes what the discipline makes of it. */
static void peer_give_sample(struct peer *peer, struct association_event *event,
			     const struct clock_reading *now)
{
	const struct sample_sink *sink = &peer_environment(peer)->sink;
	struct sample_outcome outcome;

	sink->sample(sink->context, association_source(peer->association), &event->measurement, now,
		     &outcome);
	association_conclude(peer->association, &outcome, event);
}

/* Whether it gave time. */
static bool peer_take(struct peer *peer, struct association_event *event,
		      const struct clock_reading *now)
{
	if (event->unsigned_answers > 0 || event->forged_answers > 0)
		peer_controller_rejected(peer, event, now->raw);
	if (event->result == ASSOCIATION_SAMPLE)
		peer_give_sample(peer, event, now);
	switch (event->result) {
	case ASSOCIATION_NOTHING:
	case ASSOCIATION_SAMPLE:
		break;
	case ASSOCIATION_ACCEPTED:
		peer_take_good(peer, now->raw);
		return true;
	case ASSOCIATION_DENIED:
		peer_take_denial(peer, event, now->raw);
		break;
	case ASSOCIATION_UNUSED:
	case ASSOCIATION_SILENT:
	case ASSOCIATION_REFUSED:
	case ASSOCIATION_LIMITED:
		peer_take_miss(peer, event, now->raw);
		break;
	}
	return false;
}

bool peer_run(struct peer *peer, const struct clock_reading *now)
{
	struct association_event event;
	bool good = false;

	if (peer->idle)
		return false;
	if (peer->readable && peer->association != NULL) {
		peer->readable = false;
		association_receive(peer->association, now, &event);
		good = peer_take(peer, &event, now);
	}
	if (peer->resolved)
		peer_take_addresses(peer, now->raw);
	if (peer->lookup_due <= now->raw)
		peer_look_up(peer, now->raw);
	if (peer->association != NULL) {
		association_run(peer->association, now, &event);
		peer_take(peer, &event, now);
	}
	return good;
}

raw_ns peer_next_due(const struct peer *peer)
{
	raw_ns due = peer->lookup_due;

	if (peer->idle)
		return CLIENT_NEVER;
	if (peer->association != NULL && association_next_due(peer->association) < due)
		due = association_next_due(peer->association);
	return due;
}

/* ------------------------------------------------------------------------- */
/* What the client tells it to do */

void peer_activate(struct peer *peer, raw_ns now)
{
	if (!peer->idle)
		return;
	peer->idle = false;
	peer_hurry_lookup(peer, now);
	if (peer->group->resyncing)
		peer->resync = PEER_RESYNC_WAITING;
	log_debug(peer_log(peer), "fallback %s is asked now", peer->entry.text);
}

void peer_deactivate(struct peer *peer)
{
	if (peer->idle)
		return;
	peer->idle = true;
	peer_stop_lookup(peer);
	peer_forget_association(peer);
	if (peer->resync == PEER_RESYNC_WAITING)
		peer->resync = PEER_RESYNC_NONE;
	log_debug(peer_log(peer), "fallback %s is not needed", peer->entry.text);
}

void peer_resync(struct peer *peer, raw_ns now)
{
	peer->resync = PEER_RESYNC_NONE;
	peer->resync_misses = 0;
	peer->resync_answers = 0;
	if (peer->idle)
		return;
	peer->resync = PEER_RESYNC_WAITING;
	if (peer->association != NULL)
		association_burst(peer->association, now, RESYNC_REQUESTS, RESYNC_REQUESTS);
	else
		peer_hurry_lookup(peer, now);
}

static void peer_ask_soon(struct peer *peer, raw_ns now)
{
	struct association *association = peer->association;

	if (association == NULL) {
		peer->backoff_failures = 0;
		peer_hurry_lookup(peer, now);
		return;
	}
	association_forget_inherited_misses(association);
	if (association_has_answered(association))
		association_burst(association, now, 1, 1);
	else
		association_burst(association, now, PEER_FAST_REQUESTS, PEER_FAST_ANSWERS);
}

void peer_event(struct peer *peer, enum provider_event event, raw_ns now)
{
	struct association *association = peer->association;

	if (peer->idle)
		return;
	switch (event) {
	case PROVIDER_NETWORK_CHANGED:
		if (association == NULL || association_misses(association) > 0)
			peer_ask_soon(peer, now);
		break;
	case PROVIDER_TIME_JUMPED:
		if (association != NULL)
			association_restart(association, now);
		break;
	case PROVIDER_RESUMED:
		if (association != NULL) {
			association_restart(association, now);
			association_burst(association, now, RESYNC_REQUESTS, RESYNC_REQUESTS);
		} else {
			peer_ask_soon(peer, now);
		}
		break;
	case PROVIDER_REDISCOVER:
		address_book_forget_denials(&peer->addresses);
		if (!peer->is_literal || association == NULL)
			peer_hurry_lookup(peer, now);
		if (association != NULL)
			association_burst(association, now, RESYNC_REQUESTS, RESYNC_REQUESTS);
		break;
	}
}

void peer_retry_controller(struct peer *peer, raw_ns now)
{
	peer_controller_retry(peer, now);
}

void peer_configure(struct peer *peer, const struct peer_entry *entry, raw_ns now)
{
	peer->entry = *entry;
	if (peer->idle && !peer_is_fallback(peer))
		peer_activate(peer, now);
	if (peer->is_controller)
		peer_controller_retry(peer, now);
	peer_configure_association(peer, now);
}

void peer_list_changed(struct peer *peer, raw_ns now)
{
	if (peer->report.duplicate && !peer->idle)
		peer_hurry_lookup(peer, now);
}

void peer_reassociate(struct peer *peer, raw_ns now)
{
	peer_forget_association(peer);
	peer_hurry_lookup(peer, now);
}

/* ------------------------------------------------------------------------- */
/* What it knows */

bool peer_is_fallback(const struct peer *peer)
{
	return peer_state_is_fallback(peer);
}

bool peer_is_controller(const struct peer *peer)
{
	return peer->is_controller;
}

const struct peer_entry *peer_entry(const struct peer *peer)
{
	return &peer->entry;
}

bool peer_is_settling(const struct peer *peer)
{
	if (peer->association != NULL)
		return association_is_settling(peer->association);
	return peer->query != NULL || (peer->lookup_failures == 0 && !peer->without_address);
}

bool peer_is_silent(const struct peer *peer)
{
	if (peer->idle)
		return false;
	/* Most often another controller takes the place of one that has failed. */
	if (peer->is_controller && peer->association != NULL)
		return peer->trial.silent;
	return peer->report.invalid ||
	       (peer->association == NULL && (peer->lookup_failures > 0 || peer->without_address));
}

enum peer_resync peer_resync_state(const struct peer *peer)
{
	return peer->resync;
}

unsigned peer_resync_answers(const struct peer *peer)
{
	return peer->resync_answers;
}

void peer_end_resync(struct peer *peer)
{
	peer->resync = PEER_RESYNC_NONE;
}

bool peer_phase(const struct peer *peer, double *phase, raw_ns *taken)
{
	return peer->association != NULL && association_phase(peer->association, phase, taken);
}

void peer_report_far_off(struct peer *peer, double difference, raw_ns now)
{
	struct peer_subject subject = peer_subject(peer, now);

	peer_report_skew(&peer->report, &subject, difference);
}

bool peer_take_reachability_change(struct peer *peer)
{
	bool changed = peer->report.reachability_changed;

	peer->report.reachability_changed = false;
	return changed;
}

source_id peer_source(const struct peer *peer)
{
	return peer->association == NULL ? 0 : association_source(peer->association);
}

void peer_status(const struct peer *peer, raw_ns now, struct peer_status *status)
{
	raw_ns due = peer->idle ? CLIENT_NEVER : peer->lookup_due;

	*status = (struct peer_status){
		.name = peer->entry.text,
		.flags = peer->entry.flags,
		.authentication = "NoAuth ",
		.authentication_id = 0x5A,
		.resolve_attempts = peer->lookup_failures,
	};
	if (peer->association != NULL) {
		association_status(peer->association, now, status);
		return;
	}
	status->time_remaining = due == CLIENT_NEVER ? 0 : fmax(ns_interval(now, due), 0);
	status->last_error = peer->lookup_error;
	if (peer->lookup_error != 0)
		status->last_drop = PEER_DROP_UNREACHABLE;
}

/* ------------------------------------------------------------------------- */

struct peer *peer_create(struct peer_group *group, const struct peer_entry *entry,
			 bool is_controller, raw_ns now)
{
	struct peer *peer = calloc(1, sizeof *peer);
	struct net_address address;

	if (peer == NULL)
		return NULL;
	peer->group = group;
	peer->entry = *entry;
	peer->is_controller = is_controller;
	if (is_controller)
		peer_controller_begin_trial(peer);
	peer->is_literal = net_address_parse(entry->host, entry->port, &address) == 0;
	peer->idle = peer_is_fallback(peer);
	peer->lookup_due = peer->idle ? CLIENT_NEVER : now;
	return peer;
}

void peer_destroy(struct peer *peer)
{
	peer_stop_lookup(peer);
	peer_forget_association(peer);
	free(peer);
}
