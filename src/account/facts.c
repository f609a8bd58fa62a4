#include <config.h>

#include "account/facts.h"

#include <string.h>

#include "base/text.h"

/* How many keys of an account are kept: the present and the previous one. */
#define KEYS_KEPT 2

static bool facts_is_name(const char *name, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (name[i] == '\0')
			return true;
		if ((unsigned char)name[i] < ' ' || name[i] == 0x7f)
			return false;
	}
	return false;
}

#define IS_NAME(array) facts_is_name(array, sizeof(array))

bool account_facts_valid(const struct account_facts *facts, size_t length)
{
	return length == sizeof *facts && facts->size == sizeof *facts &&
	       (unsigned)facts->role < CONFIG_ROLES && facts->keys.count <= MSSNTP_KEYS_MAX &&
	       IS_NAME(facts->realm) && IS_NAME(facts->domain) && IS_NAME(facts->site) &&
	       IS_NAME(facts->site_hint) && IS_NAME(facts->account) && IS_NAME(facts->computer) &&
	       IS_NAME(facts->key_place) && IS_NAME(facts->explanation);
}

bool account_rid_valid(const struct account_rid *rid, size_t length)
{
	return length == sizeof *rid && rid->size == sizeof *rid && IS_NAME(rid->place) &&
	       IS_NAME(rid->explanation);
}

void account_explanation_tidy(char *explanation)
{
	for (; *explanation != '\0'; explanation++) {
		if ((unsigned char)*explanation < ' ' || *explanation == 0x7f)
			*explanation = ' ';
	}
}

bool account_same(const struct account_facts *a, const struct account_facts *b)
{
	return text_equal_nocase(a->account, b->account) && text_equal_nocase(a->domain, b->domain);
}

void account_keys_add(struct mssntp_keys *keys, const uint8_t hash[MSSNTP_HASH_SIZE])
{
	for (unsigned i = 0; i < keys->count; i++) {
		if (memcmp(keys->hashes[i], hash, MSSNTP_HASH_SIZE) == 0)
			return;
	}
	if (keys->count < MSSNTP_KEYS_MAX)
		memcpy(keys->hashes[keys->count++], hash, MSSNTP_HASH_SIZE);
}

void account_facts_keep(struct account_facts *facts, const struct account_facts *before)
{
	if (facts->role == CONFIG_ROLE_STANDALONE || before->role == CONFIG_ROLE_STANDALONE ||
	    !account_same(facts, before))
		return;
	if (facts->rid == 0)
		facts->rid = before->rid;
	for (unsigned i = 0; i < before->keys.count && facts->keys.count < KEYS_KEPT; i++)
		account_keys_add(&facts->keys, before->keys.hashes[i]);
	facts->keys.rid = facts->rid;
}

static bool facts_keys_differ(const struct mssntp_keys *a, const struct mssntp_keys *b)
{
	return a->rid != b->rid || a->count != b->count ||
	       memcmp(a->hashes, b->hashes, a->count * sizeof *a->hashes) != 0;
}

bool account_facts_differ(const struct account_facts *facts, const struct account_facts *before)
{
	return facts->role != before->role || facts->rid != before->rid ||
	       facts_keys_differ(&facts->keys, &before->keys) ||
	       strcmp(facts->realm, before->realm) != 0 ||
	       strcmp(facts->domain, before->domain) != 0 ||
	       strcmp(facts->site, before->site) != 0 ||
	       strcmp(facts->site_hint, before->site_hint) != 0 ||
	       strcmp(facts->account, before->account) != 0 ||
	       strcmp(facts->computer, before->computer) != 0;
}
