/* A peer, as the files peer*.c share it; no other file includes this, but tests. */
#ifndef W32TIMED_CLIENT_PEER_STATE_H
#define W32TIMED_CLIENT_PEER_STATE_H

#include "client/address_book.h"
#include "client/association.h"
#include "client/controller_trial.h"
#include "client/peer_group.h"
#include "client/peer_report.h"

struct peer {
	struct peer_group *group;
	struct peer_entry entry;
	bool is_controller;              /* the domain's */
	bool is_literal;                 /* an address, not a name */
	bool idle;                       /* a fallback that is not needed now */
	struct resolver_query *query;    /* a look-up is under way */
	bool resolved;                   /* it has ended, and was not acted on yet */
	int lookup_error;                /* errno of the last look-up; 0: it was good */
	raw_ns lookup_due;               /* the next one; CLIENT_NEVER: none is planned */
	unsigned lookup_failures;        /* in a row */
	unsigned backoff_failures;       /* counted for the back-off; a network change resets it */
	struct address_book addresses;   /* behind the name */
	struct association *association; /* with the address in use; NULL: pending */
	bool readable;                   /* something has come for the association */
	bool without_address;            /* all addresses are denied or used by other peers */
	struct controller_trial trial;   /* of the domain's controller */
	struct peer_report report;
	enum peer_resync resync;
	unsigned resync_misses, resync_answers;
};

static inline const struct ntp_client_environment *peer_environment(const struct peer *peer)
{
	return &peer->group->environment;
}

/* A fallback is asked only while no other source gives time. */
static inline bool peer_state_is_fallback(const struct peer *peer)
{
	return !peer->is_controller && (peer->group->settings.peers_as_fallback ||
					(peer->entry.flags & PEER_FALLBACK_ONLY) != 0);
}

static inline struct peer_subject peer_subject(const struct peer *peer, raw_ns now)
{
	const struct association *association = peer->association;

	return (struct peer_subject){
		.log = peer_environment(peer)->log,
		.event_log_flags = peer->group->settings.event_log_flags,
		.now = now,
		.name = peer->entry.text,
		.flags = peer->entry.flags,
		.is_controller = peer->is_controller,
		.is_literal = peer->is_literal,
		.local = association == NULL ? NULL : association_local(association),
		.remote = association == NULL ? NULL : association_remote(association),
	};
}

#endif
