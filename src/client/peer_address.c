#include "client/peer_address.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "client/internal.h"
#include "client/peer_domain.h"
#include "client/peer_report.h"

/* The first request of the fast start comes after FAST_PAUSE seconds (the times
 * of what a process sends in its first moments are poor) and within FAST_SPREAD
 * more. */
#define FAST_PAUSE  0.15
#define FAST_SPREAD 0.2
/* An address that said DENY or RSTR is left alone for so long (s), a name whose
 * addresses all did is looked up again after the second. */
#define DENIAL_TIME     86400.0
#define DENIED_LOOK_UP  3600.0
#define DUPLICATE_RETRY 3600.0
/* Without a key the domain's controller is looked at again after so long (s), or
 * when the client is told that something is different. */
#define KEY_RETRY 64.0

struct association_settings peer_association_settings(const struct peer *peer)
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

const struct net_address *peer_bind_address(const struct peer *peer,
					    const struct net_address *remote)
{
	const struct ntp_client_settings *settings = &peer->client->settings;

	return net_address_is_v6(remote) ? &settings->bind_v6 : &settings->bind_v4;
}

static double peer_poll_seconds(const struct association_settings *settings)
{
	struct polling_state answering = { .answered = true };

	return polling_interval(&settings->polling, &answering);
}

struct sample_source peer_sample_source(const struct peer *peer,
					const struct association_settings *settings,
					const struct net_address *address)
{
	return (struct sample_source){
		.name = peer->entry.text,
		.reference_id = ntp_client_reference_id(address),
		.fallback = peer_is_fallback(peer),
		.fixed_poll = settings->polling.fixed,
		.poll_seconds = peer_poll_seconds(settings),
	};
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

void peer_plan_lookup(struct peer *peer, double wait)
{
	peer->lookup_due = ns_add(client_now(peer->client), wait);
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
	struct association_owner owner = peer_association_owner(peer);
	struct authentication *authentication;
	struct association_settings settings = peer_association_settings(peer);
	double pause = FAST_PAUSE + FAST_SPREAD * randombytes_uniform(1000) / 1000;
	raw_ns now = client_now(client);
	source_id source = client->last_source + 1;
	struct sample_source told;
	bool untried;
	int result;

	if (environment->callbacks->is_ourselves != NULL &&
	    environment->callbacks->is_ourselves(environment->context, address))
		return -ELOOP;
	settings.bind = *peer_bind_address(peer, address);
	result = get_authentication(peer, &authentication);
	if (result != 0)
		return result;
	told = peer_sample_source(peer, &settings, address);
	result = environment->callbacks->source_added(environment->context, source, &told);
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
		association_burst(peer->association, now, PEER_FAST_REQUESTS, PEER_FAST_ANSWERS);
	else
		association_succeed(peer->association, now, peer->vain_requests);
	if (untried)
		peer->association->due = ns_add(now, pause);
	return 0;
}

/* ------------------------------------------------------------------------- */
/* Which address */

void peer_keep_addresses(struct peer *peer, const struct net_address *addresses, size_t count)
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

void peer_deny_address(struct peer *peer)
{
	struct peer_denial *denial = &peer->denials[0];

	for (size_t i = 0; i < RESOLVER_ADDRESSES_MAX; i++) {
		if (peer->denials[i].until < denial->until)
			denial = &peer->denials[i];
	}
	denial->address = peer->association->remote;
	denial->until = ns_add(client_now(peer->client), DENIAL_TIME);
}

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
		if (exchange_probe(address, peer_bind_address(peer, address)) == 0)
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
	log_event(peer->client->environment.log, LOG_LEVEL_ERROR, EVENT_NONE,
		  "peer %s cannot be followed: %s", peer->entry.text,
		  result == -ELOOP ? "it is this daemon's own server" : strerror(-result));
	if (peer->domain.is)
		peer_domain_without_address(peer);
}

void peer_use_addresses(struct peer *peer)
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
