/* NtpServer, the output provider: answers requests for time (server/answer.h).
 *
 * A batch of datagrams comes in, access and rate are checked, a batch of
 * answers goes out; nothing is allocated, logged or read from the clock for a
 * single packet that a batch can share. */
#ifndef W32TIMED_SERVER_NTP_SERVER_H
#define W32TIMED_SERVER_NTP_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/log.h"
#include "discipline/announce.h"
#include "platform/address.h"
#include "platform/clock.h"
#include "platform/sockets.h"
#include "server/mssntp_server.h"
#include "server/served.h"

struct loop;
struct ntp_server;

#define NTP_SERVER_ALLOW_MAX 64

struct ntp_server_settings {
	struct served_settings at;
	/* None: everybody may ask. */
	struct net_prefix allow[NTP_SERVER_ALLOW_MAX];
	size_t allow_count;
	bool nonstandard_modes; /* AllowNonstandardModeCombinations: also answer mode 1 */
	uint32_t rate_limit;    /* answers a second and client in the long run; 0: no limit */
	uint32_t rate_burst;    /* answers at once before the limit holds */
	struct mssntp_server_settings signing;
};

struct ntp_server_counters {
	uint64_t received, answered;
	uint64_t interleaved; /* of them in interleaved mode */
	uint64_t malformed;   /* not NTP, or nothing that a client sends */
	uint64_t denied;      /* not in AllowFrom */
	uint64_t to_many;     /* to a group or broadcast address: one forged request to
			       * all servers of a segment would bring all their answers */
	uint64_t rate_limited;
	uint64_t kissed; /* RATE sent instead of time */
	uint64_t send_errors;
	uint64_t stale; /* waited too long, or the clock was stepped meanwhile */
	/* Of these, those for signed time; its answers are among ANSWERED too. */
	struct mssntp_server_counters signing;
};

struct ntp_server_environment {
	struct loop *loop;
	struct clock *clock;
	struct log *log;
	/* Asks for a connection to the signer when our own rights do not suffice; the
	 * answer comes by ntp_server_signer_connected(), not before this returns.
	 * NULL: there is nobody to ask.  Returns 0 or a negative errno. */
	int (*connect_signer)(void *context);
	void *context;
};

/* Ports are opened here, so that privileges can be dropped afterwards.  One that cannot
 * be is waited for (server/served.h). */
int ntp_server_create(struct ntp_server **server, const struct ntp_server_environment *environment,
		      const struct ntp_server_settings *settings, struct error *error);
void ntp_server_destroy(struct ntp_server *server);

/* Sockets that stay wanted stay open.  On failure, which a port of another program's
 * is too, the old settings remain. */
int ntp_server_configure(struct ntp_server *server, const struct ntp_server_settings *settings,
			 struct error *error);

/* Interfaces or addresses have come or gone. */
void ntp_server_network_changed(struct ntp_server *server);

/* What is said of the clock from now on. */
void ntp_server_announce(struct ntp_server *server, const struct announcement *announcement);

/* STATUS 0 and a connected socket, which is taken over, or a negative errno. */
void ntp_server_signer_connected(struct ntp_server *server, int status, socket_handle handle);

/* Whether requests to ADDRESS and its port come to this server. */
bool ntp_server_is_at(const struct ntp_server *server, const struct net_address *address);

void ntp_server_counters(const struct ntp_server *server, struct ntp_server_counters *counters);

#endif
