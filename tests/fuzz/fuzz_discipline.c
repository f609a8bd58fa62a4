/* A life of the discipline from bytes: whatever servers say and clocks do, what
 * comes out is finite, within the clock's limits, and never turns time back. */
#include "discipline/announce.h"
#include "discipline/discipline.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#define SOURCES 5

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
	const uint8_t *data;
	size_t left;
};

static uint64_t take(struct input *input, size_t bytes)
{
	uint64_t value = 0;

	for (; bytes > 0 && input->left > 0; bytes--, input->left--)
		value = value << 8 | *input->data++;
	return value;
}

/* Mostly something small, at times any double at all. */
static double take_double(struct input *input, double scale)
{
	uint8_t kind = (uint8_t)take(input, 1);
	double value;
	uint64_t bits;

	if (kind < 250)
		return scale * ((double)kind - 100) / 100;
	bits = take(input, 8);
	memcpy(&value, &bits, sizeof value);
	return value;
}

static int64_t take_time(struct input *input, int64_t about, double scale)
{
	uint8_t kind = (uint8_t)take(input, 1);

	if (kind < 252)
		return ns_add(about, scale * ((double)kind - 50) / 100);
	return (int64_t)take(input, 8);
}

static void take_settings(struct input *input, struct discipline_settings *settings)
{
	*settings = (struct discipline_settings){
		.phase = {
			.model = take(input, 1) & 1 ? PHASE_MODEL_2008 : PHASE_MODEL_2016,
			.max_allowed_offset = (uint32_t)take(input, 2),
			.max_positive_correction = (uint32_t)take(input, 3),
			.max_negative_correction = PHASE_UNLIMITED,
			.phase_correct_rate = (uint32_t)take(input, 1),
			.update_interval = (uint32_t)take(input, 2),
			.clock_tick = 0.015625,
		},
		.frequency_correct_rate = (uint32_t)take(input, 1),
		.poll_adjust_factor = (uint32_t)take(input, 1),
		.hold_period = (uint32_t)take(input, 1),
		.large_phase_offset = take_double(input, 5),
		.spike_watch_period = take_double(input, 900),
		.holdover_period = take_double(input, 7800),
		.min_poll = (int)(take(input, 1) % 18),
		.max_poll = (int)(take(input, 1) % 18),
		.maximum_rate = take(input, 1) & 1 ? 0.1 : 0,
		.precision = take_double(input, 1e-6),
	};
}

struct life {
	struct discipline *discipline;
	struct discipline_settings settings;
	struct clock_reading now;
	double rate;
};

static void check(struct life *life)
{
	struct discipline_source_status source;
	struct announce_settings announce = { .flags = 10, .server_enabled = true };
	struct announcement announcement;
	struct discipline_status status;
	struct reference reference;
	source_id id;

	discipline_status(life->discipline, &life->now, &status);
	assert(isfinite(status.offset) && isfinite(status.offset_deviation));
	discipline_reference(life->discipline, &life->now, &reference);
	assert(isfinite(reference.root_delay) && isfinite(reference.root_dispersion));
	assert(isfinite(status.frequency.frequency) && isfinite(status.frequency.uncertainty));
	assert(reference.root_dispersion >= 0 && reference.root_delay >= 0);
	assert(reference.stratum < 16 && reference.pending_leap < 3);
	assert((reference.stratum == 0) == (reference.leap == 3));
	assert(reference.stratum == 0 || status.state != DISCIPLINE_STATE_UNSET);
	for (id = 1; id <= SOURCES; id++)
		if (discipline_source_status(life->discipline, id, &life->now, &source) == 0)
			assert(isfinite(source.offset) && isfinite(source.delay) &&
			       isfinite(source.jitter) && isfinite(source.root_distance));
	announce_compose(&announce, &reference, status.poll, &life->now, &announcement);
	assert(isfinite(announcement.root_dispersion) && isfinite(announcement.dispersion_rate));
}

static void act(struct life *life, const struct discipline_action *action, uint8_t how)
{
	bool stepped;

	assert(isfinite(action->rate) && fabs(action->rate) <= life->settings.maximum_rate);
	assert(isfinite(action->step) && isfinite(action->next_update) && action->next_update > 0);
	assert(isfinite(action->external_step));
	stepped = action->kind == DISCIPLINE_STEP && (how & 1) == 0;
	if (stepped)
		life->now.utc = ns_add(life->now.utc, action->step);
	life->rate = action->rate;
	discipline_done(life->discipline, &life->now, action->rate, stepped, (how & 2) != 0);
	check(life);
}

static void update(struct life *life, uint8_t how)
{
	struct discipline_action action;

	discipline_update(life->discipline, &life->now, &action);
	act(life, &action, how);
}

static void pass(struct life *life, double seconds)
{
	life->now.raw = ns_add(life->now.raw, seconds);
	life->now.utc = ns_add(life->now.utc, seconds * (1 + life->rate));
}

static void measure(struct life *life, struct input *input, uint8_t how)
{
	struct discipline_outcome outcome;
	source_id id = (source_id)(take(input, 1) % (SOURCES + 2));
	struct measurement measurement = {
		.sent = take_time(input, ns_add(life->now.raw, -0.01), 0.01),
		.received = life->now.raw,
	};

	uint64_t kind = take(input, 1);
	double before = 0;

	if (kind > 250)
		measurement.received = take_time(input, life->now.raw, 1);
	if (kind > 200 && kind <= 250) { /* of the answer before */
		measurement.interleaved = true;
		before = exp2((double)(kind - 201) / 5);
		measurement.received = ns_add(measurement.sent, -before);
	}
	measurement.server_received = take_time(input, life->now.utc, 0.1);
	measurement.server_sent = take_time(
		input, ns_add(measurement.server_received, 5e-5 - before), 1e-4);
	measurement.uncertainty = take_double(input, 1e-6);
	measurement.server_precision = take_double(input, 1e-6);
	measurement.root_delay = take_double(input, 0.1);
	measurement.root_dispersion = take_double(input, 10);
	measurement.stratum = (uint8_t)take(input, 1) % 18;
	measurement.leap = (uint8_t)take(input, 1) % 4;
	discipline_sample(life->discipline, id, &measurement, &life->now, &outcome);
	assert(outcome.interleave_within >= 0 && outcome.interleave_within <= 1000);
	if (outcome.verdict == MEASUREMENT_ACCEPTED)
		act(life, &outcome.action, how);
}

static void disturb(struct life *life, struct input *input)
{
	uint8_t how;

	switch (take(input, 1) % 5) {
	case 0:
		life->now.utc = take_time(input, life->now.utc, 20);
		break;
	case 1:
		life->now.suspended_ns = take_time(input, life->now.suspended_ns, 1000);
		break;
	case 2:
		life->now.raw = take_time(input, life->now.raw, 1);
		break;
	case 3:
		how = (uint8_t)take(input, 1);
		discipline_resync(life->discipline, how & 1);
		if (how & 2)
			discipline_resync_failed(life->discipline);
		break;
	case 4:
		take_settings(input, &life->settings);
		discipline_configure(life->discipline, &life->settings);
		break;
	}
}

static void sources(struct life *life, struct input *input)
{
	source_id id = (source_id)(take(input, 1) % SOURCES) + 1;
	struct discipline_source_settings settings = {
		.fallback = take(input, 1) & 1,
		.fixed_poll = take(input, 1) & 1,
		.poll_seconds = take_double(input, 64),
	};

	switch (take(input, 1) % 4) {
	case 0:
		discipline_remove_source(life->discipline, id);
		break;
	case 1:
		discipline_source_unreachable(life->discipline, id);
		break;
	case 2:
		discipline_add_source(life->discipline, id, &settings);
		break;
	case 3:
		discipline_configure_source(life->discipline, id, &settings);
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { data, size > 4096 ? 4096 : size };
	struct discipline_source_settings usual = { .poll_seconds = 64 };
	struct life life = { .now = { .raw = 1000 * NS_PER_SECOND,
				      .utc = INT64_C(1700000000000000000),
				      .uncertainty = 1e-7 } };
	struct discipline_frequency frequency;
	source_id id;

	take_settings(&input, &life.settings);
	frequency.frequency = take_double(&input, 1e-4);
	frequency.uncertainty = take_double(&input, 1e-6);
	life.discipline = discipline_create(&life.settings, &frequency);
	assert(life.discipline != NULL);
	for (id = 1; id <= 3; id++)
		discipline_add_source(life.discipline, id, &usual);
	while (input.left > 0) {
		uint8_t what = (uint8_t)take(&input, 1);

		if (what < 140)
			measure(&life, &input, what);
		if (what < 200)
			update(&life, what);
		else if (what < 225)
			pass(&life, take_double(&input, 100));
		else if (what < 240)
			disturb(&life, &input);
		else
			sources(&life, &input);
		if (what & 1)
			pass(&life, 1 + (what >> 1));
	}
	check(&life);
	discipline_destroy(life.discipline);
	return 0;
}
