/* Guard against timeroasting: each signed answer lets its receiver guess one account's
 * password offline, and anybody may ask for any account (RID).  A machine has one
 * account, so a source may use only few.  Pure, bounded memory, no allocation after
 * rid_guard_create().
 *
 * A source is an address; many of them are in a block, an IPv4 /24 or an IPv6 /64,
 * which both are the network of one place with all machines in it.  Each may begin
 * to use so many accounts in a period.
 * A source that uses an account already may go on, whatever others do in its name.
 *
 * The tables have a fixed size, in groups that a keyed hash chooses, so that
 * nobody outside can aim at one.  Where there is no room the youngest user of an
 * account makes room for the next one, and of the sources the one that has asked
 * for the fewest accounts.  So a flood of forged addresses does not push out
 * earlier users. */
#ifndef W32TIMED_SERVER_RID_GUARD_H
#define W32TIMED_SERVER_RID_GUARD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/timescale.h"
#include "platform/address.h"

struct rid_guard;

#define RID_GUARD_EXEMPT_MAX 16

/* Accounts below are the system's own: none of a machine. */
#define RID_GUARD_RID_MIN 1000

/* Not more accounts than this are told apart in a report. */
#define RID_GUARD_RIDS_COUNTED 2048

struct rid_guard_settings {
	unsigned rids_per_address; /* distinct new ones in PERIOD; at least 1 */
	unsigned rids_per_block;   /* the same for a block; 0: no limit */
	double period;             /* s; it begins with the first of them */
	/* Sources that hide many machines behind one address: neither limit. */
	struct net_prefix exempt[RID_GUARD_EXEMPT_MAX];
	unsigned exempt_count;
};

enum rid_guard_verdict {
	RID_GUARD_ALLOWED,
	RID_GUARD_NO_MACHINE, /* an account below RID_GUARD_RID_MIN */
	RID_GUARD_TOO_MANY,   /* this source has asked for too many accounts */
	RID_GUARD_BUSY,       /* too many new users at once: only known ones go on */
	RID_GUARD_TOO_FAST,   /* this account was just asked for from there */
};

struct rid_guard *rid_guard_create(const struct rid_guard_settings *settings); /* NULL: no memory */
void rid_guard_destroy(struct rid_guard *guard);                               /* NULL is allowed */
void rid_guard_configure(struct rid_guard *guard, const struct rid_guard_settings *settings);

enum rid_guard_verdict rid_guard_check(struct rid_guard *guard, const struct net_address *source,
				       uint32_t rid, raw_ns now);

/* The signer has refused what SOURCE was allowed, which costs it more than a
 * signature: the next time it counts as one of the new users, who come only so often. */
void rid_guard_refuse(struct rid_guard *guard, const struct net_address *source, uint32_t rid,
		      raw_ns now);

struct rid_guard_report {
	struct net_prefix source; /* an address or a block */
	bool goes_on;             /* it was reported before */
	/* Since then: how many accounts it was denied (at most
	 * RID_GUARD_RIDS_COUNTED), and in how many requests. */
	unsigned rids;
	uint64_t requests;
};

/* Whether there is something to tell of a source with RID_GUARD_TOO_MANY: at once
 * when it becomes one, then once an hour if it goes on.  Fills REPORT; to be
 * called again until it returns false.  Of 64 such sources at once. */
bool rid_guard_take_report(struct rid_guard *guard, raw_ns now, struct rid_guard_report *report);

/* Whether there may be something to report later, even without further requests. */
bool rid_guard_watches(const struct rid_guard *guard);

#endif
