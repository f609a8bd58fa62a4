#include "loopback.h"
#include "tests/event_loop.h"

#include <check.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int loopback_open(const char *host, uint16_t *port)
{
	struct net_address address;
	socklen_t length = sizeof address.u;
	int handle = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(handle, 0);
	ck_assert_int_eq(net_address_parse(host, *port, &address), 0);
	ck_assert_int_eq(bind(handle, &address.u.any, net_address_length(&address)), 0);
	ck_assert_int_eq(getsockname(handle, &address.u.any, &length), 0);
	*port = net_address_port(&address);
	return handle;
}

uint16_t loopback_free_port(void)
{
	uint16_t port = 0;

	close(loopback_open("0.0.0.0", &port));
	return port;
}

int loopback_listen(struct loop *loop, const char *host, uint16_t *port, event_callback_fn callback,
		    void *context, struct event **event)
{
	int handle = loopback_open(host, port);

	*event = event_new(event_loop_base(loop), handle, EV_READ | EV_PERSIST, callback, context);
	event_add(*event, NULL);
	return handle;
}

int loopback_receive(int handle, struct udp_datagram *datagrams, int capacity)
{
	int count;

	for (count = 0; count < capacity; count++) {
		struct udp_datagram *it = &datagrams[count];
		socklen_t length = sizeof it->remote.u;
		ssize_t got;

		memset(it, 0, sizeof *it);
		got = recvfrom(handle, it->data, sizeof it->data, 0, &it->remote.u.any, &length);
		if (got < 0)
			break;
		it->length = (size_t)got;
	}
	return count;
}

void loopback_send(int handle, const struct udp_datagram *datagram)
{
	ck_assert_int_eq(sendto(handle, datagram->data, datagram->length, 0,
				&datagram->remote.u.any, net_address_length(&datagram->remote)),
			 (ssize_t)datagram->length);
}
