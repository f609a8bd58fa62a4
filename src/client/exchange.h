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

struct exchange_times {
	raw_ns sent, received; /* T1, T4 */
	utc_ns received_utc;   /* T4 as our clock had it */
	double uncertainty;    /* s, of both together */
};

struct exchange_handler {
	/* Whether the datagram answers the request; called for each one that
	 * comes, those behind the answer in the same batch included. */
	bool (*judge)(void *context, const uint8_t *data, size_t length);
	/* Once, the socket being closed already: STATUS is 0 and TIMES those of
	 * the answer, or STATUS is a negative errno (-ECONNREFUSED) and TIMES is
	 * NULL.  Not called after exchange_abort(). */
	void (*ended)(void *context, int status, const struct exchange_times *times);
};

struct exchange {
	struct loop *loop;
	struct clock *clock;
	const struct exchange_handler *handler;
	void *context;
	struct udp_socket *socket; /* NULL: none under way */
	struct loop_watch *readable;
	struct net_address local; /* of the last request; kept when it is over */
	struct clock_reading before;
	raw_ns sent;
	double sent_uncertainty;
	bool kernel_sent; /* SENT is the kernel's */
};

void exchange_init(struct exchange *exchange, struct loop *loop, struct clock *clock,
		   const struct exchange_handler *handler, void *context);

bool exchange_is_open(const struct exchange *exchange);

/* Sends DATA from BIND (AF_UNSPEC: any address) to REMOTE.  A negative errno:
 * nothing was sent and nothing will be called. */
int exchange_start(struct exchange *exchange, const struct net_address *remote,
		   const struct net_address *bind, const uint8_t *data, size_t length);
void exchange_abort(struct exchange *exchange);

/* Before a start that matters to the microsecond: sends ourselves a datagram, so
 * that what the system does between the time stamp of sending and really sending is
 * in the processor's caches.  After a pause as long as a poll interval it is not,
 * and takes a microsecond longer on the way there than on the way back. */
void exchange_warm_up(const struct net_address *remote);

/* Whether REMOTE can be asked at all from here: a route and a source address
 * exist.  0 or a negative errno; nothing is sent. */
int exchange_probe(const struct net_address *remote, const struct net_address *bind);

#endif
