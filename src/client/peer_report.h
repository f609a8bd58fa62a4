/* What the log is told of a peer: W32Time's events, each as often as it helps
 * and no more. */
#ifndef W32TIMED_CLIENT_PEER_REPORT_H
#define W32TIMED_CLIENT_PEER_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/log.h"
#include "client/association.h"
#include "client/domain_seam.h"
#include "client/status.h"
#include "config/peer_list.h"

/* What of it the log knows. */
struct peer_report {
	bool valid, invalid;       /* event 37 or 38 was the last */
	bool reachability_changed; /* either was written; whoever acts on it clears it */
	bool duplicate;            /* event 135 */
	bool keeps_failing;        /* event 48 */
	double lookup_wait;        /* s, in the last event 134 */
	enum peer_drop drop;       /* in the last event 147 to 154 */
	struct log_gate drop_gate, send_gate, skew_gate;
};

/* Who is reported, where and when. */
struct peer_subject {
	struct log *log;
	uint32_t event_log_flags; /* [NtpClient] EventLogFlags */
	raw_ns now;
	const char *name; /* as configured, flags and all */
	uint32_t flags;   /* enum peer_flag */
	bool is_controller, is_literal;
	const struct net_address *local, *remote; /* NULL: pending */
};

/* Good time came: event 37, when it had not before. */
void peer_report_valid(struct peer_report *report, const struct peer_subject *peer);
/* A request gave none: 38 after MISSES in a row, 53, and 147 to 154 by reason. */
void peer_report_missed(struct peer_report *report, const struct peer_subject *peer,
			const struct association_event *event, unsigned misses);
void peer_report_silent(const struct peer_subject *peer); /* 47 */

struct peer_lookup_failure {
	int error;         /* errno */
	unsigned failures; /* in a row */
	double wait;       /* s, until the next try */
	double backoff;    /* s, ResolvePeerBackoffMinutes */
};

/* 134 at first and whenever the wait grows, 48 when it does not any more. */
void peer_report_lookup_failed(struct peer_report *report, const struct peer_subject *peer,
			       const struct peer_lookup_failure *failure);
void peer_report_resolved(const struct peer_subject *peer, unsigned failures);
/* Another peer uses the server: 135, once; WAIT: s until the next try. */
void peer_report_duplicate(struct peer_report *report, const struct peer_subject *peer,
			   double wait);
/* An address cannot be followed: a negative errno, -ELOOP is our own server. */
void peer_report_not_followed(const struct peer_subject *peer, int error);
/* DIFFERENCE: s, of its time and the other peers': 51. */
void peer_report_skew(struct peer_report *report, const struct peer_subject *peer,
		      double difference);

/* --- The domain's controller ------------------------------------------------------ */

/* Of some controllers: when the log was told of bad answers.  What was said of a host
 * is remembered although its peer may come and go. */
#define PEER_REJECTIONS_MAX 8

struct peer_rejections {
	struct {
		char host[sizeof((struct peer_entry *)0)->host]; /* "": unused */
		struct log_gate unsigned_gate, forged_gate;
	} hosts[PEER_REJECTIONS_MAX];
	unsigned next;
};

/* Datagrams of the controller HOST that were not signed, or wrongly: 27, 26. */
void peer_report_rejected(struct peer_rejections *rejections, const struct peer_subject *peer,
			  const char *host, const struct association_event *event);
/* It is given up after so many ATTEMPTS: 24. */
void peer_report_controller_failed(struct peer_report *report, const struct peer_subject *peer,
				   unsigned attempts, enum ntp_client_domain_failure why);

#endif
