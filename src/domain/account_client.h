/* The daemon's end of w32timed-account: asks it, keeps the keys in locked
 * memory, notices when they change.
 *
 * Where a service manager listens for it (account socket) it is connected to;
 * else it is started from here, before privileges are dropped, and lives as
 * long as the daemon. */
#ifndef W32TIMED_DOMAIN_ACCOUNT_CLIENT_H
#define W32TIMED_DOMAIN_ACCOUNT_CLIENT_H

#include "account/facts.h"
#include "base/error.h"
#include "base/log.h"
#include "platform/sockets.h"

struct event_base;
struct account_client;

struct account_client_environment {
	struct event_base *base;
	struct log *log;
	const char *configuration_file; /* absolute; told to a program started from here */
	/* The facts are others now (keys replaced, RID found, joined, left). */
	void (*changed)(void *context);
	void *context;
};

/* Asks for the facts at once and waits for them, 5 s at most.  -ENOENT: there is
 * no such program here; the machine then counts as in no domain. */
int account_client_create(struct account_client **client,
			  const struct account_client_environment *environment,
			  struct error *error);
void account_client_destroy(struct account_client *client); /* wipes the keys */

/* Borrowed; valid while the client lives, its content changes with changed(). */
const struct account_facts *account_client_facts(const struct account_client *client);
const struct mssntp_keys *account_client_keys(const struct account_client *client);

/* The facts are asked again soon: before each poll, after a reload (HURRY), or
 * because a signature did not fit; the client holds back what comes too often
 * (once in 5 s, backing off to a minute). */
void account_client_refresh(struct account_client *client, bool hurry);

/* The RID must be asked of the domain (again): with back-off. */
void account_client_find_rid(struct account_client *client);

/* A connection to Samba's signer, made with the rights of w32timed-account:
 * DONE comes once, from the loop; HANDLE is the callee's.  -EBUSY: one is asked
 * for already. */
int account_client_signer(struct account_client *client,
			  void (*done)(void *context, int status, socket_handle handle),
			  void *context);

#endif
