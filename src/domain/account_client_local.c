/* Where there is no w32timed-account the daemon reads everything by itself: what
 * the system says of its domain, and the file that KeyPath names. */
#include <config.h>

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "account/system.h"
#include "config/load.h"
#include "domain/account_client_internal.h"
#include "platform/wait.h"

/* A configuration with errors is the service's to complain of. */
static void read_facts(const char *file, struct account_facts *facts)
{
	struct config_problems problems = { 0 };
	struct config *config;

	if (config_load(file, CONFIG_ROLE_STANDALONE, &config, &problems) == 0) {
		account_system_facts(config, facts);
		config_destroy(config);
	} else {
		memset(facts, 0, sizeof *facts);
		facts->status = -EINVAL;
		snprintf(facts->explanation, sizeof facts->explanation,
			 "the configuration has errors");
	}
	config_problems_free(&problems);
}

/* True when the facts have changed. */
static bool look(struct account_client *client)
{
	bool changed;

	client->facts_time = wait_clock();
	account_client_set_timer(client, client->refresh, ACCOUNT_REFRESH_INTERVAL);
	sodium_mprotect_readwrite(client->secret);
	read_facts(client->configuration_file, &client->secret->message.facts);
	changed = account_client_take_facts(client, &client->secret->message.facts);
	sodium_memzero(&client->secret->message, sizeof client->secret->message);
	sodium_mprotect_readonly(client->secret);
	return changed;
}

static void on_refresh(evutil_socket_t handle, short what, void *context)
{
	struct account_client *client = context;

	(void)handle;
	(void)what;
	if (look(client))
		account_client_tell(client);
}

void account_client_refresh(struct account_client *client)
{
	double wait = ACCOUNT_GAP_MIN - (wait_clock() - client->facts_time) / client->pace;

	if (wait <= 0)
		account_client_start_timer(client->refresh, 0);
	else
		account_client_set_timer(client, client->refresh, wait);
}

/* Nobody is there to ask. */
void account_client_find_rid(struct account_client *client)
{
	const struct account_facts *facts = account_client_facts(client);
	char text[256];

	if (facts->rid != 0 || facts->keys.count == 0)
		return;
	snprintf(text, sizeof text,
		 "the RID of %s is not known: AccountRid in [Domain] may give it, the last number "
		 "of the account's SID",
		 facts->account);
	if (strcmp(client->rid_said, text) == 0)
		return;
	snprintf(client->rid_said, sizeof client->rid_said, "%s", text);
	log_event(client->log, LOG_LEVEL_WARNING, EVENT_NONE, "machine account: %s", text);
}

/* Nothing: whoever writes the key down writes down the RID too. */
void account_client_remember(struct account_client *client, const char *directory)
{
	(void)client;
	(void)directory;
}

int account_client_signer(struct account_client *client,
			  void (*done)(void *context, int status, socket_handle handle),
			  void *context)
{
	(void)client;
	(void)done;
	(void)context;
	return -ENOENT;
}

/* ------------------------------------------------------------------------- */

int account_client_create(struct account_client **client,
			  const struct account_client_environment *environment, struct error *error)
{
	struct account_client *self;

	if (environment->program != NULL && environment->program[0] == '\0')
		return error_set(error, ENOENT, "nobody is to be asked for the machine's account");
	self = calloc(1, sizeof *self);
	if (self == NULL)
		return error_set_system(error, ENOMEM, "cannot look for the machine's account");
	self->log = environment->log;
	self->pace = environment->pace > 0 ? environment->pace : 1;
	self->facts_wait = ACCOUNT_GAP_MIN;
	self->secret = sodium_malloc(sizeof *self->secret);
	self->configuration_file = strdup(environment->configuration_file);
	self->refresh = evtimer_new(environment->base, on_refresh, self);
	if (self->secret == NULL || self->configuration_file == NULL || self->refresh == NULL) {
		account_client_destroy(self);
		return error_set_system(error, ENOMEM, "cannot look for the machine's account");
	}
	memset(self->secret, 0, sizeof *self->secret);
	self->secret->facts.size = sizeof self->secret->facts;
	look(self);
	*client = self;
	return 0;
}

void account_client_destroy(struct account_client *client)
{
	if (client == NULL)
		return;
	if (client->refresh != NULL)
		event_free(client->refresh);
	sodium_free(client->secret);
	free(client->configuration_file);
	free(client);
}
