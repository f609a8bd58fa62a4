/* Finds the domain controller to follow: SRV records, netlogon pings, the
 * queries and their scores (domain/queries.h), the next best when one fails,
 * waits between searches in vain ([MS-SNTP] 3.1.3.1), and waits from BACKOFF on between
 * searches for a better one than the one in use. */
#ifndef W32TIMED_DOMAIN_DISCOVERY_H
#define W32TIMED_DOMAIN_DISCOVERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/log.h"
#include "config/config.h"
#include "domain/netlogon.h"
#include "domain/queries.h"
#include "platform/address.h"

struct loop;
struct resolver;
struct discovery;

#define CONTROLLER_PORT           123 /* of NTP */
#define DISCOVERY_ADDRESSES_MAX   8
#define DISCOVERY_CONTROLLERS_MAX 64

struct controller {
	char host[NETLOGON_NAME_MAX];                          /* DNS name, "dc1.corp.example" */
	struct net_address addresses[DISCOVERY_ADDRESSES_MAX]; /* CONTROLLER_PORT */
	size_t address_count;
	uint32_t flags; /* netlogon */
	char site[64];
	unsigned score; /* 0..15 */
	unsigned query; /* that found it */
};

struct discovery_settings {
	enum config_role role; /* CONFIG_ROLE_STANDALONE: nothing is sought */
	char domain[256];
	char site[64];      /* "": as the domain says */
	char site_hint[64]; /* where the domain does not say: the system's idea, or "" */
	char computer[64];
	enum cross_site cross_site;
	bool reliable; /* this machine, by its AnnounceFlags */
	/* A controller has a key for the parent domain (its trust account's); without
	 * one it does not ask that domain for a source. */
	bool parent_key;
	double backoff;       /* s, first wait after a search in vain */
	unsigned backoff_max; /* how often it doubles */
	uint16_t port;        /* 389; for tests */
};

enum discovery_failure {
	DISCOVERY_FAILURE_SILENT,          /* it does not answer */
	DISCOVERY_FAILURE_UNAUTHENTICATED, /* no answer of it verifies */
	DISCOVERY_FAILURE_UNSYNCHRONIZED,  /* it has no time itself */
};

struct discovery_environment {
	struct loop *loop;
	struct log *log;
	struct resolver *resolver;
	/* CONTROLLER is to be followed from now on, or, if it is the same as before,
	 * has other addresses or flags now; NULL: none is known.  It lives during
	 * the call.  Like changed() it comes from the loop, never from within a
	 * function of this header. */
	void (*chosen)(void *context, const struct controller *controller);
	/* Whether ADDRESS is this machine's. */
	bool (*is_ourselves)(void *context, const struct net_address *address);
	/* What is known of this machine's place (discovery_status) has changed. */
	void (*changed)(void *context);
	void *context;
};

struct discovery_status {
	bool searching;
	const char *site;   /* ours; "": not known */
	const char *forest; /* "": not known */
	bool pdc_emulator;  /* this machine is its domain's */
	bool forest_root;   /* the domain is its forest's root */
	bool read_only;
	const struct controller *controllers; /* the last search's, best first */
	size_t count;
	size_t chosen;      /* index, COUNT: none */
	double next_search; /* s from now; negative: none is needed */
	unsigned failures;  /* in a row: searches that led to no time that verified */
};

/* Everything in ENVIRONMENT is borrowed.  The first search begins at once. */
int discovery_create(struct discovery **discovery, const struct discovery_environment *environment,
		     const struct discovery_settings *settings, struct error *error);
void discovery_destroy(struct discovery *discovery);

/* Other settings begin a new search. */
void discovery_configure(struct discovery *discovery, const struct discovery_settings *settings);

/* Begins a search at once, waits and earlier failures forgotten; the controller
 * in use stays until a better one was found. */
void discovery_search(struct discovery *discovery);

/* The chosen one is of no use and is passed over until the next search: the next
 * best is chosen, else the queries are made that were not needed so far, else
 * none is left and a search is planned. */
void discovery_failed(struct discovery *discovery, enum discovery_failure failure);
/* The chosen one gave time that verified: the waits begin anew, event 138 if
 * there were failures before. */
void discovery_succeeded(struct discovery *discovery);

void discovery_status(const struct discovery *discovery, struct discovery_status *status);

#endif
