#include "client/peer.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/backoff.h"
#include "client/internal.h"
#include "client/peer_domain.h"
#include "client/peer_report.h"

/* The fast start: until FAST_ANSWERS were good, FAST_REQUESTS at most, the
 * first after FAST_PAUSE seconds (the times of what a process sends in its first
 * moments are poor) and within FAST_SPREAD more. */
#define FAST_REQUESTS 6
#define FAST_ANSWERS  4
#define FAST_PAUSE    0.15
#define FAST_SPREAD   0.2
/* A resync, and how many of its requests may stay without an answer before the
 * peer counts as failed. */
#define RESYNC_REQUESTS 4
#define RESYNC_MISSES   3
/* An address that never answered is left for another one after so many. */
#define HOPELESS_MISSES 3
/* An address that said DENY or RSTR is left alone for so long (s), a name whose
 * addresses all did is looked up again after the second. */
#define DENIAL_TIME     86400.0
#define DENIED_LOOK_UP  3600.0
#define DUPLICATE_RETRY 3600.0
/* Without a key the domain's controller is looked at again after so long (s), or
 * when the client is told that something is different. */
#define KEY_RETRY 64.0

static void lookup(struct peer *peer);
static void use_addresses(struct peer *peer);

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
	return peer->reported.invalid ||
	       (peer->association == NULL && (peer->lookup_failures > 0 || peer->without_address));
}

/* ------------------------------------------------------------------------- */
/* The association */

static struct association_settings association_settings(const struct peer *peer)
{
	const struct ntp_client_settings *settings = &peer->client->settings;
	uint32_t flags = peer->entry.flags;

	return (struct association_settings){
		.mode = peer->domain.is || flags & PEER_CLIENT ? NTP_MODE_CLIENT
							       : NTP_MODE_SYMMETRIC_ACTIVE,
		.rules = {
			.nonstandard_modes = settings->nonstandard_modes,
			.ignore_dispersion = (settings->compatibility_flags & 0x1) != 0,
			.ignore_future_reference = (settings->compatibility_flags & 0x2) != 0,
		},
		.polling = {
			.min_poll = settings->min_poll,
			.max_poll = settings->max_poll,
			.fixed = (flags & PEER_SPECIAL_INTERVAL) != 0,
			.special_interval = settings->special_poll_interval,
		},
	};
}

static const struct net_address *bind_address(const struct peer *peer,
					      const struct net_address *remote)
{
	const struct ntp_client_settings *settings = &peer->client->settings;

	return net_address_is_v6(remote) ? &settings->bind_v6 : &settings->bind_v4;
}

/* What the discipline is told of the interval of a peer of this kind. */
static double poll_seconds(const struct association_settings *settings)
{
	struct polling_state answering = { .answered = true };

	return polling_interval(&settings->polling, &answering);
}

void peer_forget_association(struct peer *peer)
{
	const struct ntp_client_environment *environment = &peer->client->environment;
	struct association *association = peer->association;

	if (association == NULL)
		return;
	peer->association = NULL;
	environment->callbacks->source_removed(environment->context, association->source);
	association_destroy(association);
}

static void peer_plan_lookup(struct peer *peer, double wait)
{
	peer->lookup_due = ns_add(client_now(peer->client), wait);
}

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
		use_addresses(peer);
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
	const struct net_address *address = &peer->association->remote;
	struct peer_denial *denial = &peer->denials[0];

	for (size_t i = 0; i < RESOLVER_ADDRESSES_MAX; i++) {
		if (peer->denials[i].until < denial->until)
			denial = &peer->denials[i];
	}
	denial->address = *address;
	denial->until = ns_add(client_now(peer->client), DENIAL_TIME);
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
	peer_report_rejected(context, result);
}

/* Whether ADDRESS is asked for the first time; from now on it is not. */
static bool take_untried(struct peer *peer, const struct net_address *address)
{
	for (size_t i = 0; i < peer->address_count; i++) {
		if (net_address_equal(&peer->addresses[i], address) && peer->untried[i]) {
			peer->untried[i] = false;
			return true;
		}
	}
	return false;
}

/* The domain's controller is never asked without: -ENOKEY. */
static int get_authentication(const struct peer *peer, struct authentication **authentication)
{
	const struct ntp_client_environment *environment = &peer->client->environment;

	*authentication = NULL;
	if (!peer->domain.is)
		return 0;
	*authentication = environment->callbacks->authentication(environment->context);
	return *authentication != NULL ? 0 : -ENOKEY;
}

static void discard_authentication(struct authentication *authentication)
{
	if (authentication != NULL)
		authentication->destroy(authentication);
}

static int make_association(struct peer *peer, const struct net_address *address)
{
	struct ntp_client *client = peer->client;
	const struct ntp_client_environment *environment = &client->environment;
	struct association_owner owner = { on_ended, on_rejected, peer };
	struct authentication *authentication;
	struct association_settings settings = association_settings(peer);
	double pause = FAST_PAUSE + FAST_SPREAD * randombytes_uniform(1000) / 1000;
	raw_ns now = client_now(client);
	source_id source = client->last_source + 1;
	bool untried;
	int result;

	if (environment->callbacks->is_ourselves != NULL &&
	    environment->callbacks->is_ourselves(environment->context, address))
		return -ELOOP;
	settings.bind = *bind_address(peer, address);
	result = get_authentication(peer, &authentication);
	if (result != 0)
		return result;
	result = environment->callbacks->source_added(
		environment->context, source, peer->entry.text, peer_is_fallback(peer),
		settings.polling.fixed, poll_seconds(&settings));
	if (result != 0) {
		discard_authentication(authentication);
		return result;
	}
	client->last_source = source;
	peer->association = association_create(environment, &owner, &settings, authentication,
					       source, address, ns_add(now, pause));
	if (peer->association == NULL) {
		discard_authentication(authentication);
		environment->callbacks->source_removed(environment->context, source);
		return -ENOMEM;
	}
	peer->without_address = false;
	if (peer->domain.is)
		peer_domain_new_association(peer);
	untried = take_untried(peer, address);
	/* When all addresses were tried it is an outage, not a start; yet an
	 * address that the name did not have before is asked once at once. */
	if (peer->given_up < peer->address_count)
		association_burst(peer->association, now, FAST_REQUESTS, FAST_ANSWERS);
	else
		association_succeed(peer->association, now, peer->vain_requests);
	if (untried)
		peer->association->due = ns_add(now, pause);
	return 0;
}

/* ------------------------------------------------------------------------- */
/* Which address */

static bool is_denied(const struct peer *peer, const struct net_address *address, raw_ns now)
{
	for (size_t i = 0; i < RESOLVER_ADDRESSES_MAX; i++) {
		if (peer->denials[i].until > now &&
		    net_address_equal(&peer->denials[i].address, address))
			return true;
	}
	return false;
}

/* The address in use, in the list; the list's length if it is not. */
static size_t position(const struct peer *peer)
{
	size_t i;

	for (i = 0; i < peer->address_count; i++) {
		if (peer->association != NULL &&
		    net_address_equal(&peer->addresses[i], &peer->association->remote))
			break;
	}
	return i;
}

/* The first usable address behind the one in use to which there is a way from
 * here; without any, the one in use or else the first.  *TAKEN: some other
 * peer's association stood in the way of one. */
static const struct net_address *choose_address(const struct peer *peer, raw_ns now, bool *taken)
{
	const struct net_address *best = NULL;
	size_t count = peer->address_count, start = position(peer);

	*taken = false;
	start = start == count ? 0 : start + 1;
	for (size_t i = 0; i < count; i++) {
		const struct net_address *address = &peer->addresses[(start + i) % count];

		if (is_denied(peer, address, now))
			continue;
		/* Whoever else follows the controller follows it without a signature. */
		if (!peer->domain.is && client_uses_address(peer->client, peer, address)) {
			*taken = true;
			continue;
		}
		if (exchange_probe(address, bind_address(peer, address)) == 0)
			return address;
		if (best == NULL)
			best = address;
	}
	if (best != NULL && peer->association != NULL)
		return &peer->association->remote;
	return best;
}

static void fail_resync(struct peer *peer)
{
	if (peer->resync == PEER_RESYNC_WAITING && peer->association == NULL)
		peer->resync = PEER_RESYNC_FAILED;
}

static void no_address(struct peer *peer, bool taken)
{
	if (peer->association != NULL)
		return;
	peer->without_address = true;
	if (taken && !peer->reported.duplicate)
		peer_report_duplicate(peer, DUPLICATE_RETRY);
	peer->reported.duplicate = taken;
	peer_plan_lookup(peer, taken ? DUPLICATE_RETRY : DENIED_LOOK_UP);
	fail_resync(peer);
	if (peer->domain.is)
		peer_domain_without_address(peer);
}

static void cannot_follow(struct peer *peer, int result)
{
	peer->without_address = true;
	peer_plan_lookup(peer, result == -ENOKEY ? KEY_RETRY : DUPLICATE_RETRY);
	fail_resync(peer);
	/* Who keeps the keys has said so already, and it is not the controller's fault. */
	if (result == -ENOKEY)
		return;
	log_event(peer_log(peer), LOG_LEVEL_ERROR, EVENT_NONE, "peer %s cannot be followed: %s",
		  peer->entry.text,
		  result == -ELOOP ? "it is this daemon's own server" : strerror(-result));
	if (peer->domain.is)
		peer_domain_without_address(peer);
}

static void use_addresses(struct peer *peer)
{
	raw_ns now = client_now(peer->client);
	bool taken, works = peer->association != NULL && peer->association->polling.misses == 0;
	const struct net_address *address;
	int result;

	/* What works stays, as long as the name still says so. */
	if (works && position(peer) < peer->address_count)
		return;
	address = choose_address(peer, now, &taken);
	if (address == NULL) {
		no_address(peer, taken);
		return;
	}
	if (peer->association != NULL && net_address_equal(&peer->association->remote, address))
		return;
	if (peer->association != NULL) {
		peer->given_up++;
		peer->vain_requests += peer->association->polling.misses;
		peer_forget_association(peer);
	}
	peer->reported.duplicate = false;
	result = make_association(peer, address);
	if (result != 0)
		cannot_follow(peer, result);
}

void peer_use_other_address(struct peer *peer)
{
	use_addresses(peer);
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
	fail_resync(peer);
}

static void keep_addresses(struct peer *peer, const struct net_address *addresses, size_t count)
{
	bool untried[RESOLVER_ADDRESSES_MAX];

	if (count > RESOLVER_ADDRESSES_MAX)
		count = RESOLVER_ADDRESSES_MAX;
	for (size_t i = 0; i < count; i++) {
		untried[i] = true;
		for (size_t j = 0; j < peer->address_count; j++) {
			if (net_address_equal(&addresses[i], &peer->addresses[j]))
				untried[i] = peer->untried[j];
		}
	}
	memcpy(peer->addresses, addresses, count * sizeof *addresses);
	memcpy(peer->untried, untried, count * sizeof *untried);
	peer->address_count = count;
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
		keep_addresses(peer, addresses, count);
		use_addresses(peer);
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
		keep_addresses(peer, settings->domain_addresses, settings->domain_address_count);
		use_addresses(peer);
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
		association_burst(association, now, FAST_REQUESTS, FAST_ANSWERS);
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

	peer->entry = *entry;
	settings = association_settings(peer);
	if (peer->idle && !peer_is_fallback(peer))
		peer_activate(peer, client_now(peer->client));
	if (peer->domain.is)
		peer_domain_configure(peer);
	if (association == NULL)
		return;
	settings.bind = *bind_address(peer, &association->remote);
	if (environment->callbacks->source_changed != NULL)
		environment->callbacks->source_changed(
			environment->context, association->source, peer->entry.text,
			peer_is_fallback(peer), settings.polling.fixed, poll_seconds(&settings));
	association_configure(association, &settings);
}

void peer_list_changed(struct peer *peer)
{
	if (peer->reported.duplicate && !peer->idle)
		hurry_lookup(peer, client_now(peer->client));
}
