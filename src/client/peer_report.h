/* What the log is told of a peer: W32Time's events, each as often as it helps
 * and no more. */
#ifndef W32TIMED_CLIENT_PEER_REPORT_H
#define W32TIMED_CLIENT_PEER_REPORT_H

#include "client/association.h"

struct peer;

/* Good time came: event 37, when it had not before. */
void peer_report_valid(struct peer *peer);
/* A request gave none: 38 after some in a row, 53, and 147 to 154 by reason. */
void peer_report_missed(struct peer *peer, enum association_outcome outcome);
void peer_report_silent(struct peer *peer); /* 47 */
/* 134 at first and whenever the wait grows, 48 when it does not any more. */
void peer_report_lookup_failed(struct peer *peer, double wait);
void peer_report_resolved(struct peer *peer);               /* 137 */
void peer_report_duplicate(struct peer *peer, double wait); /* 135 */
/* DIFFERENCE: s, of its time and the other peers'. */
void peer_report_skew(struct peer *peer, double difference); /* 51 */

/* A datagram of the domain's controller was not signed, or wrongly: 27, 26. */
void peer_report_rejected(struct peer *peer, enum authentication_result result);
void peer_report_controller_failed(struct peer *peer); /* 24 */

#endif
