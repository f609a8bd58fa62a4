#include "domain/queries.h"

#include "domain/netlogon.h"

enum score {
	SCORE_PDC = 1,
	SCORE_PARENT = 2,
	SCORE_RELIABLE = 4,
	SCORE_SITE = 8,
};

/* The article's table; the last column is the best sum that can come out. */
static const struct query table[QUERIES_MAX] = {
	{ 1, QUERY_PARENT_DOMAIN, true, false, false, 15 },
	{ 2, QUERY_OWN_DOMAIN, true, false, true, 13 },
	{ 3, QUERY_OWN_DOMAIN, true, true, false, 13 },
	{ 4, QUERY_PARENT_DOMAIN, false, false, false, 7 },
	{ 5, QUERY_OWN_DOMAIN, false, false, true, 5 },
	{ 6, QUERY_OWN_DOMAIN, false, true, false, 5 },
};

/* A member's own domain stands for the parent: 2, 3, 5 and 6 could only find
 * what 1 and 4 find too. */
static bool query_is_asked(const struct queries_machine *machine, const struct query *query)
{
	if (machine->role == CONFIG_ROLE_MEMBER)
		return query->domain == QUERY_PARENT_DOMAIN;
	if (query->domain == QUERY_PARENT_DOMAIN)
		return machine->has_parent;
	if (machine->reliable)
		return false;
	return query->pdc ? !machine->pdc_emulator : !machine->read_only;
}

/* CrossSiteSyncFlags. */
static bool query_is_within_reach(const struct queries_machine *machine, struct query *query)
{
	if (query->in_site)
		return machine->site_known;
	switch (machine->cross_site) {
	case CROSS_SITE_NONE:
		return false;
	case CROSS_SITE_PDC:
		if (query->reliable)
			return false;
		query->pdc = true;
		return true;
	case CROSS_SITE_ALL:
		break;
	}
	return true;
}

size_t queries_plan(const struct queries_machine *machine, struct query queries[QUERIES_MAX])
{
	size_t count = 0;

	if (machine->role != CONFIG_ROLE_MEMBER && machine->role != CONFIG_ROLE_CONTROLLER)
		return 0;
	for (size_t i = 0; i < QUERIES_MAX; i++) {
		struct query query = table[i];

		if (!query_is_asked(machine, &query) || !query_is_within_reach(machine, &query))
			continue;
		if (machine->role == CONFIG_ROLE_MEMBER)
			query.ceiling -= SCORE_PARENT;
		queries[count++] = query;
	}
	return count;
}

bool query_accepts(const struct query *query, uint32_t flags)
{
	if (!(flags & NETLOGON_TIME_SERVICE))
		return false;
	if (query->in_site && !(flags & NETLOGON_CLOSEST))
		return false;
	if (query->pdc && !(flags & NETLOGON_PDC))
		return false;
	return !query->reliable || (flags & NETLOGON_GOOD_TIME_SERVICE);
}

unsigned query_score(const struct queries_machine *machine, const struct query *query,
		     uint32_t flags)
{
	unsigned score = 0;

	if (flags & NETLOGON_CLOSEST)
		score += SCORE_SITE;
	if (flags & NETLOGON_GOOD_TIME_SERVICE)
		score += SCORE_RELIABLE;
	/* The same for all that a member can find. */
	if (query->domain == QUERY_PARENT_DOMAIN && machine->role == CONFIG_ROLE_CONTROLLER)
		score += SCORE_PARENT;
	if (flags & NETLOGON_PDC)
		score += SCORE_PDC;
	return score;
}

bool queries_may_improve(const struct query *queries, size_t count, size_t next, unsigned best)
{
	for (; next < count; next++) {
		if (queries[next].ceiling > best)
			return true;
	}
	return false;
}
