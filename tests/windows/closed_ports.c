/* Where REFUSALS is false, programs linked with --wrap=udp_receive hear from their
 * test that nobody listens on a port. */
#include "posix.h"

#include <errno.h>

#include "loop/loop_internal.h"
#include "platform/udp.h"

static const struct udp_socket *refused;

/* It takes a while to find out. */
static bool system_tells(void)
{
	static enum { UNKNOWN, YES, NO } answer;

	if (answer == UNKNOWN)
		answer = posix_has_refusals() ? YES : NO;
	return answer == YES;
}

int __real_udp_receive(struct udp_socket *socket, struct udp_datagram *datagrams,
		       unsigned capacity);
int __wrap_udp_receive(struct udp_socket *socket, struct udp_datagram *datagrams,
		       unsigned capacity);

int __wrap_udp_receive(struct udp_socket *socket, struct udp_datagram *datagrams, unsigned capacity)
{
	return socket == refused ? -ECONNREFUSED : __real_udp_receive(socket, datagrams, capacity);
}

bool posix_tell_closed_port(const struct udp_socket *socket, const struct loop_watch *readable)
{
	if (system_tells())
		return false;
	refused = socket;
	readable->ready(readable->context);
	refused = NULL;
	return true;
}
