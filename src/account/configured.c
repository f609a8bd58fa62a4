#include <config.h>

#include "account/configured.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "account/keys.h"
#include "base/text.h"
#include "config/checks.h"
#include "platform/files.h"

#define KEY_FILE_MAX 4096

static bool configured_role_is(const struct config *config, const char *word)
{
	return text_equal_nocase(config_text(config, KEY_DOMAIN_ROLE), word);
}

bool account_configured_begin(const struct config *config, struct account_facts *facts)
{
	/* To the last byte: it is sent. */
	memset(facts, 0, sizeof *facts);
	facts->size = sizeof *facts;
	facts->role = CONFIG_ROLE_STANDALONE;
	if (!configured_role_is(config, "Standalone"))
		return true;
	snprintf(facts->explanation, sizeof facts->explanation, "Role is Standalone");
	return false;
}

/* ------------------------------------------------------------------------- */

static void configured_to_upper(char *text)
{
	for (; *text != '\0'; text++) {
		if (*text >= 'a' && *text <= 'z')
			*text = (char)(*text - 'a' + 'A');
	}
}

static void configured_to_lower(char *text)
{
	for (; *text != '\0'; text++) {
		if (*text >= 'A' && *text <= 'Z')
			*text = (char)(*text - 'A' + 'a');
	}
}

/* What was found by somebody else's hand is a name, or nothing. */
void account_set_realm(struct account_facts *facts, const char *realm)
{
	char phrase[100];

	if (facts->realm[0] != '\0' || strlen(realm) >= sizeof facts->realm ||
	    check_domain_or_empty(realm, phrase, sizeof phrase) != NULL)
		return;
	strcpy(facts->realm, realm);
	configured_to_upper(facts->realm);
	strcpy(facts->domain, realm);
	configured_to_lower(facts->domain);
}

void account_set_account(struct account_facts *facts, const char *account)
{
	char phrase[100];
	size_t length = strcspn(account, "$");

	if (facts->account[0] != '\0' || length == 0 || length + 2 > sizeof facts->account ||
	    check_account_or_empty(account, phrase, sizeof phrase) != NULL)
		return;
	snprintf(facts->computer, sizeof facts->computer, "%.*s", (int)length, account);
	configured_to_upper(facts->computer);
	snprintf(facts->account, sizeof facts->account, "%.*s$", (int)length, account);
}

void account_configured_names(const struct config *config, struct account_facts *facts)
{
	account_set_realm(facts, config_text(config, KEY_DOMAIN_REALM));
	account_set_account(facts, config_text(config, KEY_DOMAIN_ACCOUNT_NAME));
}

/* ------------------------------------------------------------------------- */

int account_configured_keys(const struct config *config, struct account_facts *facts,
			    struct error *error)
{
	const char *path = config_text(config, KEY_DOMAIN_KEY_PATH);
	struct account_key_choice choice = { .count = 0 };
	char *text;
	size_t length;
	int result;

	if (path[0] == '\0')
		return 0;
	result = file_read_secret(path, KEY_FILE_MAX, &text, &length, error);
	if (result < 0)
		return result;
	result = account_keys_parse(text, length, &choice, error);
	for (unsigned i = 0; i < choice.count; i++)
		account_keys_add(&facts->keys, choice.hashes[i]);
	if (choice.count > 0)
		strcpy(facts->key_place, "file");
	sodium_memzero(text, length);
	sodium_memzero(&choice, sizeof choice);
	free(text);
	return result < 0 ? result : 1;
}

/* ------------------------------------------------------------------------- */

static enum config_role configured_find_role(const struct config *config, bool controller,
					     const struct account_facts *facts)
{
	if (facts->realm[0] == '\0' || facts->account[0] == '\0')
		return CONFIG_ROLE_STANDALONE;
	if (configured_role_is(config, "Controller") ||
	    (configured_role_is(config, "Auto") && controller))
		return CONFIG_ROLE_CONTROLLER;
	return CONFIG_ROLE_MEMBER;
}

void account_configured_finish(const struct config *config, bool controller,
			       struct account_facts *facts)
{
	facts->role = configured_find_role(config, controller, facts);
	if (facts->role == CONFIG_ROLE_STANDALONE) {
		sodium_memzero(&facts->keys, sizeof facts->keys);
		facts->key_place[0] = '\0';
	}
	facts->rid = config_number(config, KEY_DOMAIN_ACCOUNT_RID);
	facts->keys.rid = facts->rid;
	snprintf(facts->site, sizeof facts->site, "%s", config_text(config, KEY_DOMAIN_SITE));
}

void account_explain_standalone(const struct config *config, struct text *text)
{
	text_append(text, "this machine is joined to no domain, as far as can be seen");
	if (!configured_role_is(config, "Auto"))
		text_append(text, ", though Role is %s: Realm may say to which",
			    config_text(config, KEY_DOMAIN_ROLE));
}
