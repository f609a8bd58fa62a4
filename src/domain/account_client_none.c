/* Where there is no w32timed-account, a machine counts as in no domain. */
#include <config.h>

#include <errno.h>

#include "domain/account_client.h"

int account_client_create(struct account_client **client,
			  const struct account_client_environment *environment, struct error *error)
{
	(void)client;
	(void)environment;
	return error_set(error, ENOENT, "there is no way to the machine's account on this system");
}

void account_client_destroy(struct account_client *client)
{
	(void)client;
}

void account_client_notify(struct account_client *client, void (*changed)(void *context),
			   void *context)
{
	(void)client;
	(void)changed;
	(void)context;
}

void account_client_remember(struct account_client *client, const char *directory)
{
	(void)client;
	(void)directory;
}

const struct account_facts *account_client_facts(const struct account_client *client)
{
	(void)client;
	return NULL;
}

const struct mssntp_keys *account_client_keys(const struct account_client *client)
{
	(void)client;
	return NULL;
}

void account_client_refresh(struct account_client *client, bool hurry)
{
	(void)client;
	(void)hurry;
}

void account_client_find_rid(struct account_client *client)
{
	(void)client;
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
