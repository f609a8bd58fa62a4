#include <config.h>

#include <stdio.h>
#include <string.h>

#include "domain/account_client.h"
#include "domain/account_client_internal.h"
#include "domain/account_memory.h"
#include "platform/local_stream.h"

/* That a machine has left its domain is believed when it is so for a while: a
 * keytab that is being written anew is no sign of it. */
#define DOUBT_SECONDS 30.0

/* Once until it is something else. */
static void account_client_say(struct account_client *client, enum log_level level, char *said,
			       size_t size, const char *text)
{
	if (strcmp(said, text) == 0)
		return;
	snprintf(said, size, "%s", text);
	log_event(client->log, level, EVENT_NONE, "machine account: %s", text);
}

static void account_client_say_facts(struct account_client *client,
				     const struct account_facts *facts)
{
	bool wrong = facts->status < 0 ||
		     (facts->role != CONFIG_ROLE_STANDALONE && facts->keys.count == 0);

	if (facts->status == 0 && facts->role == CONFIG_ROLE_STANDALONE && client->said[0] == '\0')
		log_debug(client->log, "machine account: %s", facts->explanation);
	else
		account_client_say(client, wrong ? LOG_LEVEL_WARNING : LOG_LEVEL_INFORMATION,
				   client->said, sizeof client->said, facts->explanation);
}

/* A machine that has been in a domain and seems to be in none. */
static bool account_client_is_doubtful(struct account_client *client,
				       const struct account_facts *facts)
{
	if (facts->role != CONFIG_ROLE_STANDALONE ||
	    client->secret->facts.role == CONFIG_ROLE_STANDALONE)
		client->doubted = false;
	else if (!client->doubted) {
		client->doubted = true;
		account_client_set_timer(client, client->refresh, DOUBT_SECONDS);
		return true;
	}
	return false;
}

bool account_client_take_facts(struct account_client *client, struct account_facts *facts)
{
	struct account_facts *known = &client->secret->facts;
	bool differs;

	account_client_say_facts(client, facts);
	if (facts->status < 0) {
		account_client_retry_facts(client);
		return false;
	}
	client->facts_wait = ACCOUNT_GAP_MIN;
	if (account_client_is_doubtful(client, facts))
		return false;
	client->rid_configured = facts->rid != 0;
	account_facts_keep(facts, known);
	if (facts->rid == 0 && client->directory != NULL) {
		facts->rid = account_memory_load(client->directory, facts);
		facts->keys.rid = facts->rid;
	}
	differs = account_facts_differ(facts, known);
	*known = *facts;
	if (differs)
		client->gap = ACCOUNT_GAP_MIN;
	return differs;
}

static void account_client_keep_rid(struct account_client *client)
{
	struct error error;

	if (client->directory != NULL &&
	    account_memory_save(client->directory, &client->secret->facts, &error) < 0)
		log_event(client->log, LOG_LEVEL_WARNING, EVENT_NONE,
			  "the account's RID was not kept: %s", error.text);
}

bool account_client_take_rid(struct account_client *client, const struct account_rid *rid)
{
	struct account_facts *known = &client->secret->facts;

	if (rid->rid == 0 && known->rid != 0) {
		log_debug(client->log, "machine account: whether the RID is still %u: %s",
			  known->rid, rid->explanation);
		return false;
	}
	if (rid->rid == 0) {
		account_client_say(client, LOG_LEVEL_WARNING, client->rid_said,
				   sizeof client->rid_said, rid->explanation);
		account_client_retry_rid(client);
		return false;
	}
	client->rid_wait = ACCOUNT_RID_WAIT_MIN;
	client->rid_said[0] = '\0';
	if (client->rid_configured || known->rid == rid->rid)
		return false;
	log_event(client->log, LOG_LEVEL_INFORMATION, EVENT_NONE,
		  "machine account: %s has the RID %u, by %s", known->account, rid->rid,
		  rid->place);
	known->rid = known->keys.rid = rid->rid;
	account_client_keep_rid(client);
	return true;
}

void account_client_take_signer(struct account_client *client, int status, socket_handle handle)
{
	void (*done)(void *context, int status, socket_handle handle) = client->signer_done;

	client->signer_done = NULL;
	if (done != NULL)
		done(client->signer_context, status, handle);
	else if (handle != SOCKET_HANDLE_NONE)
		local_stream_close(handle);
}
