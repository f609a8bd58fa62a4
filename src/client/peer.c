#include "client/peer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/backoff.h"
#include "client/internal.h"
#include "client/peer_address.h"
#include "client/peer_domain.h"
#include "client/peer_report.h"

/* A resync, and how many of its requests may stay without an answer before the
 * peer counts as failed. */
#define RESYNC_REQUESTS 4
#define RESYNC_MISSES   3
/* An address that never answered is left for another one after so many. */
#define HOPELESS_MISSES 3

static void lookup(struct peer *peer);

static struct log *peer_log(const struct peer *peer)
{
	return peer->client->environment.log;
}

bool peer_is_fallback(const struct peer *peer)
{
	return !peer->domain.is && (peer->client->settings.peers_as_fallback ||
				    (peer->entry.flags & PEER_FALLBACK_ONLY) != 0);
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
	if (peer->domain.is && peer->association != NULL)
		return peer->domain.silent;
	return peer->reported.invalid ||
	       (peer->association == NULL && (peer->lookup_failures > 0 || peer->without_address));
}

/* ------------------------------------------------------------------------- */
/* The association */

static void on_good(struct peer *peer)
{
	peer->lookup_due = CLIENT_NEVER;
	peer->given_up = 0;
	peer->vain_requests = 0;
	peer_report_valid(peer);
	client_check_skew(peer->client, peer);
	if (peer->domain.is)
		peer_domain_answered(peer);
	if (peer->resync != PEER_RESYNC_NONE) {
		peer->resync = PEER_RESYNC_GOOD;
		peer->resync_answers++;
	}
}

/* Another address may well do better: often the first one is of a family that
 * leads nowhere.  Each is given up that early once only. */
static bool is_hopeless(const struct peer *peer)
{
	const struct polling_state *polling = &peer->association->polling;

	return !polling->answered && polling->misses == HOPELESS_MISSES &&
	       peer->given_up + 1 < peer->address_count;
}

static void on_missed(struct peer *peer, enum association_outcome outcome)
{
	const struct ntp_client_environment *environment = &peer->client->environment;
	struct association *association = peer->association;

	/* Asking a closed port or a limiting server again so soon is no use. */
	if (peer->resync == PEER_RESYNC_WAITING &&
	    (outcome == ASSOCIATION_REFUSED || outcome == ASSOCIATION_LIMITED ||
	     ++peer->resync_misses >= RESYNC_MISSES || !association_is_settling(association)))
		peer->resync = PEER_RESYNC_FAILED;
	peer_report_missed(peer, outcome);
	if (peer->domain.is) {
		peer_domain_missed(peer, outcome);
		return;
	}
	if (is_hopeless(peer)) {
		peer_use_addresses(peer);
		return;
	}
	if (association->polling.misses == 0 ||
	    association->polling.misses % POLLING_MISSES_MAX != 0)
		return;
	if (association->polling.misses == POLLING_MISSES_MAX) {
		environment->callbacks->source_unreachable(environment->context,
							   association->source);
		peer_report_silent(peer);
	}
	if (!peer->literal)
		lookup(peer);
}

static void deny(struct peer *peer)
{
	peer_deny_address(peer);
	if (peer->resync == PEER_RESYNC_WAITING)
		peer->resync = PEER_RESYNC_FAILED;
	peer_report_missed(peer, ASSOCIATION_DENIED);
	if (peer->domain.is)
		peer_domain_denied(peer);
	peer_forget_association(peer);
	lookup(peer);
}

static void on_ended(void *context, enum association_outcome outcome)
{
	struct peer *peer = context;

	if (outcome == ASSOCIATION_GOOD)
		on_good(peer);
	else if (outcome == ASSOCIATION_DENIED)
		deny(peer);
	else
		on_missed(peer, outcome);
	client_wake(peer->client);
}

static void on_rejected(void *context, enum authentication_result result)
{
	const struct peer *peer = context;
	const struct ntp_client_environment *environment = &peer->client->environment;

	peer_report_rejected(context, result);
	if (result == AUTHENTICATION_WRONG && environment->callbacks->domain_doubted != NULL)
		environment->callbacks->domain_doubted(environment->context);
}

struct association_owner peer_association_owner(struct peer *peer)
{
	return (struct association_owner){ on_ended, on_rejected, peer };
}

/* ------------------------------------------------------------------------- */
/* Looking up */

static void on_lookup_failed(struct peer *peer, int status)
{
	const struct ntp_client_settings *settings = &peer->client->settings;
	double wait;

	peer->last_error = -status;
	peer->lookup_failures++;
	peer->backoff_failures++;
	wait = backoff_wait(peer->backoff_failures, settings->resolve_backoff,
			    settings->resolve_backoff_max);
	peer_report_lookup_failed(peer, wait);
	peer_plan_lookup(peer, wait);
	if (peer->resync == PEER_RESYNC_WAITING && peer->association == NULL)
		peer->resync = PEER_RESYNC_FAILED;
}

static void on_resolved(void *context, int status, const struct net_address *addresses,
			size_t count)
{
	struct peer *peer = context;

	peer->query = NULL;
	if (status != 0 || count == 0) {
		on_lookup_failed(peer, status != 0 ? status : -ENOENT);
	} else {
		if (peer->lookup_failures > 0)
			peer_report_resolved(peer);
		peer->lookup_failures = 0;
		peer->backoff_failures = 0;
		peer->last_error = 0;
		peer->lookup_due = CLIENT_NEVER;
		peer_keep_addresses(peer, addresses, count);
		peer_use_addresses(peer);
	}
	client_wake(peer->client);
}

static void lookup(struct peer *peer)
{
	const struct ntp_client_settings *settings = &peer->client->settings;
	int result;

	if (peer->query != NULL)
		return;
	peer->lookup_due = CLIENT_NEVER;
	if (peer->domain.is) {
		peer_keep_addresses(peer, settings->domain_addresses,
				    settings->domain_address_count);
		peer_use_addresses(peer);
		return;
	}
	result = resolver_lookup(peer->client->environment.resolver, peer->entry.host,
				 peer->entry.port, on_resolved, peer, &peer->query);
	if (result != 0) {
		peer->query = NULL;
		on_lookup_failed(peer, result);
	}
}

static void stop_lookup(struct peer *peer)
{
	if (peer->query != NULL)
		resolver_cancel(peer->query);
	peer->query = NULL;
	peer->lookup_due = CLIENT_NEVER;
}

/* Now instead of later; a look-up under way is not disturbed. */
static void hurry_lookup(struct peer *peer, raw_ns now)
{
	if (peer->query == NULL)
		peer->lookup_due = now;
}

/* ------------------------------------------------------------------------- */
/* What the client tells it to do */

void peer_activate(struct peer *peer, raw_ns now)
{
	if (!peer->idle)
		return;
	peer->idle = false;
	hurry_lookup(peer, now);
	if (peer->client->resync.running)
		peer->resync = PEER_RESYNC_WAITING;
	log_debug(peer_log(peer), "fallback %s is asked now", peer->entry.text);
}

void peer_deactivate(struct peer *peer)
{
	if (peer->idle)
		return;
	peer->idle = true;
	stop_lookup(peer);
	peer_forget_association(peer);
	if (peer->resync == PEER_RESYNC_WAITING)
		peer->resync = PEER_RESYNC_NONE;
	log_debug(peer_log(peer), "fallback %s is not needed", peer->entry.text);
}

void peer_run(struct peer *peer, raw_ns now)
{
	if (peer->idle)
		return;
	if (peer->lookup_due <= now)
		lookup(peer);
	if (peer->association != NULL)
		association_run(peer->association, now);
}

raw_ns peer_next_due(const struct peer *peer)
{
	raw_ns due = peer->lookup_due;

	if (peer->idle)
		return CLIENT_NEVER;
	if (peer->association != NULL && peer->association->due < due)
		due = peer->association->due;
	return due;
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
		hurry_lookup(peer, now);
}

static void ask_soon(struct peer *peer, raw_ns now)
{
	struct association *association = peer->association;

	if (association == NULL) {
		peer->backoff_failures = 0;
		hurry_lookup(peer, now);
		return;
	}
	association->polling.earlier_misses = 0;
	if (association->polling.answered)
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
		if (association == NULL || association->polling.misses > 0)
			ask_soon(peer, now);
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
			ask_soon(peer, now);
		}
		break;
	case PROVIDER_REDISCOVER:
		memset(peer->denials, 0, sizeof peer->denials);
		if (!peer->literal || association == NULL)
			hurry_lookup(peer, now);
		if (association != NULL)
			association_burst(association, now, RESYNC_REQUESTS, RESYNC_REQUESTS);
		break;
	}
}

/* ------------------------------------------------------------------------- */

struct peer *peer_create(struct ntp_client *client, const struct peer_entry *entry, bool is_domain)
{
	struct peer *peer = calloc(1, sizeof *peer);
	struct net_address address;

	if (peer == NULL)
		return NULL;
	peer->client = client;
	peer->entry = *entry;
	peer->domain.is = is_domain;
	if (is_domain)
		peer_domain_begin_trial(peer);
	peer->literal = net_address_parse(entry->host, entry->port, &address) == 0;
	peer->idle = peer_is_fallback(peer);
	peer->lookup_due = peer->idle ? CLIENT_NEVER : client_now(client);
	return peer;
}

void peer_destroy(struct peer *peer)
{
	stop_lookup(peer);
	peer_forget_association(peer);
	free(peer);
}

void peer_configure(struct peer *peer, const struct peer_entry *entry)
{
	const struct ntp_client_environment *environment = &peer->client->environment;
	struct association *association = peer->association;
	struct association_settings settings;
	struct sample_source source;

	peer->entry = *entry;
	settings = peer_association_settings(peer);
	if (peer->idle && !peer_is_fallback(peer))
		peer_activate(peer, client_now(peer->client));
	if (peer->domain.is)
		peer_domain_configure(peer);
	if (association == NULL)
		return;
	settings.bind = *peer_bind_address(peer, &association->remote);
	source = peer_sample_source(peer, &settings, &association->remote);
	if (environment->callbacks->source_changed != NULL)
		environment->callbacks->source_changed(environment->context, association->source,
						       &source);
	association_configure(association, &settings);
}

void peer_list_changed(struct peer *peer)
{
	if (peer->reported.duplicate && !peer->idle)
		hurry_lookup(peer, client_now(peer->client));
}
