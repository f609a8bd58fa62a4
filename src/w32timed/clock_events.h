/* What the log is told of the clock: W32Time's events, with their numbers, in
 * words of our own. */
#ifndef W32TIMED_W32TIMED_CLOCK_EVENTS_H
#define W32TIMED_W32TIMED_CLOCK_EVENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/log.h"
#include "discipline/announce.h"
#include "discipline/discipline.h"

struct clock_events_rules {
	double rate_audit_limit; /* fraction; ClockAdjustmentAuditLimit */
	double jump_audit_limit; /* s; TimeJumpAuditOffset */
	bool log_source_changes; /* EventLogFlags 0x2 */
	bool log_jumps;          /* EventLogFlags 0x1 */
};

/* Zeroed at first but for LOG and RULES. */
struct clock_events {
	struct log *log;
	struct clock_events_rules rules;
	char source[300];   /* the last one that was named in event 35 */
	uint8_t stratum;    /* in event 265 */
	bool spiking;       /* a large offset is being watched */
	raw_ns spike_since; /* when that began */
	struct log_gate refusal_gate, spike_gate;
};

/* 35, 265: NAME (NULL: none) is followed now, or our stratum is another one. */
void clock_events_source(struct clock_events *events, const char *name, uint8_t stratum,
			 uint32_t reference_id);
/* 36 */
void clock_events_lost(struct clock_events *events, double silence);

/* 139, 141 to 145 */
void clock_events_role(struct clock_events *events, const struct announce_settings *settings,
		       uint32_t before, uint32_t now);

/* 52 and 261; 33 if it is wanted or larger than TimeJumpAuditOffset.  NOW: after
 * the step. */
void clock_events_step(struct clock_events *events, double step, utc_ns now);
/* 33: it was not us. */
void clock_events_moved(struct clock_events *events, double step);
/* 34, once in a while as long as it lasts. */
void clock_events_refused(struct clock_events *events, double needed,
			  const struct phase_rules *rules, const char *source, raw_ns now);
/* 262 */
void clock_events_rate(struct clock_events *events, double before, double now);

/* 50 when a large offset has lasted SpikeWatchPeriod.  OFFSET: what it is thought
 * to be now. */
void clock_events_spike_began(struct clock_events *events, raw_ns now);
void clock_events_spike(struct clock_events *events, const struct discipline_settings *settings,
			const struct discipline_status *status, double offset, raw_ns now);

#endif
