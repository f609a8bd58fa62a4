/* What is known of the account, and what all of its client's waits have in common,
 * whether it asks w32timed-account or looks by itself. */
#include <config.h>

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "domain/account_client.h"
#include "domain/account_client_internal.h"
#include "domain/account_memory.h"
#include "platform/wait.h"

const struct account_facts *account_client_facts(const struct account_client *client)
{
	return &client->secret->facts;
}

const struct mssntp_keys *account_client_keys(const struct account_client *client)
{
	return &client->secret->facts.keys;
}

void account_client_notify(struct account_client *client, void (*changed)(void *context),
			   void *context)
{
	client->changed = changed;
	client->context = context;
}

void account_client_tell(struct account_client *client)
{
	if (client->changed != NULL)
		client->changed(client->context);
}

void account_client_set_timer(struct account_client *client, struct loop_timer *timer,
			      double seconds)
{
	loop_timer_set(timer, seconds * client->pace);
}

void account_client_retry_rid(struct account_client *client)
{
	loop_timer_set(client->rid_retry, client->rid_next - wait_clock());
}

void account_client_retry_facts(struct account_client *client)
{
	account_client_set_timer(client, client->refresh, client->facts_wait);
	client->facts_wait *= 2;
	if (client->facts_wait > ACCOUNT_REFRESH_INTERVAL)
		client->facts_wait = ACCOUNT_REFRESH_INTERVAL;
}

void account_client_rid_asked(struct account_client *client)
{
	client->rid_next = wait_clock() + client->rid_wait * client->pace;
	client->rid_wait *= 2;
	if (client->rid_wait > ACCOUNT_RID_WAIT_MAX)
		client->rid_wait = ACCOUNT_RID_WAIT_MAX;
}

void account_client_remember(struct account_client *client, const char *directory)
{
	struct account_facts *facts = &client->secret->facts;
	char *copy = strdup(directory);

	if (copy == NULL)
		return;
	free(client->directory);
	client->directory = copy;
	if (facts->rid != 0 || facts->role == CONFIG_ROLE_STANDALONE)
		return;
	sodium_mprotect_readwrite(client->secret);
	facts->rid = facts->keys.rid = account_memory_load(directory, facts);
	sodium_mprotect_readonly(client->secret);
}
