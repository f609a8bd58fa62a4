/* What the files of the service share; nobody else includes it. */
#ifndef W32TIMED_W32TIMED_SERVICE_INTERNAL_H
#define W32TIMED_W32TIMED_SERVICE_INTERNAL_H

#include "client/ntp_client.h"
#include "control/control_server.h"
#include "loop/loop.h"
#include "platform/clock_watch.h"
#include "platform/network_watch.h"
#include "resolver/resolver.h"
#include "server/ntp_server.h"
#include "w32timed/domain_time.h"
#include "w32timed/logging.h"
#include "w32timed/service.h"
#include "w32timed/timekeeping.h"

#define SERVICE_WATCHERS_MAX CONTROL_CONNECTIONS_MAX

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
	struct loop_timer *alive_timer;   /* for the service manager's watchdog */
	struct control_call *resync_call; /* waits for its result */
	struct loop_timer *resync_timer;  /* the sources have answered, the result is not clear */
	unsigned resync_good;             /* how many gave a good answer */
	unsigned resync_looks;            /* how often it has been unclear */
	bool resyncs_again;               /* the one before gives way */
	struct control_call *watchers[SERVICE_WATCHERS_MAX];
	size_t watcher_count;
	struct log_gate resync_gates[4]; /* by enum resync_reason */
	struct loop_timer *status_timer;
	double status_reported;  /* when events 259 and 260 were due, s since the start */
	char status_source[300]; /* the source in the last event 259 */
	bool closing;
};

/* service_control.c: the methods of the control interface. */
extern const struct control_method service_methods[];
extern const size_t service_method_count;

/* Tells all that watch the status. */
void service_tell_watchers(struct service *service);

/* Defaults are those of the machine's role in its domain, unless the configuration
 * names one: loads it anew if that role is another one now. */
void service_follow_role(struct service *service);

/* sample_adapter.c */
struct sample_sink service_sample_sink(struct timekeeping *timekeeping);

/* service_domain.c: domain time, and what NtpClient and the announcement have
 * from it. */
int service_domain_create(struct service *service, struct error *error);
/* The configuration is another one. */
void service_domain_configure(struct service *service);
void service_client_settings(const struct service *service, struct ntp_client_settings *settings);
void service_timekeeping_settings(const struct service *service,
				  struct timekeeping_settings *settings);
int service_connect_signer(void *context); /* struct ntp_server_environment */

/* resync.c */
enum resync_flag { /* [MS-W32T] */
		   RESYNC_HARD = 0x01,
		   RESYNC_RETURN_RESULT = 0x02,
		   RESYNC_REDISCOVER = 0x04,
		   RESYNC_UPDATE = 0x08,
		   RESYNC_FORCE = 0x10,
};

/* CALL: to be answered with the result, or NULL. */
void service_resync(struct service *service, unsigned flags, struct control_call *call);
/* Looks for the sources anew. */
void service_rediscover(struct service *service);
/* -ENOMEM */
int service_resync_start(struct service *service);
/* Who waits for a result is told that the service ends. */
void service_resync_stop(struct service *service);

#endif
