/* Datagrams with the kernel's time stamps, many at a time. */
#ifndef W32TIMED_PLATFORM_UDP_H
#define W32TIMED_PLATFORM_UDP_H

#include <stdbool.h>

#include "base/error.h"
#include "base/timescale.h"
#include "platform/address.h"

/* Larger datagrams arrive cut to this; no packet that we understand is. */
#define UDP_DATAGRAM_MAX 2048

struct udp_datagram {
	struct net_address remote;
	/* Received: the address it was sent to.  Sent: the address to send from,
	 * or AF_UNSPEC.  The port is the socket's. */
	struct net_address local;
	unsigned interface; /* index it came in by; 0: unknown */
	/* Received: not to one address of ours but to a group or broadcast address, as
	 * far as the system tells; LOCAL is then none. */
	bool to_many;
	utc_ns system_time; /* received: kernel time stamp, system's UTC; 0: none */
	/* Sent on a socket with TRANSMIT_STAMPS: not 0 if udp_transmit_stamps() shall tell
	 * when.  Received: 0. */
	uint64_t token;
	size_t length;
	uint8_t data[UDP_DATAGRAM_MAX];
};

struct udp_options {
	/* Its family is the socket's.  Port 0: an unpredictable one. */
	struct net_address bind;
	/* If set: only this remote may answer, and ICMP errors are reported. */
	struct net_address connect;
	bool send_times; /* keep the kernel's time stamps of what is sent */
	/* Room for some hundreds of datagrams that are not read yet, or more where the
	 * system allows it: what forgers send in a hurry does not push the true one
	 * out. */
	bool large_queue;
	bool transmit_stamps; /* instead: of those datagrams alone that ask for it */
};

struct udp_socket;

/* Non-blocking, close-on-exec; IPv6 sockets carry IPv6 only. */
int udp_open(struct udp_socket **socket, const struct udp_options *options, struct error *error);
void udp_close(struct udp_socket *socket); /* NULL is allowed */
socket_handle udp_handle(const struct udp_socket *socket);

/* Up to CAPACITY datagrams that are there now.  Returns how many; 0: none.  A
 * negative errno for an error reported for an earlier send (-ECONNREFUSED).  To
 * be called once each time the handle becomes readable, which the arrival of a
 * time stamp or of an ICMP error makes it too. */
int udp_receive(struct udp_socket *socket, struct udp_datagram *datagrams, unsigned capacity);

/* Returns how many of COUNT were handed to the network, or, if not even the
 * first was, a negative errno (-EAGAIN: the queue is full). */
int udp_send(struct udp_socket *socket, const struct udp_datagram *datagrams, unsigned count);

/* The kernel's time stamp (system's UTC) of the datagram sent last on a socket
 * opened with send_times: 0, or -EAGAIN while there is none.  It may be there
 * right after udp_send(), or later: to be asked for again when the handle
 * becomes readable. */
int udp_sent_time(struct udp_socket *socket, utc_ns *system_time);

struct udp_transmit_stamp {
	uint64_t token;
	utc_ns system_time; /* kernel time stamp, system's UTC */
};

/* What has become known since the last call of when datagrams with a token left, at
 * most CAPACITY of them; returns how many.  Some are never told.  As with
 * udp_sent_time(), it may be known right after udp_send() or later. */
unsigned udp_transmit_stamps(struct udp_socket *socket, struct udp_transmit_stamp *transmit_stamps,
			     unsigned capacity);

#endif
