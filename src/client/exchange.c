#include "client/exchange.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "loop/loop.h"

/* A kernel time stamp further outside the time in which it must have been made
 * was made while somebody set the clock. */
#define STAMP_SLACK 1e-3
/* From the datagram's arrival to our reading the clock, without the kernel's
 * time stamp. */
#define WAKE_UP_UNCERTAINTY 50e-6
#define BATCH               16

void exchange_init(struct exchange *exchange, struct loop *loop, struct clock *clock,
		   const struct exchange_handler *handler, void *context)
{
	memset(exchange, 0, sizeof *exchange);
	exchange->loop = loop;
	exchange->clock = clock;
	exchange->handler = handler;
	exchange->context = context;
}

bool exchange_is_open(const struct exchange *exchange)
{
	return exchange->socket != NULL;
}

void exchange_abort(struct exchange *exchange)
{
	loop_watch_destroy(exchange->readable);
	udp_close(exchange->socket);
	exchange->readable = NULL;
	exchange->socket = NULL;
}

static int open_socket(struct udp_socket **socket, const struct net_address *remote,
		       const struct net_address *bind)
{
	struct udp_options options = { .connect = *remote,
				       .send_times = true,
				       .large_queue = true };

	if (net_address_is_set(bind)) {
		options.bind = *bind;
		net_address_set_port(&options.bind, 0);
	} else {
		options.bind.u.any.sa_family = remote->u.any.sa_family;
	}
	return udp_open(socket, &options, NULL);
}

int exchange_probe(const struct net_address *remote, const struct net_address *bind)
{
	struct udp_socket *socket;
	int result = open_socket(&socket, remote, bind);

	if (result == 0)
		udp_close(socket);
	return result;
}

static void note_local(struct exchange *exchange)
{
	socklen_t length = sizeof exchange->local.u;

	memset(&exchange->local, 0, sizeof exchange->local);
	if (getsockname(udp_handle(exchange->socket), &exchange->local.u.any, &length) != 0)
		memset(&exchange->local, 0, sizeof exchange->local);
}

/* SYSTEM, a kernel time stamp, on our scales; false if it cannot be right. */
static bool translate(struct exchange *exchange, utc_ns system, raw_ns earliest, raw_ns latest,
		      struct clock_reading *reading)
{
	if (exchange->clock->ops->translate(exchange->clock, system, reading) != 0)
		return false;
	return ns_interval(earliest, reading->raw) > -STAMP_SLACK &&
	       ns_interval(reading->raw, latest) > -STAMP_SLACK;
}

static void take_sent_time(struct exchange *exchange, raw_ns latest)
{
	struct clock_reading reading;
	utc_ns system;

	if (udp_sent_time(exchange->socket, &system) != 0 || exchange->kernel_sent)
		return;
	if (!translate(exchange, system, exchange->before.raw, latest, &reading))
		return;
	exchange->sent = reading.raw;
	exchange->sent_uncertainty = reading.uncertainty;
	exchange->kernel_sent = true;
}

static void finish(struct exchange *exchange, int status, const struct exchange_times *times)
{
	exchange_abort(exchange);
	exchange->handler->ended(exchange->context, status, times);
}

static void take_received_time(struct exchange *exchange, const struct udp_datagram *datagram,
			       const struct clock_reading *now, struct exchange_times *times)
{
	struct clock_reading reading = *now;

	if (datagram->system_time == 0 ||
	    !translate(exchange, datagram->system_time, exchange->sent, now->raw, &reading)) {
		reading = *now;
		reading.uncertainty += WAKE_UP_UNCERTAINTY;
	}
	times->sent = exchange->sent;
	times->received = reading.raw;
	times->received_utc = reading.utc;
	times->uncertainty = exchange->sent_uncertainty + reading.uncertainty +
			     exchange->clock->precision;
}

static void on_readable(void *context)
{
	struct exchange *exchange = context;
	struct udp_datagram datagrams[BATCH];
	struct exchange_times times;
	struct clock_reading now;
	bool answered = false;
	int count;

	if (clock_read(exchange->clock, &now) != 0) {
		finish(exchange, -EIO, NULL);
		return;
	}
	take_sent_time(exchange, now.raw);
	count = udp_receive(exchange->socket, datagrams, BATCH);
	if (count < 0) {
		finish(exchange, count, NULL);
		return;
	}
	for (int i = 0; i < count; i++) {
		if (exchange->handler->judge(exchange->context, datagrams[i].data,
					     datagrams[i].length) &&
		    !answered) {
			take_received_time(exchange, &datagrams[i], &now, &times);
			answered = true;
		}
	}
	if (answered)
		finish(exchange, 0, &times);
}

static int send_request(struct exchange *exchange, const uint8_t *data, size_t length)
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
	take_sent_time(exchange, after.raw);
	return 0;
}

/* A simulator's socket is none that the system knows: there is nothing to warm. */
static bool is_real(const struct udp_socket *socket)
{
	int type;
	socklen_t length = sizeof type;

	return getsockopt(udp_handle(socket), SOL_SOCKET, SO_TYPE, (void *)&type, &length) == 0;
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
	if (is_real(socket) &&
	    getsockname(udp_handle(socket), &datagram.remote.u.any, &length) == 0 &&
	    udp_send(socket, &datagram, 1) == 1) {
		(void)udp_sent_time(socket, &sent);
		(void)udp_receive(socket, &datagram, 1);
	}
	udp_close(socket);
}

int exchange_start(struct exchange *exchange, const struct net_address *remote,
		   const struct net_address *bind, const uint8_t *data, size_t length)
{
	int result;

	exchange_abort(exchange);
	result = open_socket(&exchange->socket, remote, bind);
	if (result != 0) {
		exchange->socket = NULL;
		return result;
	}
	note_local(exchange);
	result = loop_watch_create(&exchange->readable, exchange->loop,
				   udp_handle(exchange->socket), LOOP_READABLE, on_readable,
				   exchange);
	if (result == 0)
		result = send_request(exchange, data, length);
	/* Only now: that somebody waits for the time stamp of sending would have to
	 * be seen to between making that stamp and really sending. */
	if (result == 0)
		result = loop_watch_start(exchange->readable);
	if (result != 0)
		exchange_abort(exchange);
	return result;
}
