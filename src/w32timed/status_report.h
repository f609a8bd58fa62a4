/* W32Time's periodic events: 259 (the client) soon after the start and after another
 * source is followed, 259 and 260 (the service) every 8 hours. */
#ifndef W32TIMED_W32TIMED_STATUS_REPORT_H
#define W32TIMED_W32TIMED_STATUS_REPORT_H

#include "base/log.h"

struct config;
struct loop;
struct loop_timer;
struct ntp_client;
struct ntp_server;
struct timekeeping;

/* All zero but the first five when it begins; they are borrowed. */
struct status_report {
	struct log *log;
	struct timekeeping *timekeeping;
	struct ntp_client *client;
	struct ntp_server *server;
	struct config *const *config; /* the one in force */
	struct loop_timer *timer;
	double reported;  /* when 259 and 260 were due, s since the start */
	char source[300]; /* in the last event 259 */
};

/* -ENOMEM */
int status_report_start(struct status_report *report, struct loop *loop);
void status_report_stop(struct status_report *report);

/* The source may be another one now.  Nothing happens before the start. */
void status_report_changed(struct status_report *report);

#endif
