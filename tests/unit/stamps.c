#include "stamps.h"

#include <poll.h>

#include "platform/udp.h"
#include "unit.h"

/* The one that asks; each test runs with its own. */
static struct udp_socket *asking;

/* Whether what is sent to itself is stamped now. */
static bool is_stamped(const struct net_address *own)
{
	static struct udp_datagram datagram;
	struct pollfd event = { .fd = udp_handle(asking), .events = POLLIN };

	datagram = (struct udp_datagram){ .remote = *own, .length = 1 };
	ck_assert_int_eq(udp_send(asking, &datagram, 1), 1);
	ck_assert_int_eq(poll(&event, 1, 5000), 1);
	ck_assert_int_eq(udp_receive(asking, &datagram, 1), 1);
	return datagram.system_time != 0;
}

void stamps_begin(void)
{
	struct udp_options options = { 0 };
	struct net_address own = { 0 };
	socklen_t length = sizeof own;

	if (!RECEIVE_STAMPS)
		return;
	ck_assert_int_eq(net_address_parse("127.0.0.1", 0, &options.bind), 0);
	ck_assert_int_eq(udp_open(&asking, &options, NULL), 0);
	ck_assert_int_eq(getsockname(udp_handle(asking), &own.u.any, &length), 0);
	while (!is_stamped(&own))
		continue;
}

void stamps_end(void)
{
	udp_close(asking);
	asking = NULL;
}
