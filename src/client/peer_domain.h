/* What the domain's controller does otherwise than other peers.  Its addresses are
 * known, it is asked with signed requests only, and it is on trial whenever it is
 * not clear that it gives time: asked in quick succession, at one of its addresses
 * after the other, until it does or the owner is told that it does not. */
#ifndef W32TIMED_CLIENT_PEER_DOMAIN_H
#define W32TIMED_CLIENT_PEER_DOMAIN_H

#include "client/peer.h"

/* A trial of all addresses begins. */
void peer_domain_begin_trial(struct peer *peer);

/* Its settings may be others; if it gives no time it is tried anew. */
void peer_domain_configure(struct peer *peer);

/* An association was made, which is on trial. */
void peer_domain_new_association(struct peer *peer);

/* What the association told: good time; an exchange without, after which the
 * association may be another one; DENY, after which it is none. */
void peer_domain_answered(struct peer *peer);
void peer_domain_missed(struct peer *peer, enum association_outcome outcome);
void peer_domain_denied(struct peer *peer);

/* It has no address that can be asked. */
void peer_domain_without_address(struct peer *peer);

#endif
