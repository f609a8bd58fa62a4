#include "client/peer_domain.h"

#include <errno.h>

#include "client/internal.h"
#include "client/peer_address.h"
#include "client/peer_report.h"

/* Requests in vain after which an address has failed: two in each form of
 * signature, since a server that has always been silent may know the other one
 * (mssntp_client.h).  A closed port says at once that nobody is there. */
#define TRIAL_REQUESTS 4
#define REFUSAL_COUNTS 2
/* The first good answer ends the trial of a server that had given time before. */
#define TRIAL_ANSWERS 1

static const struct ntp_client_environment *environment_of(const struct peer *peer)
{
	return &peer->client->environment;
}

void peer_domain_begin_trial(struct peer *peer)
{
	peer->domain.on_trial = true;
	peer->domain.failed = false;
	peer->domain.attempts = 0;
	peer->domain.misses = 0;
	peer->domain.why = DOMAIN_FAILURE_SILENT;
	peer->given_up = 0;
}

void peer_domain_new_association(struct peer *peer)
{
	if (!peer->domain.on_trial)
		peer_domain_begin_trial(peer);
	peer->domain.misses = 0;
}

void peer_domain_configure(struct peer *peer)
{
	struct association *association = peer->association;
	raw_ns now = client_now(peer->client);

	peer->lookup_due = now;
	if (association != NULL && association->polling.misses == 0)
		return;
	peer_domain_begin_trial(peer);
	if (association != NULL)
		association_burst(association, now, TRIAL_REQUESTS, TRIAL_ANSWERS);
}

/* ------------------------------------------------------------------------- */

static void fail(struct peer *peer)
{
	const struct ntp_client_environment *environment = environment_of(peer);
	struct peer_domain *domain = &peer->domain;

	domain->on_trial = false;
	domain->failed = true;
	if (peer->association != NULL) {
		association_calm(peer->association);
		environment->callbacks->source_unreachable(environment->context,
							   peer->association->source);
	}
	peer_report_controller_failed(peer);
	environment->callbacks->domain_failed(environment->context, domain->why);
}

/* The best that came decides: a controller that signs but has no time is not one
 * whose signatures are wrong. */
static void note_attempt(struct peer_domain *domain, const struct association *association)
{
	domain->attempts++;
	if (association->authenticity == AUTHENTICATION_GOOD)
		domain->why = DOMAIN_FAILURE_UNSYNCHRONIZED;
	else if (association->authenticity >= 0 && domain->why == DOMAIN_FAILURE_SILENT)
		domain->why = DOMAIN_FAILURE_UNAUTHENTICATED;
}

/* Whether there is another address that can be tried; if so, it is. */
static bool try_next_address(struct peer *peer)
{
	source_id before = peer->association->source;

	if (peer->given_up + 1 >= peer->address_count)
		return false;
	peer_use_addresses(peer);
	return peer->association == NULL || peer->association->source != before;
}

/* A miss that begins a trial; a controller that was given up is asked on without
 * haste, and is on trial again from time to time. */
static bool begins_trial(struct peer *peer)
{
	struct association *association = peer->association;

	if (peer->domain.on_trial ||
	    (peer->domain.failed && association->polling.misses % POLLING_MISSES_MAX != 0))
		return false;
	peer_domain_begin_trial(peer);
	association_burst(association, client_now(peer->client), TRIAL_REQUESTS, TRIAL_ANSWERS);
	return true;
}

void peer_domain_answered(struct peer *peer)
{
	const struct ntp_client_environment *environment = environment_of(peer);

	peer->domain.on_trial = false;
	peer->domain.failed = false;
	peer->domain.silent = false;
	environment->callbacks->domain_answered(environment->context);
}

void peer_domain_missed(struct peer *peer, enum association_outcome outcome)
{
	struct peer_domain *domain = &peer->domain;
	struct association *association = peer->association;
	bool begun;

	/* Only the path was bad, or it may not be asked so often, or cannot be asked
	 * for want of a key: not its fault. */
	if (association->polling.misses == 0 || association->last_error == ENOKEY ||
	    (outcome == ASSOCIATION_LIMITED && association->polling.answered))
		return;
	if (domain->failed)
		domain->silent = true;
	begun = begins_trial(peer);
	if (!domain->on_trial)
		return;
	note_attempt(domain, association);
	if (begun)
		return;
	domain->misses += outcome == ASSOCIATION_REFUSED ? REFUSAL_COUNTS : 1;
	if (association_is_settling(association) && domain->misses < TRIAL_REQUESTS)
		return;
	if (!try_next_address(peer))
		fail(peer);
}

void peer_domain_denied(struct peer *peer)
{
	if (!peer->domain.on_trial)
		peer_domain_begin_trial(peer);
	note_attempt(&peer->domain, peer->association);
}

void peer_domain_without_address(struct peer *peer)
{
	if (!peer->domain.failed)
		fail(peer);
}
