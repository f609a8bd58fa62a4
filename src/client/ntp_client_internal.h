/* NtpClient from within: for ntp_client.c, and for tests that drive it in time of
 * their own. */
#ifndef W32TIMED_CLIENT_NTP_CLIENT_INTERNAL_H
#define W32TIMED_CLIENT_NTP_CLIENT_INTERNAL_H

#include "client/peer_group.h"

struct loop_timer;

struct client_resync { /* while group.resyncing */
	raw_ns deadline;
	void (*done)(void *context, unsigned good);
	void *context;
};

struct ntp_client {
	struct peer_group group;
	struct loop_timer *timer; /* one for all: fires when the earliest thing is due */
	struct clock_reading last_reading;
	struct client_resync resync;
	raw_ns network_due;        /* when a change of the network is acted on */
	raw_ns network_handled;    /* when that was done last */
	bool reachability_changed; /* event 264 is owed */
	raw_ns reachability_due;   /* and may be written from then on */
	bool silence_reported;     /* event 29 was written last */
};

/* Takes what has come, does all that is due and sets the timer: the timer's work. */
void client_run(struct ntp_client *client);

/* When the earliest thing is due. */
raw_ns client_next_due(const struct ntp_client *client);

#endif
