#include "server/harvest.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "server/access.h"

#define GROUP_SIZE    8
#define USER_GROUPS   8192
#define SOURCE_GROUPS 2048

/* So many of a source's accounts are remembered with it: as many as an address may
 * have unless it is told otherwise. */
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
	uint64_t tag;   /* hash of source and account; 0: empty */
	raw_ns since;   /* it is here */
	raw_ns used;    /* last */
	raw_ns full_at; /* its bucket of tokens, as in rate.c */
	bool refused;   /* the last time, by the signer */
};

/* How many accounts a source has begun to use, and the last of them: who had to make
 * room in the crowd and comes again is not one more. */
struct source {
	uint64_t tag;
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
	uint8_t rids[HARVEST_RIDS_COUNTED / 8]; /* by their last bits: they are in rows */
};

struct harvest {
	struct harvest_settings settings;
	int64_t period_ns;
	raw_ns full_at; /* the bucket of all new users */
	uint8_t key[crypto_shorthash_KEYBYTES];
	struct user users[USER_GROUPS][GROUP_SIZE];
	struct source sources[SOURCE_GROUPS][GROUP_SIZE];
	struct offender offenders[OFFENDERS_MAX];
};

/* Address or block of a client. */
struct origin {
	struct net_prefix prefix;
	uint64_t tag;
	unsigned limit;
};

struct harvest *harvest_create(const struct harvest_settings *settings)
{
	struct harvest *harvest;

	if (sodium_init() < 0)
		return NULL;
	harvest = calloc(1, sizeof *harvest);
	if (harvest == NULL)
		return NULL;
	crypto_shorthash_keygen(harvest->key);
	harvest->full_at = INT64_MIN;
	harvest_configure(harvest, settings);
	return harvest;
}

void harvest_destroy(struct harvest *harvest)
{
	if (harvest == NULL)
		return;
	sodium_memzero(harvest->key, sizeof harvest->key);
	free(harvest);
}

void harvest_configure(struct harvest *harvest, const struct harvest_settings *settings)
{
	harvest->settings = *settings;
	harvest->period_ns = ns_from_seconds(settings->period);
}

/* Never 0.  RID 0: the origin itself. */
static uint64_t make_tag(const struct harvest *harvest, const struct net_prefix *origin,
			 uint32_t rid)
{
	uint8_t text[1 + 16 + 4] = { origin->bits }, hash[crypto_shorthash_BYTES];
	size_t length, whole = origin->bits / 8;
	const uint8_t *bytes = net_address_bytes(&origin->address, &length);
	uint64_t tag;

	/* An IPv4 /24 is none of IPv6. */
	memcpy(text + 1, bytes, whole < length ? whole : length);
	memcpy(text + 1 + 16, &rid, sizeof rid);
	crypto_shorthash(hash, text, sizeof text, harvest->key);
	memcpy(&tag, hash, sizeof tag);
	return tag != 0 ? tag : 1;
}

/* The first BITS, a multiple of 8, of an address. */
static struct net_prefix take_prefix(const struct net_address *source, uint8_t bits)
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

static struct user *find_user(struct harvest *harvest, uint64_t tag, raw_ns now)
{
	struct user *group = harvest->users[tag % USER_GROUPS];

	for (unsigned i = 0; i < GROUP_SIZE; i++) {
		if (group[i].tag == tag && now - group[i].used < USER_MEMORY_NS)
			return &group[i];
	}
	return NULL;
}

static void add_user(struct harvest *harvest, uint64_t tag, raw_ns now)
{
	struct user *group = harvest->users[tag % USER_GROUPS], *place = &group[0];

	for (unsigned i = 0; i < GROUP_SIZE; i++) {
		if (group[i].tag == 0 || now - group[i].used >= USER_MEMORY_NS) {
			place = &group[i];
			break;
		}
		if (group[i].since > place->since)
			place = &group[i];
	}
	*place = (struct user){
		.tag = tag, .since = now, .used = now, .full_at = now + USER_INTERVAL_NS
	};
}

static bool take_new_token(struct harvest *harvest, raw_ns now)
{
	const int64_t interval_ns = NS_PER_SECOND / NEW_RATE;

	if (harvest->full_at < now)
		harvest->full_at = now;
	if (harvest->full_at + interval_ns > now + NEW_BURST * interval_ns)
		return false;
	harvest->full_at += interval_ns;
	return true;
}

static enum harvest_verdict take_token(struct harvest *harvest, struct user *user, raw_ns now)
{
	user->used = now;
	if (user->full_at < now)
		user->full_at = now;
	if (user->full_at + USER_INTERVAL_NS > now + USER_BURST * USER_INTERVAL_NS)
		return HARVEST_TOO_FAST;
	if (user->refused && !take_new_token(harvest, now))
		return HARVEST_BUSY;
	user->refused = false;
	user->full_at += USER_INTERVAL_NS;
	return HARVEST_ALLOWED;
}

/* --- Sources ------------------------------------------------------------------ */

static bool is_current(const struct harvest *harvest, const struct source *source, raw_ns now)
{
	return source->tag != 0 && now - source->since < harvest->period_ns;
}

static struct source *find_source(struct harvest *harvest, uint64_t tag, raw_ns now)
{
	struct source *group = harvest->sources[tag % SOURCE_GROUPS];

	for (unsigned i = 0; i < GROUP_SIZE; i++) {
		if (group[i].tag == tag && is_current(harvest, &group[i], now))
			return &group[i];
	}
	return NULL;
}

/* Is missed less: the one that has asked for fewer, or did so longer ago. */
static bool is_lesser(const struct source *a, const struct source *b)
{
	return a->count < b->count || (a->count == b->count && a->since < b->since);
}

static bool has_counted(const struct source *source, uint32_t rid)
{
	for (unsigned i = 0; i < SOURCE_RIDS; i++) {
		if (source->rids[i] == rid)
			return true;
	}
	return false;
}

static void count_new(struct harvest *harvest, uint64_t tag, uint32_t rid, raw_ns now)
{
	struct source *group = harvest->sources[tag % SOURCE_GROUPS], *place = &group[0];
	struct source *known = find_source(harvest, tag, now);

	if (known != NULL) {
		if (!has_counted(known, rid))
			known->rids[known->count++ % SOURCE_RIDS] = rid;
		return;
	}
	for (unsigned i = 0; i < GROUP_SIZE; i++) {
		if (!is_current(harvest, &group[i], now)) {
			place = &group[i];
			break;
		}
		if (is_lesser(&group[i], place))
			place = &group[i];
	}
	*place = (struct source){ .tag = tag, .since = now, .count = 1, .rids = { rid } };
}

static bool is_at_limit(struct harvest *harvest, const struct origin *origin, uint32_t rid,
			raw_ns now)
{
	const struct source *source = find_source(harvest, origin->tag, now);

	return source != NULL && source->count >= origin->limit && !has_counted(source, rid);
}

/* --- Offenders ---------------------------------------------------------------- */

static struct offender *find_offender(struct harvest *harvest, const struct origin *origin)
{
	struct offender *place = &harvest->offenders[0];

	for (unsigned i = 0; i < OFFENDERS_MAX; i++) {
		struct offender *offender = &harvest->offenders[i];

		if (offender->tag == origin->tag)
			return offender;
		if (place->tag != 0 && (offender->tag == 0 || offender->last < place->last))
			place = offender;
	}
	*place = (struct offender){ .tag = origin->tag, .source = origin->prefix };
	return place;
}

static enum harvest_verdict deny(struct harvest *harvest, const struct origin *origin, uint32_t rid,
				 raw_ns now)
{
	struct offender *offender = find_offender(harvest, origin);
	unsigned bit = rid % HARVEST_RIDS_COUNTED;

	offender->last = now;
	offender->requests++;
	offender->rids[bit / 8] |= (uint8_t)(1U << bit % 8);
	return HARVEST_TOO_MANY;
}

static unsigned count_bits(const uint8_t *bytes, size_t size)
{
	unsigned count = 0;

	for (size_t i = 0; i < size; i++) {
		for (unsigned left = bytes[i]; left != 0; left &= left - 1)
			count++;
	}
	return count;
}

bool harvest_take_report(struct harvest *harvest, raw_ns now, struct harvest_report *report)
{
	for (unsigned i = 0; i < OFFENDERS_MAX; i++) {
		struct offender *offender = &harvest->offenders[i];

		if (offender->tag == 0 ||
		    (offender->told && now - offender->told_at < REPORT_INTERVAL_NS))
			continue;
		if (offender->requests == 0) {
			*offender = (struct offender){ 0 };
			continue;
		}
		*report = (struct harvest_report){
			.source = offender->source,
			.goes_on = offender->told,
			.rids = count_bits(offender->rids, sizeof offender->rids),
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

bool harvest_watches(const struct harvest *harvest)
{
	for (unsigned i = 0; i < OFFENDERS_MAX; i++) {
		if (harvest->offenders[i].tag != 0)
			return true;
	}
	return false;
}

/* --- For all ------------------------------------------------------------------ */

/* Whether ORIGINs allow one more user of RID: NULL, or the one that does not. */
static const struct origin *find_limit(struct harvest *harvest, const struct origin *address,
				       const struct origin *block, uint64_t block_user,
				       uint32_t rid, raw_ns now)
{
	if (is_at_limit(harvest, address, rid, now))
		return address;
	if (block->limit != 0 && find_user(harvest, block_user, now) == NULL &&
	    is_at_limit(harvest, block, rid, now))
		return block;
	return NULL;
}

enum harvest_verdict harvest_check(struct harvest *harvest, const struct net_address *source,
				   uint32_t rid, raw_ns now)
{
	const struct harvest_settings *settings = &harvest->settings;
	bool v6 = net_address_is_v6(source),
	     exempt = settings->exempt_count > 0 &&
		      access_allows(settings->exempt, settings->exempt_count, source);
	struct origin address = { .prefix = take_prefix(source, v6 ? 128 : 32),
				  .limit = settings->rids_per_address },
		      block = { .prefix = take_prefix(source, v6 ? 64 : 24),
				.limit = settings->rids_per_block };
	uint64_t user_tag = make_tag(harvest, &address.prefix, rid), block_user;
	const struct origin *limit;
	struct user *user;

	if (rid < HARVEST_RID_MIN)
		return HARVEST_NO_MACHINE;
	user = find_user(harvest, user_tag, now);
	if (user != NULL)
		return take_token(harvest, user, now);
	address.tag = make_tag(harvest, &address.prefix, 0);
	block.tag = make_tag(harvest, &block.prefix, 0);
	block_user = make_tag(harvest, &block.prefix, rid);
	limit = exempt ? NULL : find_limit(harvest, &address, &block, block_user, rid, now);
	if (limit != NULL)
		return deny(harvest, limit, rid, now);
	if (!take_new_token(harvest, now))
		return HARVEST_BUSY;
	add_user(harvest, user_tag, now);
	if (exempt)
		return HARVEST_ALLOWED;
	count_new(harvest, address.tag, rid, now);
	if (block.limit != 0 && find_user(harvest, block_user, now) == NULL) {
		add_user(harvest, block_user, now);
		count_new(harvest, block.tag, rid, now);
	}
	return HARVEST_ALLOWED;
}

void harvest_refuse(struct harvest *harvest, const struct net_address *source, uint32_t rid,
		    raw_ns now)
{
	struct net_prefix address = take_prefix(source, net_address_is_v6(source) ? 128 : 32);
	struct user *user = find_user(harvest, make_tag(harvest, &address, rid), now);

	if (user != NULL)
		user->refused = true;
}
