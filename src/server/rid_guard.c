#include "server/rid_guard.h"

#include <stdlib.h>
#include <string.h>

#include "base/keyed_table.h"
#include "server/access.h"

/* RIDs remembered per source; the default of SignedRidsPerAddress. */
#define SOURCE_RIDS 4

/* A member that may ask every 2^15 s has missed three times: it has gone. */
#define USER_MEMORY_NS (4 * INT64_C(32768) * NS_PER_SECOND)

/* How often one user of an account is answered: as often as the shortest poll
 * interval there is, and a burst. */
#define USER_INTERVAL_NS NS_PER_SECOND
#define USER_BURST       8

/* New users of all sources together, so many a second and at once: what a
 * signer can do beside its work, even if it must refuse each. */
#define NEW_RATE  64
#define NEW_BURST 2048

#define REPORT_INTERVAL_NS (3600 * NS_PER_SECOND)
#define OFFENDERS_MAX      64

/* Somebody who uses an account. */
struct user {
	struct keyed_entry entry; /* source and account */
	raw_ns since;             /* it is here */
	raw_ns used;              /* last */
	raw_ns full_at;           /* its bucket of tokens, as in rate.c */
	bool refused;             /* the last time, by the signer */
};

/* How many accounts a source has begun to use, and the last of them: a user that had to
 * make room and comes again is not counted twice. */
struct source {
	struct keyed_entry entry;
	raw_ns since; /* the first of them */
	unsigned count;
	uint32_t rids[SOURCE_RIDS];
};

struct offender {
	uint64_t tag;
	struct net_prefix source;
	bool told;
	raw_ns told_at;
	raw_ns last;
	uint64_t requests;
	uint8_t rids[RID_GUARD_RIDS_COUNTED / 8]; /* by their last bits: they are in rows */
};

struct rid_guard {
	struct rid_guard_settings settings;
	int64_t period_ns;
	raw_ns full_at; /* the bucket of all new users */
	struct keyed_table users, sources;
	struct offender offenders[OFFENDERS_MAX];
};

/* Address or block of a client. */
struct origin {
	struct net_prefix prefix;
	uint64_t tag;
	unsigned limit;
};

/* When something is current. */
struct moment {
	raw_ns now;
	int64_t period_ns;
};

static bool rid_guard_user_is_current(const void *entry, const void *context)
{
	const struct user *user = entry;
	const struct moment *moment = context;

	return user->entry.tag != 0 && moment->now - user->used < USER_MEMORY_NS;
}

/* Gone, or else younger. */
static bool rid_guard_user_is_missed_less(const void *entry, const void *than, const void *context)
{
	const struct user *a = entry, *b = than;
	bool current = rid_guard_user_is_current(a, context);

	return current == rid_guard_user_is_current(b, context) ? a->since > b->since : !current;
}

static const struct keyed_table_kind users_kind = {
	.groups = 8192,
	.group_size = 8,
	.entry_size = sizeof(struct user),
	.is_current = rid_guard_user_is_current,
	.is_missed_less = rid_guard_user_is_missed_less,
};

static bool rid_guard_source_is_current(const void *entry, const void *context)
{
	const struct source *source = entry;
	const struct moment *moment = context;

	return source->entry.tag != 0 && moment->now - source->since < moment->period_ns;
}

/* Its period is over, or else it has asked for fewer accounts, or did so longer ago. */
static bool rid_guard_source_is_missed_less(const void *entry, const void *than,
					    const void *context)
{
	const struct source *a = entry, *b = than;
	bool current = rid_guard_source_is_current(a, context);

	if (current != rid_guard_source_is_current(b, context))
		return !current;
	return a->count < b->count || (a->count == b->count && a->since < b->since);
}

static const struct keyed_table_kind sources_kind = {
	.groups = 2048,
	.group_size = 8,
	.entry_size = sizeof(struct source),
	.is_current = rid_guard_source_is_current,
	.is_missed_less = rid_guard_source_is_missed_less,
};

struct rid_guard *rid_guard_create(const struct rid_guard_settings *settings)
{
	struct rid_guard *guard = calloc(1, sizeof *guard);

	if (guard == NULL || keyed_table_init(&guard->users, &users_kind) < 0 ||
	    keyed_table_init(&guard->sources, &sources_kind) < 0) {
		rid_guard_destroy(guard);
		return NULL;
	}
	guard->full_at = INT64_MIN;
	rid_guard_configure(guard, settings);
	return guard;
}

void rid_guard_destroy(struct rid_guard *guard)
{
	if (guard == NULL)
		return;
	keyed_table_free(&guard->users);
	keyed_table_free(&guard->sources);
	free(guard);
}

void rid_guard_configure(struct rid_guard *guard, const struct rid_guard_settings *settings)
{
	guard->settings = *settings;
	guard->period_ns = ns_from_seconds(settings->period);
}

/* One hash for both tables.  RID 0: the origin itself. */
static uint64_t rid_guard_make_tag(const struct rid_guard *guard, const struct net_prefix *origin,
				   uint32_t rid)
{
	uint8_t text[1 + 16 + 4] = { origin->bits };
	size_t length, whole = origin->bits / 8;
	const uint8_t *bytes = net_address_bytes(&origin->address, &length);

	/* An IPv4 /24 is none of IPv6. */
	memcpy(text + 1, bytes, whole < length ? whole : length);
	memcpy(text + 1 + 16, &rid, sizeof rid);
	return keyed_table_hash(&guard->users, text, sizeof text);
}

/* The first BITS, a multiple of 8, of an address. */
static struct net_prefix rid_guard_take_prefix(const struct net_address *source, uint8_t bits)
{
	struct net_prefix prefix = { .address = { .u.any.sa_family = source->u.any.sa_family },
				     .bits = bits };

	if (net_address_is_v6(source))
		memcpy(&prefix.address.u.v6.sin6_addr, &source->u.v6.sin6_addr, bits / 8);
	else
		memcpy(&prefix.address.u.v4.sin_addr, &source->u.v4.sin_addr, bits / 8);
	return prefix;
}

/* --- Users -------------------------------------------------------------------- */

static struct user *rid_guard_find_user(struct rid_guard *guard, uint64_t tag, raw_ns now)
{
	return keyed_table_find(&guard->users, &users_kind, tag, &(struct moment){ .now = now });
}

static void rid_guard_add_user(struct rid_guard *guard, uint64_t tag, raw_ns now)
{
	bool added;
	struct user *user = keyed_table_find_or_add(&guard->users, &users_kind, tag,
						    &(struct moment){ .now = now }, &added);

	*user = (struct user){
		.entry = user->entry, .since = now, .used = now, .full_at = now + USER_INTERVAL_NS
	};
}

static bool rid_guard_take_new_token(struct rid_guard *guard, raw_ns now)
{
	const int64_t interval_ns = NS_PER_SECOND / NEW_RATE;

	if (guard->full_at < now)
		guard->full_at = now;
	if (guard->full_at + interval_ns > now + NEW_BURST * interval_ns)
		return false;
	guard->full_at += interval_ns;
	return true;
}

static enum rid_guard_verdict rid_guard_take_token(struct rid_guard *guard, struct user *user,
						   raw_ns now)
{
	user->used = now;
	if (user->full_at < now)
		user->full_at = now;
	if (user->full_at + USER_INTERVAL_NS > now + USER_BURST * USER_INTERVAL_NS)
		return RID_GUARD_TOO_FAST;
	if (user->refused && !rid_guard_take_new_token(guard, now))
		return RID_GUARD_BUSY;
	user->refused = false;
	user->full_at += USER_INTERVAL_NS;
	return RID_GUARD_ALLOWED;
}

/* --- Sources ------------------------------------------------------------------ */

static struct source *rid_guard_find_source(struct rid_guard *guard, uint64_t tag, raw_ns now)
{
	return keyed_table_find(&guard->sources, &sources_kind, tag,
				&(struct moment){ now, guard->period_ns });
}

static bool rid_guard_has_counted(const struct source *source, uint32_t rid)
{
	for (unsigned i = 0; i < SOURCE_RIDS; i++) {
		if (source->rids[i] == rid)
			return true;
	}
	return false;
}

static void rid_guard_count_new(struct rid_guard *guard, uint64_t tag, uint32_t rid, raw_ns now)
{
	bool added;
	struct source *source = keyed_table_find_or_add(&guard->sources, &sources_kind, tag,
							&(struct moment){ now, guard->period_ns },
							&added);

	if (added)
		source->since = now;
	if (!rid_guard_has_counted(source, rid))
		source->rids[source->count++ % SOURCE_RIDS] = rid;
}

static bool rid_guard_is_at_limit(struct rid_guard *guard, const struct origin *origin,
				  uint32_t rid, raw_ns now)
{
	const struct source *source = rid_guard_find_source(guard, origin->tag, now);

	return source != NULL && source->count >= origin->limit &&
	       !rid_guard_has_counted(source, rid);
}

/* --- Offenders ---------------------------------------------------------------- */

static struct offender *rid_guard_find_offender(struct rid_guard *guard,
						const struct origin *origin)
{
	struct offender *place = &guard->offenders[0];

	for (unsigned i = 0; i < OFFENDERS_MAX; i++) {
		struct offender *offender = &guard->offenders[i];

		if (offender->tag == origin->tag)
			return offender;
		if (place->tag != 0 && (offender->tag == 0 || offender->last < place->last))
			place = offender;
	}
	*place = (struct offender){ .tag = origin->tag, .source = origin->prefix };
	return place;
}

static enum rid_guard_verdict rid_guard_deny(struct rid_guard *guard, const struct origin *origin,
					     uint32_t rid, raw_ns now)
{
	struct offender *offender = rid_guard_find_offender(guard, origin);
	unsigned bit = rid % RID_GUARD_RIDS_COUNTED;

	offender->last = now;
	offender->requests++;
	offender->rids[bit / 8] |= (uint8_t)(1U << bit % 8);
	return RID_GUARD_TOO_MANY;
}

static unsigned rid_guard_count_bits(const uint8_t *bytes, size_t size)
{
	unsigned count = 0;

	for (size_t i = 0; i < size; i++) {
		for (unsigned left = bytes[i]; left != 0; left &= left - 1)
			count++;
	}
	return count;
}

bool rid_guard_take_report(struct rid_guard *guard, raw_ns now, struct rid_guard_report *report)
{
	for (unsigned i = 0; i < OFFENDERS_MAX; i++) {
		struct offender *offender = &guard->offenders[i];

		if (offender->tag == 0 ||
		    (offender->told && now - offender->told_at < REPORT_INTERVAL_NS))
			continue;
		if (offender->requests == 0) {
			*offender = (struct offender){ 0 };
			continue;
		}
		*report = (struct rid_guard_report){
			.source = offender->source,
			.goes_on = offender->told,
			.rids = rid_guard_count_bits(offender->rids, sizeof offender->rids),
			.requests = offender->requests,
		};
		offender->told = true;
		offender->told_at = now;
		offender->requests = 0;
		memset(offender->rids, 0, sizeof offender->rids);
		return true;
	}
	return false;
}

bool rid_guard_watches(const struct rid_guard *guard)
{
	for (unsigned i = 0; i < OFFENDERS_MAX; i++) {
		if (guard->offenders[i].tag != 0)
			return true;
	}
	return false;
}

/* --- For all ------------------------------------------------------------------ */

/* Whether ORIGINs allow one more user of RID: NULL, or the one that does not. */
static const struct origin *rid_guard_find_limit(struct rid_guard *guard,
						 const struct origin *address,
						 const struct origin *block, uint64_t block_user,
						 uint32_t rid, raw_ns now)
{
	if (rid_guard_is_at_limit(guard, address, rid, now))
		return address;
	if (block->limit != 0 && rid_guard_find_user(guard, block_user, now) == NULL &&
	    rid_guard_is_at_limit(guard, block, rid, now))
		return block;
	return NULL;
}

enum rid_guard_verdict rid_guard_check(struct rid_guard *guard, const struct net_address *source,
				       uint32_t rid, raw_ns now)
{
	const struct rid_guard_settings *settings = &guard->settings;
	bool v6 = net_address_is_v6(source),
	     exempt = settings->exempt_count > 0 &&
		      access_allows(settings->exempt, settings->exempt_count, source);
	struct origin address = { .prefix = rid_guard_take_prefix(source, v6 ? 128 : 32),
				  .limit = settings->rids_per_address },
		      block = { .prefix = rid_guard_take_prefix(source, v6 ? 64 : 24),
				.limit = settings->rids_per_block };
	uint64_t user_tag = rid_guard_make_tag(guard, &address.prefix, rid), block_user;
	const struct origin *limit;
	struct user *user;

	if (rid < RID_GUARD_RID_MIN)
		return RID_GUARD_NO_MACHINE;
	user = rid_guard_find_user(guard, user_tag, now);
	if (user != NULL)
		return rid_guard_take_token(guard, user, now);
	address.tag = rid_guard_make_tag(guard, &address.prefix, 0);
	block.tag = rid_guard_make_tag(guard, &block.prefix, 0);
	block_user = rid_guard_make_tag(guard, &block.prefix, rid);
	limit = exempt ? NULL : rid_guard_find_limit(guard, &address, &block, block_user, rid, now);
	if (limit != NULL)
		return rid_guard_deny(guard, limit, rid, now);
	if (!rid_guard_take_new_token(guard, now))
		return RID_GUARD_BUSY;
	rid_guard_add_user(guard, user_tag, now);
	if (exempt)
		return RID_GUARD_ALLOWED;
	rid_guard_count_new(guard, address.tag, rid, now);
	if (block.limit != 0 && rid_guard_find_user(guard, block_user, now) == NULL) {
		rid_guard_add_user(guard, block_user, now);
		rid_guard_count_new(guard, block.tag, rid, now);
	}
	return RID_GUARD_ALLOWED;
}

void rid_guard_refuse(struct rid_guard *guard, const struct net_address *source, uint32_t rid,
		      raw_ns now)
{
	struct net_prefix address = rid_guard_take_prefix(source,
							  net_address_is_v6(source) ? 128 : 32);
	struct user *user = rid_guard_find_user(guard, rid_guard_make_tag(guard, &address, rid),
						now);

	if (user != NULL)
		user->refused = true;
}
