/* Signatures from Samba's ntp_signd: many requests, never blocking. */
#ifndef W32TIMED_SERVER_SIGNER_H
#define W32TIMED_SERVER_SIGNER_H

#include <stdint.h>

#include "base/error.h"
#include "base/log.h"
#include "ntp/mssntp.h"
#include "platform/sockets.h"

struct event_base;
struct signer;

struct signer_environment {
	struct event_base *base;
	struct log *log;
	/* Asks for a connection with rights that we do not have; the answer comes
	 * by signer_connected().  NULL: only our own rights.  Returns 0 or a
	 * negative errno. */
	int (*connect)(void *context);
	void *context;
};

/* STATUS 0: SIGNED is the 68 bytes to send.  -EACCES: the signer refuses this
 * account; -ETIMEDOUT, -EAGAIN (too many wait), -ECONNREFUSED: no signature. */
typedef void signer_done(void *context, int status,
			 const uint8_t signed_packet[MSSNTP_LEGACY_SIZE]);

int signer_create(struct signer **signer, const struct signer_environment *environment,
		  const char *path, struct error *error);
void signer_destroy(struct signer *signer); /* requests under way are not called */

/* Signs HEADER for the account that the four bytes of KEY_IDENTIFIER name, as
 * they stand in the request.  CONTEXT_SIZE bytes of CONTEXT (at most
 * SIGNER_CONTEXT_MAX) are copied and given to DONE.  Returns 0, or -EAGAIN when
 * too many wait, or -EACCES when the signer refused this account lately. */
#define SIGNER_CONTEXT_MAX 128

int signer_sign(struct signer *signer, const uint8_t header[NTP_HEADER_SIZE],
		const uint8_t key_identifier[4], signer_done *done, const void *context,
		size_t context_size);

/* The connection that was asked for; taken over.  STATUS as in facts.h. */
void signer_connected(struct signer *signer, int status, socket_handle handle);

struct signer_counters {
	uint64_t asked, made, refused, timed_out, lost;
};

void signer_counters(const struct signer *signer, struct signer_counters *counters);

#endif
