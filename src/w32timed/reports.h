/* W32Time's events about the service itself, with their numbers, in words of our own. */
#ifndef W32TIMED_W32TIMED_REPORTS_H
#define W32TIMED_W32TIMED_REPORTS_H

#include "base/log.h"
#include "config/config.h"
#include "platform/clock.h"
#include "w32timed/timekeeping.h"

/* 257 */
void report_start(struct log *log, struct clock *clock, const struct config *config,
		  const char *configuration_file);

/* A configuration that is right and yet gives no time: 11, 21, 28.  PEERS: how many
 * NtpServer names; IN_DOMAIN: domain_time_is_used(). */
void report_doubts(struct log *log, const struct config *config, bool client_enabled, size_t peers,
		   bool in_domain);

/* 263: the keys of CONFIG that have another value than in BEFORE. */
void report_configuration(struct log *log, const struct config *config,
			  const struct config *before);

/* 145, 258 */
void report_stop(struct log *log, const struct timekeeping_status *status);

enum resync_reason {
	RESYNC_REASON_ADMINISTRATOR = 0,
	RESYNC_REASON_POWER = 1,
	RESYNC_REASON_NETWORK = 2,
	RESYNC_REASON_INTERNAL = 3,
	RESYNC_REASONS
};

struct resync_report {
	struct log *log;
	struct clock *clock;
	struct log_gate gates[RESYNC_REASONS];
};

/* 266, for each reason at most every 5 minutes. */
void report_resync(struct resync_report *report, enum resync_reason reason);

#endif
