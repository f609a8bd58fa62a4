#include "discipline_bench.h"

#include <math.h>

struct bench bench;

void bench_setup(void)
{
	bench = (struct bench){
		.settings = {
			.phase = {
				.model = PHASE_MODEL_2016,
				.max_allowed_offset = 300,
				.max_positive_correction = 54000,
				.max_negative_correction = 54000,
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
			.max_poll = 10,
			.maximum_rate = 0.1,
			.precision = 1e-7,
		},
		.now = { .raw = 5000 * NS_PER_SECOND, .utc = BENCH_START, .uncertainty = 1e-7 },
	};
	bench.discipline = discipline_create(&bench.settings, NULL);
}

void bench_teardown(void)
{
	discipline_destroy(bench.discipline);
}

void bench_add(source_id id)
{
	struct discipline_source_settings settings = {
		.poll_seconds = 64,
		.reference_id = UINT32_C(0x7F000000) + id,
	};

	ck_assert_int_eq(discipline_add_source(bench.discipline, id, &settings), 0);
}

void bench_pass(double seconds)
{
	bench.now.raw = ns_add(bench.now.raw, seconds);
	bench.now.utc = ns_add(bench.now.utc, seconds * (1 + bench.rate));
	bench.truth -= seconds * bench.rate;
}

struct measurement bench_exchange(double lie)
{
	utc_ns server = ns_add(bench.now.utc, bench.truth + lie);

	return (struct measurement){
		.sent = ns_add(bench.now.raw, -0.001),
		.server_received = ns_add(server, -0.00052),
		.server_sent = ns_add(server, -0.00048),
		.received = bench.now.raw,
		.uncertainty = 1e-7,
		.server_precision = 1e-7,
		.stratum = 2,
	};
}

/* What the action says is done. */
static void act(void)
{
	bool stepped = bench.action.kind == DISCIPLINE_STEP;

	if (stepped) {
		bench.now.utc = ns_add(bench.now.utc, bench.action.step);
		bench.truth -= bench.action.step;
	}
	bench.rate = bench.action.rate;
	discipline_done(bench.discipline, &bench.now, bench.rate, stepped, false);
}

void bench_update(void)
{
	discipline_update(bench.discipline, &bench.now, &bench.action);
	act();
}

enum discipline_verdict bench_judge(source_id id, const struct measurement *measurement)
{
	discipline_sample(bench.discipline, id, measurement, &bench.now, &bench.outcome);
	if (bench.outcome.verdict == MEASUREMENT_ACCEPTED) {
		bench.action = bench.outcome.action;
		act();
	}
	return bench.outcome.verdict;
}

void bench_use(source_id id, const struct measurement *measurement)
{
	ck_assert_int_eq(bench_judge(id, measurement), MEASUREMENT_ACCEPTED);
}

void bench_feed(source_id id, double lie)
{
	struct measurement measurement = bench_exchange(lie);

	bench_use(id, &measurement);
}

void bench_wait(double seconds)
{
	while (seconds > 0) {
		double step = fmin(seconds, bench.action.next_update);

		bench_pass(step);
		seconds -= step;
		if (seconds > 0)
			bench_update();
	}
}

void bench_settle(source_id id, int exchanges)
{
	for (; exchanges > 0; exchanges--) {
		bench_feed(id, 0);
		bench_wait(exchanges > 6 ? 2 : 64);
	}
}

struct discipline_status bench_status(void)
{
	struct discipline_status now;

	discipline_status(bench.discipline, &bench.now, &now);
	return now;
}

struct reference bench_reference(void)
{
	struct reference now;

	discipline_reference(bench.discipline, &bench.now, &now);
	return now;
}
