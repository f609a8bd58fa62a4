/* NtpClient, the input provider: associations with servers, polling, name
 * resolution.  It knows when to ask which server and whether an answer is one; what
 * the answers mean for the clock is the discipline's business (sample_sink.h). */
#ifndef W32TIMED_CLIENT_NTP_CLIENT_H
#define W32TIMED_CLIENT_NTP_CLIENT_H

#include <stddef.h>

#include "base/error.h"
#include "client/environment.h"
#include "client/provider.h"
#include "client/settings.h"
#include "client/status.h"

struct ntp_client;

/* ENVIRONMENT is copied, what it points to is borrowed for the client's life.  -ENOMEM,
 * or -EIO: there is no source of random numbers. */
int ntp_client_create(struct ntp_client **client, const struct ntp_client_environment *environment,
		      const struct ntp_client_settings *settings, struct error *error);
void ntp_client_destroy(struct ntp_client *client); /* NULL is allowed */

/* Peers that stay (same host and port) keep their associations and all they know. */
void ntp_client_configure(struct ntp_client *client, const struct ntp_client_settings *settings);

void ntp_client_event(struct ntp_client *client, enum provider_event event);

/* The domain's controller is worth another trial, if it gives no time: the keys to
 * verify it with are others now.  Without a controller nothing happens. */
void ntp_client_retry_controller(struct ntp_client *client);

/* Asks every peer in a quick burst.  DONE comes exactly once, from the loop, at
 * the latest after TIMEOUT seconds, with how many gave a good answer: as soon as
 * every peer has answered or failed to and there are three samples or no more to
 * come (at once with three peers, after 4 s with a single one, 6 s with a silent
 * one).  Asked again before that, the first is called with what it has.  A client
 * that is destroyed calls nobody.  DONE may be NULL. */
void ntp_client_resync(struct ntp_client *client, double timeout,
		       void (*done)(void *context, unsigned good), void *context);

size_t ntp_client_peer_count(const struct ntp_client *client);
/* INDEX below the count; what STATUS points to lives until the loop runs on. */
void ntp_client_peer(const struct ntp_client *client, size_t index, struct peer_status *status);

/* The peer behind a source: -ENOENT if it is gone. */
int ntp_client_find_source(const struct ntp_client *client, source_id id,
			   struct peer_status *status);

#endif
