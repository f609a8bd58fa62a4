/* NtpClient, the input provider: associations with servers, polling, name
 * resolution.  It knows when to ask whom and whether an answer is one; what the
 * answers mean for the clock is the discipline's business. */
#ifndef W32TIMED_CLIENT_NTP_CLIENT_H
#define W32TIMED_CLIENT_NTP_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/log.h"
#include "client/provider.h"
#include "client/sample_sink.h"
#include "config/peer_list.h"
#include "discipline/discipline.h"
#include "platform/clock.h"
#include "resolver/resolver.h"

struct loop;
struct ntp_client;

struct ntp_client_settings {
	bool enabled;
	struct peer_list peers; /* empty unless Type says that they are used */
	bool peers_as_fallback; /* AllSync: all of them, while the domain gives time */
	/* The domain's controller to follow, asked with signed requests only; an
	 * empty host: none.  Its addresses are known (no look-up), best first.  One
	 * that stays but gives no time is tried anew at once. */
	struct peer_entry domain_peer;
	struct net_address domain_addresses[RESOLVER_ADDRESSES_MAX];
	size_t domain_address_count;
	bool domain_extended;         /* it can sign in the extended form */
	bool domain_legacy_denied;    /* it must; its association is made anew for either */
	int min_poll, max_poll;       /* log2 s */
	double special_poll_interval; /* s, for PEER_SPECIAL_INTERVAL */
	double resolve_backoff;       /* s, first wait */
	unsigned resolve_backoff_max; /* how often it doubles */
	bool nonstandard_modes;       /* AllowNonstandardModeCombinations */
	uint32_t compatibility_flags; /* CompatibilityFlags */
	uint32_t event_log_flags;
	double large_sample_skew; /* s */
	/* addresses to bind requests to, one a family at most; unset: any */
	struct net_address bind_v4, bind_v6;
};

enum ntp_client_domain_failure {
	DOMAIN_FAILURE_SILENT,          /* nothing */
	DOMAIN_FAILURE_UNAUTHENTICATED, /* answers without signature, or with wrong ones */
	DOMAIN_FAILURE_UNSYNCHRONIZED,  /* signed answers that give no time */
};

/* Called from the event loop only, never from within a function below but
 * source_added, source_removed and source_changed, which ntp_client_configure()
 * and ntp_client_destroy() cause.  They may call ntp_client_event(),
 * ntp_client_resync() and what reads, but not configure or destroy. */
struct ntp_client_callbacks {
	/* A source came or went (its address is known; it has not answered yet).
	 * A negative errno: it is not followed. */
	int (*source_added)(void *context, source_id id, const struct sample_source *source);
	void (*source_removed)(void *context, source_id id);
	/* The peer was given other flags or intervals; may be NULL. */
	void (*source_changed)(void *context, source_id id, const struct sample_source *source);
	/* Eight polls without an answer. */
	void (*source_unreachable)(void *context, source_id id);
	/* A good answer; returns the discipline's verdict on it. */
	enum discipline_verdict (*measurement)(void *context, source_id id,
					       const struct measurement *measurement);
	/* log2 s at which the source should be asked now. */
	int (*poll)(void *context, source_id id);
	/* Whether it is worth while to ask the source in interleaved mode now, if
	 * the server knows that.  May be NULL: it never is. */
	bool (*interleave)(void *context, source_id id);
	/* Whether fallback peers are to be asked: no other source gives time. */
	bool (*fallback_needed)(void *context);
	/* What an association with the domain's controller signs and verifies with;
	 * given over, destroyed with the association.  NULL: it cannot be asked now;
	 * this is tried again after a minute and with the next configure.  May be NULL
	 * without domain_peer. */
	struct authentication *(*authentication)(void *context);
	/* The domain's controller gave time that verified, each time; or it gave
	 * none although it was asked some times in quick succession at each of its
	 * addresses: WHY says what came instead.  It is asked on without haste.  May
	 * be NULL without domain_peer. */
	void (*domain_answered)(void *context);
	/* An answer of the domain's controller is signed, but with none of the keys:
	 * the password may have been changed.  May be NULL. */
	void (*domain_doubted)(void *context);
	void (*domain_failed)(void *context, enum ntp_client_domain_failure why);
	/* Whether our own server answers at ADDRESS: it is not followed (-ELOOP).
	 * May be NULL. */
	bool (*is_ourselves)(void *context, const struct net_address *address);
};

struct ntp_client_environment {
	struct loop *loop;
	struct clock *clock;
	struct log *log;
	struct resolver *resolver;
	const struct ntp_client_callbacks *callbacks;
	void *context;
};

/* ENVIRONMENT is copied, what it points to is borrowed for the client's life. */
int ntp_client_create(struct ntp_client **client, const struct ntp_client_environment *environment,
		      const struct ntp_client_settings *settings, struct error *error);
void ntp_client_destroy(struct ntp_client *client);

/* Peers that stay (same text) keep their associations and all they know. */
void ntp_client_configure(struct ntp_client *client, const struct ntp_client_settings *settings);

void ntp_client_event(struct ntp_client *client, enum provider_event event);

/* Asks every peer in a quick burst.  DONE comes exactly once, from the loop, at
 * the latest after TIMEOUT seconds, with how many gave a good answer: as soon as
 * every peer has answered or failed to and there are three samples or no more to
 * come (at once with three peers, after 4 s with a single one, 6 s with a silent
 * one).  Asked again before that, the first is called with what it has.  A client
 * that is destroyed calls nobody.  DONE may be NULL. */
void ntp_client_resync(struct ntp_client *client, double timeout,
		       void (*done)(void *context, unsigned good), void *context);

enum peer_drop { /* why an answer was not used; [MS-W32T] message ids in the table of names */
		 PEER_DROP_NONE = 0,
		 PEER_DROP_UNREACHABLE = 0x5C,
		 PEER_DROP_DUPLICATE = 0x5E,
		 PEER_DROP_OUT_OF_ORDER =
			 0x5F, /* does not answer our last request: bogus, replayed */
		 PEER_DROP_UNSYNCHRONIZED = 0x60,
		 PEER_DROP_DELAY = 0x61,
		 PEER_DROP_NOT_AUTHENTICATED = 0x62,
		 PEER_DROP_STALE = 0x63, /* reference time too old, or in the future */
		 PEER_DROP_STRATUM = 0x64,
		 PEER_DROP_ROOT_DISTANCE = 0x65,
};

struct peer_counters {
	uint64_t sent, received, accepted;
	uint64_t interleaved; /* good answers in interleaved mode */
	uint64_t bogus;       /* wrong origin, mode, version or length */
	uint64_t duplicate;   /* a second answer to the same request */
	uint64_t unsynchronized, stale, stratum, delay, root_distance, unauthenticated;
	uint64_t kiss_rate, kiss_deny, kiss_other;
	uint64_t send_errors;
};

struct peer_status {
	const char *name; /* as configured, flags and all */
	bool active;      /* an association exists; false: the name is not resolved */
	source_id source; /* 0: none */
	struct net_address remote, local;
	uint32_t flags;
	double time_remaining; /* s to the next poll or look-up */
	uint8_t mode;          /* enum ntp_mode that we send; 0 while pending */
	uint8_t stratum;       /* 0 until it has answered */
	uint8_t leap;
	int8_t peer_poll; /* log2 s, as its last packet told; 0: none yet */
	int8_t host_poll; /* log2 s, ours; 0 while pending */
	int8_t precision;
	double root_delay, root_dispersion;
	uint32_t reference_id;
	utc_ns last_success; /* 0: never */
	int last_error;      /* errno of the last exchange; 0: it succeeded */
	enum peer_drop last_drop;
	const char *authentication; /* "NoAuth " or struct authentication's name */
	uint32_t authentication_id; /* W32TIME_NO_AUTHENTICATION, or its message id */
	unsigned resolve_attempts;
	uint8_t reachability;
	struct peer_counters counters;
};

size_t ntp_client_peer_count(const struct ntp_client *client);
/* INDEX below the count; what STATUS points to lives until the loop runs on. */
void ntp_client_peer(const struct ntp_client *client, size_t index, struct peer_status *status);

/* The peer behind a source: -ENOENT if it is gone. */
int ntp_client_find_source(const struct ntp_client *client, source_id id,
			   struct peer_status *status);

/* What a server announces that follows this address (RFC 5905 section 7.3). */
uint32_t ntp_client_reference_id(const struct net_address *address);

#endif
