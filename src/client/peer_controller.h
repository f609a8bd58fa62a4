/* What the domain's controller does otherwise than other peers: its addresses are
 * known, it is asked with signed requests only, and it is on trial
 * (controller_trial.h) whenever it is not clear that it gives time. */
#ifndef W32TIMED_CLIENT_PEER_CONTROLLER_H
#define W32TIMED_CLIENT_PEER_CONTROLLER_H

#include "client/peer_state.h"

/* A trial of all its addresses begins. */
void peer_controller_begin_trial(struct peer *peer);

/* Its settings or its keys may be others: if it gives no time it is tried anew. */
void peer_controller_retry(struct peer *peer, raw_ns now);

/* What the association told: good time; an exchange without, after which the
 * association may be another one; DENY, before which it still is there. */
void peer_controller_answered(struct peer *peer);
void peer_controller_missed(struct peer *peer, const struct association_event *event, raw_ns now);
void peer_controller_denied(struct peer *peer, const struct association_event *event);
/* Datagrams came that were not signed as they must be. */
void peer_controller_rejected(struct peer *peer, const struct association_event *event, raw_ns now);

/* It has no address that can be asked. */
void peer_controller_without_address(struct peer *peer, raw_ns now);

#endif
