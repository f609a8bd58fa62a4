/* Which of its addresses a peer uses, and the association with that one. */
#ifndef W32TIMED_CLIENT_PEER_ADDRESS_H
#define W32TIMED_CLIENT_PEER_ADDRESS_H

#include "client/peer_state.h"

/* Initial burst: at most PEER_FAST_REQUESTS requests, ended early by
 * PEER_FAST_ANSWERS accepted answers. */
#define PEER_FAST_REQUESTS 6
#define PEER_FAST_ANSWERS  4

enum peer_use {
	PEER_USE_ADDRESS, /* one is in use: the same, or another one now */
	PEER_USE_NONE,    /* none may be asked: pending, the next look-up is planned */
	PEER_USE_NO_KEY,  /* the same, but only for want of the domain's key */
};

/* Uses one of its addresses: that in use while it gives time, else the next. */
enum peer_use peer_use_addresses(struct peer *peer, raw_ns now);

/* The peer is pending. */
void peer_forget_association(struct peer *peer);

/* Its flags, or the settings of all peers, are others. */
void peer_configure_association(struct peer *peer, raw_ns now);

#endif
