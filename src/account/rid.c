#include <config.h>

#include <stdio.h>
#include <string.h>

#include "account/join.h"
#include "account/ldap.h"
#include "account/winbind.h"

static void rid_ask(const struct account_facts *facts, const struct account_trail *trail,
		    struct account_rid *rid)
{
	struct error directory = { .code = 0 }, winbind = { .code = 0 };

	if (directory_find_rid(facts, trail->keytab, &rid->rid, &directory) == 0)
		strcpy(rid->place, "LDAP");
	else if (winbind_find_rid(trail->workgroup, facts->account, &rid->rid, &winbind) == 0)
		strcpy(rid->place, "winbind");
	else
		snprintf(rid->explanation, sizeof rid->explanation, "%.250s; %.250s",
			 directory.text, winbind.text);
}

void account_find_rid(const struct account_facts *facts, const struct account_trail *trail,
		      struct account_rid *rid)
{
	memset(rid, 0, sizeof *rid);
	rid->size = sizeof *rid;
	if (facts->role == CONFIG_ROLE_STANDALONE)
		snprintf(rid->explanation, sizeof rid->explanation, "%s", facts->explanation);
	else
		rid_ask(facts, trail, rid);
}
