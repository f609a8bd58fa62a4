/* Signatures from Samba's ntp_signd: many requests, never blocking.
 *
 * A connection is made when the first request comes.  ntp_signd closes it when
 * it is asked for an account that it never signs for; then the oldest request
 * under way is the one to blame, the others are asked for again.  A signer that
 * cannot be reached is tried again with pauses. */
#ifndef W32TIMED_SERVER_SIGND_CLIENT_H
#define W32TIMED_SERVER_SIGND_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/log.h"
#include "ntp/mssntp.h"
#include "platform/sockets.h"

struct loop;
struct signd_client;

/* NtpServer's clients have given up by then. */
#define SIGND_CLIENT_TIME_MAX 1.0 /* s */

struct signd_client_environment {
	struct loop *loop;
	struct log *log;
	double time_max; /* s from signd_client_sign() to done() at most */
	/* Asks for a connection with rights that we do not have, where we may not
	 * enter or find nothing; the answer comes by signd_client_connected(), not before
	 * this returns.  NULL: only our own rights.  Returns 0 or a negative errno. */
	int (*connect)(void *context);
	void *context;
};

/* REQUEST is the signer's copy of what came with the request. */
struct signd_client_callbacks {
	/* Right before HEADER is handed over, perhaps for the second time: to write
	 * the time of sending into it. */
	void (*stamp)(void *request, uint8_t header[NTP_HEADER_SIZE]);
	/* STATUS 0: PACKET is the 68 bytes to send.  -EACCES: the signer refuses
	 * this account; -ETIMEDOUT: it does not answer; -ECONNREFUSED: it cannot be
	 * reached; -EBADMSG: it answers nonsense. */
	void (*done)(void *request, int status, const uint8_t packet[MSSNTP_LEGACY_SIZE]);
};

/* Requests that wait or are under way. */
#define SIGND_CLIENT_WAITING_MAX 256

/* PATH of the signer's socket.  The process must ignore SIGPIPE. */
int signd_client_create(struct signd_client **client,
			const struct signd_client_environment *environment, const char *path,
			struct error *error);
void signd_client_destroy(struct signd_client *client); /* requests under way are not called */

/* Signs HEADER for the account that the four bytes of KEY_IDENTIFIER name, as
 * they stand in the request.  REQUEST_SIZE bytes of REQUEST (at most
 * SIGND_CLIENT_REQUEST_MAX) are copied and given to CALLBACKS, which must live as long
 * as the client; done() is never called before this returns.  Returns 0;
 * -EAGAIN when too many wait, -EACCES when the signer refused this account in
 * the last minutes, -ECONNREFUSED when it could not be reached a moment ago. */
#define SIGND_CLIENT_REQUEST_MAX 160

int signd_client_sign(struct signd_client *client, const uint8_t header[NTP_HEADER_SIZE],
		      const uint8_t key_identifier[4],
		      const struct signd_client_callbacks *callbacks, const void *request,
		      size_t request_size);

/* The connection that was asked for; taken over.  STATUS as in facts.h: 0 or a
 * negative errno, without a HANDLE then.  One that nobody waits for any more is
 * closed. */
void signd_client_connected(struct signd_client *client, int status, socket_handle handle);

struct signd_client_counters {
	uint64_t asked;     /* signd_client_sign() that returned 0 */
	uint64_t made;      /* signatures */
	uint64_t refused;   /* by the client; those remembered too */
	uint64_t timed_out; /* no answer in time */
	uint64_t lost;      /* no connection, nonsense, or too many waited */
	uint64_t connected; /* how often */
};

void signd_client_counters(const struct signd_client *client,
			   struct signd_client_counters *counters);

#endif
