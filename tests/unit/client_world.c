#include "client_world.h"
#include "tests/event_loop.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "loopback.h"

/* ------------------------------------------------------------------------- */
/* A clock that can be moved on */

static int64_t read_ns(clockid_t id)
{
	struct timespec now;

	clock_gettime(id, &now);
	return now.tv_sec * NS_PER_SECOND + now.tv_nsec;
}

static raw_ns clock_raw(const struct world_clock *clock)
{
	return clock->skipped_ns + (clock->runs ? read_ns(CLOCK_MONOTONIC_RAW) : clock->raw_began);
}

static int world_clock_read(struct clock *clock, struct clock_reading *reading)
{
	struct world_clock *self = (struct world_clock *)clock;

	reading->raw = clock_raw(self);
	reading->utc = self->skipped_ns + (self->runs ? read_ns(CLOCK_REALTIME) : self->utc_began);
	reading->uncertainty = 1e-6;
	reading->suspended_ns = self->suspended_ns;
	return 0;
}

static int world_clock_translate(struct clock *clock, utc_ns system, struct clock_reading *reading)
{
	struct world_clock *self = (struct world_clock *)clock;
	int64_t before;

	if (!self->runs)
		return -ENOTSUP;
	world_clock_read(clock, reading);
	self->translations++;
	system = ns_add(system, self->translation_error);
	before = reading->utc - (system + self->skipped_ns);
	reading->raw -= before;
	reading->utc -= before;
	return 0;
}

static const struct clock_ops world_clock_ops = {
	.name = "world",
	.read = world_clock_read,
	.translate = world_clock_translate,
};

raw_ns world_raw(const struct world *world)
{
	return clock_raw(&world->clock);
}

double world_now(const struct world *world)
{
	return ns_interval(0, world_raw(world));
}

/* ------------------------------------------------------------------------- */
/* NTP servers */

static void compose(const struct world_server *server, const struct ntp_header *request,
		    struct ntp_header *answer)
{
	struct clock_reading reading;
	utc_ns now;

	world_clock_read(&server->world->clock.clock, &reading);
	now = ns_add(reading.utc, server->offset);

	*answer = (struct ntp_header){
		.version = request->version,
		.mode = request->mode == NTP_MODE_CLIENT ? NTP_MODE_SERVER
							 : NTP_MODE_SYMMETRIC_PASSIVE,
		.stratum = 2,
		.poll = request->poll,
		.precision = -20,
		.root_delay = 0.5,
		.root_dispersion = 7.75,
		.reference_id = 0xC0000201,
		.reference = ntp_from_utc(now - NS_PER_SECOND),
		.origin = request->transmit,
		.receive = ntp_from_utc(now),
		.transmit = ntp_from_utc(now),
	};
}

static bool knows_interleaved(const struct world_server *server)
{
	return server->manner == SERVER_INTERLEAVED || server->manner == SERVER_INTERLEAVED_TWICE ||
	       server->manner == SERVER_INTERLEAVED_WRONGLY;
}

/* Makes of ANSWER, a plain one, what RFC 9769 says. */
static void interleave(struct world_server *server, const struct ntp_header *request,
		       struct udp_datagram *datagram, struct ntp_header *answer)
{
	ntp_timestamp left = ntp_from_utc(ntp_to_utc(answer->transmit, read_ns(CLOCK_REALTIME)) +
					  ns_from_seconds(server->lag));

	if (request->origin != 0)
		server->asked_interleaved++;
	if (knows_interleaved(server) && request->origin == server->last_receive &&
	    request->origin != 0 && request->receive != request->transmit) {
		answer->origin = request->receive;
		answer->transmit = server->last_transmit;
		if (server->manner == SERVER_INTERLEAVED_WRONGLY)
			answer->transmit += (ntp_timestamp)60 << 32;
		if (server->manner == SERVER_INTERLEAVED_TWICE) {
			ntp_header_encode(answer, datagram->data);
			loopback_send(server->socket, datagram);
			answer->origin = request->transmit;
			answer->transmit = answer->receive;
		}
	}
	server->last_receive = answer->receive;
	server->last_transmit = left;
}

static void answer_in_manner(struct world_server *server, struct udp_datagram *datagram,
			     struct ntp_header *answer)
{
	switch (server->manner) {
	case SERVER_WRONG_ORIGIN:
		answer->origin++;
		break;
	case SERVER_BOGUS_FIRST:
		answer->origin++;
		ntp_header_encode(answer, datagram->data);
		loopback_send(server->socket, datagram);
		answer->origin--;
		break;
	case SERVER_TWICE:
		ntp_header_encode(answer, datagram->data);
		loopback_send(server->socket, datagram);
		break;
	case SERVER_RATE:
	case SERVER_DENY:
		answer->leap = NTP_LEAP_UNSYNCHRONIZED;
		answer->stratum = 0;
		answer->reference_id = server->manner == SERVER_RATE ? NTP_KISS('R', 'A', 'T', 'E')
								     : NTP_KISS('D', 'E', 'N', 'Y');
		break;
	case SERVER_UNSYNCHRONIZED:
		answer->leap = NTP_LEAP_UNSYNCHRONIZED;
		break;
	case SERVER_STALE:
		answer->reference -= (ntp_timestamp)200000 << 32;
		break;
	case SERVER_GOOD:
	case SERVER_SILENT:
	case SERVER_VERSION_3:
	case SERVER_INTERLEAVED:
	case SERVER_INTERLEAVED_TWICE:
	case SERVER_INTERLEAVED_WRONGLY:
		break;
	}
	ntp_header_encode(answer, datagram->data);
	world_send_signed(server, datagram);
}

/* The association of the client's peer of this index; NULL: it is pending. */
static const struct association *association_at(const struct world *world, size_t index)
{
	return world->client->group.peers[index]->association;
}

static bool is_asking(const struct association *association)
{
	return association != NULL && exchange_is_open(association_exchange(association));
}

/* When it was sent: a clock that runs counts what it took to get here, too. */
static raw_ns sent_time(const struct world_server *server)
{
	const struct world *world = server->world;

	for (size_t i = 0; i < world->client->group.count; i++) {
		const struct association *association = association_at(world, i);

		if (is_asking(association) &&
		    net_address_equal(association_remote(association), &server->address))
			return association_exchange(association)->before.raw;
	}
	return world_raw(world);
}

/* Nobody is asked more often than every two seconds, but by a new association. */
static void note_pace(struct world_server *server)
{
	raw_ns now = sent_time(server);

	if (server->requests > 0 && server->last_added == server->world->added)
		ck_assert_double_gt(ns_interval(server->last_request, now), 1.9);
	server->last_request = now;
	server->last_added = server->world->added;
}

static void on_request(evutil_socket_t handle, short what, void *context)
{
	struct world_server *server = context;
	struct udp_datagram datagrams[4];
	struct ntp_packet request;
	struct ntp_header answer;
	bool silent;
	int count = loopback_receive(server->socket, datagrams, 4);

	(void)handle;
	(void)what;
	for (int i = 0; i < count; i++) {
		ck_assert_int_eq(
			ntp_packet_decode(datagrams[i].data, datagrams[i].length, &request), 0);
		note_pace(server);
		server->requests++;
		server->versions[request.header.version]++;
		server->modes[request.header.mode]++;
		server->last_nonce = request.header.transmit;
		silent = server->manner == SERVER_SILENT ||
			 (server->manner == SERVER_VERSION_3 && request.header.version != 3) ||
			 !world_takes_request(server, &datagrams[i]);
		server->answered = !silent && server->manner != SERVER_WRONG_ORIGIN &&
				   world_answers_truly(server);
		if (silent)
			continue;
		compose(server, &request.header, &answer);
		interleave(server, &request.header, &datagrams[i], &answer);
		answer_in_manner(server, &datagrams[i], &answer);
	}
}

struct world_server *world_serve(struct world *world, const char *host, uint16_t port,
				 enum server_manner manner)
{
	struct world_server *server = &world->servers[world->server_count++];

	server->world = world;
	server->manner = manner;
	server->port = port;
	memcpy(server->key, world->keys.hashes[0], sizeof server->key);
	server->socket = loopback_listen(world->loop, host, &server->port, on_request, server,
					 &server->event);
	ck_assert_int_eq(net_address_parse(host, server->port, &server->address), 0);
	return server;
}

void world_serve_names(struct world *world, const struct world_name *zone)
{
	world->dns.zone = zone;
	name_server_open(&world->dns, world->loop, world->resolver);
}

/* ------------------------------------------------------------------------- */
/* The owner of the client */

static int source_added(void *context, source_id id, const struct sample_source *source)
{
	struct world *world = context;

	ck_assert_uint_ne(id, 0);
	ck_assert_str_ne(source->name, "");
	ck_assert_uint_ne(source->reference_id, 0);
	if (id > world->last_source) {
		world->added++;
		world->last_source = id;
	} else {
		world->changed++;
	}
	world->last_fallback = source->fallback;
	world->last_fixed = source->fixed_poll;
	world->last_poll_seconds = source->poll_seconds;
	return 0;
}

static void source_removed(void *context, source_id id)
{
	struct world *world = context;

	ck_assert_uint_le(id, world->last_source);
	world->removed++;
}

static void source_unreachable(void *context, source_id id)
{
	struct world *world = context;

	ck_assert_uint_le(id, world->last_source);
	world->unreachable++;
}

static void sampled(void *context, source_id id, const struct measurement *measurement,
		    const struct clock_reading *now, struct sample_outcome *outcome)
{
	struct world *world = context;

	ck_assert_uint_le(id, world->last_source);
	ck_assert_int_le(now->raw, world_raw(world));
	world->measurements++;
	world->last = *measurement;
	if (world->time_jumps) {
		world->time_jumps = false;
		ntp_client_event(world->client, PROVIDER_TIME_JUMPED);
	}
	*outcome = (struct sample_outcome){
		.verdict = world->verdict,
		.poll = world->poll,
		.interleave_within = world->interleave_within,
	};
}

static bool fallback_needed(void *context, const struct clock_reading *now)
{
	struct world *world = context;

	ck_assert_int_le(now->raw, world_raw(world));
	return world->fallback_needed;
}

static struct authentication *authentication(void *context)
{
	struct world *world = context;
	const struct mssntp_client_settings settings = {
		.extended = world->settings.domain_extended,
		.extended_proven = &world->extended_proven,
	};

	return world->keys.rid == 0 ? NULL : mssntp_client_create(&world->keys, &settings);
}

static void domain_answered(void *context)
{
	struct world *world = context;

	world->domain_answers++;
}

static void domain_doubted(void *context)
{
	struct world *world = context;

	world->domain_doubts++;
}

static bool domain_is_settling(void *context)
{
	struct world *world = context;

	return world->domain_settling;
}

static bool is_own_server(void *server, const struct net_address *address)
{
	const struct world *world = server;

	return net_address_equal(&world->own_server, address);
}

static void domain_failed(void *context, enum ntp_client_domain_failure why)
{
	struct world *world = context;

	world->domain_failures++;
	world->domain_failure = why;
}

static void on_log(void *context, const struct log_record *record)
{
	struct world *world = context;

	if (record->event == 0 || record->event >= sizeof world->events / sizeof world->events[0])
		return;
	world->events[record->event]++;
	snprintf(world->last_event_text, sizeof world->last_event_text, "%s", record->text);
}

void world_open(struct world *world)
{
	memset(world, 0, sizeof *world);
	world->loop = event_loop_create();
	world->clock.clock = (struct clock){ .ops = &world_clock_ops, .precision = 1e-7 };
	world->clock.raw_began = read_ns(CLOCK_MONOTONIC_RAW);
	world->clock.utc_began = read_ns(CLOCK_REALTIME);
	world->log = log_create();
	world->sink = (struct log_sink){ .threshold = LOG_LEVEL_DEBUG,
					 .write = on_log,
					 .context = world };
	log_add_sink(world->log, &world->sink);
	ck_assert_int_eq(resolver_create(&world->resolver, world->loop, NULL), 0);
	world->poll = 6;
	world->keys = (struct mssntp_keys){ .rid = 1103, .count = 1 };
	memset(world->keys.hashes[0], 0x5A, MSSNTP_HASH_SIZE);
	world->settings = (struct ntp_client_settings){
		.enabled = true,
		.min_poll = 6,
		.max_poll = 10,
		.special_poll_interval = 900,
		.resolve_backoff = 900,
		.resolve_backoff_max = 7,
		.nonstandard_modes = true,
		.event_log_flags = 3,
		.large_sample_skew = 3,
	};
}

void world_close(struct world *world)
{
	ntp_client_destroy(world->client);
	ck_assert_uint_eq(world->added, world->removed);
	resolver_destroy(world->resolver);
	for (size_t i = 0; i < world->server_count; i++) {
		event_free(world->servers[i].event);
		close(world->servers[i].socket);
	}
	name_server_close(&world->dns);
	log_destroy(world->log);
	loop_destroy(world->loop);
}

void world_add_peer(struct world *world, const char *host, uint16_t port, uint32_t flags)
{
	struct peer_list *peers = &world->settings.peers;
	struct peer_entry *entry = &peers->entries[peers->count++];

	snprintf(entry->text, sizeof entry->text, "%s:%u,0x%x", host, port, (unsigned)flags);
	snprintf(entry->host, sizeof entry->host, "%s", host);
	entry->port = port;
	entry->flags = flags;
	entry->flags_given = true;
}

void world_set_controller(struct world *world, const char *host, size_t count)
{
	struct peer_entry *entry = &world->settings.domain_peer;

	*entry = (struct peer_entry){ .port = NTP_PORT };
	snprintf(entry->text, sizeof entry->text, "%s", host);
	snprintf(entry->host, sizeof entry->host, "%s", host);
	for (size_t i = 0; i < count; i++)
		world->settings.domain_addresses[i] = world->servers[i].address;
	world->settings.domain_address_count = count;
}

void world_start(struct world *world)
{
	const struct ntp_client_environment environment = {
		.loop = world->loop,
		.clock = &world->clock.clock,
		.log = world->log,
		.resolver = world->resolver,
		.sink = {
			.add = source_added,
			.remove = source_removed,
			.unreachable = source_unreachable,
			.sample = sampled,
			.fallback_needed = fallback_needed,
			.context = world,
		},
		.domain = {
			.authentication = authentication,
			.settling = domain_is_settling,
			.answered = domain_answered,
			.doubted = domain_doubted,
			.failed = domain_failed,
			.context = world,
		},
		.is_own_server = is_own_server,
		.server = world,
	};

	if (world->client == NULL)
		ck_assert_int_eq(
			ntp_client_create(&world->client, &environment, &world->settings, NULL), 0);
	else
		ntp_client_configure(world->client, &world->settings);
	world_settle(world);
}

struct world_server *world_follow(struct world *world, enum server_manner manner)
{
	struct world_server *server = world_serve(world, "127.0.0.1", 0, manner);

	world_add_peer(world, "127.0.0.1", server->port, PEER_CLIENT);
	world_start(world);
	return server;
}

/* ------------------------------------------------------------------------- */
/* Time */

static const struct world_server *server_of(const struct world *world,
					    const struct association *association)
{
	for (size_t i = 0; i < world->server_count; i++) {
		if (net_address_equal(&world->servers[i].address, association_remote(association)))
			return &world->servers[i];
	}
	return NULL; /* its port is closed */
}

/* Whether an answer is sure to come without time passing. */
static bool answer_is_coming(const struct world *world, const struct peer *peer)
{
	const struct association *association = peer->association;
	const struct world_server *server;

	if (peer->query != NULL)
		return world->dns.event == NULL || world->dns.zone != NULL;
	if (!is_asking(association))
		return false;
	server = server_of(world, association);
	/* If there is none, that. */
	return server == NULL || server->last_nonce != association_request(association)->nonce ||
	       server->answered;
}

static bool is_settled(const struct world *world)
{
	for (size_t i = 0; world->client != NULL && i < world->client->group.count; i++) {
		if (answer_is_coming(world, world->client->group.peers[i]))
			return false;
	}
	return true;
}

static bool tell_closed_port(const struct world *world)
{
	for (size_t i = 0; world->client != NULL && i < world->client->group.count; i++) {
		const struct association *association = association_at(world, i);

		if (is_asking(association) && server_of(world, association) == NULL)
			return TELL_CLOSED_PORT(association_exchange(association)->socket,
						association_exchange(association)->readable);
	}
	return false;
}

void world_settle(struct world *world)
{
	event_base_loop(event_loop_base(world->loop), EVLOOP_NONBLOCK);
	while (!is_settled(world))
		event_base_loop(event_loop_base(world->loop),
				tell_closed_port(world) ? EVLOOP_NONBLOCK : EVLOOP_ONCE);
	event_base_loop(event_loop_base(world->loop), EVLOOP_NONBLOCK);
}

void world_pass(struct world *world, double seconds)
{
	raw_ns end = ns_add(world_raw(world), seconds), due;

	for (;;) {
		world_settle(world);
		due = client_next_due(world->client);
		if (due > end)
			break;
		if (due > world_raw(world))
			world->clock.skipped_ns += due - world_raw(world);
		client_run(world->client);
	}
	if (end > world_raw(world))
		world->clock.skipped_ns += end - world_raw(world);
}

static void on_resync_done(void *context, unsigned good)
{
	struct world *world = context;

	world->resync_calls++;
	world->resync_good = good;
}

void world_resync(struct world *world, double timeout)
{
	ntp_client_resync(world->client, timeout, on_resync_done, world);
}

struct peer_status world_peer(const struct world *world, size_t index)
{
	struct peer_status status;

	ck_assert_uint_lt(index, ntp_client_peer_count(world->client));
	ntp_client_peer(world->client, index, &status);
	return status;
}
