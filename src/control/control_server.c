#include "control/control_server.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "control/control_standard.h"
#include "control/time_service.h"
#include "control/varlink.h"
#include "control/varlink_service.h"
#include "loop/loop.h"
#include "loop/stream.h"

/* Limits for one connection, and for the listener, in one turn of the event loop:
 * the other connections and NTP wait meanwhile. */
#define CALLS_IN_A_ROW   16
#define ACCEPTS_IN_A_ROW 16

/* With more than this unread, a connection's next call waits. */
#define UNREAD_PAUSE 65536

#define ACCEPT_RETRY_SECONDS 1
#define LOG_INTERVAL         60.0

struct connection {
	struct connection *next, **link; /* link: what points at us */
	struct control_server *server;
	struct loop_stream *stream;
	struct loop_timer *resume; /* see connection_resume_later() */
	struct loop_timer *idle;
	struct local_peer peer;
	struct control_call *call; /* being answered */
	bool in_turn;              /* connection_take_turn() is on the stack */
	bool ended;                /* the client sends no more */
	bool cut;                  /* to be freed by the next turn */
};

struct control_call {
	struct connection *connection; /* NULL: the client has left */
	struct local_peer caller;
	struct varlink_call message;
	void (*left)(void *context, struct control_call *call);
	void *left_context;
};

struct control_server {
	struct loop *loop;
	struct log *log;
	struct local_listener *listener;
	struct loop_watch *accept;
	struct loop_timer *accept_retry;
	const struct control_method *methods;
	size_t method_count;
	void *context;
	struct connection *connections;
	unsigned connection_count;
	double idle; /* s */
	struct log_gate refused, failed, denied;
};

static monotonic_ns server_now(const struct control_server *server)
{
	return loop_now(server->loop).ns;
}

/* --- A connection's life ----------------------------------------------------- */

static size_t connection_unread(const struct connection *connection)
{
	return loop_stream_unsent(connection->stream);
}

/* Another turn, or the end, once the event loop has looked after everybody
 * else: loop_timer_soon() would come before the loop looks at any socket again. */
static void connection_resume_later(struct connection *connection)
{
	loop_timer_set(connection->resume, 0);
}

/* Never frees at once: callers up the stack still use the connection. */
static void connection_cut(struct connection *connection, const char *why)
{
	if (connection->cut)
		return;
	log_debug(connection->server->log, "control: connection of user %u, process %lld ends: %s",
		  (unsigned)connection->peer.user, (long long)connection->peer.process, why);
	connection->cut = true;
	loop_stream_stop(connection->stream);
	loop_timer_stop(connection->idle);
	connection_resume_later(connection);
}

static void connection_free(struct connection *connection)
{
	struct control_server *server = connection->server;
	struct control_call *call = connection->call;

	*connection->link = connection->next;
	if (connection->next != NULL)
		connection->next->link = connection->link;
	server->connection_count--;
	loop_timer_destroy(connection->resume);
	loop_timer_destroy(connection->idle);
	if (connection->stream != NULL)
		local_stream_close(loop_stream_destroy(connection->stream));
	free(connection);
	if (call != NULL) {
		call->connection = NULL;
		if (call->left != NULL)
			call->left(call->left_context, call);
	}
}

static void on_idle(void *argument)
{
	connection_cut(argument, "idle for too long");
}

static void connection_restart_idle(struct connection *connection)
{
	loop_timer_set(connection->idle, connection->server->idle);
}

/* --- Answers ----------------------------------------------------------------- */

static void call_free(struct control_call *call)
{
	varlink_call_free(&call->message);
	free(call);
}

/* Whether the client is still there to read an answer. */
static bool call_is_heard(const struct control_call *call)
{
	return call->connection != NULL && !call->connection->cut;
}

static void call_send_reply(struct control_call *call, const char *error, json_t *parameters,
			    bool continues)
{
	struct connection *connection = call->connection;
	size_t length = 0;
	char *text;

	text = varlink_reply_encode(error, parameters, continues, &length);
	if (text == NULL)
		connection_cut(connection, "an answer cannot be written");
	else if (connection_unread(connection) + length > CONTROL_BACKLOG_MAX)
		connection_cut(connection, "too much is left unread");
	else if (loop_stream_send(connection->stream, text, length) < 0)
		connection_cut(connection, "out of memory");
	free(text);
}

static void call_finish(struct control_call *call, const char *error, json_t *parameters)
{
	struct connection *connection = call->connection;

	if (call_is_heard(call) && !call->message.oneway)
		call_send_reply(call, error, parameters, false);
	json_decref(parameters);
	if (connection != NULL) {
		connection->call = NULL;
		if (!connection->cut) {
			connection_restart_idle(connection);
			if (!connection->in_turn)
				connection_resume_later(connection);
		}
	}
	call_free(call);
}

/* The sentence may quote a path in another encoding: then without it. */
void control_reply_failed(struct control_call *call, const struct error *error)
{
	static const char no_words[] = "it failed, and why cannot be written in UTF-8";
	struct control_error_failed failed = { .message = "out of memory",
					       .has_code = true,
					       .code = ENOMEM };
	json_t *parameters;

	if (error != NULL) {
		failed.message = error->text;
		failed.code = error->code;
	}
	parameters = control_error_failed_encode(&failed, NULL);
	if (parameters == NULL) {
		failed.message = no_words;
		parameters = control_error_failed_encode(&failed, NULL);
	}
	call_finish(call, CONTROL_ERROR_FAILED, parameters);
}

void control_reply(struct control_call *call, json_t *parameters, const struct error *error)
{
	control_reply_error(call, NULL, parameters, error);
}

void control_reply_empty(struct control_call *call)
{
	control_reply(call, json_object(), NULL);
}

void control_reply_error(struct control_call *call, const char *name, json_t *parameters,
			 const struct error *error)
{
	if (parameters == NULL)
		control_reply_failed(call, error);
	else
		call_finish(call, name, parameters);
}

void control_reply_invalid(struct control_call *call, const char *parameter)
{
	const struct varlink_error_invalid_parameter invalid = { .parameter = parameter };
	struct error error;

	control_reply_error(call, VARLINK_ERROR_INVALID_PARAMETER,
			    varlink_error_invalid_parameter_encode(&invalid, &error), &error);
}

bool control_reply_more(struct control_call *call, json_t *parameters)
{
	bool heard = call_is_heard(call) && call->message.more;

	if (heard) {
		if (connection_unread(call->connection) == 0)
			connection_restart_idle(call->connection);
		call_send_reply(call, NULL, parameters, true);
	}
	json_decref(parameters);
	return heard && call_is_heard(call);
}

void control_on_left(struct control_call *call,
		     void (*left)(void *context, struct control_call *call), void *context)
{
	call->left = left;
	call->left_context = context;
}

bool control_wants_more(const struct control_call *call)
{
	return call->message.more;
}

/* --- Calls ------------------------------------------------------------------- */

static const struct control_method *server_find_method(const struct control_server *server,
						       const char *name)
{
	for (size_t i = 0; i < server->method_count; i++) {
		if (strcmp(server->methods[i].name, name) == 0)
			return &server->methods[i];
	}
	return NULL;
}

/* A caller without rights must not be able to fill the log. */
static void server_log_denial(struct control_server *server, const struct control_call *call,
			      const char *name)
{
	unsigned suppressed;

	if (log_gate_open(&server->denied, server_now(server), LOG_INTERVAL, &suppressed))
		log_event(server->log, LOG_LEVEL_INFORMATION, EVENT_NONE,
			  "user %u, process %lld may not call %s; %u such calls before it",
			  (unsigned)call->caller.user, (long long)call->caller.process, name,
			  suppressed);
}

static bool call_is_described(const char *name)
{
	for (const char *const *method = control_interface_methods; *method != NULL; method++) {
		if (strcmp(*method, name) == 0)
			return true;
	}
	return false;
}

/* ERROR: MethodNotFound or MethodNotImplemented. */
static void call_refuse_method(struct control_call *call, const char *error)
{
	control_reply_error(call, error, json_pack("{s:s}", "method", call->message.method), NULL);
}

static void call_dispatch_own(struct control_server *server, struct control_call *call,
			      const char *name)
{
	const struct control_method *method = server_find_method(server, name);

	if (method == NULL) {
		call_refuse_method(call, call_is_described(name)
						 ? VARLINK_ERROR_METHOD_NOT_IMPLEMENTED
						 : VARLINK_ERROR_METHOD_NOT_FOUND);
	} else if (method->changes && !call->caller.may_change) {
		server_log_denial(server, call, name);
		control_reply_error(call, CONTROL_ERROR_ACCESS_DENIED, json_object(), NULL);
	} else {
		method->handle(server->context, call, call->message.parameters);
	}
}

/* Text before the method's last dot; the method's name is what follows it. */
static bool is_interface(const char *method, size_t length, const char *interface)
{
	return strlen(interface) == length && memcmp(method, interface, length) == 0;
}

static void call_dispatch(struct control_server *server, struct control_call *call)
{
	const char *method = call->message.method, *dot = strrchr(method, '.');
	size_t length = dot == NULL ? 0 : (size_t)(dot - method);

	if (dot == NULL) {
		call_refuse_method(call, VARLINK_ERROR_METHOD_NOT_FOUND);
	} else if (call->message.upgrade) {
		call_refuse_method(call, VARLINK_ERROR_METHOD_NOT_IMPLEMENTED);
	} else if (is_interface(method, length, VARLINK_INTERFACE)) {
		control_standard_handle(call, dot + 1, call->message.parameters);
	} else if (is_interface(method, length, CONTROL_INTERFACE)) {
		call_dispatch_own(server, call, dot + 1);
	} else {
		control_reply_error(call, VARLINK_ERROR_INTERFACE_NOT_FOUND,
				    json_pack("{s:s%}", "interface", method, length), NULL);
	}
}

/* Takes the first whole message out of what has come in.  False: there is none
 * yet, or the connection was cut. */
static bool connection_next_message(struct connection *connection, struct varlink_call *message)
{
	size_t length;
	const char *data = (const char *)loop_stream_input(connection->stream, &length), *end;
	struct error error = { .code = 0 };
	int result;

	if (data == NULL) {
		connection_cut(connection, "out of memory");
		return false;
	}
	end = memchr(data, '\0', length);
	if (end == NULL || (size_t)(end - data) > VARLINK_CALL_MAX) {
		if (length > VARLINK_CALL_MAX)
			connection_cut(connection, "a call is too long");
		return false;
	}
	result = varlink_call_decode(data, (size_t)(end - data), message, &error);
	loop_stream_take(connection->stream, (size_t)(end - data) + 1);
	if (result < 0)
		connection_cut(connection, error.text);
	return result == 0;
}

static void connection_begin_call(struct connection *connection, struct varlink_call *message)
{
	struct control_call *call = calloc(1, sizeof *call);

	if (call == NULL) {
		varlink_call_free(message);
		connection_cut(connection, "out of memory");
		return;
	}
	call->connection = connection;
	call->caller = connection->peer;
	call->message = *message;
	/* The client has ended its side, so that its leaving will not show: a stream
	 * of answers might never end. */
	call->message.more = message->more && !connection->ended;
	connection->call = call;
	if (connection_unread(connection) == 0)
		loop_timer_stop(connection->idle);
	call_dispatch(connection->server, call);
}

/* Calls that have come in, one after the other: a call is begun when the one
 * before it is answered and most of the answers are read. */
static void connection_take_turn(struct connection *connection)
{
	struct varlink_call message;

	connection->in_turn = true;
	for (unsigned calls = 0; connection->call == NULL && !connection->cut; calls++) {
		if (connection_unread(connection) > UNREAD_PAUSE)
			break;
		if (calls == CALLS_IN_A_ROW) {
			connection_resume_later(connection);
			break;
		}
		if (!connection_next_message(connection, &message)) {
			if (connection->ended && connection_unread(connection) == 0)
				connection_cut(connection, "the client has left");
			break;
		}
		connection_begin_call(connection, &message);
	}
	connection->in_turn = false;
}

/* --- Events ------------------------------------------------------------------ */

static void on_resume(void *argument)
{
	struct connection *connection = argument;

	if (connection->cut)
		connection_free(connection);
	else
		connection_take_turn(connection);
}

static void on_read(void *argument)
{
	connection_take_turn(argument);
}

static void on_all_read_by_client(void *argument)
{
	struct connection *connection = argument;

	if (connection->call != NULL)
		loop_timer_stop(connection->idle);
	connection_take_turn(connection);
}

static void on_end(void *argument, bool broken)
{
	struct connection *connection = argument;

	if (broken) {
		connection_cut(connection, "it is broken");
		return;
	}
	/* A client that said all it had to say may wait for the answer to that;
	 * one that asked for a stream of answers has left. */
	connection->ended = true;
	if (connection->call != NULL && connection->call->message.more)
		connection_cut(connection, "the client has left");
	else
		connection_take_turn(connection);
}

static unsigned server_count_of_user(const struct control_server *server, uint32_t user)
{
	unsigned count = 0;

	for (const struct connection *c = server->connections; c != NULL; c = c->next)
		count += c->peer.user == user;
	return count;
}

static bool server_has_room_for(const struct control_server *server, const struct local_peer *peer)
{
	unsigned kept = peer->may_change ? 0 : CONTROL_CONNECTIONS_KEPT;

	return server->connection_count + kept < CONTROL_CONNECTIONS_MAX &&
	       server_count_of_user(server, peer->user) < CONTROL_CONNECTIONS_USER_MAX;
}

static const struct loop_stream_handler stream_handler = {
	.received = on_read,
	.sent = on_all_read_by_client,
	.ended = on_end,
};

static struct connection *connection_create(struct control_server *server, socket_handle handle,
					    const struct local_peer *peer)
{
	struct connection *connection = calloc(1, sizeof *connection);

	if (connection == NULL)
		return NULL;
	connection->server = server;
	connection->peer = *peer;
	connection->next = server->connections;
	connection->link = &server->connections;
	if (connection->next != NULL)
		connection->next->link = &connection->next;
	server->connections = connection;
	server->connection_count++;
	if (loop_timer_create(&connection->resume, server->loop, on_resume, connection) < 0 ||
	    loop_timer_create(&connection->idle, server->loop, on_idle, connection) < 0 ||
	    loop_stream_create(&connection->stream, server->loop, handle, VARLINK_CALL_MAX + 1,
			       &stream_handler, connection) < 0) {
		connection_free(connection);
		return NULL;
	}
	return connection;
}

int control_server_add(struct control_server *server, socket_handle handle,
		       const struct local_peer *peer)
{
	struct connection *connection;
	unsigned suppressed;

	if (!server_has_room_for(server, peer)) {
		if (log_gate_open(&server->refused, server_now(server), LOG_INTERVAL, &suppressed))
			log_event(server->log, LOG_LEVEL_WARNING, EVENT_NONE,
				  "too many control connections: one of user %u, process %lld "
				  "is refused, and %u before it",
				  (unsigned)peer->user, (long long)peer->process, suppressed);
		local_stream_close(handle);
		return -EMFILE;
	}
	connection = connection_create(server, handle, peer);
	if (connection == NULL) {
		local_stream_close(handle);
		return -ENOMEM;
	}
	connection_restart_idle(connection);
	return 0;
}

static void on_accept_retry(void *argument)
{
	struct control_server *server = argument;

	loop_watch_start(server->accept);
}

static void on_accept(void *argument)
{
	struct control_server *server = argument;
	struct local_peer peer;
	socket_handle connection;

	for (unsigned i = 0; i < ACCEPTS_IN_A_ROW; i++) {
		int result = local_listener_accept(server->listener, &connection, &peer);

		if (result == -EAGAIN)
			return;
		if (result == 0) {
			control_server_add(server, connection, &peer);
			continue;
		}
		/* Out of descriptors, say: the event would fire without an end. */
		if (log_gate_open(&server->failed, server_now(server), LOG_INTERVAL, NULL))
			log_event(server->log, LOG_LEVEL_WARNING, EVENT_CONTROL_UNAVAILABLE,
				  "cannot accept a control connection: %s", strerror(-result));
		loop_watch_stop(server->accept);
		loop_timer_set(server->accept_retry, ACCEPT_RETRY_SECONDS);
		return;
	}
}

/* --- The server -------------------------------------------------------------- */

static int server_start_listening(struct control_server *server, const char *path,
				  const char *group, struct error *error)
{
	int result = local_listener_open(&server->listener, path, group, error);

	if (result < 0)
		return result;
	if (loop_timer_create(&server->accept_retry, server->loop, on_accept_retry, server) < 0 ||
	    loop_watch_readable(&server->accept, server->loop,
				local_listener_handle(server->listener), on_accept, server) < 0)
		return error_set_system(error, ENOMEM, "cannot listen on %s", path);
	return 0;
}

int control_server_create(struct control_server **created, struct loop *loop, struct log *log,
			  const char *path, const char *group, const struct control_method *methods,
			  size_t count, void *context, struct error *error)
{
	struct control_server *server = calloc(1, sizeof *server);
	int result = 0;

	if (server == NULL)
		return error_set_system(error, ENOMEM, "cannot serve the control interface");
	server->loop = loop;
	server->log = log;
	server->methods = methods;
	server->method_count = count;
	server->context = context;
	server->idle = CONTROL_IDLE_SECONDS;
	if (path != NULL)
		result = server_start_listening(server, path, group, error);
	if (result < 0) {
		control_server_destroy(server);
		return result;
	}
	*created = server;
	return 0;
}

void control_server_destroy(struct control_server *server)
{
	if (server == NULL)
		return;
	while (server->connections != NULL) {
		if (!server->connections->cut && connection_unread(server->connections) > 0)
			loop_stream_send_last(server->connections->stream);
		connection_free(server->connections);
	}
	loop_watch_destroy(server->accept);
	loop_timer_destroy(server->accept_retry);
	if (server->listener != NULL)
		local_listener_close(server->listener);
	free(server);
}

void control_server_set_idle(struct control_server *server, double seconds)
{
	server->idle = seconds;
}

unsigned control_server_connections(const struct control_server *server)
{
	return server->connection_count;
}
