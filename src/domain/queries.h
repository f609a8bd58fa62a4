/* Which domain controllers a machine asks for, in which order, what each one
 * found is worth, and when to stop.  Pure: "How the Windows Time Service Works"
 * (six queries, score table), [MS-SNTP] 3.1.1 (CrossSiteSyncFlags) and 3.1.3.2. */
#ifndef W32TIMED_DOMAIN_QUERIES_H
#define W32TIMED_DOMAIN_QUERIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/config.h"

enum cross_site {
	CROSS_SITE_NONE = 0, /* own site only */
	CROSS_SITE_PDC = 1,  /* elsewhere PDC emulators only */
	CROSS_SITE_ALL = 2,
};

struct queries_machine {
	enum config_role role; /* CONFIG_ROLE_MEMBER or _CONTROLLER */
	bool pdc_emulator;     /* of its own domain */
	bool reliable;         /* by its own AnnounceFlags */
	bool read_only;        /* an RODC */
	bool has_parent;       /* its domain has one */
	bool site_known;
	enum cross_site cross_site;
};

enum query_domain {
	QUERY_PARENT_DOMAIN, /* for a member: its own, [MS-NRPC] 3.5.4.8.6 */
	QUERY_OWN_DOMAIN,
};

struct query {
	unsigned number; /* 1..6, as the article counts them */
	enum query_domain domain;
	bool in_site;     /* in the own site, else in any other */
	bool pdc;         /* the PDC emulator only */
	bool reliable;    /* reliable ones only */
	unsigned ceiling; /* the best score that it can find */
};

#define QUERIES_MAX 6

/* The queries that MACHINE makes, in order; returns how many. */
size_t queries_plan(const struct queries_machine *machine, struct query queries[QUERIES_MAX]);

/* Whether a controller with these netlogon FLAGS is an answer to QUERY; its
 * score (8 same site, 4 reliable, 2 parent domain, 1 PDC emulator, added up). */
bool query_accepts(const struct query *query, uint32_t flags);
unsigned query_score(const struct queries_machine *machine, const struct query *query,
		     uint32_t flags);

/* Whether the queries from NEXT on can still beat BEST. */
bool queries_may_improve(const struct query *queries, size_t count, size_t next, unsigned best);

#endif
