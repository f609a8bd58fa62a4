#include <config.h>

#include "account/system.h"

#include <stdio.h>

#include "account/configured.h"
#include "base/text.h"
#include "platform/domain_join.h"

static void system_explain_keys(const struct account_facts *facts, int result,
				const struct error *error, struct text *text)
{
	if (facts->keys.count > 0)
		text_append(text, "%u key%s of %s from %s", facts->keys.count,
			    facts->keys.count == 1 ? "" : "s", facts->account, facts->key_place);
	else if (result == 0)
		text_append(text,
			    "no key of %s: the system keeps it for itself; KeyPath in [Domain] may "
			    "name a file with it",
			    facts->account);
	else
		text_append(text, "no key of %s: %s", facts->account, error->text);
}

void account_system_facts(const struct config *config, struct account_facts *facts)
{
	struct error unknown = { .code = 0 }, error;
	struct domain_join join;
	struct text text;
	int keys;

	if (!account_configured_begin(config, facts))
		return;
	if (domain_join_ask(&join, &unknown) < 0)
		facts->status = -unknown.code;
	account_configured_names(config, facts);
	if (facts->realm[0] == '\0' && join.joined)
		account_set_realm(facts, join.domain);
	if (facts->realm[0] != '\0')
		account_set_account(facts, join.computer);
	keys = account_configured_keys(config, facts, &error);
	account_configured_finish(config, join.controller, facts);
	/* Netlogon's site is one of the domain that it is in, and where the machine was
	 * when Netlogon last looked. */
	if (text_equal_nocase(facts->domain, join.domain))
		snprintf(facts->site_hint, sizeof facts->site_hint, "%s", join.site);
	text_init(&text, facts->explanation, sizeof facts->explanation);
	if (facts->role != CONFIG_ROLE_STANDALONE) {
		facts->status = 0; /* nothing more was to be known */
		system_explain_keys(facts, keys, &error, &text);
	} else if (facts->status < 0) {
		text_append(&text, "%s", unknown.text);
	} else {
		account_explain_standalone(config, &text);
	}
}
