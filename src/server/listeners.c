#include "server/listeners.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "loop/loop.h"
#include "platform/udp.h"

struct listener {
	struct listeners *set;
	struct net_address address;
	struct udp_socket *socket;
	struct loop_watch *readable;
};

struct listeners {
	struct loop *loop;
	struct listeners_handler handler;
	struct listener *open[LISTENERS_MAX];
	size_t count;
};

struct listeners *listeners_create(struct loop *loop, const struct listeners_handler *handler)
{
	struct listeners *listeners = calloc(1, sizeof *listeners);

	if (listeners != NULL) {
		listeners->loop = loop;
		listeners->handler = *handler;
	}
	return listeners;
}

/* What waits while we are busy: some thousand requests, if the system grants
 * it.  Less is no error. */
static void listeners_widen_queue(struct udp_socket *socket)
{
	const int size = 2 * 1024 * 1024;

	(void)setsockopt(udp_handle(socket), SOL_SOCKET, SO_RCVBUF, (const void *)&size,
			 sizeof size);
}

static void listeners_on_readable(void *context)
{
	struct listener *listener = context;

	const struct listeners_handler *handler = &listener->set->handler;

	handler->ready(handler->context, listener->socket);
}

static void listener_close(struct listener *listener)
{
	const struct listeners_handler *handler = &listener->set->handler;

	if (listener->readable != NULL)
		handler->closing(handler->context, listener->socket);
	loop_watch_destroy(listener->readable);
	udp_close(listener->socket);
	free(listener);
}

static int listener_open(struct listeners *listeners, const struct net_address *address,
			 struct listener **result, struct error *error)
{
	const struct udp_options options = { .bind = *address, .transmit_stamps = true };
	struct listener *listener = calloc(1, sizeof *listener);
	int status;

	if (listener == NULL)
		return error_set_system(error, ENOMEM, "cannot open a socket for requests");
	listener->set = listeners;
	listener->address = *address;
	status = udp_open(&listener->socket, &options, error);
	if (status != 0) {
		listener_close(listener);
		return status;
	}
	listeners_widen_queue(listener->socket);
	status = loop_watch_readable(&listener->readable, listeners->loop,
				     udp_handle(listener->socket), listeners_on_readable, listener);
	if (status < 0) {
		listener_close(listener);
		return error_set_system(error, -status, "cannot watch a socket for requests");
	}
	*result = listener;
	return 0;
}

void listeners_destroy(struct listeners *listeners)
{
	if (listeners == NULL)
		return;
	listeners_change(listeners, NULL, 0);
	free(listeners);
}

static bool listeners_has(const struct listeners *listeners, const struct net_address *address)
{
	for (size_t i = 0; i < listeners->count; i++) {
		if (net_address_equal(&listeners->open[i]->address, address))
			return true;
	}
	return false;
}

static void listeners_close_unwanted(struct listeners *listeners,
				     const struct listener_wish *wanted, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < listeners->count; i++) {
		struct listener *listener = listeners->open[i];
		bool is_wanted = false;

		for (size_t j = 0; j < count; j++)
			is_wanted = is_wanted ||
				    net_address_equal(&wanted[j].address, &listener->address);
		if (is_wanted)
			listeners->open[kept++] = listener;
		else
			listener_close(listener);
	}
	listeners->count = kept;
}

void listeners_change(struct listeners *listeners, struct listener_wish *wanted, size_t count)
{
	/* First, for one may be in the way of another, as 0.0.0.0 is of 127.0.0.1. */
	listeners_close_unwanted(listeners, wanted, count);
	for (size_t i = 0; i < count; i++) {
		struct listener_wish *wish = &wanted[i];

		if (wish->error.code != 0 || listeners_has(listeners, &wish->address))
			continue;
		if (listeners->count == LISTENERS_MAX)
			error_set(&wish->error, E2BIG, "more than %d addresses to answer at",
				  LISTENERS_MAX);
		else if (listener_open(listeners, &wish->address,
				       &listeners->open[listeners->count], &wish->error) == 0)
			listeners->count++;
	}
}

size_t listeners_count(const struct listeners *listeners)
{
	return listeners->count;
}

const struct net_address *listeners_address(const struct listeners *listeners, size_t index)
{
	return &listeners->open[index]->address;
}
