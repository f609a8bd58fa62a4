/* Finds the domain controller to follow: SRV records, netlogon pings, the
 * queries and their scores (domain/queries.h), the next best when one fails,
 * waits between searches in vain ([MS-SNTP] 3.1.3.1), and waits from BACKOFF on between
 * searches for a better one than the one in use. */
#ifndef W32TIMED_DOMAIN_DISCOVERY_H
#define W32TIMED_DOMAIN_DISCOVERY_H

#include "base/error.h"
#include "domain/discovery_types.h"

struct discovery;

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
