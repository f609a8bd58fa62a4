/* One configured peer: its name, the addresses behind the name, and the
 * association with the one of them that is in use. */
#ifndef W32TIMED_CLIENT_PEER_H
#define W32TIMED_CLIENT_PEER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/log.h"
#include "client/association.h"
#include "client/ntp_client.h"
#include "resolver/resolver.h"

struct ntp_client;

/* What a peer contributed to the resync under way. */
enum peer_resync {
	PEER_RESYNC_NONE, /* it does not take part */
	PEER_RESYNC_WAITING,
	PEER_RESYNC_GOOD,
	PEER_RESYNC_FAILED,
};

/* What of it the log knows (peer_report.h). */
struct peer_reported {
	bool valid, invalid; /* event 37 or 38 was the last */
	bool duplicate;      /* event 135 */
	bool keeps_failing;  /* event 48 */
	double lookup_wait;  /* s, in the last event 134 */
	enum peer_drop drop; /* in the last event 147 to 154 */
	struct log_gate drop_gate, send_gate, skew_gate;
};

/* The domain's controller: what the trial of it brought so far (peer_domain.h). */
struct peer_domain {
	bool is; /* this peer is it */
	bool on_trial, failed;
	bool silent;       /* it is kept although it failed, and stays so */
	unsigned attempts; /* in vain, in the trial */
	unsigned misses;   /* of them at this address, in the burst */
	enum ntp_client_domain_failure why;
};

/* An address that told us not to come back. */
struct peer_denial {
	struct net_address address; /* AF_UNSPEC: unused */
	raw_ns until;
};

struct peer {
	struct ntp_client *client;
	struct peer_entry entry;
	bool literal;                 /* an address, not a name */
	bool idle;                    /* a fallback that is not needed now */
	struct resolver_query *query; /* a look-up is under way */
	raw_ns lookup_due;            /* the next one; CLIENT_NEVER: none is planned */
	unsigned lookup_failures;     /* in a row */
	unsigned backoff_failures;    /* of them since there was last reason for hope */
	int last_error;               /* errno of the last look-up; 0: it was good */
	struct net_address addresses[RESOLVER_ADDRESSES_MAX];
	bool untried[RESOLVER_ADDRESSES_MAX]; /* no look-up before the last named it */
	size_t address_count;
	struct association *association; /* NULL: pending */
	bool without_address;            /* all addresses are denied or used by other peers */
	/* Since time last came: associations given up, and requests in vain. */
	unsigned given_up, vain_requests;
	struct peer_denial denials[RESOLVER_ADDRESSES_MAX];
	struct peer_domain domain;
	struct peer_reported reported;
	enum peer_resync resync;
	unsigned resync_misses, resync_answers;
};

/* IS_DOMAIN: the domain's controller.  NULL when memory is short. */
struct peer *peer_create(struct ntp_client *client, const struct peer_entry *entry, bool is_domain);
void peer_destroy(struct peer *peer);

/* The same host and port with other flags, or other settings of the client. */
void peer_configure(struct peer *peer, const struct peer_entry *entry);
/* Other peers came or went: their addresses may be free now. */
void peer_list_changed(struct peer *peer);

/* Does what is due; when something is again. */
void peer_run(struct peer *peer, raw_ns now);
raw_ns peer_next_due(const struct peer *peer);

bool peer_is_fallback(const struct peer *peer);
/* It may still turn out to give time without further waiting. */
bool peer_is_settling(const struct peer *peer);
/* It is asked and gives no time, as the log was told. */
bool peer_is_silent(const struct peer *peer);
/* A fallback is needed, or not any longer. */
void peer_activate(struct peer *peer, raw_ns now);
void peer_deactivate(struct peer *peer);

void peer_resync(struct peer *peer, raw_ns now);
void peer_event(struct peer *peer, enum provider_event event, raw_ns now);

void peer_status(const struct peer *peer, raw_ns now, struct peer_status *status);

/* "name,flags (ntp.m|flags|local->remote)", as events name peers. */
#define PEER_LABEL_MAX 500
const char *peer_label(const struct peer *peer, char buffer[PEER_LABEL_MAX]);

#endif
