/* Requests for signed time ([MS-SNTP]): from the header of an answer to the
 * answer that is sent, by way of server/rid_guard.h and server/signd_client.h.
 *
 * Such a request gets a signed answer or none: never an unsigned one. */
#ifndef W32TIMED_SERVER_MSSNTP_SERVER_H
#define W32TIMED_SERVER_MSSNTP_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/log.h"
#include "base/timescale.h"
#include "ntp/mssntp.h"
#include "platform/address.h"
#include "platform/clock.h"
#include "platform/sockets.h"
#include "server/rid_guard.h"

struct loop;
struct mssntp_server;
struct udp_datagram;
struct udp_socket;

#define MSSNTP_SERVER_FOR_MAX  64
#define MSSNTP_SERVER_PATH_MAX 108

/* Where Samba makes the socket unless it is told otherwise. */
#define MSSNTP_SERVER_PATH_USUAL "/var/lib/samba/ntp_signd/socket"

struct mssntp_server_settings {
	char path[MSSNTP_SERVER_PATH_MAX]; /* the signer's socket; "": nothing is signed */
	bool extended_only;                /* the older form gets no answer */
	struct rid_guard_settings guard;
	/* None: everybody may ask for a signature. */
	struct net_prefix sign_for[MSSNTP_SERVER_FOR_MAX];
	size_t sign_for_count;
};

struct mssntp_server_environment {
	struct loop *loop;
	struct clock *clock;
	struct log *log;
	int (*connect)(void *context); /* as in server/signd_client.h */
	void *context;
};

struct mssntp_server_counters {
	uint64_t received; /* requests for signed time */
	uint64_t answered;
	uint64_t ignored; /* we sign nothing, not for them, or not in that form */
	uint64_t limited; /* too many accounts, or too often */
	uint64_t refused; /* an account for which the signer does not sign */
	uint64_t failed;  /* no signature in time, or the answer could not be sent */
};

/* Whether DATA is meant as a request for signed time, well made or not: a place
 * for a checksum, with zeros in it.  What holds a checksum is a symmetric key's. */
bool mssntp_server_is_request(const uint8_t *data, size_t length);

/* Nothing is signed before mssntp_server_configure().  NULL when memory is short. */
struct mssntp_server *mssntp_server_create(const struct mssntp_server_environment *environment);
void mssntp_server_destroy(struct mssntp_server *server); /* NULL is allowed */

/* On failure the old settings remain. */
int mssntp_server_configure(struct mssntp_server *server,
			    const struct mssntp_server_settings *settings, struct error *error);

/* Answers under way are not sent: their sockets may be gone. */
void mssntp_server_forget(struct mssntp_server *server);

/* A request that came in as DATAGRAM on SOCKET at RECEIVED, and all of the answer
 * but the time of sending.  It is sent when it is signed, if it is. */
void mssntp_server_take(struct mssntp_server *server, struct udp_socket *socket,
			const struct udp_datagram *datagram, const uint8_t header[NTP_HEADER_SIZE],
			utc_ns received, raw_ns now);

/* As in server/signd_client.h. */
void mssntp_server_connected(struct mssntp_server *server, int status, socket_handle handle);

void mssntp_server_counters(const struct mssntp_server *server,
			    struct mssntp_server_counters *counters);

#endif
