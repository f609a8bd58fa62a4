#include "world.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define UTC_AT_START INT64_C(1700000000000000000)
#define BURST        4   /* requests at the start */
#define BURST_GAP    2.0 /* s */
#define NEVER        1e30

struct packet {
	bool underway;
	double arrives; /* s, true time */
	raw_ns sent;
	utc_ns server_received, server_sent;
	utc_ns left; /* when the answer really leaves; SERVER_SENT is what it says */
	bool interleaved;
};

struct connection {
	const struct world_server *server;
	struct packet packet;
	double next_send;
	int burst_left;
	double burst_ends, burst_begins;
	uint64_t random;
	/* The answer before, if there was one to the last request. */
	bool answered;
	utc_ns left;
	raw_ns received;
	int poll; /* log2 s */
	double interleave_within;
};

struct world {
	const struct world_settings *settings;
	struct discipline *discipline;
	uint64_t random;
	double now;            /* s, true time */
	double raw, utc_error; /* s; raw minus its start, utc minus truth */
	double wander;         /* of the frequency, so far */
	double rate;
	double next_update;
	struct connection connections[WORLD_SERVERS_MAX];
	double cpu;
	unsigned long measurements;
};

/* ------------------------------------------------------------------------- */
/* Chance */

static double uniform(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	z ^= z >> 31;
	return ((double)(z >> 11) + 0.5) * 0x1p-53;
}

static double exponential(uint64_t *state)
{
	return -log(uniform(state));
}

static double normal(uint64_t *state)
{
	double length = sqrt(2 * exponential(state));

	return length * cos(2 * M_PI * uniform(state));
}

static double jitter(uint64_t *state, const struct jitter *how)
{
	switch (how->kind) {
	case JITTER_EXPONENTIAL:
		return how->size * exponential(state);
	case JITTER_GAUSSIAN:
		return how->size * fabs(normal(state));
	case JITTER_PARETO:
		return how->size * (pow(uniform(state), -1 / 1.5) - 1);
	case JITTER_GAMMA:
		return how->size / 3 *
		       (exponential(state) + exponential(state) + exponential(state));
	}
	return 0;
}

static bool inside(const struct window *window, double time)
{
	return time >= window->from && time < window->to;
}

/* ------------------------------------------------------------------------- */
/* The clock */

static double oscillator(const struct world *world)
{
	const struct world_oscillator *how = &world->settings->oscillator;
	double frequency = how->frequency + world->wander;

	if (how->wave_period > 0)
		frequency += how->wave_size * sin(2 * M_PI * world->now / how->wave_period);
	if (how->step_period > 0 && fmod(world->now, 2 * how->step_period) >= how->step_period)
		frequency += how->step_size;
	return frequency;
}

/* Moves the world to TIME, at most a second on. */
static void advance(struct world *world, double time)
{
	double passed = time - world->now, raw = passed * (1 + oscillator(world));

	world->raw += raw;
	world->utc_error += raw * world->rate + (raw - passed);
	world->wander += world->settings->oscillator.wander * sqrt(passed) * normal(&world->random);
	world->now = time;
}

static void read_clock(const struct world *world, struct clock_reading *reading)
{
	reading->raw = ns_from_seconds(1000 + world->raw);
	reading->utc = UTC_AT_START + ns_from_seconds(world->now + world->utc_error);
	reading->uncertainty = 50e-9;
	reading->suspended_ns = 0;
}

/* ------------------------------------------------------------------------- */
/* The network */

static double one_way(const struct world *world, struct connection *connection,
		      const struct jitter *how)
{
	double size = jitter(&connection->random, how);

	if (world->now >= connection->burst_begins && world->now < connection->burst_ends)
		size *= connection->server->burst_factor;
	return connection->server->delay + size;
}

static void turn_burst(const struct world *world, struct connection *connection)
{
	const struct world_server *server = connection->server;

	if (server->burst_every <= 0 || world->now < connection->burst_ends)
		return;
	connection->burst_begins = world->now +
				   server->burst_every * exponential(&connection->random);
	connection->burst_ends = connection->burst_begins +
				 server->burst_length * exponential(&connection->random);
}

static void send_request(struct world *world, struct connection *connection,
			 struct world_result *result)
{
	const struct world_server *server = connection->server;
	struct clock_reading reading;
	double there, back, server_error = 0;
	struct packet *packet = &connection->packet;

	turn_burst(world, connection);
	result->packets++;
	read_clock(world, &reading);
	there = one_way(world, connection, &server->request);
	back = one_way(world, connection, &server->reply);
	if (inside(&server->detour, world->now))
		there += server->detour_delay;
	if (inside(&server->lie, world->now))
		server_error = server->lie_offset;
	packet->underway = uniform(&connection->random) >= server->loss &&
			   !inside(&server->outage, world->now);
	packet->sent = reading.raw;
	packet->server_received = UTC_AT_START + ns_from_seconds(world->now + there + server_error);
	packet->server_sent = packet->server_received + 20000;
	packet->left = packet->server_sent;
	packet->arrives = world->now + there + 20e-6 + back;
	if (server->lag.size > 0) {
		double lag = jitter(&connection->random, &server->lag);

		packet->left = ns_add(packet->left, lag);
		packet->arrives += lag;
	}
	packet->interleaved = world->settings->interleaved && connection->answered &&
			      ns_interval(connection->received, reading.raw) <
				      connection->interleave_within;
	connection->answered = false; /* until it is */
}

static void schedule(struct world *world, int index)
{
	struct connection *connection = &world->connections[index];

	if (connection->burst_left > 0) {
		connection->burst_left--;
		connection->next_send = world->now + BURST_GAP;
		return;
	}
	connection->next_send = world->now + exp2(connection->poll) *
						     (0.98 + 0.04 * uniform(&connection->random));
}

/* ------------------------------------------------------------------------- */
/* The service */

static void act(struct world *world, const struct discipline_action *action,
		struct world_result *result)
{
	struct clock_reading reading;

	if (action->kind == DISCIPLINE_STEP) {
		world->utc_error += action->step;
		result->steps++;
	}
	if (action->kind == DISCIPLINE_REFUSE)
		result->refusals++;
	if (result->first_correction < 0 && (action->kind == DISCIPLINE_STEP || action->rate != 0))
		result->first_correction = world->now;
	world->rate = action->rate;
	if (1 + world->rate < 0)
		result->backwards = fmax(result->backwards, -(1 + world->rate));
	world->next_update = world->now + fmax(action->next_update, 1e-3);
	read_clock(world, &reading);
	discipline_done(world->discipline, &reading, action->rate, action->kind == DISCIPLINE_STEP,
			false);
}

static void update(struct world *world, struct world_result *result)
{
	struct discipline_action action;
	struct clock_reading reading;

	read_clock(world, &reading);
	discipline_update(world->discipline, &reading, &action);
	act(world, &action, result);
}

static void receive(struct world *world, int index, struct world_result *result)
{
	struct connection *connection = &world->connections[index];
	struct packet *packet = &connection->packet;
	struct discipline_outcome outcome;
	struct clock_reading reading;
	struct measurement measurement = {
		.sent = packet->sent,
		.server_received = packet->server_received,
		.server_sent = packet->server_sent,
		.uncertainty = 1e-7,
		.server_precision = 1e-7,
		.root_delay = connection->server->root_delay,
		.root_dispersion = connection->server->root_dispersion,
		.reference_id = 1,
		.stratum = 1,
		.leap = 0,
	};
	clock_t before = clock();

	packet->underway = false;
	read_clock(world, &reading);
	measurement.received = reading.raw;
	if (packet->interleaved) {
		measurement.interleaved = true;
		measurement.server_sent = connection->left;
		measurement.received = connection->received;
		result->interleaved++;
	}
	connection->left = packet->left;
	connection->received = reading.raw;
	connection->answered = true;
	discipline_sample(world->discipline, (source_id)index + 1, &measurement, &reading,
			  &outcome);
	connection->poll = outcome.poll;
	connection->interleave_within = outcome.interleave_within;
	if (outcome.verdict == MEASUREMENT_ACCEPTED)
		act(world, &outcome.action, result);
	world->cpu += (double)(clock() - before) / CLOCKS_PER_SEC;
	world->measurements++;
}

/* Runs everything that is due before the next whole second. */
static void run_second(struct world *world, double end, struct world_result *result)
{
	for (;;) {
		double next = fmin(end, fmax(world->next_update, world->now));
		int i;

		for (i = 0; i < world->settings->server_count; i++) {
			const struct connection *connection = &world->connections[i];

			next = fmin(next, fmax(connection->next_send, world->now));
			if (connection->packet.underway)
				next = fmin(next, fmax(connection->packet.arrives, world->now));
		}
		advance(world, next);
		if (next >= end)
			return;
		if (world->next_update <= next)
			update(world, result);
		for (i = 0; i < world->settings->server_count; i++) {
			struct connection *connection = &world->connections[i];

			if (connection->packet.underway && connection->packet.arrives <= next)
				receive(world, i, result);
			if (connection->next_send <= next) {
				send_request(world, connection, result);
				schedule(world, i);
			}
		}
	}
}

/* ------------------------------------------------------------------------- */

struct tally {
	double squares, *sizes, *distances, *own;
	unsigned long seconds, outside;
};

static void watch_second(struct world *world, struct tally *tally, struct world_result *result)
{
	const struct world_settings *settings = world->settings;
	struct discipline_status status;
	struct reference reference;
	struct clock_reading reading;
	double error = fabs(world->utc_error), distance;

	read_clock(world, &reading);
	discipline_status(world->discipline, &reading, &status);
	discipline_reference(world->discipline, &reading, &reference);
	if (settings->watch != NULL)
		settings->watch(settings->context, world->now, world->utc_error, &status);
	if (error >= 1e-3)
		result->below_1ms = -1;
	else if (result->below_1ms < 0)
		result->below_1ms = world->now;
	if (world->now < settings->settled)
		return;
	distance = reference.root_delay / 2 + reference.root_dispersion;
	if (reference_is_synchronized(&reference) && error > distance)
		tally->outside++;
	tally->squares += error * error;
	tally->sizes[tally->seconds] = error;
	tally->distances[tally->seconds] = distance;
	tally->own[tally->seconds] = reference.root_dispersion;
	tally->seconds++;
	result->worst = fmax(result->worst, error);
}

static int compare(const void *left, const void *right)
{
	const double *a = left, *b = right;

	return (*a > *b) - (*a < *b);
}

static double median(double *values, unsigned long count)
{
	if (count == 0)
		return 0;
	qsort(values, count, sizeof values[0], compare);
	return values[count / 2];
}

static void begin(struct world *world, const struct world_settings *settings)
{
	int i;

	memset(world, 0, sizeof *world);
	world->settings = settings;
	world->random = settings->seed * UINT64_C(0x2545f4914f6cdd1d) + 1;
	world->utc_error = settings->offset;
	world->next_update = NEVER;
	world->discipline = discipline_create(&settings->discipline, settings->frequency);
	for (i = 0; i < settings->server_count; i++) {
		struct connection *connection = &world->connections[i];
		struct discipline_source_settings source = {
			.fallback = settings->servers[i].fallback,
			.poll_seconds = exp2(settings->discipline.min_poll),
		};

		connection->server = &settings->servers[i];
		connection->random = world->random + 1000003u * (unsigned)(i + 1);
		connection->next_send = 0.1 * (i + 1);
		connection->burst_left = BURST - 1;
		connection->poll = settings->discipline.min_poll;
		discipline_add_source(world->discipline, (source_id)i + 1, &source);
	}
}

void world_run(const struct world_settings *settings, struct world_result *result)
{
	unsigned long seconds = (unsigned long)settings->duration, second;
	struct tally tally = { 0 };
	struct clock_reading reading;
	struct world world;
	int i;

	memset(result, 0, sizeof *result);
	result->below_1ms = result->first_correction = -1;
	tally.sizes = calloc(seconds + 1, sizeof(double));
	tally.distances = calloc(seconds + 1, sizeof(double));
	tally.own = calloc(seconds + 1, sizeof(double));
	begin(&world, settings);
	for (second = 1; second <= seconds; second++) {
		run_second(&world, (double)second, result);
		watch_second(&world, &tally, result);
	}
	read_clock(&world, &reading);
	discipline_status(world.discipline, &reading, &result->status);
	discipline_reference(world.discipline, &reading, &result->reference);
	for (i = 0; i < settings->server_count; i++)
		discipline_source_status(world.discipline, (source_id)i + 1, &reading,
					 &result->sources[i]);
	result->rms = tally.seconds == 0 ? 0 : sqrt(tally.squares / tally.seconds);
	result->outside = tally.seconds == 0 ? 0 : (double)tally.outside / tally.seconds;
	result->median = median(tally.sizes, tally.seconds);
	result->distance_ratio = median(tally.distances, tally.seconds) / fmax(result->rms, 1e-12);
	result->own_ratio = median(tally.own, tally.seconds) / fmax(result->rms, 1e-12);
	result->mean_cost = world.measurements == 0 ? 0 : world.cpu / world.measurements;
	discipline_destroy(world.discipline);
	free(tally.sizes);
	free(tally.distances);
	free(tally.own);
}

void world_defaults(struct world_settings *settings)
{
	memset(settings, 0, sizeof *settings);
	settings->duration = 30000;
	settings->settled = 2000;
	settings->server_count = 1;
	settings->seed = 1;
	settings->discipline = (struct discipline_settings){
		.phase = {
			.model = PHASE_MODEL_2016,
			.max_allowed_offset = 300,
			.max_positive_correction = PHASE_UNLIMITED,
			.max_negative_correction = PHASE_UNLIMITED,
			.phase_correct_rate = 1,
			.update_interval = 100,
			.clock_tick = 0.015625,
		},
		.frequency_correct_rate = 1,
		.poll_adjust_factor = 5,
		.hold_period = 5,
		.large_phase_offset = 5,
		.spike_watch_period = 900,
		.holdover_period = 7800,
		.min_poll = 6,
		.max_poll = 6,
		.maximum_rate = 0.1,
		.precision = 1e-8,
	};
}
