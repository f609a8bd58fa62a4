#include "client/peer_address.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "client/reference_id.h"

/* The first request of the fast start comes after FAST_PAUSE seconds (the times
 * of what a process sends in its first moments are poor) and within FAST_SPREAD
 * more. */
#define FAST_PAUSE  0.15
#define FAST_SPREAD 0.2
/* s, until the next look-up: when all addresses said DENY or RSTR; when they are used
 * by other peers. */
#define DENIED_LOOK_UP  3600.0
#define DUPLICATE_RETRY 3600.0
/* s.  Without a key the domain's controller is looked at again after so long, or when
 * the client is told that something is different. */
#define KEY_RETRY 64.0

/* From where REMOTE is asked; "": any address. */
static const char *peer_bind(const struct peer *peer, const struct net_address *remote)
{
	const struct ntp_client_settings *settings = &peer->group->settings;

	return net_address_is_v6(remote) ? settings->bind_v6 : settings->bind_v4;
}

static void peer_association_settings(const struct peer *peer, const struct net_address *remote,
				      struct association_settings *association)
{
	const struct ntp_client_settings *settings = &peer->group->settings;
	uint32_t flags = peer->entry.flags;

	*association = (struct association_settings){
		.mode = peer->is_controller || flags & PEER_CLIENT ? NTP_MODE_CLIENT
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
	memcpy(association->bind, peer_bind(peer, remote), sizeof association->bind);
}

/* Makes a source known to the sink, or changes it. */
static int peer_add_source(const struct peer *peer, source_id id, const struct net_address *remote,
			   const struct polling_settings *polling)
{
	const struct sample_sink *sink = &peer_environment(peer)->sink;
	const struct polling_state answering = { .answered = true };
	const struct sample_source source = {
		.name = peer->entry.text,
		.reference_id = reference_id_of_address(remote),
		.fallback = peer_state_is_fallback(peer),
		.fixed_poll = polling->fixed,
		.poll_seconds = polling_interval(polling, &answering),
	};

	return sink->add(sink->context, id, &source);
}

void peer_configure_association(struct peer *peer, raw_ns now)
{
	struct association *association = peer->association;
	struct association_settings settings;

	if (association == NULL)
		return;
	peer_association_settings(peer, association_remote(association), &settings);
	/* A source that is known cannot be refused. */
	(void)peer_add_source(peer, association_source(association),
			      association_remote(association), &settings.polling);
	association_configure(association, &settings, now);
}

void peer_forget_association(struct peer *peer)
{
	const struct sample_sink *sink = &peer_environment(peer)->sink;
	struct association *association = peer->association;

	if (association == NULL)
		return;
	peer->association = NULL;
	peer->readable = false;
	sink->remove(sink->context, association_source(association));
	association_destroy(association);
}

static void peer_on_readable(void *context)
{
	struct peer *peer = context;

	peer->readable = true;
	peer->group->ready(peer->group->context);
}

/* The domain's controller is never asked without: -ENOKEY. */
static int peer_get_authentication(const struct peer *peer, struct authentication **authentication)
{
	const struct domain_seam *domain = &peer_environment(peer)->domain;

	*authentication = NULL;
	if (!peer->is_controller)
		return 0;
	if (domain->authentication != NULL)
		*authentication = domain->authentication(domain->context);
	return *authentication != NULL ? 0 : -ENOKEY;
}

static void peer_discard_authentication(struct authentication *authentication)
{
	if (authentication != NULL)
		authentication->destroy(authentication);
}

static bool peer_is_own_server(const struct peer *peer, const struct net_address *address)
{
	const struct ntp_client_environment *environment = peer_environment(peer);

	return environment->is_own_server != NULL &&
	       environment->is_own_server(environment->server, address);
}

/* The source and its association; a negative errno: there is neither. */
static int peer_associate(struct peer *peer, const struct net_address *address, raw_ns first)
{
	const struct ntp_client_environment *environment = peer_environment(peer);
	const struct sample_sink *sink = &environment->sink;
	struct association_settings settings;
	struct authentication *authentication;
	source_id source = peer->group->last_source + 1;
	int result;

	/* Never follow our own server: its answers would only confirm our error. */
	if (peer_is_own_server(peer, address))
		return -ELOOP;
	result = peer_get_authentication(peer, &authentication);
	if (result != 0)
		return result;
	peer_association_settings(peer, address, &settings);
	result = peer_add_source(peer, source, address, &settings.polling);
	if (result != 0) {
		peer_discard_authentication(authentication);
		return result;
	}
	peer->group->last_source = source;
	peer->association = association_create(environment, &settings, authentication, source,
					       address, first, peer_on_readable, peer);
	if (peer->association == NULL) {
		peer_discard_authentication(authentication);
		sink->remove(sink->context, source);
		return -ENOMEM;
	}
	return 0;
}

static int peer_make_association(struct peer *peer, const struct net_address *address, raw_ns now)
{
	double pause = FAST_PAUSE + FAST_SPREAD * randombytes_uniform(1000) / 1000;
	raw_ns first = ns_add(now, pause);
	bool untried;
	int result = peer_associate(peer, address, first);

	if (result != 0)
		return result;
	peer->without_address = false;
	if (peer->is_controller && controller_trial_new_address(&peer->trial))
		address_book_start_over(&peer->addresses);
	untried = address_book_take_untried(&peer->addresses, address);
	/* When all addresses were tried it is an outage, not a start; yet an
	 * address that the name did not have before is asked once at once. */
	if (address_book_is_exhausted(&peer->addresses))
		association_inherit_misses(peer->association, now, peer->addresses.misses);
	else
		association_burst(peer->association, now, PEER_FAST_REQUESTS, PEER_FAST_ANSWERS);
	if (untried)
		association_plan(peer->association, first);
	return 0;
}

/* ------------------------------------------------------------------------- */
/* Which address */

static bool peer_uses(const struct peer *peer, const struct net_address *address)
{
	return peer->association != NULL &&
	       net_address_equal(association_remote(peer->association), address);
}

static bool peer_is_taken_by_another(const struct peer *peer, const struct net_address *address)
{
	const struct peer_group *group = peer->group;

	for (size_t i = 0; i < group->count; i++) {
		if (group->peers[i] != peer && peer_uses(group->peers[i], address))
			return true;
	}
	return false;
}

/* The first usable address behind the one in use to which there is a way from
 * here; without any, the one in use or else the first.  *TAKEN: some other
 * peer's association stood in the way of one. */
static const struct net_address *peer_choose_address(const struct peer *peer, raw_ns now,
						     bool *taken)
{
	const struct net_address *candidates[RESOLVER_ADDRESSES_MAX];
	const struct net_address *in_use = NULL, *best = NULL;
	size_t count;

	if (peer->association != NULL)
		in_use = association_remote(peer->association);
	*taken = false;
	count = address_book_candidates(&peer->addresses, in_use, now, candidates);
	for (size_t i = 0; i < count; i++) {
		const struct net_address *address = candidates[i];

		/* Another peer follows the controller without a signature: that does not
		 * stand in the controller's way. */
		if (!peer->is_controller && peer_is_taken_by_another(peer, address)) {
			*taken = true;
			continue;
		}
		if (exchange_probe(address, peer_bind(peer, address)) == 0)
			return address;
		if (best == NULL)
			best = address;
	}
	return best != NULL && in_use != NULL ? in_use : best;
}

/* Pending until the next look-up, in WAIT s. */
static void peer_wait_without_address(struct peer *peer, raw_ns now, double wait)
{
	peer->without_address = true;
	peer->lookup_due = ns_add(now, wait);
	if (peer->resync == PEER_RESYNC_WAITING)
		peer->resync = PEER_RESYNC_FAILED;
}

static enum peer_use peer_note_no_address(struct peer *peer, bool taken, raw_ns now)
{
	struct peer_subject subject = peer_subject(peer, now);

	if (peer->association != NULL)
		return PEER_USE_ADDRESS;
	if (taken)
		peer_report_duplicate(&peer->report, &subject, DUPLICATE_RETRY);
	else
		peer->report.duplicate = false;
	peer_wait_without_address(peer, now, taken ? DUPLICATE_RETRY : DENIED_LOOK_UP);
	return PEER_USE_NONE;
}

static enum peer_use peer_note_not_followed(struct peer *peer, int error, raw_ns now)
{
	struct peer_subject subject = peer_subject(peer, now);

	peer_wait_without_address(peer, now, error == -ENOKEY ? KEY_RETRY : DUPLICATE_RETRY);
	/* Whoever keeps the keys has said so already, and it is not the controller's
	 * fault. */
	if (error == -ENOKEY)
		return PEER_USE_NO_KEY;
	peer_report_not_followed(&subject, error);
	return PEER_USE_NONE;
}

/* What works stays, as long as the name still says so. */
static bool peer_keeps_address(const struct peer *peer)
{
	return peer->association != NULL && association_misses(peer->association) == 0 &&
	       address_book_has(&peer->addresses, association_remote(peer->association));
}

enum peer_use peer_use_addresses(struct peer *peer, raw_ns now)
{
	const struct net_address *address;
	bool taken;
	int result;

	if (peer_keeps_address(peer))
		return PEER_USE_ADDRESS;
	address = peer_choose_address(peer, now, &taken);
	if (address == NULL)
		return peer_note_no_address(peer, taken, now);
	if (peer_uses(peer, address))
		return PEER_USE_ADDRESS;
	if (peer->association != NULL) {
		address_book_give_up(&peer->addresses, association_misses(peer->association));
		peer_forget_association(peer);
	}
	peer->report.duplicate = false;
	result = peer_make_association(peer, address, now);
	return result == 0 ? PEER_USE_ADDRESS : peer_note_not_followed(peer, result, now);
}
