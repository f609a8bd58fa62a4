/* NtpClient from within: what ntp_client.c and peer.c share, and the handles by
 * which tests drive it in time of their own. */
#ifndef W32TIMED_CLIENT_INTERNAL_H
#define W32TIMED_CLIENT_INTERNAL_H

#include "client/ntp_client.h"
#include "client/peer.h"

/* A due time that never comes. */
#define CLIENT_NEVER INT64_MAX

struct client_resync {
	bool running;
	raw_ns deadline;
	void (*done)(void *context, unsigned good);
	void *context;
};

/* Peers of the list, and the domain's controller. */
#define CLIENT_PEERS_MAX (PEER_LIST_MAX + 1)

/* Of some domain controllers: when the log was told of bad answers. */
#define CLIENT_REJECTIONS_MAX 8

struct client_rejections {
	char host[sizeof((struct peer_entry *)0)->host]; /* "": unused */
	struct log_gate missing, wrong;
};

struct ntp_client {
	struct ntp_client_environment environment;
	struct ntp_client_settings settings;
	/* The domain's controller, if there is one, then those of the list in order. */
	struct peer *peers[CLIENT_PEERS_MAX];
	size_t peer_count;
	struct loop_timer *timer; /* one for all: fires when the earliest thing is due */
	source_id last_source;
	struct client_resync resync;
	raw_ns network_due;        /* when a change of the network is acted on */
	raw_ns network_handled;    /* when that was done last */
	bool reachability_changed; /* event 264 is owed */
	raw_ns reachability_due;   /* and may be written from then on */
	bool silence_reported;     /* event 29 was the last word */
	struct client_rejections rejections[CLIENT_REJECTIONS_MAX];
	unsigned next_rejections;
};

raw_ns client_now(const struct ntp_client *client);

/* Something changed: what is due is looked at again, from the loop. */
void client_wake(struct ntp_client *client);

/* Whether another peer than EXCEPT has an association with ADDRESS. */
bool client_uses_address(const struct ntp_client *client, const struct peer *except,
			 const struct net_address *address);

/* Tells the log if PEER's newest sample is far from the other peers'. */
void client_check_skew(struct ntp_client *client, struct peer *peer);

/* Does all that is due and sets the timer; the timer's own work. */
void client_run(struct ntp_client *client);

/* When the earliest thing is due. */
raw_ns client_next_due(const struct ntp_client *client);

#endif
