/* Where there is no w32timed-account the daemon reads everything by itself: what
 * the system says of its domain and account, and the file that KeyPath names. */
#include <config.h>

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "account/sid.h"
#include "account/system.h"
#include "config/load.h"
#include "domain/account_client.h"
#include "domain/account_client_internal.h"
#include "platform/account_sid.h"
#include "platform/wait.h"

/* A configuration with errors is the service's to complain of. */
static void local_account_read_facts(const char *file, struct account_facts *facts)
{
	struct config_problems problems = { 0 };
	struct config *config;

	if (config_load(file, &config, &problems) == 0) {
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

static void local_account_drop_query(struct account_client *client)
{
	loop_watch_destroy(client->answered);
	client->answered = NULL;
	account_sid_end(client->query);
	client->query = NULL;
}

/* True when the facts have changed. */
static bool local_account_look(struct account_client *client)
{
	bool changed;

	client->facts_time = wait_clock();
	account_client_set_timer(client, client->refresh, ACCOUNT_REFRESH_INTERVAL);
	sodium_mprotect_readwrite(client->secret);
	local_account_read_facts(client->configuration_file, &client->secret->message.facts);
	changed = account_client_take_facts(client, &client->secret->message.facts);
	sodium_memzero(&client->secret->message, sizeof client->secret->message);
	sodium_mprotect_readonly(client->secret);
	/* It may have been about another account. */
	if (changed)
		local_account_drop_query(client);
	return changed;
}

static void local_account_on_refresh(void *context)
{
	struct account_client *client = context;

	if (local_account_look(client))
		account_client_tell(client);
}

void account_client_refresh(struct account_client *client)
{
	double wait = ACCOUNT_GAP_MIN - (wait_clock() - client->facts_time) / client->pace;

	if (wait <= 0)
		loop_timer_set(client->refresh, 0);
	else
		account_client_set_timer(client, client->refresh, wait);
}

/* ------------------------------------------------------------------------- */
/* The RID */

/* ERROR: why there is none, where there is none. */
static void local_account_take_rid(struct account_client *client, struct account_rid *rid,
				   const struct error *error)
{
	bool changed;

	if (rid->rid == 0)
		snprintf(rid->explanation, sizeof rid->explanation,
			 "the RID of %s cannot be had from the system (%.200s); AccountRid in "
			 "[Domain] may give it, the last number of the account's SID",
			 client->secret->facts.account, error->text);
	sodium_mprotect_readwrite(client->secret);
	changed = account_client_take_rid(client, rid);
	sodium_mprotect_readonly(client->secret);
	if (changed)
		account_client_tell(client);
}

static void local_account_on_answer(void *context)
{
	struct account_rid rid = { .size = sizeof rid, .place = "LSA" };
	struct account_client *client = context;
	uint8_t sid[ACCOUNT_SID_MAX];
	struct error error;
	int length = account_sid_take(client->query, sid, &error);

	if (length == 0)
		return;
	local_account_drop_query(client);
	if (length > 0 && sid_account_rid(sid, (size_t)length, &rid.rid) < 0)
		error_set(&error, EBADMSG, "its SID is not that of a domain account");
	local_account_take_rid(client, &rid, &error);
}

static int local_account_ask(struct account_client *client, struct error *error)
{
	const struct account_facts *facts = &client->secret->facts;
	int result = account_sid_start(&client->query, facts->domain, facts->account, error);

	if (result < 0) {
		client->query = NULL;
		return result;
	}
	result = loop_watch_readable(&client->answered, client->loop,
				     account_sid_handle(client->query), local_account_on_answer,
				     client);
	if (result < 0) {
		local_account_drop_query(client);
		return error_set_system(error, -result, "cannot wait for an answer");
	}
	return 0;
}

static void local_account_on_rid_retry(void *context)
{
	struct account_rid none = { .size = sizeof none };
	struct account_client *client = context;
	struct error error;

	if (client->query != NULL || client->rid_configured ||
	    client->secret->facts.keys.count == 0)
		return;
	account_client_rid_asked(client);
	if (local_account_ask(client, &error) < 0)
		local_account_take_rid(client, &none, &error);
}

/* Without a key the RID is of no use. */
void account_client_find_rid(struct account_client *client)
{
	if (!client->rid_configured && client->secret->facts.keys.count > 0 &&
	    client->query == NULL && !loop_timer_is_set(client->rid_retry))
		account_client_retry_rid(client);
}

/* ------------------------------------------------------------------------- */

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
		return error_set(error, ENOENT,
				 "there is no program to ask for the machine's account");
	self = calloc(1, sizeof *self);
	if (self == NULL)
		return error_set_system(error, ENOMEM, "cannot look for the machine's account");
	self->loop = environment->loop;
	self->log = environment->log;
	self->rid_wait = ACCOUNT_RID_WAIT_MIN;
	self->pace = environment->pace > 0 ? environment->pace : 1;
	self->facts_wait = ACCOUNT_GAP_MIN;
	self->secret = sodium_malloc(sizeof *self->secret);
	self->configuration_file = strdup(environment->configuration_file);
	if (self->secret == NULL || self->configuration_file == NULL ||
	    loop_timer_create(&self->refresh, environment->loop, local_account_on_refresh, self) <
		    0 ||
	    loop_timer_create(&self->rid_retry, environment->loop, local_account_on_rid_retry,
			      self) < 0) {
		account_client_destroy(self);
		return error_set_system(error, ENOMEM, "cannot look for the machine's account");
	}
	memset(self->secret, 0, sizeof *self->secret);
	self->secret->facts.size = sizeof self->secret->facts;
	local_account_look(self);
	*client = self;
	return 0;
}

void account_client_destroy(struct account_client *client)
{
	if (client == NULL)
		return;
	local_account_drop_query(client);
	loop_timer_destroy(client->refresh);
	loop_timer_destroy(client->rid_retry);
	sodium_free(client->secret);
	free(client->configuration_file);
	free(client->directory);
	free(client);
}
