/* Finds the domain controller to follow: SRV records, netlogon pings, the
 * queries and their scores (domain/queries.h), the next best when one fails,
 * and waits between searches in vain ([MS-SNTP] 3.1.3.1). */
#ifndef W32TIMED_DOMAIN_DISCOVERY_H
#define W32TIMED_DOMAIN_DISCOVERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/log.h"
#include "config/config.h"
#include "domain/netlogon.h"
#include "domain/queries.h"
#include "platform/address.h"

struct event_base;
struct resolver;
struct discovery;

#define DISCOVERY_ADDRESSES_MAX   8
#define DISCOVERY_CONTROLLERS_MAX 64

struct controller {
	char host[NETLOGON_NAME_MAX];                          /* DNS name, "dc1.corp.example" */
	struct net_address addresses[DISCOVERY_ADDRESSES_MAX]; /* port 123 */
	size_t address_count;
	uint32_t flags; /* netlogon */
	char site[64];
	unsigned score; /* 0..15 */
	unsigned query; /* that found it */
};

struct discovery_settings {
	enum config_role role; /* CONFIG_ROLE_STANDALONE: nothing is sought */
	char domain[256];
	char site[64]; /* "": as the domain says */
	char computer[64];
	enum cross_site cross_site;
	bool reliable;        /* this machine, by its AnnounceFlags */
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
	struct event_base *base;
	struct log *log;
	struct resolver *resolver;
	/* CONTROLLER is to be followed from now on; NULL: none is known. */
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
	double next_search; /* s from now; negative: none is planned */
	unsigned failures;  /* searches in vain, in a row */
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

/* The chosen one is of no use: the next best is chosen, or a search begins. */
void discovery_failed(struct discovery *discovery, enum discovery_failure failure);
/* The chosen one gave time that verified: events 129..138 follow from it. */
void discovery_succeeded(struct discovery *discovery);

void discovery_status(const struct discovery *discovery, struct discovery_status *status);

#endif
