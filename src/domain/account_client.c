#include <config.h>

#include "domain/account_client_internal.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "platform/local_stream.h"
#include "platform/messages.h"
#include "platform/paths.h"
#include "platform/wait.h"

#define FIRST_WAIT 5.0

/* What w32timed-account promises, and time to say so.  One that was started from here
 * cannot be had again: a machine may be so busy that it is late by much. */
#define GRACE     3.0
#define OWN_GRACE 60.0

/* ------------------------------------------------------------------------- */
/* The connection */

static void disconnect(struct account_client *client)
{
	loop_watch_destroy(client->readable);
	client->readable = NULL;
	if (client->channel != SOCKET_HANDLE_NONE)
		local_stream_close(client->channel);
	client->channel = SOCKET_HANDLE_NONE;
}

/* The question that waits for an answer gets none. */
static void give_up(struct account_client *client, int status)
{
	uint8_t asked = client->asked;

	client->asked = 0;
	loop_timer_stop(client->late);
	if (asked == ACCOUNT_QUESTION_SIGNER)
		account_client_take_signer(client, status, SOCKET_HANDLE_NONE);
	else if (asked == ACCOUNT_QUESTION_RID && client->secret->facts.rid == 0)
		account_client_retry_rid(client);
	else if (asked == ACCOUNT_QUESTION_FACTS && !client->lost)
		account_client_retry_facts(client);
}

static void lose(struct account_client *client, int status, const char *why)
{
	disconnect(client);
	if (client->socket == NULL && !client->lost) {
		client->lost = true;
		messages_process_ended(client->process);
		log_event(client->log, LOG_LEVEL_WARNING, EVENT_NONE,
			  "%s %s; what is known of the machine's account stays", client->program,
			  why);
	} else if (client->asked != 0) {
		log_event(client->log, LOG_LEVEL_WARNING, EVENT_NONE, "%s %s", client->program,
			  why);
	}
	give_up(client, status);
}

static bool is_answer(const struct account_client *client, int length)
{
	size_t size = length < 0 ? 0 : (size_t)length;

	switch (client->asked) {
	case ACCOUNT_QUESTION_FACTS:
		return account_facts_valid(&client->secret->message.facts, size);
	case ACCOUNT_QUESTION_RID:
		return account_rid_valid(&client->secret->message.rid, size);
	case ACCOUNT_QUESTION_SIGNER:
		return size == sizeof client->secret->message.signer &&
		       client->secret->message.signer.size == size;
	default:
		return false;
	}
}

/* The answer is there, and valid. */
static bool take_answer(struct account_client *client, socket_handle handle)
{
	uint8_t asked = client->asked;
	int status = client->secret->message.signer.status;

	client->asked = 0;
	loop_timer_stop(client->late);
	if (asked == ACCOUNT_QUESTION_FACTS)
		return account_client_take_facts(client, &client->secret->message.facts);
	if (asked == ACCOUNT_QUESTION_RID)
		return account_client_take_rid(client, &client->secret->message.rid);
	if (status == 0 && handle == SOCKET_HANDLE_NONE)
		status = -EBADMSG;
	account_client_take_signer(client, status, handle);
	return false;
}

/* True when the facts have changed. */
static bool receive(struct account_client *client)
{
	socket_handle handle = SOCKET_HANDLE_NONE;
	bool changed = false;
	int length;

	sodium_mprotect_readwrite(client->secret);
	length = messages_receive(client->channel, &client->secret->message,
				  sizeof client->secret->message, &handle);
	if (length == -EAGAIN) {
		/* Nothing is there after all. */
	} else if (is_answer(client, length)) {
		changed = take_answer(client, handle);
	} else {
		if (handle != SOCKET_HANDLE_NONE)
			local_stream_close(handle);
		lose(client, -EPIPE,
		     length == 0 || length == -ECONNRESET ? "has ended"
							  : "has sent an invalid answer");
	}
	sodium_memzero(&client->secret->message, sizeof client->secret->message);
	sodium_mprotect_readonly(client->secret);
	return changed;
}

static void schedule_work(struct account_client *client)
{
	loop_timer_soon(client->work);
}

static void on_readable(void *context)
{
	struct account_client *client = context;
	bool changed = receive(client);

	schedule_work(client);
	if (changed)
		account_client_tell(client);
}

static int connect_or_start(struct account_client *client, struct error *error)
{
	char option[] = "--config";
	char *arguments[] = { client->program, option, client->configuration_file, NULL };
	int result = -ENOENT;

	if (client->socket[0] != '\0')
		result = messages_connect(client->socket, &client->channel, error);
	if (result == 0)
		return 0;
	free(client->socket);
	client->socket = NULL;
	if (client->program[0] == '\0')
		return error_set(error, ENOENT, "there is no way to the machine's account");
	return messages_start(arguments, ACCOUNT_HANDLE, &client->channel, &client->process, error);
}

static int watch(struct account_client *client)
{
	return loop_watch_readable(&client->readable, client->loop, client->channel, on_readable,
				   client);
}

static int reconnect(struct account_client *client)
{
	struct error error;
	int result;

	if (client->channel != SOCKET_HANDLE_NONE)
		return 0;
	if (client->socket == NULL)
		return -ENOTCONN;
	result = messages_connect(client->socket, &client->channel, &error);
	return result < 0 ? result : watch(client);
}

/* ------------------------------------------------------------------------- */
/* Questions */

static double answer_seconds(uint8_t question)
{
	return question == ACCOUNT_QUESTION_FACTS ? ACCOUNT_FACTS_SECONDS
	       : question == ACCOUNT_QUESTION_RID ? ACCOUNT_RID_SECONDS
						  : ACCOUNT_SIGNER_SECONDS;
}

static void ask(struct account_client *client, uint8_t question)
{
	int result = reconnect(client);

	client->asked = question;
	if (question == ACCOUNT_QUESTION_FACTS) {
		client->facts_time = wait_clock();
		account_client_set_timer(client, client->refresh, ACCOUNT_REFRESH_INTERVAL);
	} else if (question == ACCOUNT_QUESTION_RID) {
		account_client_rid_asked(client);
	}
	if (result == 0)
		result = messages_send(client->channel, &question, sizeof question,
				       SOCKET_HANDLE_NONE);
	if (result == 0) {
		loop_timer_set(client->late, answer_seconds(question) +
						     (client->socket != NULL ? GRACE : OWN_GRACE));
		return;
	}
	lose(client, result, "cannot be asked");
	/* Others may wait behind it. */
	schedule_work(client);
}

/* The next question, when the one before is answered.  Where a service manager
 * starts the program on demand it is let go when there is none. */
static void on_work(void *context)
{
	struct account_client *client = context;

	if (client->asked != 0)
		return;
	if (client->wants_signer) {
		client->wants_signer = false;
		ask(client, ACCOUNT_QUESTION_SIGNER);
	} else if (client->wants_facts) {
		client->wants_facts = false;
		ask(client, ACCOUNT_QUESTION_FACTS);
	} else if (client->wants_rid) {
		client->wants_rid = false;
		ask(client, ACCOUNT_QUESTION_RID);
	} else if (client->socket != NULL) {
		disconnect(client);
	}
}

static void on_late(void *context)
{
	struct account_client *client = context;

	lose(client, -ETIMEDOUT, "does not answer");
	schedule_work(client);
}

static void on_refresh(void *context)
{
	struct account_client *client = context;

	client->wants_facts = true;
	schedule_work(client);
}

static void on_rid_retry(void *context)
{
	struct account_client *client = context;

	client->wants_rid = true;
	schedule_work(client);
}

void account_client_refresh(struct account_client *client)
{
	double since = (wait_clock() - client->facts_time) / client->pace, gap = client->gap;

	if (client->lost || client->wants_facts || client->asked == ACCOUNT_QUESTION_FACTS)
		return;
	/* A minute without trouble is over it. */
	if (since > 2 * ACCOUNT_GAP_MAX)
		gap = ACCOUNT_GAP_MIN;
	if (since < gap) {
		account_client_set_timer(client, client->refresh, gap - since);
		return;
	}
	client->gap = 2 * gap > ACCOUNT_GAP_MAX ? ACCOUNT_GAP_MAX : 2 * gap;
	client->wants_facts = true;
	schedule_work(client);
}

void account_client_find_rid(struct account_client *client)
{
	if (!client->lost && !client->rid_configured && !client->wants_rid &&
	    client->asked != ACCOUNT_QUESTION_RID && !loop_timer_is_set(client->rid_retry))
		account_client_retry_rid(client);
}

int account_client_signer(struct account_client *client,
			  void (*done)(void *context, int status, socket_handle handle),
			  void *context)
{
	if (client->signer_done != NULL)
		return -EBUSY;
	if (client->lost)
		return -ENOTCONN;
	client->signer_done = done;
	client->signer_context = context;
	client->wants_signer = true;
	schedule_work(client);
	return 0;
}

/* ------------------------------------------------------------------------- */

static int create_timers(struct account_client *client)
{
	if (loop_timer_create(&client->work, client->loop, on_work, client) < 0 ||
	    loop_timer_create(&client->late, client->loop, on_late, client) < 0 ||
	    loop_timer_create(&client->refresh, client->loop, on_refresh, client) < 0 ||
	    loop_timer_create(&client->rid_retry, client->loop, on_rid_retry, client) < 0)
		return -ENOMEM;
	return watch(client);
}

/* The one time that we wait: who starts wants to know who he is. */
static void ask_first(struct account_client *client)
{
	double end = wait_clock() + FIRST_WAIT, left;

	ask(client, ACCOUNT_QUESTION_FACTS);
	while (client->asked != 0 && (left = end - wait_clock()) > 0) {
		struct wait_handle wait = { .handle = client->channel };

		if (wait_readable(&wait, 1, left) > 0)
			receive(client);
	}
	if (client->asked != 0)
		log_event(client->log, LOG_LEVEL_WARNING, EVENT_NONE,
			  "%s has not answered in %g s: this machine counts as in no domain until "
			  "it does",
			  client->program, FIRST_WAIT);
	schedule_work(client);
}

static int fill(struct account_client *client, const struct account_client_environment *environment)
{
	const char *path = environment->socket != NULL ? environment->socket
						       : path_account_socket();
	const char *program = environment->program != NULL ? environment->program
							   : path_account_program();

	client->secret = sodium_malloc(sizeof *client->secret);
	client->socket = strdup(path);
	client->program = strdup(program);
	client->configuration_file = strdup(environment->configuration_file);
	if (client->secret == NULL || client->socket == NULL || client->program == NULL ||
	    client->configuration_file == NULL)
		return -ENOMEM;
	memset(client->secret, 0, sizeof *client->secret);
	client->secret->facts.size = sizeof client->secret->facts;
	sodium_mprotect_readonly(client->secret);
	return 0;
}

int account_client_create(struct account_client **client,
			  const struct account_client_environment *environment, struct error *error)
{
	struct account_client *self = calloc(1, sizeof *self);
	int result;

	if (self == NULL)
		return error_set_system(error, ENOMEM, "cannot ask for the machine's account");
	self->loop = environment->loop;
	self->log = environment->log;
	self->channel = SOCKET_HANDLE_NONE;
	self->pace = environment->pace > 0 ? environment->pace : 1;
	self->gap = ACCOUNT_GAP_MIN;
	self->facts_wait = ACCOUNT_GAP_MIN;
	self->rid_wait = ACCOUNT_RID_WAIT_MIN;
	result = fill(self, environment);
	if (result < 0)
		error_set_system(error, -result, "cannot ask for the machine's account");
	else
		result = connect_or_start(self, error);
	if (result == 0) {
		result = create_timers(self);
		if (result < 0)
			error_set_system(error, -result, "cannot ask for the machine's account");
	}
	if (result < 0) {
		account_client_destroy(self);
		return result;
	}
	ask_first(self);
	*client = self;
	return 0;
}

void account_client_destroy(struct account_client *client)
{
	if (client == NULL)
		return;
	disconnect(client);
	loop_timer_destroy(client->work);
	loop_timer_destroy(client->late);
	loop_timer_destroy(client->refresh);
	loop_timer_destroy(client->rid_retry);
	sodium_free(client->secret);
	free(client->socket);
	free(client->program);
	free(client->configuration_file);
	free(client->directory);
	free(client);
}
