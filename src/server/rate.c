#include "server/rate.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/keyed_table.h"

#define IPV6_PREFIX_SIZE 8

struct bucket {
	struct keyed_entry entry; /* the client */
	uint32_t denied;          /* since it was last full */
	/* Raw time when it will be full.  It holds as many tokens as intervals
	 * fit between then and now + burst; the past is a full bucket, which is
	 * the same as none. */
	raw_ns full_at;
};

struct rate_limiter {
	int64_t interval_ns; /* in which a token comes back */
	int64_t depth_ns;    /* in which an empty bucket fills */
	uint64_t draws;
	struct keyed_table buckets;
};

static bool rate_bucket_is_current(const void *entry, const void *context)
{
	const struct bucket *bucket = entry;
	const raw_ns *now = context;

	return bucket->full_at > *now;
}

static bool rate_bucket_is_fuller(const void *entry, const void *than, const void *context)
{
	const struct bucket *a = entry, *b = than;

	(void)context;
	return a->full_at < b->full_at;
}

/* 65536 buckets of 16 bytes; a group is a cache line. */
static const struct keyed_table_kind buckets_kind = {
	.groups = 16384,
	.group_size = 4,
	.entry_size = sizeof(struct bucket),
	.is_current = rate_bucket_is_current,
	.is_missed_less = rate_bucket_is_fuller,
};

struct rate_limiter *rate_limiter_create(uint32_t rate, uint32_t burst)
{
	struct rate_limiter *limiter = calloc(1, sizeof *limiter);

	if (limiter == NULL || keyed_table_init(&limiter->buckets, &buckets_kind) < 0) {
		free(limiter);
		return NULL;
	}
	rate_limiter_configure(limiter, rate, burst);
	return limiter;
}

void rate_limiter_destroy(struct rate_limiter *limiter)
{
	if (limiter == NULL)
		return;
	keyed_table_free(&limiter->buckets);
	free(limiter);
}

void rate_limiter_configure(struct rate_limiter *limiter, uint32_t rate, uint32_t burst)
{
	limiter->interval_ns = rate == 0 ? NS_PER_SECOND : NS_PER_SECOND / rate;
	limiter->depth_ns = limiter->interval_ns * (burst == 0 ? 1 : burst);
}

/* The client's bucket; a full one if it has none. */
static struct bucket *rate_find_bucket(struct rate_limiter *limiter,
				       const struct net_address *client, raw_ns now)
{
	size_t length;
	const uint8_t *bytes = net_address_bytes(client, &length);
	uint64_t hash = keyed_table_hash(&limiter->buckets, bytes,
					 length > IPV6_PREFIX_SIZE ? IPV6_PREFIX_SIZE : length);
	bool added;
	struct bucket *bucket = keyed_table_find_or_add(&limiter->buckets, &buckets_kind, hash,
							&now, &added);

	if (added)
		bucket->full_at = now;
	return bucket;
}

static bool rate_draw_kiss(struct rate_limiter *limiter, uint32_t denied)
{
	uint64_t draw;

	/* Not from the system: that would be a system call for each. */
	limiter->draws++;
	draw = keyed_table_hash(&limiter->buckets, &limiter->draws, sizeof limiter->draws);
	return draw % (4 + denied / 4) == 0;
}

enum rate_verdict rate_limiter_check(struct rate_limiter *limiter, const struct net_address *client,
				     raw_ns now)
{
	struct bucket *bucket = rate_find_bucket(limiter, client, now);

	/* Limits may have been tighter when this was written. */
	if (bucket->full_at > now + limiter->depth_ns)
		bucket->full_at = now + limiter->depth_ns;
	if (bucket->full_at + limiter->interval_ns <= now + limiter->depth_ns) {
		bucket->full_at += limiter->interval_ns;
		return RATE_ANSWER;
	}
	if (bucket->denied < UINT32_MAX)
		bucket->denied++;
	return rate_draw_kiss(limiter, bucket->denied) ? RATE_KISS : RATE_DROP;
}
