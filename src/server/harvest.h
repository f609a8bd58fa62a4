/* Against the harvest of password hashes: each signed answer is material for an
 * offline guess at one account's password, and anybody may ask for any account.
 * A machine has one account; this allows a source only few of them.  Pure,
 * bounded memory, no allocation after harvest_create(). */
#ifndef W32TIMED_SERVER_HARVEST_H
#define W32TIMED_SERVER_HARVEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/timescale.h"
#include "platform/address.h"

struct harvest;

struct harvest_settings {
	unsigned rids_per_address; /* distinct ones in PERIOD; 4 */
	unsigned rids_per_block;   /* the same for an IPv4 /24, an IPv6 /56; 0: no limit */
	double period;             /* s, 3600 */
	/* Sources that hide many machines behind one address. */
	struct net_prefix exempt[16];
	unsigned exempt_count;
};

enum harvest_verdict {
	HARVEST_ALLOWED,
	HARVEST_TOO_MANY,       /* this source has asked for too many accounts */
	HARVEST_TOO_MANY_FIRST, /* the same, and it had not been told of yet */
	HARVEST_BUSY,           /* too many new sources at once: only known ones go on */
	HARVEST_TOO_FAST,       /* this account was just asked for from there */
};

struct harvest *harvest_create(const struct harvest_settings *settings); /* NULL: no memory */
void harvest_destroy(struct harvest *harvest);
void harvest_configure(struct harvest *harvest, const struct harvest_settings *settings);

/* A source that uses an account already may go on using it. */
enum harvest_verdict harvest_check(struct harvest *harvest, const struct net_address *source,
				   uint32_t rid, raw_ns now);

#endif
