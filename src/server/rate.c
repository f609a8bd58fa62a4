#include "server/rate.h"

#include <sodium.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* 65536 buckets of 16 bytes; a group is a cache line. */
#define GROUP_SIZE  4
#define GROUP_COUNT 16384

#define IPV6_PREFIX_SIZE 8

struct bucket {
	/* Raw time when it will be full.  It holds as many tokens as intervals
	 * fit between then and now + burst; the past is a full bucket, which is
	 * the same as none. */
	raw_ns full_at;
	uint32_t tag;    /* of the client; part of its hash */
	uint32_t denied; /* since it was last full */
};

struct rate_limiter {
	int64_t interval_ns; /* in which a token comes back */
	int64_t depth_ns;    /* in which an empty bucket fills */
	uint64_t draws;
	uint8_t key[crypto_shorthash_KEYBYTES];
	struct bucket groups[GROUP_COUNT][GROUP_SIZE];
};

struct rate_limiter *rate_limiter_create(uint32_t rate, uint32_t burst)
{
	struct rate_limiter *limiter;

	if (sodium_init() < 0)
		return NULL;
	limiter = calloc(1, sizeof *limiter);
	if (limiter == NULL)
		return NULL;
	crypto_shorthash_keygen(limiter->key);
	rate_limiter_configure(limiter, rate, burst);
	for (size_t i = 0; i < GROUP_COUNT; i++) {
		for (size_t j = 0; j < GROUP_SIZE; j++)
			limiter->groups[i][j].full_at = INT64_MIN;
	}
	return limiter;
}

void rate_limiter_destroy(struct rate_limiter *limiter)
{
	if (limiter == NULL)
		return;
	sodium_memzero(limiter->key, sizeof limiter->key);
	free(limiter);
}

void rate_limiter_configure(struct rate_limiter *limiter, uint32_t rate, uint32_t burst)
{
	limiter->interval_ns = rate == 0 ? NS_PER_SECOND : NS_PER_SECOND / rate;
	limiter->depth_ns = limiter->interval_ns * (burst == 0 ? 1 : burst);
}

static uint64_t keyed_hash(const struct rate_limiter *limiter, const void *data, size_t length)
{
	uint8_t hash[crypto_shorthash_BYTES];
	uint64_t value;

	crypto_shorthash(hash, data, length, limiter->key);
	memcpy(&value, hash, sizeof value);
	return value;
}

/* The client's bucket, or else the one in its group that is missed least, as a
 * full one. */
static struct bucket *find_bucket(struct rate_limiter *limiter, const struct net_address *client,
				  raw_ns now)
{
	size_t length;
	const uint8_t *bytes = net_address_bytes(client, &length);
	uint64_t hash = keyed_hash(limiter, bytes,
				   length > IPV6_PREFIX_SIZE ? IPV6_PREFIX_SIZE : length);
	struct bucket *group = limiter->groups[hash % GROUP_COUNT], *least = &group[0];
	uint32_t tag = (uint32_t)(hash >> 32);

	for (size_t i = 0; i < GROUP_SIZE; i++) {
		if (group[i].tag == tag && group[i].full_at > now)
			return &group[i];
		if (group[i].full_at < least->full_at)
			least = &group[i];
	}
	*least = (struct bucket){ .full_at = now, .tag = tag };
	return least;
}

static bool draw_kiss(struct rate_limiter *limiter, uint32_t denied)
{
	uint64_t draw;

	/* Not from the system: that would be a system call for each. */
	limiter->draws++;
	draw = keyed_hash(limiter, &limiter->draws, sizeof limiter->draws);
	return draw % (4 + denied / 4) == 0;
}

enum rate_verdict rate_limiter_check(struct rate_limiter *limiter, const struct net_address *client,
				     raw_ns now)
{
	struct bucket *bucket = find_bucket(limiter, client, now);

	/* Limits may have been tighter when this was written. */
	if (bucket->full_at > now + limiter->depth_ns)
		bucket->full_at = now + limiter->depth_ns;
	if (bucket->full_at + limiter->interval_ns <= now + limiter->depth_ns) {
		bucket->full_at += limiter->interval_ns;
		return RATE_ANSWER;
	}
	if (bucket->denied < UINT32_MAX)
		bucket->denied++;
	return draw_kiss(limiter, bucket->denied) ? RATE_KISS : RATE_DROP;
}
