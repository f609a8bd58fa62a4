/* The daemon's end of w32timed-account: asks it, keeps the keys in locked
 * memory, notices when they change.
 *
 * Where a service manager listens for it (account socket) it is connected to;
 * else it is started from here, before privileges are dropped, and lives as
 * long as the daemon.
 *
 * On Windows there is no such program: the daemon itself looks at what the system
 * says and at the file that KeyPath names, which takes no time to speak of; for the
 * RID, which may take some, it asks without waiting (platform/account_sid.h). */
#ifndef W32TIMED_DOMAIN_ACCOUNT_CLIENT_H
#define W32TIMED_DOMAIN_ACCOUNT_CLIENT_H

#include "account/facts.h"
#include "base/error.h"
#include "base/log.h"
#include "platform/sockets.h"

struct loop;
struct account_client;

struct account_client_environment {
	struct loop *loop;
	struct log *log;
	const char *configuration_file; /* absolute; told to a program started from here */
	/* Where a service manager may listen, and what else is started; NULL: as
	 * installed (platform/paths.h); "": not to be tried. */
	const char *socket;
	const char *program;
	double pace; /* for tests: waits between questions are multiplied by it; 0: 1 */
};

/* Asks for the facts at once and waits for them, 5 s at most; where they cannot be
 * had they are asked for again, 5 s later at first, unless a program that was started
 * from here is gone.  -ENOENT: there is no such
 * program here; the machine then counts as in no domain. */
int account_client_create(struct account_client **client,
			  const struct account_client_environment *environment,
			  struct error *error);
void account_client_destroy(struct account_client *client); /* wipes the keys */

/* CHANGED is called from now on, from the loop, when the facts are others (keys
 * replaced, RID found, joined, left). */
void account_client_notify(struct account_client *client, void (*changed)(void *context),
			   void *context);

/* A RID that was found is kept in DIRECTORY; one that was kept there is known
 * from now on, unless the facts know better. */
void account_client_remember(struct account_client *client, const char *directory);

/* Borrowed; valid while the client lives, their content changes before changed(). */
const struct account_facts *account_client_facts(const struct account_client *client);
const struct mssntp_keys *account_client_keys(const struct account_client *client);

/* The facts are asked again soon: after a reload, before a search, or because a
 * signature did not fit; the client holds back what comes too often (once in 5 s,
 * backing off to a minute). */
void account_client_refresh(struct account_client *client);

/* The RID must be asked of the domain (again): with back-off.  (Windows: of LSA, and
 * only if there is a key, without which nobody needs it.) */
void account_client_find_rid(struct account_client *client);

/* A connection to Samba's signer, made with the rights of w32timed-account:
 * DONE comes once, from the loop; HANDLE is the callee's.  -EBUSY: one is asked
 * for already; -ENOENT: there is none on this system. */
int account_client_signer(struct account_client *client,
			  void (*done)(void *context, int status, socket_handle handle),
			  void *context);

#endif
