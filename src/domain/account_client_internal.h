/* What the files of the account's client share; nobody else includes it. */
#ifndef W32TIMED_DOMAIN_ACCOUNT_CLIENT_INTERNAL_H
#define W32TIMED_DOMAIN_ACCOUNT_CLIENT_INTERNAL_H

#include "account/facts.h"
#include "base/log.h"
#include "loop/loop.h"
#include "platform/sockets.h"

#define ACCOUNT_GAP_MIN          5.0 /* between two askings for the facts */
#define ACCOUNT_GAP_MAX          60.0
#define ACCOUNT_REFRESH_INTERVAL 3600.0
#define ACCOUNT_RID_WAIT_MIN     15.0 /* after the RID was asked for in vain */
#define ACCOUNT_RID_WAIT_MAX     3600.0

/* In locked memory; before and behind it is none. */
struct secret {
	union {
		struct account_facts facts;
		struct account_rid rid;
		struct account_signer signer;
	} message;
	struct account_facts facts;
};

struct account_client {
	struct loop *loop;
	struct log *log;
	char *socket; /* NULL: it was started from here */
	char *program;
	char *configuration_file;
	socket_handle channel;
	int64_t process;
	struct loop_watch *readable;
	struct loop_timer *work;      /* to be done from the loop: the next question */
	struct loop_timer *late;      /* no answer in time */
	struct loop_timer *refresh;   /* the facts are due */
	struct loop_timer *rid_retry; /* the RID is */
	/* Where the system is asked for the RID: the question under way, or NULL. */
	struct account_sid_query *query;
	struct loop_watch *answered;

	struct secret *secret;
	uint8_t asked; /* enum account_question that waits for its answer; 0: none */
	bool wants_facts, wants_rid, wants_signer;
	bool lost; /* it was started from here, and is no more */

	double pace;       /* by which all waits are multiplied */
	double facts_time; /* when they were last asked for, by wait_clock() */
	double gap;
	double facts_wait; /* when they were asked for in vain */
	double rid_next;   /* not to be asked for again before */
	double rid_wait;
	bool rid_configured;
	bool doubted;
	char said[512]; /* what was logged last */
	char rid_said[512];

	char *directory;
	void (*changed)(void *context);
	void *context;
	void (*signer_done)(void *context, int status, socket_handle handle);
	void *signer_context;
};

/* account_known.c */
void account_client_tell(struct account_client *client); /* the facts have changed */

/* SECONDS later, by the client's pace. */
void account_client_set_timer(struct account_client *client, struct loop_timer *timer,
			      double seconds);

/* The RID is not known yet: it is asked for again when it is time to. */
void account_client_retry_rid(struct account_client *client);
/* It is asked for: the next time will be later than the last. */
void account_client_rid_asked(struct account_client *client);

/* The facts were asked for in vain: again soon, then less and less often. */
void account_client_retry_facts(struct account_client *client);

/* account_answers.c: what the answers change.  True: the facts are others now. */
bool account_client_take_facts(struct account_client *client, struct account_facts *facts);
bool account_client_take_rid(struct account_client *client, const struct account_rid *rid);
/* HANDLE is passed on. */
void account_client_take_signer(struct account_client *client, int status, socket_handle handle);

#endif
