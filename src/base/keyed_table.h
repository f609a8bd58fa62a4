/* A table of fixed size for what outsiders name: nothing is allocated after
 * keyed_table_init(), and a look-up costs the same however many there are.
 *
 * Entries stand in groups.  A keyed hash of what they are about chooses the group,
 * so that nobody outside can aim at one, and gives a tag that tells the entries
 * of a group apart (two of them share it by a chance of 2^-31).  A new entry takes a
 * free place of its group, or that of the entry that is missed least.
 *
 * An entry is a structure that begins with struct keyed_entry. */
#ifndef W32TIMED_BASE_KEYED_TABLE_H
#define W32TIMED_BASE_KEYED_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct keyed_entry {
	uint32_t tag; /* 0: free */
};

/* A constant, so that the compiler can put its functions into the loops. */
struct keyed_table_kind {
	size_t groups, group_size, entry_size;
	/* Whether ENTRY, not free, still means something; NULL: all do. */
	bool (*is_current)(const void *entry, const void *context);
	/* Of any two entries, free ones (all zero) and others that are not current
	 * included. */
	bool (*is_missed_less)(const void *entry, const void *than, const void *context);
};

struct keyed_table {
	uint8_t key[16];
	unsigned char *entries;
};

/* 0 or -ENOMEM.  All entries are free. */
int keyed_table_init(struct keyed_table *table, const struct keyed_table_kind *kind);
/* TABLE may be all zero. */
void keyed_table_free(struct keyed_table *table);

uint64_t keyed_table_hash(const struct keyed_table *table, const void *data, size_t length);

static inline uint32_t keyed_table_tag(uint64_t hash)
{
	return (uint32_t)(hash >> 32) | 1;
}

static inline void *keyed_table_group(const struct keyed_table *table,
				      const struct keyed_table_kind *kind, uint64_t hash)
{
	return table->entries + (uint32_t)hash % kind->groups * kind->group_size * kind->entry_size;
}

/* Entries by number: INDEX modulo how many there are. */
static inline void *keyed_table_at(const struct keyed_table *table,
				   const struct keyed_table_kind *kind, uint64_t index)
{
	return table->entries + index % (kind->groups * kind->group_size) * kind->entry_size;
}

static inline size_t keyed_table_index(const struct keyed_table *table,
				       const struct keyed_table_kind *kind, const void *entry)
{
	return (size_t)((const unsigned char *)entry - table->entries) / kind->entry_size;
}

/* The current entry of HASH, or NULL.  CONTEXT is for the kind's is_current(). */
static inline void *keyed_table_find(const struct keyed_table *table,
				     const struct keyed_table_kind *kind, uint64_t hash,
				     const void *context)
{
	unsigned char *entry = keyed_table_group(table, kind, hash);

	for (size_t i = 0; i < kind->group_size; i++, entry += kind->entry_size) {
		if (((struct keyed_entry *)(void *)entry)->tag == keyed_table_tag(hash) &&
		    (kind->is_current == NULL || kind->is_current(entry, context)))
			return entry;
	}
	return NULL;
}

/* The same, or a new entry, all zero but its tag; *ADDED says which. */
static inline void *keyed_table_find_or_add(struct keyed_table *table,
					    const struct keyed_table_kind *kind, uint64_t hash,
					    const void *context, bool *added)
{
	unsigned char *entry = keyed_table_find(table, kind, hash, context), *place;

	*added = entry == NULL;
	if (!*added)
		return entry;
	place = entry = keyed_table_group(table, kind, hash);
	for (size_t i = 1; i < kind->group_size; i++) {
		entry += kind->entry_size;
		if (kind->is_missed_less(entry, place, context))
			place = entry;
	}
	memset(place, 0, kind->entry_size);
	((struct keyed_entry *)(void *)place)->tag = keyed_table_tag(hash);
	return place;
}

#endif
