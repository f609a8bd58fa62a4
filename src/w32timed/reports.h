/* What the service tells the log of itself: W32Time's events, with their
 * numbers, in words of our own. */
#ifndef W32TIMED_W32TIMED_REPORTS_H
#define W32TIMED_W32TIMED_REPORTS_H

#include "config/config.h"
#include "w32timed/service_internal.h"

void report_start(struct service *service); /* 257 */
/* What is wrong with the configuration although it may be so: 11, 21, 28. */
void report_doubts(struct service *service);
/* 263 and the same.  BEFORE: what was in force. */
void report_configuration(struct service *service, const struct config *before);
/* 145, 258 */
void report_stop(struct service *service);

/* 266, for each reason at most every 5 minutes. */
enum resync_reason {
	RESYNC_REASON_ADMINISTRATOR = 0,
	RESYNC_REASON_POWER = 1,
	RESYNC_REASON_NETWORK = 2,
	RESYNC_REASON_INTERNAL = 3,
};
void report_resync(struct service *service, enum resync_reason reason);

/* 259 soon after the start and after another source is followed, 259 and 260
 * every 8 hours: the timer for that, and when the source may be another one. */
int report_status_start(struct service *service);
void report_status_changed(struct service *service);

#endif
