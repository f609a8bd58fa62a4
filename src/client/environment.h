/* What NtpClient works with and talks to. */
#ifndef W32TIMED_CLIENT_ENVIRONMENT_H
#define W32TIMED_CLIENT_ENVIRONMENT_H

#include <stdbool.h>

#include "base/log.h"
#include "client/domain_seam.h"
#include "client/sample_sink.h"
#include "platform/address.h"
#include "platform/clock.h"
#include "resolver/resolver.h"

struct loop;

/* The sink and the domain are called from the event loop only, never from within a
 * function of ntp_client.h but sink.add and sink.remove, which ntp_client_configure()
 * and ntp_client_destroy() cause.  They may call ntp_client_event(),
 * ntp_client_resync(), ntp_client_retry_controller() and what reads, but not
 * configure or destroy. */
struct ntp_client_environment {
	struct loop *loop;
	struct clock *clock;
	struct log *log;
	struct resolver *resolver;
	struct sample_sink sink;
	struct domain_seam domain;
	/* Whether our own server answers at ADDRESS: it is not followed.  NULL: it
	 * never does. */
	bool (*is_own_server)(void *server, const struct net_address *address);
	void *server;
};

/* A due time that never comes. */
#define CLIENT_NEVER INT64_MAX

#endif
