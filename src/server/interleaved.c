#include "server/interleaved.h"

#include <math.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define GROUP_SIZE  4
#define GROUP_COUNT 4096

/* s; of an older answer nobody needs to know. */
#define AGE_MAX 5000.0
/* s; from the request's arrival to the answer's leaving. */
#define LAG_MAX 2.0
/* What steering may have done to the clock meanwhile, s and a fraction; more and
 * the two ends of the exchange are no longer on one scale. */
#define MOVED_AT_ONCE 1e-4
#define MOVED_IN_TIME 1e-4

struct entry {
	ntp_timestamp receive; /* 0: free */
	ntp_timestamp left;    /* 0: not known yet */
	raw_ns kept;
	int64_t offset_ns; /* of the served clock to the oscillator */
	uint32_t tag;      /* of the client; part of its hash */
};

struct interleaved_table {
	uint8_t key[crypto_shorthash_KEYBYTES];
	struct entry entries[GROUP_COUNT * GROUP_SIZE];
};

struct interleaved_table *interleaved_create(void)
{
	struct interleaved_table *table;

	if (sodium_init() < 0)
		return NULL;
	table = calloc(1, sizeof *table);
	if (table != NULL)
		crypto_shorthash_keygen(table->key);
	return table;
}

void interleaved_destroy(struct interleaved_table *table)
{
	if (table == NULL)
		return;
	sodium_memzero(table->key, sizeof table->key);
	free(table);
}

static struct entry *find_group(struct interleaved_table *table, const struct net_address *client,
				ntp_timestamp receive, uint32_t *tag)
{
	uint8_t data[sizeof receive + 16], hash[crypto_shorthash_BYTES];
	size_t length;
	const uint8_t *address = net_address_bytes(client, &length);
	uint64_t value;

	memcpy(data, &receive, sizeof receive);
	memcpy(data + sizeof receive, address, length);
	crypto_shorthash(hash, data, sizeof receive + length, table->key);
	memcpy(&value, hash, sizeof value);
	*tag = (uint32_t)(value >> 32);
	return &table->entries[value % GROUP_COUNT * GROUP_SIZE];
}

static struct entry *find(struct interleaved_table *table, const struct net_address *client,
			  ntp_timestamp receive)
{
	uint32_t tag;
	struct entry *group = find_group(table, client, receive, &tag);

	for (size_t i = 0; i < GROUP_SIZE; i++) {
		if (group[i].receive == receive && group[i].tag == tag)
			return &group[i];
	}
	return NULL;
}

/* A free one, or the oldest. */
static struct entry *choose(struct entry *group)
{
	struct entry *oldest = group;

	for (size_t i = 0; i < GROUP_SIZE; i++) {
		if (group[i].receive == 0)
			return &group[i];
		if (group[i].kept < oldest->kept)
			oldest = &group[i];
	}
	return oldest;
}

uint64_t interleaved_keep(struct interleaved_table *table, const struct net_address *client,
			  const struct clock_reading *now, ntp_timestamp *receive)
{
	struct entry *entry;
	uint32_t tag;

	while (find(table, client, *receive) != NULL)
		*receive += 2;
	entry = choose(find_group(table, client, *receive, &tag));
	*entry = (struct entry){
		.receive = *receive, .kept = now->raw, .offset_ns = now->utc - now->raw, .tag = tag
	};
	return (uint64_t)(entry - table->entries) << 32 | (uint32_t)*receive;
}

void interleaved_leave(struct interleaved_table *table, uint64_t number,
		       const struct clock_reading *left)
{
	struct entry *entry = &table->entries[(number >> 32) % (GROUP_COUNT * GROUP_SIZE)];
	utc_ns received = ntp_to_utc(entry->receive, left->utc);
	double lag = ns_interval(received, left->utc);

	if ((uint32_t)entry->receive != (uint32_t)number || lag < 0 || lag > LAG_MAX)
		return;
	entry->left = ntp_from_utc(left->utc) & ~(ntp_timestamp)1;
}

ntp_timestamp interleaved_take(struct interleaved_table *table, const struct net_address *client,
			       const struct clock_reading *now, ntp_timestamp receive)
{
	struct entry *entry = receive == 0 ? NULL : find(table, client, receive);
	ntp_timestamp left;
	double age, moved;

	if (entry == NULL)
		return 0;
	left = entry->left;
	age = ns_interval(entry->kept, now->raw);
	moved = ns_interval(entry->offset_ns, now->utc - now->raw);
	*entry = (struct entry){ 0 };
	if (age > AGE_MAX || fabs(moved) > MOVED_AT_ONCE + MOVED_IN_TIME * age)
		return 0;
	return left;
}
