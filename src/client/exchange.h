/* One request and the wait for its answer: a fresh connected socket (a new
 * source port that nobody can guess), the kernel's time stamps of both
 * datagrams, put on the raw oscillator.  What the answer says is not looked at
 * here. */
#ifndef W32TIMED_CLIENT_EXCHANGE_H
#define W32TIMED_CLIENT_EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "platform/address.h"
#include "platform/clock.h"
#include "platform/udp.h"

struct loop;
struct loop_watch;

struct exchange_times {
	raw_ns sent, received; /* T1, T4 */
	utc_ns received_utc;   /* T4 as our clock had it */
	double uncertainty;    /* s, of both together */
};

struct exchange {
	struct loop *loop;
	struct clock *clock;
	void (*ready)(void *context);
	void *context;
	struct udp_socket *socket; /* NULL: none under way */
	struct loop_watch *readable;
	struct net_address local; /* of the last request; kept when it is over */
	struct clock_reading before;
	raw_ns sent;
	double sent_uncertainty;
	bool kernel_sent; /* SENT is the kernel's */
};

/* READY is called from the event loop when exchange_receive() has something to tell;
 * it may end the exchange. */
void exchange_init(struct exchange *exchange, struct loop *loop, struct clock *clock,
		   void (*ready)(void *context), void *context);

bool exchange_is_open(const struct exchange *exchange);

/* Sends DATA to REMOTE from BIND, a literal address of the same family with its zone,
 * or "": any.  Never from another address: -EADDRNOTAVAIL while BIND cannot be had.  A
 * negative errno: nothing was sent, and READY will not be called. */
int exchange_start(struct exchange *exchange, const struct net_address *remote, const char *bind,
		   const uint8_t *data, size_t length);

/* Gives up to CAPACITY of the datagrams that have come; returns how many, or a
 * negative errno (-ECONNREFUSED: the port is closed).  NOW: the clock, read since the
 * exchange became ready. */
int exchange_receive(struct exchange *exchange, const struct clock_reading *now,
		     struct udp_datagram *datagrams, unsigned capacity);

/* When the request left and DATAGRAM, of those just received, came. */
void exchange_measure(const struct exchange *exchange, const struct udp_datagram *datagram,
		      const struct clock_reading *now, struct exchange_times *times);

/* The answer came, or is not waited for any longer. */
void exchange_end(struct exchange *exchange);

/* Before a start that matters to the microsecond: sends ourselves a datagram, so
 * that what the system does between the time stamp of sending and really sending is
 * in the processor's caches.  After a pause as long as a poll interval it is not,
 * and takes a microsecond longer on the way there than on the way back. */
void exchange_warm_up(const struct net_address *remote);

/* Whether REMOTE can be asked at all from here: a route and a source address
 * exist.  0 or a negative errno; nothing is sent. */
int exchange_probe(const struct net_address *remote, const char *bind);

#endif
