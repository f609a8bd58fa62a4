#include "server/listeners.h"

#include <errno.h>
#include <stdlib.h>

#include "loop/loop.h"
#include "platform/udp.h"

struct listener {
	struct listeners *set;
	struct net_address address;
	struct udp_socket *socket;
	struct loop_watch *readable;
};

struct listener_list {
	struct listener *items[LISTENERS_MAX];
	size_t count;
};

struct address_list {
	struct net_address items[LISTENERS_MAX];
	size_t count;
};

struct wish_list {
	struct listener_wish items[LISTENERS_MAX];
	size_t count;
};

struct listeners {
	struct loop *loop;
	listener_ready ready;
	void *context;
	struct listener_list open;
};

struct listeners *listeners_create(struct loop *loop, listener_ready ready, void *context)
{
	struct listeners *listeners = calloc(1, sizeof *listeners);

	if (listeners != NULL) {
		listeners->loop = loop;
		listeners->ready = ready;
		listeners->context = context;
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

	listener->set->ready(listener->set->context, listener->socket);
}

static void listener_close(struct listener *listener)
{
	loop_watch_destroy(listener->readable);
	udp_close(listener->socket);
	free(listener);
}

static int listener_open(struct listeners *listeners, const struct net_address *address,
			 struct listener **result, struct error *error)
{
	const struct udp_options options = { .bind = *address, .departures = true };
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
	for (size_t i = 0; i < listeners->open.count; i++)
		listener_close(listeners->open.items[i]);
	free(listeners);
}

static struct listener *listeners_list_find(const struct listener_list *list,
					    const struct net_address *address)
{
	for (size_t i = 0; i < list->count; i++) {
		if (net_address_equal(&list->items[i]->address, address))
			return list->items[i];
	}
	return NULL;
}

/* Closes what is in LIST but not in KEPT. */
static void listeners_list_close_others(struct listener_list *list,
					const struct listener_list *kept)
{
	for (size_t i = 0; i < list->count; i++) {
		if (listeners_list_find(kept, &list->items[i]->address) != list->items[i])
			listener_close(list->items[i]);
	}
}

static bool listeners_address_is_wildcard(const struct net_address *address)
{
	size_t length;
	const uint8_t *bytes = net_address_bytes(address, &length);

	for (size_t i = 0; i < length; i++) {
		if (bytes[i] != 0)
			return false;
	}
	return true;
}

/* Whether two different addresses cannot be bound at the same time. */
static bool listeners_addresses_exclude(const struct net_address *a, const struct net_address *b)
{
	return net_address_is_v6(a) == net_address_is_v6(b) &&
	       net_address_port(a) == net_address_port(b) &&
	       (listeners_address_is_wildcard(a) || listeners_address_is_wildcard(b));
}

/* Closes what no longer is wanted and would be in the way of one of MISSING. */
static void listeners_retire_those_in_the_way(struct listeners *listeners,
					      const struct listener_list *kept,
					      const struct wish_list *missing,
					      struct address_list *retired)
{
	struct listener_list left = { .count = 0 };

	for (size_t i = 0; i < listeners->open.count; i++) {
		struct listener *listener = listeners->open.items[i];
		bool in_the_way = false;

		for (size_t j = 0; j < missing->count; j++)
			in_the_way = in_the_way ||
				     listeners_addresses_exclude(&missing->items[j].address,
								 &listener->address);
		if (in_the_way && listeners_list_find(kept, &listener->address) == NULL) {
			retired->items[retired->count++] = listener->address;
			listener_close(listener);
		} else {
			left.items[left.count++] = listener;
		}
	}
	listeners->open = left;
}

/* The machine does not have the address, its family or its interface. */
static bool listeners_is_absent(int status)
{
	return status == -EAFNOSUPPORT || status == -EPROTONOSUPPORT || status == -EADDRNOTAVAIL ||
	       status == -ENODEV || status == -ENXIO;
}

static int listeners_open_missing(struct listeners *listeners, const struct wish_list *missing,
				  struct listener_list *next, struct error *error)
{
	for (size_t i = 0; i < missing->count; i++) {
		enum listener_need need = missing->items[i].need;
		int status = listener_open(listeners, &missing->items[i].address,
					   &next->items[next->count], error);

		if (status == 0)
			next->count++;
		else if (need == LISTENER_NEEDED || !listeners_is_absent(status) ||
			 (need == LISTENER_ONE_OF_THEM && next->count == 0 &&
			  i + 1 == missing->count))
			return status;
	}
	return 0;
}

static void listeners_reopen_retired(struct listeners *listeners,
				     const struct address_list *retired, struct error *error)
{
	struct error again, first = { .code = 0 };
	char text[NET_ADDRESS_TEXT_MAX];

	if (error != NULL)
		first = *error;
	for (size_t i = 0; i < retired->count; i++) {
		struct listener **place = &listeners->open.items[listeners->open.count];

		if (listener_open(listeners, &retired->items[i], place, &again) == 0)
			listeners->open.count++;
		else
			error_set(error, first.code, "%.300s (and %s, open until now, is lost)",
				  first.text, net_address_text(&retired->items[i], text));
	}
}

int listeners_change(struct listeners *listeners, const struct listener_wish *wanted, size_t count,
		     struct error *error)
{
	struct listener_list next = { .count = 0 };
	struct wish_list missing = { .count = 0 };
	struct address_list retired = { .count = 0 };
	int status;

	if (count > LISTENERS_MAX)
		return error_set(error, E2BIG, "more than %d addresses to answer at",
				 LISTENERS_MAX);
	for (size_t i = 0; i < count; i++) {
		const struct net_address *address = &wanted[i].address;
		struct listener *listener = listeners_list_find(&listeners->open, address);
		bool repeated = false;

		for (size_t j = 0; j < i; j++)
			repeated = repeated || net_address_equal(address, &wanted[j].address);
		if (repeated)
			continue;
		if (listener != NULL)
			next.items[next.count++] = listener;
		else
			missing.items[missing.count++] = wanted[i];
	}

	listeners_retire_those_in_the_way(listeners, &next, &missing, &retired);
	status = listeners_open_missing(listeners, &missing, &next, error);
	if (status != 0) {
		listeners_list_close_others(&next, &listeners->open);
		listeners_reopen_retired(listeners, &retired, error);
		return status;
	}
	listeners_list_close_others(&listeners->open, &next);
	listeners->open = next;
	return 0;
}

size_t listeners_count(const struct listeners *listeners)
{
	return listeners->open.count;
}

const struct net_address *listeners_address(const struct listeners *listeners, size_t index)
{
	return &listeners->open.items[index]->address;
}
