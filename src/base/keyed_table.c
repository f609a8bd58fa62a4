#include "base/keyed_table.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>

_Static_assert(sizeof((struct keyed_table *)NULL)->key == crypto_shorthash_KEYBYTES, "key");

int keyed_table_init(struct keyed_table *table, const struct keyed_table_kind *kind)
{
	table->entries = NULL;
	if (sodium_init() < 0)
		return -ENOMEM;
	table->entries = calloc(kind->groups * kind->group_size, kind->entry_size);
	if (table->entries == NULL)
		return -ENOMEM;
	crypto_shorthash_keygen(table->key);
	return 0;
}

void keyed_table_free(struct keyed_table *table)
{
	sodium_memzero(table->key, sizeof table->key);
	free(table->entries);
	table->entries = NULL;
}

uint64_t keyed_table_hash(const struct keyed_table *table, const void *data, size_t length)
{
	uint8_t hash[crypto_shorthash_BYTES];
	uint64_t value;

	crypto_shorthash(hash, data, length, table->key);
	memcpy(&value, hash, sizeof value);
	return value;
}
