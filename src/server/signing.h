/* Requests for signed time ([MS-SNTP]): from the header of an answer to the
 * answer that is sent, by way of server/harvest.h and server/signer.h.
 *
 * Such a request gets a signed answer or none: never an unsigned one. */
#ifndef W32TIMED_SERVER_SIGNING_H
#define W32TIMED_SERVER_SIGNING_H

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
#include "server/harvest.h"

struct loop;
struct signing;
struct udp_datagram;
struct udp_socket;

#define SIGNING_FOR_MAX  64
#define SIGNING_PATH_MAX 108

/* Where Samba makes the socket unless it is told otherwise. */
#define SIGNING_PATH_USUAL "/var/lib/samba/ntp_signd/socket"

struct signing_settings {
	char path[SIGNING_PATH_MAX]; /* the signer's socket; "": nothing is signed */
	bool extended_only;          /* the older form gets no answer */
	struct harvest_settings harvest;
	/* None: everybody may ask for a signature. */
	struct net_prefix sign_for[SIGNING_FOR_MAX];
	size_t sign_for_count;
};

struct signing_environment {
	struct loop *loop;
	struct clock *clock;
	struct log *log;
	int (*connect)(void *context); /* as in server/signer.h */
	void *context;
};

struct signing_counters {
	uint64_t received; /* requests for signed time */
	uint64_t answered;
	uint64_t ignored; /* we sign nothing, not for them, or not in that form */
	uint64_t limited; /* too many accounts, or too often */
	uint64_t refused; /* an account for which the signer does not sign */
	uint64_t failed;  /* no signature in time, or the answer could not be sent */
};

/* Whether DATA is meant as a request for signed time, well made or not: a place
 * for a checksum, with zeros in it.  What holds a checksum is a symmetric key's. */
bool signing_is_request(const uint8_t *data, size_t length);

/* Nothing is signed before signing_configure().  NULL when memory is short. */
struct signing *signing_create(const struct signing_environment *environment);
void signing_destroy(struct signing *signing); /* NULL is allowed */

/* On failure the old settings remain. */
int signing_configure(struct signing *signing, const struct signing_settings *settings,
		      struct error *error);

/* Answers under way are not sent: their sockets may be gone. */
void signing_forget(struct signing *signing);

/* A request that came in as DATAGRAM on SOCKET at RECEIVED, and all of the answer
 * but the time of sending.  It is sent when it is signed, if it is. */
void signing_take(struct signing *signing, struct udp_socket *socket,
		  const struct udp_datagram *datagram, const uint8_t header[NTP_HEADER_SIZE],
		  utc_ns received, raw_ns now);

/* As in server/signer.h. */
void signing_connected(struct signing *signing, int status, socket_handle handle);

void signing_counters(const struct signing *signing, struct signing_counters *counters);

#endif
