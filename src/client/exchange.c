#include "client/exchange.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "loop/loop.h"

/* s.  A kernel time stamp that lies further outside the interval in which it must
 * have been made was made while somebody set the clock. */
#define STAMP_SLACK 1e-3
/* s, from the datagram's arrival to our reading of the clock, where the kernel
 * stamped nothing. */
#define WAKE_UP_UNCERTAINTY 50e-6

void exchange_init(struct exchange *exchange, struct loop *loop, struct clock *clock,
		   void (*ready)(void *context), void *context)
{
	memset(exchange, 0, sizeof *exchange);
	exchange->loop = loop;
	exchange->clock = clock;
	exchange->ready = ready;
	exchange->context = context;
}

bool exchange_is_open(const struct exchange *exchange)
{
	return exchange->socket != NULL;
}

void exchange_end(struct exchange *exchange)
{
	loop_watch_destroy(exchange->readable);
	udp_close(exchange->socket);
	exchange->readable = NULL;
	exchange->socket = NULL;
}

/* The address to send from; unset: any. */
static int exchange_resolve_bind(const char *bind, const struct net_address *remote,
				 struct net_address *address)
{
	memset(address, 0, sizeof *address);
	if (*bind == '\0') {
		address->u.any.sa_family = remote->u.any.sa_family;
		return 0;
	}
	/* Text that is no address here and now names an interface that is not there. */
	if (net_address_parse(bind, 0, address) < 0 ||
	    net_address_is_v6(address) != net_address_is_v6(remote))
		return -EADDRNOTAVAIL;
	return 0;
}

static int exchange_open_socket(struct udp_socket **socket, const struct net_address *remote,
				const char *bind)
{
	struct udp_options options = { .connect = *remote,
				       .send_times = true,
				       .large_queue = true };
	int result = exchange_resolve_bind(bind, remote, &options.bind);

	return result < 0 ? result : udp_open(socket, &options, NULL);
}

int exchange_probe(const struct net_address *remote, const char *bind)
{
	struct udp_socket *socket;
	int result = exchange_open_socket(&socket, remote, bind);

	if (result == 0)
		udp_close(socket);
	return result;
}

static void exchange_note_local(struct exchange *exchange)
{
	socklen_t length = sizeof exchange->local.u;

	memset(&exchange->local, 0, sizeof exchange->local);
	if (getsockname(udp_handle(exchange->socket), &exchange->local.u.any, &length) != 0)
		memset(&exchange->local, 0, sizeof exchange->local);
}

/* SYSTEM, a kernel time stamp, on our scales; false if it cannot be right. */
static bool exchange_translate(const struct exchange *exchange, utc_ns system, raw_ns earliest,
			       raw_ns latest, struct clock_reading *reading)
{
	if (exchange->clock->ops->translate(exchange->clock, system, reading) != 0)
		return false;
	return ns_interval(earliest, reading->raw) > -STAMP_SLACK &&
	       ns_interval(reading->raw, latest) > -STAMP_SLACK;
}

static void exchange_take_sent_time(struct exchange *exchange, raw_ns latest)
{
	struct clock_reading reading;
	utc_ns system;

	if (udp_sent_time(exchange->socket, &system) != 0 || exchange->kernel_sent)
		return;
	if (!exchange_translate(exchange, system, exchange->before.raw, latest, &reading))
		return;
	exchange->sent = reading.raw;
	exchange->sent_uncertainty = reading.uncertainty;
	exchange->kernel_sent = true;
}

int exchange_receive(struct exchange *exchange, const struct clock_reading *now,
		     struct udp_datagram *datagrams, unsigned capacity)
{
	exchange_take_sent_time(exchange, now->raw);
	return udp_receive(exchange->socket, datagrams, capacity);
}

void exchange_measure(const struct exchange *exchange, const struct udp_datagram *datagram,
		      const struct clock_reading *now, struct exchange_times *times)
{
	struct clock_reading reading = *now;

	if (datagram->system_time == 0 || !exchange_translate(exchange, datagram->system_time,
							      exchange->sent, now->raw, &reading)) {
		reading = *now;
		reading.uncertainty += WAKE_UP_UNCERTAINTY;
	}
	times->sent = exchange->sent;
	times->received = reading.raw;
	times->received_utc = reading.utc;
	times->uncertainty = exchange->sent_uncertainty + reading.uncertainty +
			     exchange->clock->precision;
}

static int exchange_send(struct exchange *exchange, const uint8_t *data, size_t length)
{
	struct udp_datagram datagram = { .length = length };
	struct clock_reading after;
	int sent;

	memcpy(datagram.data, data, length);
	if (clock_read(exchange->clock, &exchange->before) != 0)
		return -EIO;
	sent = udp_send(exchange->socket, &datagram, 1);
	if (sent < 1)
		return sent < 0 ? sent : -EAGAIN;
	if (clock_read(exchange->clock, &after) != 0)
		after = exchange->before;
	exchange->sent_uncertainty = ns_interval(exchange->before.raw, after.raw) / 2 +
				     exchange->before.uncertainty + after.uncertainty;
	exchange->sent = exchange->before.raw + (after.raw - exchange->before.raw) / 2;
	exchange->kernel_sent = false;
	exchange_take_sent_time(exchange, after.raw);
	return 0;
}

void exchange_warm_up(const struct net_address *remote)
{
	struct udp_options options = { .send_times = true };
	struct udp_datagram datagram = { .length = sizeof datagram.data[0] };
	socklen_t length = sizeof datagram.remote.u;
	struct udp_socket *socket;
	utc_ns sent;

	if (net_address_parse(net_address_is_v6(remote) ? "::1" : "127.0.0.1", 0, &options.bind) !=
		    0 ||
	    udp_open(&socket, &options, NULL) != 0)
		return;
	/* Whatever of this fails, the exchange can do without. */
	if (getsockname(udp_handle(socket), &datagram.remote.u.any, &length) == 0 &&
	    udp_send(socket, &datagram, 1) == 1) {
		(void)udp_sent_time(socket, &sent);
		(void)udp_receive(socket, &datagram, 1);
	}
	udp_close(socket);
}

int exchange_start(struct exchange *exchange, const struct net_address *remote, const char *bind,
		   const uint8_t *data, size_t length)
{
	int result;

	exchange_end(exchange);
	result = exchange_open_socket(&exchange->socket, remote, bind);
	if (result != 0) {
		exchange->socket = NULL;
		return result;
	}
	exchange_note_local(exchange);
	result = loop_watch_create(&exchange->readable, exchange->loop,
				   udp_handle(exchange->socket), LOOP_READABLE, exchange->ready,
				   exchange->context);
	if (result == 0)
		result = exchange_send(exchange, data, length);
	/* Only now: while a socket is watched for its time stamp of sending, the
	 * system wakes the watcher between making that stamp and really sending. */
	if (result == 0)
		result = loop_watch_start(exchange->readable);
	if (result != 0)
		exchange_end(exchange);
	return result;
}
