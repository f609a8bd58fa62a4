/* What the peers of one NtpClient share: where they find what they work with, and
 * each other. */
#ifndef W32TIMED_CLIENT_PEER_GROUP_H
#define W32TIMED_CLIENT_PEER_GROUP_H

#include <stdbool.h>
#include <stddef.h>

#include "client/environment.h"
#include "client/peer_report.h"
#include "client/settings.h"

struct peer;

/* Peers of the list, and the domain's controller. */
#define PEER_GROUP_MAX (PEER_LIST_MAX + 1)

/* What a peer contributed to the resync under way. */
enum peer_resync {
	PEER_RESYNC_NONE, /* it does not take part */
	PEER_RESYNC_WAITING,
	PEER_RESYNC_GOOD,
	PEER_RESYNC_FAILED,
};

struct peer_group {
	struct ntp_client_environment environment;
	struct ntp_client_settings settings;
	/* The domain's controller, if there is one, then those of the list in order. */
	struct peer *peers[PEER_GROUP_MAX];
	size_t count;
	source_id last_source; /* the last id that was given */
	bool resyncing;        /* a peer that is activated takes part in a resync */
	struct peer_rejections rejections;
	/* Something has come for a peer: peer_run() is to be called.  From the event
	 * loop. */
	void (*ready)(void *context);
	void *context;
};

#endif
