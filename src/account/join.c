#include <config.h>

#include "account/join.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "account/configured.h"
#include "account/keys.h"
#include "account/keytab.h"
#include "account/samba.h"
#include "account/secrets.h"
#include "account/sssd.h"
#include "base/text.h"
#include "platform/files.h"

#define SSSD_FILE      "/etc/sssd/sssd.conf"
#define SSSD_DIRECTORY "/etc/sssd/conf.d"
#define SSSD_FILE_MAX  (1024 * 1024)

/* Where Samba puts it unless it is told otherwise. */
#define SAMBA_PRIVATE_DIR "/var/lib/samba/private"

#define COMPUTER_MAX  15 /* letters of a NetBIOS name */
#define KEYTAB_PLACES 4

/* What is found on the way. */
struct search {
	const struct config *config;
	struct account_facts *facts;
	struct account_trail *trail;
	struct account_samba samba;
	struct account_sssd sssd;
	char computer[64];   /* by the host's name */
	struct text reasons; /* why there is no key: of each place */
	struct account_key_choice keytab, secrets;
};

static void join_give_reason(struct search *search, const char *reason)
{
	text_append(&search->reasons, "%s%s", search->reasons.length > 0 ? "; " : "", reason);
}

/* The first label of a host's name as a computer's name. */
static void join_computer_of_host(const char *host, char *computer, size_t size)
{
	size_t length = strcspn(host, ".");

	if (length > COMPUTER_MAX)
		length = COMPUTER_MAX;
	snprintf(computer, size, "%.*s", (int)length, host);
	for (char *c = computer; *c != '\0'; c++) {
		if (*c >= 'a' && *c <= 'z')
			*c = (char)(*c - 'a' + 'A');
	}
}

/* ------------------------------------------------------------------------- */
/* Who we are */

static void join_read_sssd_file(struct search *search, const char *path)
{
	char *text;
	size_t length;

	if (file_read(path, SSSD_FILE_MAX, &text, &length, NULL) < 0)
		return;
	account_sssd_parse(&search->sssd, text, length);
	free(text);
}

static void join_ask_sssd(struct search *search)
{
	char **names, path[4096];
	size_t count;

	join_read_sssd_file(search, SSSD_FILE);
	if (file_names(SSSD_DIRECTORY, ".conf", &names, &count, NULL) < 0)
		return;
	for (size_t i = 0; i < count; i++) {
		snprintf(path, sizeof path, "%s/%s", SSSD_DIRECTORY, names[i]);
		join_read_sssd_file(search, path);
	}
	file_names_free(names, count);
}

static bool join_is_samba_joined(const struct account_samba *samba)
{
	return (samba->member || samba->controller) && samba->realm[0] != '\0';
}

static void join_ask_machine(struct search *search)
{
	char host[256] = "", computer[64];
	struct account_facts *facts = search->facts;

	account_samba_ask(&search->samba);
	join_ask_sssd(search);
	if (gethostname(host, sizeof host - 1) == 0)
		join_computer_of_host(host, search->computer, sizeof search->computer);
	account_configured_names(search->config, facts);
	if (join_is_samba_joined(&search->samba)) {
		strcpy(search->trail->workgroup, search->samba.workgroup);
		account_set_realm(facts, search->samba.realm);
		account_set_account(facts, search->samba.netbios_name);
	}
	if (search->sssd.found) {
		account_set_realm(facts, search->sssd.realm);
		account_set_account(facts, search->sssd.account);
		join_computer_of_host(search->sssd.host, computer, sizeof computer);
		account_set_account(facts, computer);
	}
}

/* ------------------------------------------------------------------------- */
/* Its keys */

/* True when KeyPath is set: then it alone counts. */
static bool join_read_key_file(struct search *search)
{
	struct error error;
	int result = account_configured_keys(search->config, search->facts, &error);

	if (result < 0)
		join_give_reason(search, error.text);
	return result != 0;
}

static size_t join_add_place(char (*places)[1024], size_t count, const char *path)
{
	if (strncmp(path, "FILE:", 5) == 0)
		path += 5;
	if (path[0] != '/' || strlen(path) >= sizeof *places)
		return count;
	for (size_t i = 0; i < count; i++) {
		if (strcmp(places[i], path) == 0)
			return count;
	}
	strcpy(places[count], path);
	return count + 1;
}

/* Where a keytab may be, the most likely first. */
static size_t join_keytab_places(const struct search *search, char (*places)[1024])
{
	const char *configured = config_text(search->config, KEY_DOMAIN_KEYTAB_PATH);
	char path[1100];
	size_t count = 0;

	if (configured[0] != '\0')
		return join_add_place(places, 0, configured);
	count = join_add_place(places, count, search->samba.keytab);
	if (search->samba.controller) {
		snprintf(path, sizeof path, "%s/secrets.keytab", search->samba.private_dir);
		count = join_add_place(places, count, path);
	}
	count = join_add_place(places, count, search->sssd.keytab);
	if (account_keytab_default(path, sizeof path) == 0)
		count = join_add_place(places, count, path);
	return count;
}

/* Its owner says who we are, where nobody else did. */
static void join_identify_by_keytab(struct search *search, const struct account_key_list *list)
{
	struct account_facts *facts = search->facts;
	const struct account_key_entry *owner;
	char realm[256];

	if (facts->realm[0] != '\0' && facts->account[0] != '\0')
		return;
	account_keytab_realm(realm, sizeof realm);
	owner = account_keys_owner(list, facts->realm[0] != '\0' ? facts->realm : realm,
				   facts->account[0] != '\0' ? facts->computer : search->computer);
	if (owner == NULL ||
	    (facts->realm[0] != '\0' && !text_equal_nocase(facts->realm, owner->realm)))
		return;
	account_set_realm(facts, owner->realm);
	account_set_account(facts, owner->name);
}

static void join_explain_keytab(struct search *search, const char *path)
{
	char reason[1500];

	if (search->facts->realm[0] == '\0')
		return;
	if (search->keytab.other_enctypes)
		snprintf(reason, sizeof reason,
			 "%.1000s holds no key of type rc4-hmac (enctype 23) for %s, and the "
			 "others are "
			 "of no use for signed time",
			 path, search->facts->account);
	else
		snprintf(reason, sizeof reason, "%.1000s holds no key for %s@%s", path,
			 search->facts->account, search->facts->realm);
	join_give_reason(search, reason);
}

/* True when there are keys in it. */
static bool join_read_keytab(struct search *search, const char *path)
{
	struct account_key_list list;
	struct error error;

	if (account_keytab_read(path, &list, &error) < 0) {
		join_give_reason(search, error.text);
		return false;
	}
	join_identify_by_keytab(search, &list);
	if (search->facts->realm[0] != '\0' && search->facts->account[0] == '\0')
		account_set_account(search->facts, search->computer);
	account_keys_choose(&list, search->facts->account, search->facts->realm, &search->keytab);
	account_keys_free(&list);
	if (search->keytab.count > 0 || search->keytab.other_enctypes)
		strcpy(search->trail->keytab, path);
	if (search->keytab.count == 0) {
		join_explain_keytab(search, path);
		return false;
	}
	return true;
}

static void join_read_keytabs(struct search *search)
{
	char places[KEYTAB_PLACES][1024];
	size_t count = join_keytab_places(search, places);

	for (size_t i = 0; i < count; i++) {
		if (join_read_keytab(search, places[i]))
			return;
	}
}

static void join_read_secrets(struct search *search)
{
	const char *configured = config_text(search->config, KEY_DOMAIN_SECRETS_PATH);
	bool joined = join_is_samba_joined(&search->samba);
	char path[1100];
	struct error error;

	snprintf(path, sizeof path, "%s/secrets.tdb",
		 search->samba.private_dir[0] == '/' ? search->samba.private_dir
						     : SAMBA_PRIVATE_DIR);
	if (configured[0] != '\0')
		snprintf(path, sizeof path, "%s", configured);
	/* A machine that sssd keeps in its domain may well have none. */
	if (account_secrets_read(path, joined ? search->samba.workgroup : "", &search->secrets,
				 &error) < 0)
		join_give_reason(search, error.text);
}

/* Both places' present keys come before the previous ones: one of them may be
 * behind. */
static void join_merge_keys(struct search *search)
{
	const struct account_key_choice *choices[] = { &search->keytab, &search->secrets };
	struct account_facts *facts = search->facts;

	for (unsigned age = 0; age < 2; age++) {
		for (unsigned i = 0; i < 2; i++) {
			if (choices[i]->count > age)
				account_keys_add(&facts->keys, choices[i]->hashes[age]);
		}
	}
	if (search->keytab.count > 0) {
		facts->key_version = search->keytab.version;
		strcpy(facts->key_place, "keytab");
	} else if (search->secrets.count > 0) {
		strcpy(facts->key_place, "secrets.tdb");
	}
}

static void join_find_keys(struct search *search)
{
	if (join_read_key_file(search))
		return;
	join_read_keytabs(search);
	if (search->facts->realm[0] == '\0')
		return;
	join_read_secrets(search);
	join_merge_keys(search);
}

/* ------------------------------------------------------------------------- */

static void join_explain(struct search *search, char *explanation, size_t size)
{
	const struct account_facts *facts = search->facts;
	struct text text;

	text_init(&text, explanation, size);
	if (facts->role == CONFIG_ROLE_STANDALONE) {
		account_explain_standalone(search->config, &text);
		if (search->reasons.length > 0)
			text_append(&text, " (%s)", search->reasons.buffer);
	} else if (facts->keys.count == 0) {
		text_append(&text, "no key of %s: %s", facts->account, search->reasons.buffer);
	} else {
		text_append(&text, "%u key%s of %s from %s", facts->keys.count,
			    facts->keys.count == 1 ? "" : "s", facts->account,
			    search->keytab.count > 0 ? search->trail->keytab : facts->key_place);
	}
}

void account_find_facts(const struct config *config, struct account_facts *facts,
			struct account_trail *trail)
{
	struct search search = { .config = config, .facts = facts, .trail = trail };
	char reasons[2000];

	*trail = (struct account_trail){ .keytab = "" };
	if (!account_configured_begin(config, facts))
		return;
	text_init(&search.reasons, reasons, sizeof reasons);
	join_ask_machine(&search);
	join_find_keys(&search);
	if (facts->realm[0] != '\0')
		account_set_account(facts, search.computer);
	account_configured_finish(config, search.samba.controller, facts);
	join_explain(&search, facts->explanation, sizeof facts->explanation);
	sodium_memzero(&search, sizeof search);
}
