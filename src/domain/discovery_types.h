/* What discovery is told and what it tells. */
#ifndef W32TIMED_DOMAIN_DISCOVERY_TYPES_H
#define W32TIMED_DOMAIN_DISCOVERY_TYPES_H

#include <stdbool.h>

#include "base/log.h"
#include "config/config.h"
#include "domain/controller.h"
#include "domain/queries.h"

struct loop;
struct resolver;

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

#endif
