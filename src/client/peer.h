/* One entry of the peer list: its name, the addresses behind the name, and the
 * association with the one of them that is in use; or the domain's controller. */
#ifndef W32TIMED_CLIENT_PEER_H
#define W32TIMED_CLIENT_PEER_H

#include <stdbool.h>

#include "client/peer_group.h"
#include "client/provider.h"

/* IS_CONTROLLER: the domain's.  GROUP is borrowed.  NULL when memory is short. */
struct peer *peer_create(struct peer_group *group, const struct peer_entry *entry,
			 bool is_controller, raw_ns now);
void peer_destroy(struct peer *peer);

bool peer_is_controller(const struct peer *peer);
const struct peer_entry *peer_entry(const struct peer *peer);

/* The same host and port with other flags, or other settings of the group. */
void peer_configure(struct peer *peer, const struct peer_entry *entry, raw_ns now);
/* Other peers came or went: their addresses may be free now. */
void peer_list_changed(struct peer *peer, raw_ns now);
/* The way to sign is another one: the association is made anew. */
void peer_reassociate(struct peer *peer, raw_ns now);

/* Takes what has come and does what is due; whether it gave time. */
bool peer_run(struct peer *peer, const struct clock_reading *now);
/* When something is due next. */
raw_ns peer_next_due(const struct peer *peer);

/* A fallback is asked only while no other source gives time. */
bool peer_is_fallback(const struct peer *peer);
/* A fallback is needed, or not any longer. */
void peer_activate(struct peer *peer, raw_ns now);
void peer_deactivate(struct peer *peer);

/* It may still turn out to give time without further waiting. */
bool peer_is_settling(const struct peer *peer);
/* It is asked and gives no time, as the log was told. */
bool peer_is_silent(const struct peer *peer);

void peer_event(struct peer *peer, enum provider_event event, raw_ns now);
/* Asks the domain's controller at once if it gives no time. */
void peer_retry_controller(struct peer *peer, raw_ns now);

/* A resync: begins; what came of it; ends. */
void peer_resync(struct peer *peer, raw_ns now);
enum peer_resync peer_resync_state(const struct peer *peer);
unsigned peer_resync_answers(const struct peer *peer);
void peer_end_resync(struct peer *peer);

/* association_phase() of its association; false: it gave no time yet. */
bool peer_phase(const struct peer *peer, double *phase, raw_ns *taken);
/* Its time is DIFFERENCE s away from the other peers'. */
void peer_report_far_off(struct peer *peer, double difference, raw_ns now);
/* Whether the log was told of another reachability since the last call. */
bool peer_take_reachability_change(struct peer *peer);

source_id peer_source(const struct peer *peer); /* 0: pending */
void peer_status(const struct peer *peer, raw_ns now, struct peer_status *status);

#endif
