#include "control/control_server.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/util.h>
#include <stdlib.h>
#include <string.h>

#include "control/control_standard.h"
#include "control/varlink.h"

/* What one turn of the event loop does for one connection and for the listener
 * at most: the others, and NTP, are waiting. */
#define CALLS_IN_A_ROW   16
#define ACCEPTS_IN_A_ROW 16

/* With more than this unread, a connection's next call waits. */
#define UNREAD_PAUSE 65536

#define ACCEPT_RETRY_SECONDS 1
#define LOG_INTERVAL         60.0

struct connection {
	struct connection *next, **link; /* link: what points at us */
	struct control_server *server;
	struct bufferevent *stream;
	struct event *resume; /* see connection_resume_later() */
	struct event *idle;
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
	struct event_base *base;
	struct log *log;
	struct local_listener *listener;
	struct event *accept, *accept_retry;
	const struct control_method *methods;
	size_t method_count;
	void *context;
	struct connection *connections;
	unsigned connection_count;
	struct timeval idle;
	struct evutil_monotonic_timer *timer;
	struct log_gate refused, failed, denied;
};

static raw_ns now(struct control_server *server)
{
	struct timeval time = { 0 };

	evutil_gettime_monotonic(server->timer, &time);
	return time.tv_sec * NS_PER_SECOND + time.tv_usec * 1000;
}

/* --- A connection's life ----------------------------------------------------- */

static size_t unread(const struct connection *connection)
{
	return evbuffer_get_length(bufferevent_get_output(connection->stream));
}

/* Another turn, or the end, once the event loop has looked after everybody
 * else: a timer of no length, because an event made active would run before
 * the loop looks at any socket again. */
static void connection_resume_later(struct connection *connection)
{
	static const struct timeval at_once = { 0 };

	event_add(connection->resume, &at_once);
}

/* Never frees at once: callers up the stack still use the connection. */
static void connection_cut(struct connection *connection, const char *why)
{
	if (connection->cut)
		return;
	log_debug(connection->server->log, "control: connection of user %u, process %lld ends: %s",
		  (unsigned)connection->peer.user, (long long)connection->peer.process, why);
	connection->cut = true;
	bufferevent_disable(connection->stream, EV_READ | EV_WRITE);
	event_del(connection->idle);
	connection_resume_later(connection);
}

static void connection_free(struct connection *connection)
{
	struct control_server *server = connection->server;
	struct control_call *call = connection->call;
	socket_handle handle = SOCKET_HANDLE_NONE;

	*connection->link = connection->next;
	if (connection->next != NULL)
		connection->next->link = connection->link;
	server->connection_count--;
	if (connection->resume != NULL)
		event_free(connection->resume);
	if (connection->idle != NULL)
		event_free(connection->idle);
	if (connection->stream != NULL) {
		handle = bufferevent_getfd(connection->stream);
		bufferevent_free(connection->stream);
	}
	if (handle != SOCKET_HANDLE_NONE)
		local_stream_close(handle);
	free(connection);
	if (call != NULL) {
		call->connection = NULL;
		if (call->left != NULL)
			call->left(call->left_context, call);
	}
}

static void on_idle(evutil_socket_t handle, short what, void *argument)
{
	(void)handle;
	(void)what;
	connection_cut(argument, "idle for too long");
}

static void restart_idle(struct connection *connection)
{
	event_add(connection->idle, &connection->server->idle);
}

/* --- Answers ----------------------------------------------------------------- */

static void call_free(struct control_call *call)
{
	varlink_call_free(&call->message);
	free(call);
}

/* Whether somebody is still there to read an answer. */
static bool is_heard(const struct control_call *call)
{
	return call->connection != NULL && !call->connection->cut;
}

static void send_reply(struct control_call *call, const char *error, json_t *parameters,
		       bool continues)
{
	struct connection *connection = call->connection;
	size_t length = 0;
	char *text;

	text = varlink_reply_encode(error, parameters, continues, &length);
	if (text == NULL)
		connection_cut(connection, "an answer cannot be written");
	else if (unread(connection) + length > CONTROL_BACKLOG_MAX)
		connection_cut(connection, "too much is left unread");
	else if (bufferevent_write(connection->stream, text, length) < 0)
		connection_cut(connection, "out of memory");
	free(text);
}

static void finish(struct control_call *call, const char *error, json_t *parameters)
{
	struct connection *connection = call->connection;

	if (is_heard(call) && !call->message.oneway)
		send_reply(call, error, parameters, false);
	json_decref(parameters);
	if (connection != NULL) {
		connection->call = NULL;
		if (!connection->cut) {
			restart_idle(connection);
			if (!connection->in_turn)
				connection_resume_later(connection);
		}
	}
	call_free(call);
}

void control_reply(struct control_call *call, json_t *parameters)
{
	finish(call, NULL, parameters);
}

void control_reply_error(struct control_call *call, const char *error, json_t *parameters)
{
	finish(call, error, parameters);
}

void control_reply_invalid(struct control_call *call, const char *parameter)
{
	finish(call, VARLINK_INTERFACE ".InvalidParameter",
	       json_pack("{s:s}", "parameter", parameter));
}

bool control_reply_more(struct control_call *call, json_t *parameters)
{
	bool heard = is_heard(call) && call->message.more;

	if (heard) {
		if (unread(call->connection) == 0)
			restart_idle(call->connection);
		send_reply(call, NULL, parameters, true);
	}
	json_decref(parameters);
	return heard && is_heard(call);
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

static const struct control_method *find_method(const struct control_server *server,
						const char *name)
{
	for (size_t i = 0; i < server->method_count; i++) {
		if (strcmp(server->methods[i].name, name) == 0)
			return &server->methods[i];
	}
	return NULL;
}

/* Whoever may not change things may not fill the log either. */
static void log_denial(struct control_server *server, const struct control_call *call,
		       const char *name)
{
	unsigned suppressed;

	if (log_gate_open(&server->denied, now(server), LOG_INTERVAL, &suppressed))
		log_event(server->log, LOG_LEVEL_INFORMATION, EVENT_NONE,
			  "user %u, process %lld may not call %s; %u such calls before it",
			  (unsigned)call->caller.user, (long long)call->caller.process, name,
			  suppressed);
}

static void dispatch_own(struct control_server *server, struct control_call *call, const char *name)
{
	const struct control_method *method = find_method(server, name);

	if (method == NULL) {
		control_reply_error(call,
				    control_interface_has(name)
					    ? VARLINK_INTERFACE ".MethodNotImplemented"
					    : VARLINK_INTERFACE ".MethodNotFound",
				    json_pack("{s:s}", "method", call->message.method));
	} else if (method->changes && !call->caller.may_change) {
		log_denial(server, call, name);
		control_reply_error(call, CONTROL_INTERFACE ".AccessDenied", NULL);
	} else {
		method->handle(server->context, call, call->message.parameters);
	}
}

/* Text before the method's last dot; the method's name is what follows it. */
static bool is_interface(const char *method, size_t length, const char *interface)
{
	return strlen(interface) == length && memcmp(method, interface, length) == 0;
}

static void dispatch(struct control_server *server, struct control_call *call)
{
	const char *method = call->message.method, *dot = strrchr(method, '.');
	size_t length = dot == NULL ? 0 : (size_t)(dot - method);

	if (dot == NULL) {
		control_reply_error(call, VARLINK_INTERFACE ".MethodNotFound",
				    json_pack("{s:s}", "method", method));
	} else if (call->message.upgrade) {
		control_reply_error(call, VARLINK_INTERFACE ".MethodNotImplemented",
				    json_pack("{s:s}", "method", method));
	} else if (is_interface(method, length, VARLINK_INTERFACE)) {
		control_standard_handle(call, dot + 1, call->message.parameters);
	} else if (is_interface(method, length, CONTROL_INTERFACE)) {
		dispatch_own(server, call, dot + 1);
	} else {
		control_reply_error(call, VARLINK_INTERFACE ".InterfaceNotFound",
				    json_pack("{s:s%}", "interface", method, length));
	}
}

/* Takes the first whole message out of what has come in.  False: there is none
 * yet, or the connection was cut. */
static bool next_message(struct connection *connection, struct varlink_call *message)
{
	struct evbuffer *input = bufferevent_get_input(connection->stream);
	struct evbuffer_ptr end = evbuffer_search(input, "", 1, NULL);
	struct error error = { .code = 0 };
	const char *data;
	int result = -ENOMEM;

	if (end.pos < 0) {
		if (evbuffer_get_length(input) > VARLINK_CALL_MAX)
			connection_cut(connection, "a call is too long");
		return false;
	}
	data = (const char *)evbuffer_pullup(input, end.pos + 1);
	if (data != NULL)
		result = varlink_call_decode(data, (size_t)end.pos, message, &error);
	evbuffer_drain(input, (size_t)end.pos + 1);
	if (result < 0)
		connection_cut(connection, error.text);
	return result == 0;
}

static void begin_call(struct connection *connection, struct varlink_call *message)
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
	/* Nothing tells us any more when it leaves: a stream might never end. */
	call->message.more = message->more && !connection->ended;
	connection->call = call;
	if (unread(connection) == 0)
		event_del(connection->idle);
	dispatch(connection->server, call);
}

/* Calls that have come in, one after the other: a call is begun when the one
 * before it is answered and most of the answers are read. */
static void connection_take_turn(struct connection *connection)
{
	struct varlink_call message;

	connection->in_turn = true;
	for (unsigned calls = 0; connection->call == NULL && !connection->cut; calls++) {
		if (unread(connection) > UNREAD_PAUSE)
			break;
		if (calls == CALLS_IN_A_ROW) {
			connection_resume_later(connection);
			break;
		}
		if (!next_message(connection, &message)) {
			if (connection->ended && unread(connection) == 0)
				connection_cut(connection, "the client has left");
			break;
		}
		begin_call(connection, &message);
	}
	connection->in_turn = false;
}

/* --- Events ------------------------------------------------------------------ */

static void on_resume(evutil_socket_t handle, short what, void *argument)
{
	struct connection *connection = argument;

	(void)handle;
	(void)what;
	if (connection->cut)
		connection_free(connection);
	else
		connection_take_turn(connection);
}

static void on_read(struct bufferevent *stream, void *argument)
{
	(void)stream;
	connection_take_turn(argument);
}

static void on_all_read_by_client(struct bufferevent *stream, void *argument)
{
	struct connection *connection = argument;

	(void)stream;
	if (connection->call != NULL)
		event_del(connection->idle);
	connection_take_turn(connection);
}

static void on_end(struct bufferevent *stream, short what, void *argument)
{
	struct connection *connection = argument;

	(void)stream;
	if ((what & BEV_EVENT_EOF) == 0) {
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

static unsigned count_of_user(const struct control_server *server, uint32_t user)
{
	unsigned count = 0;

	for (const struct connection *c = server->connections; c != NULL; c = c->next)
		count += c->peer.user == user;
	return count;
}

static bool has_room_for(const struct control_server *server, const struct local_peer *peer)
{
	unsigned kept = peer->may_change ? 0 : CONTROL_CONNECTIONS_KEPT;

	return server->connection_count + kept < CONTROL_CONNECTIONS_MAX &&
	       count_of_user(server, peer->user) < CONTROL_CONNECTIONS_USER_MAX;
}

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
	connection->resume = evtimer_new(server->base, on_resume, connection);
	connection->idle = evtimer_new(server->base, on_idle, connection);
	if (connection->resume != NULL && connection->idle != NULL)
		connection->stream = bufferevent_socket_new(server->base, handle, 0);
	if (connection->stream == NULL) {
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

	if (!has_room_for(server, peer)) {
		if (log_gate_open(&server->refused, now(server), LOG_INTERVAL, &suppressed))
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
	bufferevent_setcb(connection->stream, on_read, on_all_read_by_client, on_end, connection);
	bufferevent_setwatermark(connection->stream, EV_READ, 0, VARLINK_CALL_MAX + 1);
	bufferevent_enable(connection->stream, EV_READ | EV_WRITE);
	restart_idle(connection);
	return 0;
}

static void on_accept_retry(evutil_socket_t handle, short what, void *argument)
{
	struct control_server *server = argument;

	(void)handle;
	(void)what;
	event_add(server->accept, NULL);
}

static void on_accept(evutil_socket_t handle, short what, void *argument)
{
	static const struct timeval pause = { .tv_sec = ACCEPT_RETRY_SECONDS };
	struct control_server *server = argument;
	struct local_peer peer;
	socket_handle connection;

	(void)handle;
	(void)what;
	for (unsigned i = 0; i < ACCEPTS_IN_A_ROW; i++) {
		int result = local_listener_accept(server->listener, &connection, &peer);

		if (result == -EAGAIN)
			return;
		if (result == 0) {
			control_server_add(server, connection, &peer);
			continue;
		}
		/* Out of descriptors, say: the event would fire without an end. */
		if (log_gate_open(&server->failed, now(server), LOG_INTERVAL, NULL))
			log_event(server->log, LOG_LEVEL_WARNING, EVENT_CONTROL_UNAVAILABLE,
				  "cannot accept a control connection: %s", strerror(-result));
		event_del(server->accept);
		event_add(server->accept_retry, &pause);
		return;
	}
}

/* --- The server -------------------------------------------------------------- */

static int start_listening(struct control_server *server, const char *path, const char *group,
			   struct error *error)
{
	int result = local_listener_open(&server->listener, path, group, error);

	if (result < 0)
		return result;
	server->accept = event_new(server->base, local_listener_handle(server->listener),
				   EV_READ | EV_PERSIST, on_accept, server);
	server->accept_retry = evtimer_new(server->base, on_accept_retry, server);
	if (server->accept == NULL || server->accept_retry == NULL ||
	    event_add(server->accept, NULL) < 0)
		return error_set_system(error, ENOMEM, "cannot listen on %s", path);
	return 0;
}

int control_server_create(struct control_server **created, struct event_base *base, struct log *log,
			  const char *path, const char *group, const struct control_method *methods,
			  size_t count, void *context, struct error *error)
{
	struct control_server *server = calloc(1, sizeof *server);
	int result = 0;

	if (server == NULL)
		return error_set_system(error, ENOMEM, "cannot serve the control interface");
	server->base = base;
	server->log = log;
	server->methods = methods;
	server->method_count = count;
	server->context = context;
	server->idle.tv_sec = CONTROL_IDLE_SECONDS;
	server->timer = evutil_monotonic_timer_new();
	if (server->timer == NULL || evutil_configure_monotonic_time(server->timer, 0) < 0)
		result = error_set_system(error, ENOMEM, "cannot serve the control interface");
	else if (path != NULL)
		result = start_listening(server, path, group, error);
	if (result < 0) {
		control_server_destroy(server);
		return result;
	}
	*created = server;
	return 0;
}

/* What the client will take without our waiting for it. */
static void send_last_words(struct connection *connection)
{
	struct evbuffer *output = bufferevent_get_output(connection->stream);

	bufferevent_disable(connection->stream, EV_READ | EV_WRITE);
	evbuffer_unfreeze(output, 1);
	evbuffer_write(output, bufferevent_getfd(connection->stream));
}

void control_server_destroy(struct control_server *server)
{
	if (server == NULL)
		return;
	while (server->connections != NULL) {
		if (!server->connections->cut && unread(server->connections) > 0)
			send_last_words(server->connections);
		connection_free(server->connections);
	}
	if (server->accept != NULL)
		event_free(server->accept);
	if (server->accept_retry != NULL)
		event_free(server->accept_retry);
	if (server->listener != NULL)
		local_listener_close(server->listener);
	if (server->timer != NULL)
		evutil_monotonic_timer_free(server->timer);
	free(server);
}

void control_server_set_idle(struct control_server *server, double seconds)
{
	server->idle.tv_sec = (time_t)seconds;
	server->idle.tv_usec = (long)((seconds - (double)server->idle.tv_sec) * 1e6);
}

unsigned control_server_connections(const struct control_server *server)
{
	return server->connection_count;
}
