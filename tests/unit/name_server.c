#include "name_server.h"
#include "tests/event_loop.h"

#include <check.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/listener.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "loopback.h"
#include "resolver/resolver_internal.h"

#define TYPE_A   1
#define TYPE_SRV 33

static size_t read_name(const uint8_t *data, size_t length, char *name)
{
	size_t offset = 12, used = 0;

	while (offset < length && data[offset] != 0) {
		size_t label = data[offset];

		ck_assert_uint_lt(offset + label + 1, length);
		ck_assert_uint_lt(used + label + 1, 250);
		if (used > 0)
			name[used++] = '.';
		memcpy(name + used, data + offset + 1, label);
		used += label;
		offset += label + 1;
	}
	name[used] = '\0';
	return offset + 1;
}

static size_t write_name(uint8_t *data, const char *name)
{
	size_t used = 0;

	while (*name != '\0') {
		size_t label = strcspn(name, ".");

		data[used++] = (uint8_t)label;
		memcpy(data + used, name, label);
		used += label;
		name += label + (name[label] == '.');
	}
	data[used++] = 0;
	return used;
}

static void add_record(struct udp_datagram *datagram, uint8_t type, const uint8_t *data,
		       size_t length)
{
	const uint8_t head[12] = { 0xc0, 12, 0, type, 0, 1, 0, 0, 0, 60, 0, (uint8_t)length };

	if (datagram->length + sizeof head + length > sizeof datagram->data)
		return;
	memcpy(datagram->data + datagram->length, head, sizeof head);
	memcpy(datagram->data + datagram->length + sizeof head, data, length);
	datagram->length += sizeof head + length;
	datagram->data[7]++;
}

static bool add_addresses(const struct name_server *server, const char *name, bool wanted,
			  struct udp_datagram *datagram)
{
	bool known = false;

	for (const struct world_name *entry = server->zone; entry != NULL && entry->name != NULL;
	     entry++) {
		if (strcasecmp(entry->name, name) != 0)
			continue;
		known = true;
		for (unsigned i = 0; wanted && i < 4 && entry->addresses[i] != 0; i++) {
			uint32_t address = htonl(entry->addresses[i]);

			add_record(datagram, TYPE_A, (const uint8_t *)&address, 4);
		}
	}
	return known;
}

static bool add_services(const struct name_server *server, const char *name, bool wanted,
			 struct udp_datagram *datagram)
{
	bool known = false;

	for (const struct world_service *entry = server->services;
	     entry != NULL && entry->name != NULL; entry++) {
		const uint16_t numbers[3] = { htons(entry->priority), htons(entry->weight),
					      htons(entry->port) };
		uint8_t data[sizeof numbers + 256];

		if (strcasecmp(entry->name, name) != 0)
			continue;
		known = true;
		memcpy(data, numbers, sizeof numbers);
		if (wanted)
			add_record(datagram, TYPE_SRV, data,
				   sizeof numbers +
					   write_name(data + sizeof numbers, entry->target));
	}
	return known;
}

/* The question becomes the answer. */
static void compose(struct name_server *server, struct udp_datagram *datagram)
{
	uint8_t *data = datagram->data;
	char name[256];
	size_t end = read_name(data, datagram->length, name) + 4;
	uint8_t type = data[end - 3];
	bool known;

	server->service_requests += type == TYPE_SRV;
	datagram->length = end;
	data[2] = 0x81;
	memset(data + 6, 0, 6);
	known = add_addresses(server, name, type == TYPE_A, datagram);
	known |= add_services(server, name, type == TYPE_SRV, datagram);
	data[3] = known ? 0x80 : 0x83;
}

static void answer_name(struct name_server *server, struct udp_datagram *datagram)
{
	size_t length = datagram->length;

	compose(server, datagram);
	if (server->truncates) {
		datagram->length = length;
		datagram->data[2] |= 0x02;
		datagram->data[7] = 0;
	}
	loopback_send(server->socket, datagram);
}

static void on_question(evutil_socket_t handle, short what, void *context)
{
	struct name_server *server = context;
	struct udp_datagram datagrams[4];
	int count = loopback_receive(server->socket, datagrams, 4);

	(void)handle;
	(void)what;
	for (int i = 0; i < count; i++) {
		server->requests++;
		if (server->zone != NULL || server->services != NULL)
			answer_name(server, &datagrams[i]);
	}
}

/* A question over TCP, behind its length. */
static void on_bytes(struct bufferevent *connection, void *context)
{
	struct name_server *server = context;
	struct evbuffer *input = bufferevent_get_input(connection);
	struct udp_datagram datagram = { 0 };
	uint8_t head[2];

	if (evbuffer_copyout(input, head, 2) != 2)
		return;
	datagram.length = (size_t)head[0] << 8 | head[1];
	ck_assert_uint_le(datagram.length, sizeof datagram.data);
	if (evbuffer_get_length(input) < 2 + datagram.length)
		return;
	evbuffer_drain(input, 2);
	evbuffer_remove(input, datagram.data, datagram.length);
	compose(server, &datagram);
	head[0] = (uint8_t)(datagram.length >> 8);
	head[1] = (uint8_t)datagram.length;
	bufferevent_write(connection, head, 2);
	bufferevent_write(connection, datagram.data, datagram.length);
}

static void on_connection(struct evconnlistener *listener, evutil_socket_t handle,
			  struct sockaddr *address, int length, void *context)
{
	struct name_server *server = context;

	(void)address;
	(void)length;
	if (server->connection != NULL)
		bufferevent_free(server->connection);
	server->connections++;
	server->connection = bufferevent_socket_new(evconnlistener_get_base(listener), handle,
						    BEV_OPT_CLOSE_ON_FREE);
	bufferevent_setcb(server->connection, on_bytes, NULL, NULL, server);
	bufferevent_enable(server->connection, EV_READ | EV_WRITE);
}

static void listen_over_tcp(struct name_server *server, struct loop *loop)
{
	struct net_address address;

	ck_assert_int_eq(net_address_parse("127.0.0.1", server->port, &address), 0);
	server->listener = evconnlistener_new_bind(event_loop_base(loop), on_connection, server,
						   LEV_OPT_CLOSE_ON_FREE | LEV_OPT_REUSEABLE, -1,
						   &address.u.any,
						   (int)net_address_length(&address));
	ck_assert_ptr_nonnull(server->listener);
}

void name_server_open(struct name_server *server, struct loop *loop, struct resolver *resolver)
{
	char text[40];

	server->socket = loopback_listen(loop, "127.0.0.1", &server->port, on_question, server,
					 &server->event);
	if (server->truncates)
		listen_over_tcp(server, loop);
	snprintf(text, sizeof text, "127.0.0.1:%u", server->port);
	ck_assert_int_eq(resolver_set_servers(resolver, text, 2000), 0);
}

void name_server_close(struct name_server *server)
{
	if (server->event == NULL)
		return;
	if (server->connection != NULL)
		bufferevent_free(server->connection);
	if (server->listener != NULL)
		evconnlistener_free(server->listener);
	event_free(server->event);
	close(server->socket);
}
