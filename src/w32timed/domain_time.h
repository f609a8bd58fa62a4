/* Domain time as a whole: the machine account's keys and the controller that
 * discovery chose become NtpClient's domain peer, and what comes of asking it
 * goes back to discovery. */
#ifndef W32TIMED_W32TIMED_DOMAIN_TIME_H
#define W32TIMED_W32TIMED_DOMAIN_TIME_H

#include <stdbool.h>

#include "base/log.h"
#include "client/ntp_client.h"
#include "config/config.h"
#include "domain/account_client.h"
#include "domain/discovery.h"

struct loop;
struct domain_time;

struct domain_time_settings {
	bool wanted;             /* Type is NT5DS or AllSync */
	bool peers_as_fallback;  /* AllSync */
	bool manual_peers;       /* and there are some */
	uint32_t announce_flags; /* enum announce_flag */
	bool legacy_denied;      /* RequireExtendedSignature */
	enum cross_site cross_site;
	double backoff;       /* s, first wait after a search that found nobody */
	unsigned backoff_max; /* how often it doubles */
};

void domain_time_read_settings(const struct config *config, struct domain_time_settings *settings);

struct domain_time_environment {
	struct loop *loop;
	struct log *log;
	struct resolver *resolver;
	struct account_client *account; /* NULL: there is no way to know it */
	/* domain_time_add_peer() would say something else now. */
	void (*peer_changed)(void *context);
	/* The keys are others: the controller is worth asking at once
	 * (ntp_client_retry_controller()). */
	void (*ask_again)(void *context);
	/* domain_time_is_root() may be another one now. */
	void (*place_changed)(void *context);
	bool (*is_ourselves)(void *context, const struct net_address *address);
	void *context;
};

/* ENVIRONMENT is copied, what it points to is borrowed.  Begins to look for a
 * controller if SETTINGS want domain time and the machine is in a domain. */
int domain_time_create(struct domain_time **domain,
		       const struct domain_time_environment *environment,
		       const struct domain_time_settings *settings, struct error *error);
void domain_time_destroy(struct domain_time *domain); /* NULL is allowed, here and below */
void domain_time_configure(struct domain_time *domain, const struct domain_time_settings *settings);

/* The machine is in a domain and is to take its time. */
bool domain_time_is_used(const struct domain_time *domain);
/* It is the PDC emulator of the forest's root, the root of the forest's time. */
bool domain_time_is_root(const struct domain_time *domain);

/* Adds the domain's peer to what NtpClient is told. */
void domain_time_add_peer(const struct domain_time *domain, struct ntp_client_settings *settings);

/* What NtpClient asks and tells; to be used as long as DOMAIN is there. */
struct domain_seam domain_time_seam(struct domain_time *domain);

/* Other controllers may be there now. */
void domain_time_search(struct domain_time *domain);
/* By an administrator's word: a controller that has signed in the extended form may
 * have been replaced by one that cannot. */
void domain_time_forget_forms(struct domain_time *domain);
/* The network is another one: the search begins anew if it has found nobody. */
void domain_time_network_changed(struct domain_time *domain);
/* What account_client_facts() says has changed. */
void domain_time_account_changed(struct domain_time *domain);

struct domain_time_status {
	bool wanted;                         /* Type says so */
	const struct account_facts *facts;   /* NULL: not known */
	const struct controller *controller; /* NULL: none is chosen */
	struct discovery_status discovery;
};

void domain_time_status(const struct domain_time *domain, struct domain_time_status *status);

#endif
