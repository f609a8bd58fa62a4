/* Datagram sockets of the servers that tests play: at any address of the loopback
 * interface, which on every system is the one that answers then. */
#ifndef W32TIMED_TESTS_UNIT_LOOPBACK_H
#define W32TIMED_TESTS_UNIT_LOOPBACK_H

#include <event2/event.h>
#include <stdint.h>

#include "platform/udp.h"

struct loop;

/* Bound to HOST ("127.0.0.2"); *PORT 0: any, and which. */
int loopback_open(const char *host, uint16_t *port);
/* The same, watched. */
int loopback_listen(struct loop *owner, const char *host, uint16_t *port,
		    event_callback_fn callback, void *context, struct event **event);

/* One that nobody has now, at any IPv4 address.  Somebody may have it soon: who is to
 * bind it must try again. */
uint16_t loopback_free_port(void);

/* What is there now, at most CAPACITY: how many. */
int loopback_receive(int handle, struct udp_datagram *datagrams, int capacity);
void loopback_send(int handle, const struct udp_datagram *datagram);

/* Tells the owner of SOCKET, watched by READABLE, that nobody listens where it is
 * connected to, if the system does not; true if so. */
#ifndef TELL_CLOSED_PORT
#define TELL_CLOSED_PORT(socket, readable) false
#endif

#endif
