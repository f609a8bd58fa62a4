/* Which of its addresses a peer uses, and the association with that one. */
#ifndef W32TIMED_CLIENT_PEER_ADDRESS_H
#define W32TIMED_CLIENT_PEER_ADDRESS_H

#include "client/peer.h"

/* The fast start: until so many answers were good, so many requests at most. */
#define PEER_FAST_REQUESTS 6
#define PEER_FAST_ANSWERS  4

struct association_settings peer_association_settings(const struct peer *peer);
/* From where REMOTE is asked; AF_UNSPEC: any address. */
const struct net_address *peer_bind_address(const struct peer *peer,
					    const struct net_address *remote);
/* What the discipline is told of the interval of a peer of this kind. */
/* What the discipline is told of PEER at ADDRESS. */
struct sample_source peer_sample_source(const struct peer *peer,
					const struct association_settings *settings,
					const struct net_address *address);

/* The peer's addresses are these now. */
void peer_keep_addresses(struct peer *peer, const struct net_address *addresses, size_t count);

/* Uses one of them: that in use while it gives time, else the next.  Where there
 * is none the peer is pending, and its next look-up is planned. */
void peer_use_addresses(struct peer *peer);

/* The address in use wants to be left alone. */
void peer_deny_address(struct peer *peer);

/* The peer is pending. */
void peer_forget_association(struct peer *peer);

void peer_plan_lookup(struct peer *peer, double wait);

/* Given by peer.c: whom a new association tells what came of it. */
struct association_owner peer_association_owner(struct peer *peer);

#endif
