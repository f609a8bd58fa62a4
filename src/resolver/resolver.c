#include "resolver/resolver.h"

#include <ares.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "loop/loop.h"
#include "resolver/resolver_internal.h"
#include "resolver/services.h"

/* First wait for a name server (ms); c-ares doubles it with each of the tries. */
#define SERVER_TIMEOUT_MS 2000
#define SERVER_TRIES      3

/* What ares_query() calls them (RFC 1035, RFC 2782). */
#define DNS_CLASS_IN 1
#define DNS_TYPE_SRV 33

enum query_state {
	QUERY_ASKED,     /* c-ares has it and will call back */
	QUERY_RESTARTED, /* it is about to be asked anew on another channel */
	QUERY_ANSWERED,  /* the answer is here; told from the loop */
};

struct resolver_query {
	struct resolver *resolver;
	struct resolver_query *next;
	resolver_callback *callback;
	resolver_services_callback *services_callback; /* set: services are asked for */
	void *context;
	bool cancelled;            /* while c-ares had it */
	struct loop_timer *answer; /* set when the answer is here */
	enum query_state state;
	int status;
	struct net_address addresses[RESOLVER_ADDRESSES_MAX];
	struct resolver_service *services;
	size_t count;
	uint16_t port;
	char host[256];
};

/* A socket of c-ares that the loop watches. */
struct watch {
	struct watch *next;
	struct resolver *resolver;
	ares_socket_t socket;
	struct loop_watch *readable, *writable; /* NULL: not wanted */
};

struct resolver {
	struct loop *loop;
	ares_channel channel; /* NULL until the first name is asked for */
	struct loop_timer *timer;
	struct watch *watches;
	struct resolver_query *queries;
	char *servers; /* instead of the system's, for tests; or NULL */
	int timeout_ms;
};

/* ------------------------------------------------------------------------- */
/* c-ares on the event loop */

static void set_timer(struct resolver *resolver)
{
	struct timeval wait, *next;

	next = resolver->channel == NULL ? NULL : ares_timeout(resolver->channel, NULL, &wait);
	if (next == NULL)
		loop_timer_stop(resolver->timer);
	else
		loop_timer_set(resolver->timer,
			       (double)next->tv_sec + (double)next->tv_usec * 1e-6);
}

static void on_timer(void *context)
{
	struct resolver *resolver = context;

	ares_process_fd(resolver->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
	set_timer(resolver);
}

/* The watch may be gone when c-ares has looked at its socket. */
static void on_readable(void *context)
{
	const struct watch *watch = context;
	struct resolver *resolver = watch->resolver;

	ares_process_fd(resolver->channel, watch->socket, ARES_SOCKET_BAD);
	set_timer(resolver);
}

static void on_writable(void *context)
{
	const struct watch *watch = context;
	struct resolver *resolver = watch->resolver;

	ares_process_fd(resolver->channel, ARES_SOCKET_BAD, watch->socket);
	set_timer(resolver);
}

static void free_watch(struct watch *watch)
{
	loop_watch_destroy(watch->readable);
	loop_watch_destroy(watch->writable);
	free(watch);
}

static void drop_watch(struct resolver *resolver, ares_socket_t socket)
{
	for (struct watch **place = &resolver->watches; *place != NULL; place = &(*place)->next) {
		struct watch *watch = *place;

		if (watch->socket != socket)
			continue;
		*place = watch->next;
		free_watch(watch);
		return;
	}
}

static int start_watch(struct watch *watch, bool readable, bool writable)
{
	struct loop *loop = watch->resolver->loop;
	int result = 0;

	if (readable)
		result = loop_watch_readable(&watch->readable, loop, watch->socket, on_readable,
					     watch);
	if (writable && result == 0)
		result = loop_watch_create(&watch->writable, loop, watch->socket, LOOP_WRITABLE,
					   on_writable, watch);
	if (writable && result == 0)
		result = loop_watch_start(watch->writable);
	return result;
}

/* c-ares tells which sockets it wants watched, and closes them afterwards. */
static void on_socket_state(void *context, ares_socket_t socket, int readable, int writable)
{
	struct resolver *resolver = context;
	struct watch *watch;

	drop_watch(resolver, socket);
	if (!readable && !writable)
		return;
	watch = calloc(1, sizeof *watch);
	if (watch == NULL)
		return; /* as if the server did not answer */
	watch->resolver = resolver;
	watch->socket = socket;
	if (start_watch(watch, readable, writable) < 0) {
		free_watch(watch);
		return;
	}
	watch->next = resolver->watches;
	resolver->watches = watch;
}

static int open_channel(struct resolver *resolver)
{
	struct ares_options options = {
		.timeout = resolver->timeout_ms,
		.tries = SERVER_TRIES,
		.sock_state_cb = on_socket_state,
		.sock_state_cb_data = resolver,
	};
	int result;

	if (resolver->channel != NULL)
		return 0;
	result = ares_init_options(&resolver->channel, &options,
				   ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB);
	if (result == ARES_SUCCESS && resolver->servers != NULL)
		result = ares_set_servers_ports_csv(resolver->channel, resolver->servers);
	if (result == ARES_SUCCESS)
		return 0;
	if (resolver->channel != NULL)
		ares_destroy(resolver->channel);
	resolver->channel = NULL;
	return result == ARES_ENOMEM ? -ENOMEM : -EIO;
}

static void close_channel(struct resolver *resolver)
{
	ares_channel channel = resolver->channel;

	if (channel == NULL)
		return;
	resolver->channel = NULL;
	ares_destroy(channel);
	while (resolver->watches != NULL)
		drop_watch(resolver, resolver->watches->socket);
	set_timer(resolver);
}

/* ------------------------------------------------------------------------- */
/* Queries */

static void unlink_query(struct resolver_query *query)
{
	struct resolver_query **place = &query->resolver->queries;

	while (*place != query)
		place = &(*place)->next;
	*place = query->next;
	loop_timer_destroy(query->answer);
}

static void free_query(struct resolver_query *query)
{
	unlink_query(query);
	free(query->services);
	free(query);
}

static void on_answer(void *context)
{
	struct resolver_query *query = context;

	unlink_query(query);
	if (query->services_callback != NULL)
		query->services_callback(query->context, query->status, query->services,
					 query->count);
	else
		query->callback(query->context, query->status, query->addresses, query->count);
	free(query->services);
	free(query);
}

/* From within c-ares, which may call at once: the owner hears it later. */
static void answer(struct resolver_query *query, int status)
{
	query->status = status;
	query->state = QUERY_ANSWERED;
	if (query->cancelled)
		free_query(query);
	else
		loop_timer_soon(query->answer);
}

static int status_of(int result)
{
	switch (result) {
	case ARES_SUCCESS:
		return 0;
	case ARES_ENOTFOUND:
	case ARES_ENODATA:
		return -ENOENT;
	case ARES_ENOMEM:
		return -ENOMEM;
	case ARES_EBADNAME:
	case ARES_EBADQUERY:
		return -EINVAL;
	default:
		return -EAGAIN;
	}
}

static void take_address(struct resolver_query *query, const struct sockaddr *any)
{
	struct net_address address = { 0 };

	if (any->sa_family == AF_INET)
		memcpy(&address.u.v4, any, sizeof address.u.v4);
	else if (any->sa_family == AF_INET6)
		memcpy(&address.u.v6, any, sizeof address.u.v6);
	else
		return;
	net_address_set_port(&address, query->port);
	for (size_t i = 0; i < query->count; i++) {
		if (net_address_equal(&query->addresses[i], &address))
			return;
	}
	query->addresses[query->count++] = address;
}

static void on_ares(void *context, int result, int timeouts, struct ares_addrinfo *info)
{
	struct resolver_query *query = context;

	(void)timeouts;
	if (result == ARES_EDESTRUCTION && query->state == QUERY_RESTARTED)
		return;
	if (result == ARES_SUCCESS && info != NULL) {
		for (const struct ares_addrinfo_node *node = info->nodes;
		     node != NULL && query->count < RESOLVER_ADDRESSES_MAX; node = node->ai_next)
			take_address(query, node->ai_addr);
	}
	ares_freeaddrinfo(info);
	answer(query, result == ARES_SUCCESS && query->count == 0 ? -ENOENT : status_of(result));
}

static void on_ares_services(void *context, int result, int timeouts, unsigned char *data,
			     int length)
{
	struct resolver_query *query = context;
	int count;

	(void)timeouts;
	if (result == ARES_EDESTRUCTION && query->state == QUERY_RESTARTED)
		return;
	if (result != ARES_SUCCESS) {
		answer(query, status_of(result));
		return;
	}
	count = services_decode(data, length > 0 ? (size_t)length : 0, query->services);
	query->count = count > 0 ? (size_t)count : 0;
	answer(query, count > 0 ? 0 : count);
}

static void ask(struct resolver_query *query)
{
	struct ares_addrinfo_hints hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_DGRAM };
	struct resolver *resolver = query->resolver;
	int result = open_channel(resolver);

	if (result != 0) {
		answer(query, result);
		return;
	}
	query->state = QUERY_ASKED;
	query->count = 0;
	if (query->services != NULL)
		ares_query(resolver->channel, query->host, DNS_CLASS_IN, DNS_TYPE_SRV,
			   on_ares_services, query);
	else
		ares_getaddrinfo(resolver->channel, query->host, NULL, &hints, on_ares, query);
	set_timer(resolver);
}

static bool is_asking(const struct resolver *resolver)
{
	for (const struct resolver_query *query = resolver->queries; query != NULL;
	     query = query->next) {
		if (query->state == QUERY_ASKED && !query->cancelled)
			return true;
	}
	return false;
}

/* A query that is not asked yet, in the resolver's list. */
static int make_query(struct resolver *resolver, const char *host, struct resolver_query **query)
{
	struct resolver_query *made;

	if (strlen(host) >= sizeof made->host)
		return -EINVAL;
	made = calloc(1, sizeof *made);
	if (made == NULL)
		return -ENOMEM;
	if (loop_timer_create(&made->answer, resolver->loop, on_answer, made) < 0) {
		free(made);
		return -ENOMEM;
	}
	/* Look-ups are rare: each reads the system's settings as they are now. */
	if (!is_asking(resolver))
		close_channel(resolver);
	made->resolver = resolver;
	memcpy(made->host, host, strlen(host));
	made->next = resolver->queries;
	resolver->queries = made;
	*query = made;
	return 0;
}

int resolver_lookup(struct resolver *resolver, const char *host, uint16_t port,
		    resolver_callback *callback, void *context, struct resolver_query **query)
{
	struct resolver_query *made;
	int result = make_query(resolver, host, &made);

	if (result != 0)
		return result;
	made->callback = callback;
	made->context = context;
	made->port = port;
	*query = made;
	if (net_address_parse(host, port, &made->addresses[0]) == 0) {
		made->count = 1;
		answer(made, 0);
	} else {
		ask(made);
	}
	return 0;
}

int resolver_lookup_services(struct resolver *resolver, const char *name,
			     resolver_services_callback *callback, void *context,
			     struct resolver_query **query)
{
	struct resolver_query *made;
	int result = make_query(resolver, name, &made);

	if (result != 0)
		return result;
	made->services_callback = callback;
	made->context = context;
	made->services = calloc(RESOLVER_SERVICES_MAX, sizeof *made->services);
	if (made->services == NULL) {
		free_query(made);
		return -ENOMEM;
	}
	*query = made;
	ask(made);
	return 0;
}

void resolver_cancel(struct resolver_query *query)
{
	if (query->state == QUERY_ANSWERED)
		free_query(query);
	else
		query->cancelled = true; /* c-ares cannot forget a single query */
}

/* ------------------------------------------------------------------------- */

int resolver_create(struct resolver **resolver, struct loop *loop, struct error *error)
{
	struct resolver *made;

	if (ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS)
		return error_set(error, EIO, "the library for name look-ups does not start");
	made = calloc(1, sizeof *made);
	if (made != NULL) {
		made->loop = loop;
		made->timeout_ms = SERVER_TIMEOUT_MS;
	}
	if (made == NULL || loop_timer_create(&made->timer, loop, on_timer, made) < 0) {
		free(made);
		ares_library_cleanup();
		return error_set(error, ENOMEM, "not enough memory for name look-ups");
	}
	*resolver = made;
	return 0;
}

void resolver_destroy(struct resolver *resolver)
{
	if (resolver == NULL)
		return;
	for (struct resolver_query *query = resolver->queries; query != NULL; query = query->next)
		query->state = QUERY_RESTARTED; /* c-ares' good-bye changes nothing */
	close_channel(resolver);
	while (resolver->queries != NULL)
		free_query(resolver->queries);
	loop_timer_destroy(resolver->timer);
	free(resolver->servers);
	free(resolver);
	ares_library_cleanup();
}

void resolver_refresh(struct resolver *resolver)
{
	struct resolver_query *query, *next;

	if (resolver->channel == NULL)
		return;
	for (query = resolver->queries; query != NULL; query = query->next) {
		if (query->state == QUERY_ASKED)
			query->state = QUERY_RESTARTED;
	}
	close_channel(resolver);
	for (query = resolver->queries; query != NULL; query = next) {
		next = query->next;
		if (query->state != QUERY_RESTARTED)
			continue;
		if (query->cancelled)
			free_query(query);
		else
			ask(query);
	}
}

int resolver_set_servers(struct resolver *resolver, const char *servers, int timeout_ms)
{
	char *copy = strdup(servers);

	if (copy == NULL)
		return -ENOMEM;
	free(resolver->servers);
	resolver->servers = copy;
	resolver->timeout_ms = timeout_ms;
	return 0;
}
