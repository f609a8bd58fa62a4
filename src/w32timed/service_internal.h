/* The service, for the files that make it up; no other file includes this. */
#ifndef W32TIMED_W32TIMED_SERVICE_INTERNAL_H
#define W32TIMED_W32TIMED_SERVICE_INTERNAL_H

#include "base/w32time.h"
#include "client/ntp_client.h"
#include "control/control_server.h"
#include "loop/loop.h"
#include "platform/clock_watch.h"
#include "platform/network_watch.h"
#include "resolver/resolver.h"
#include "server/ntp_server.h"
#include "w32timed/domain_time.h"
#include "w32timed/logging.h"
#include "w32timed/reports.h"
#include "w32timed/resync.h"
#include "w32timed/service_environment.h"
#include "w32timed/status_report.h"
#include "w32timed/timekeeping.h"
#include "w32timed/watchers.h"

struct service {
	struct service_environment environment;
	struct config *config;
	int precision; /* log2 s */
	struct timekeeping *timekeeping;
	struct resolver *resolver;
	struct domain_time *domain;
	struct ntp_client *client;
	struct ntp_server *server;
	struct control_server *control;
	struct network_watch *network;
	struct loop_watch *network_event;
	struct clock_watch *clock_watch;
	struct loop_watch *clock_watch_event;
	struct loop_timer *save_timer;
	struct loop_timer *alive_timer; /* for the service manager's watchdog */
	struct watchers watchers;
	struct resync resync;
	struct resync_report resync_report;
	struct status_report status_report;
	bool closing;
};

/* service_control.c: the methods of the control interface. */
extern const struct control_method service_methods[];
extern const size_t service_method_count;

/* The answer to GetStatus and WatchStatus; CONTEXT: the service. */
json_t *service_encode_status(void *context, struct error *error);

/* What the configuration leaves without time. */
void service_report_doubts(struct service *service);

/* Sources are looked for anew: names resolved, the domain searched. */
void service_rediscover(struct service *service);

/* service_reload.c: defaults are those of the machine's role in its domain, unless the
 * configuration names one; that role may be another one now. */
void service_follow_role(struct service *service);

/* service_domain.c: domain time, and what NtpClient and the announcement have
 * from it. */
int service_domain_create(struct service *service, struct error *error);
void service_client_settings(const struct service *service, struct ntp_client_settings *settings);
void service_timekeeping_settings(const struct service *service,
				  struct timekeeping_settings *settings);
int service_connect_signer(void *context); /* struct ntp_server_environment */

#endif
