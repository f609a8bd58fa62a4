/* The discipline in virtual time: whole hours of a clock's life, fixed seeds. */
#include "../unit/unit.h"
#include "world.h"

#include <math.h>
#include <string.h>

static void one_server(struct world_settings *settings, double delay, enum jitter_kind kind,
		       double size)
{
	settings->servers[0].delay = delay;
	settings->servers[0].request = settings->servers[0].reply = (struct jitter){ kind, size };
}

static void many_servers(struct world_settings *settings, int count, double delay, double size)
{
	int i;

	one_server(settings, delay, JITTER_EXPONENTIAL, size);
	for (i = 1; i < count; i++)
		settings->servers[i] = settings->servers[0];
	settings->server_count = count;
}

START_TEST(comes_in_fast_on_a_quiet_network)
{
	struct world_settings settings;
	struct world_result result;

	world_defaults(&settings);
	one_server(&settings, 1e-4, JITTER_EXPONENTIAL, 1e-5);
	settings.offset = 0.4;
	settings.oscillator = (struct world_oscillator){ .frequency = 40e-6, .wander = 1e-9 };
	settings.duration = 600;
	settings.settled = 180;
	world_run(&settings, &result);
	ck_assert_double_ge(result.first_correction, 0);
	ck_assert_double_le(result.first_correction, 10);
	ck_assert_double_ge(result.below_1ms, 0);
	ck_assert_double_le(result.below_1ms, 15);
	ck_assert_double_le(result.worst, 100e-6);
	ck_assert_uint_eq(result.steps, 0);
	ck_assert_double_eq(result.backwards, 0);
	ck_assert_int_eq(result.status.state, DISCIPLINE_STATE_SYNC);
	ck_assert_uint_ne(result.reference.stratum, 0);
	ck_assert_double_eq_tol(result.status.frequency.frequency, 40e-6, 1e-6);
}
END_TEST

START_TEST(large_offset_is_slewed_where_the_rules_say_so)
{
	struct world_settings settings;
	struct world_result result;

	world_defaults(&settings);
	one_server(&settings, 1e-4, JITTER_EXPONENTIAL, 1e-5);
	settings.offset = -23.2;
	settings.discipline.phase.model = PHASE_MODEL_2008;
	settings.discipline.phase.update_interval = 30000;
	settings.duration = 600;
	settings.settled = 300;
	world_run(&settings, &result);
	ck_assert_uint_eq(result.steps, 0);
	ck_assert_double_le(result.below_1ms, 250);
	ck_assert_double_ge(result.below_1ms, 230);
	ck_assert_double_le(result.worst, 100e-6);
	settings.discipline.maximum_rate = 0.9;
	world_run(&settings, &result);
	ck_assert_double_le(result.below_1ms, 40);
	ck_assert_double_ge(result.below_1ms, 0);
}
END_TEST

START_TEST(large_offset_is_stepped_where_the_rules_say_so)
{
	struct world_settings settings;
	struct world_result result;

	world_defaults(&settings);
	one_server(&settings, 1e-4, JITTER_EXPONENTIAL, 1e-5);
	settings.offset = 3600;
	settings.duration = 600;
	settings.settled = 120;
	world_run(&settings, &result);
	ck_assert_uint_eq(result.steps, 1);
	ck_assert_double_le(result.below_1ms, 10);
	settings.discipline.phase.max_negative_correction = 3000;
	world_run(&settings, &result);
	ck_assert_uint_eq(result.steps, 0);
	ck_assert_uint_gt(result.refusals, 0);
	ck_assert_uint_eq(result.reference.stratum, 0);
	ck_assert_double_eq_tol(result.worst, 3600, 1);
}
END_TEST

START_TEST(one_liar_of_three_is_outvoted)
{
	struct world_settings settings;
	struct world_result result;

	world_defaults(&settings);
	many_servers(&settings, 3, 1e-3, 1e-4);
	settings.servers[0].lie = (struct window){ 0, 1e9 };
	settings.servers[0].lie_offset = 1;
	settings.servers[0].root_dispersion = settings.servers[1].root_dispersion =
		settings.servers[2].root_dispersion = 7.8;
	settings.duration = 3600;
	settings.settled = 60;
	world_run(&settings, &result);
	ck_assert_int_eq(result.sources[0].selection, SELECTION_FALSETICKER);
	ck_assert_int_ge(result.sources[1].selection, SELECTION_CANDIDATE);
	ck_assert_int_ge(result.sources[2].selection, SELECTION_CANDIDATE);
	ck_assert_double_le(result.worst, 1e-3);
}
END_TEST

START_TEST(holds_over_and_comes_back_without_a_step)
{
	struct world_settings settings;
	struct world_result result;

	world_defaults(&settings);
	one_server(&settings, 1e-3, JITTER_EXPONENTIAL, 1e-4);
	settings.oscillator = (struct world_oscillator){ .frequency = -20e-6, .wander = 1e-9 };
	settings.servers[0].outage = (struct window){ 20000, 106400 };
	settings.duration = 120000;
	settings.settled = 2000;
	world_run(&settings, &result);
	ck_assert_uint_eq(result.steps, 0);
	ck_assert_double_le(result.worst, 0.1);
	ck_assert_double_le(result.outside, 1e-3);
	ck_assert_uint_ne(result.reference.stratum, 0);
	ck_assert_double_le(fabs(result.status.offset), 1e-4);
	/* in the middle of it the status says what is so */
	settings.duration = 40000;
	world_run(&settings, &result);
	ck_assert_uint_eq(result.reference.stratum, 0);
	ck_assert_uint_eq(result.reference.leap, 3);
}
END_TEST

START_TEST(wrong_frequency_of_an_earlier_run_is_found_out)
{
	struct discipline_frequency wrong = { -60e-6, 1e-7 };
	struct world_settings settings;
	struct world_result result;

	world_defaults(&settings);
	one_server(&settings, 1e-3, JITTER_EXPONENTIAL, 1e-4);
	settings.oscillator = (struct world_oscillator){ .frequency = 80e-6, .wander = 1e-9 };
	settings.frequency = &wrong;
	settings.duration = 3000;
	settings.settled = 600;
	world_run(&settings, &result);
	ck_assert_double_le(result.worst, 1e-3);
	ck_assert_double_eq_tol(result.status.frequency.frequency, 80e-6, 1e-6);
}
END_TEST

START_TEST(a_server_that_steps_is_outvoted)
{
	struct world_settings settings;
	struct world_result result;
	int servers;

	/* of two, our own clock knows which one it is */
	for (servers = 2; servers <= 4; servers++) {
		world_defaults(&settings);
		many_servers(&settings, servers, 1e-3, 1e-4);
		settings.oscillator.wander = 1e-9;
		settings.servers[0].lie = (struct window){ 10000, 20000 };
		settings.servers[0].lie_offset = 0.05;
		settings.duration = 19000;
		world_run(&settings, &result);
		ck_assert_double_le(result.worst, 200e-6);
		ck_assert_int_eq(result.sources[0].selection, SELECTION_FALSETICKER);
		settings.duration = 30000;
		world_run(&settings, &result);
		ck_assert_double_le(result.worst, 200e-6);
		ck_assert_int_ge(result.sources[0].selection, SELECTION_OUTLIER);
	}
}
END_TEST

START_TEST(the_only_server_is_followed_where_it_goes)
{
	struct world_settings settings;
	struct world_result result;

	world_defaults(&settings);
	one_server(&settings, 1e-3, JITTER_EXPONENTIAL, 1e-4);
	settings.servers[0].lie = (struct window){ 10000, 20000 };
	settings.servers[0].lie_offset = 0.05;
	settings.duration = 15000;
	settings.settled = 12000;
	world_run(&settings, &result);
	ck_assert_double_eq_tol(result.worst, 0.05, 1e-3);
	ck_assert_double_eq_tol(result.median, 0.05, 1e-3);
	settings.duration = 25000;
	settings.settled = 21000;
	world_run(&settings, &result);
	ck_assert_double_le(result.worst, 1e-3);
}
END_TEST

START_TEST(honest_but_sloppy_servers_are_of_use)
{
	struct world_settings settings;
	struct world_result result;
	int i;

	world_defaults(&settings);
	many_servers(&settings, 3, 1e-4, 2e-5);
	for (i = 0; i < 3; i++) {
		settings.servers[i].lie = (struct window){ 0, 1e9 };
		settings.servers[i].lie_offset = 0.02 * (i - 1);
		settings.servers[i].root_dispersion = 10;
	}
	settings.duration = 6000;
	world_run(&settings, &result);
	ck_assert_uint_ne(result.reference.stratum, 0);
	ck_assert_double_le(result.worst, 0.03);
	ck_assert_double_ge(result.reference.root_dispersion, 10);
}
END_TEST

START_TEST(many_servers_of_all_kinds_help)
{
	struct world_settings settings;
	struct world_result result;
	int i;

	world_defaults(&settings);
	many_servers(&settings, 16, 2e-2, 2e-3);
	for (i = 1; i < 16; i++)
		settings.servers[i].delay = 5e-3 + 2e-3 * i;
	settings.servers[0].delay = 2e-4;
	settings.servers[0].request.size = settings.servers[0].reply.size = 2e-5;
	settings.oscillator.wander = 1e-9;
	world_run(&settings, &result);
	ck_assert_int_eq(result.sources[0].selection, SELECTION_SELECTED);
	ck_assert_double_le(result.rms, 6e-6);
	ck_assert_double_le(result.mean_cost, 1e-3);
}
END_TEST

START_TEST(the_interval_follows_the_noise)
{
	struct world_settings settings;
	struct world_result calm, wild;

	world_defaults(&settings);
	one_server(&settings, 1e-2, JITTER_EXPONENTIAL, 1e-3);
	settings.discipline.max_poll = 10;
	settings.oscillator.wander = 1e-10;
	settings.duration = 100000;
	world_run(&settings, &calm);
	ck_assert_int_eq(calm.status.poll, 10);
	settings.oscillator.wander = 1e-7;
	world_run(&settings, &wild);
	ck_assert_int_le(wild.status.poll, 8);
}
END_TEST

START_TEST(packets_are_not_wasted)
{
	struct world_settings settings;
	struct world_result one, three;

	world_defaults(&settings);
	one_server(&settings, 1e-4, JITTER_EXPONENTIAL, 1e-4);
	settings.discipline.max_poll = 10;
	settings.oscillator.wander = 1e-9;
	settings.duration = 100000;
	world_run(&settings, &one);
	ck_assert_uint_le(one.packets, 200);
	ck_assert_double_le(one.rms, 60e-6);
	/* With three the next packet is one of another. */
	many_servers(&settings, 3, 1e-4, 1e-4);
	world_run(&settings, &three);
	ck_assert_uint_le(three.packets, 3 * one.packets);
	ck_assert_double_le(three.rms, one.rms);
}
END_TEST

START_TEST(slow_corrections_are_what_the_divisors_ask_for)
{
	struct world_settings settings;
	struct world_result result;

	world_defaults(&settings);
	one_server(&settings, 1e-4, JITTER_EXPONENTIAL, 1e-5);
	settings.oscillator = (struct world_oscillator){ .frequency = 20e-6, .wander = 1e-9 };
	settings.discipline.phase.phase_correct_rate = 7;
	settings.discipline.phase.update_interval = 360000;
	settings.discipline.frequency_correct_rate = 4;
	world_run(&settings, &result);
	/* W32Time's defaults do not make the clock bad */
	ck_assert_double_le(result.worst, 50e-6);
}
END_TEST

/* Quick answers now and then, most take a thousand times as long: a server or a
 * machine that is very busy.  The quick ones are worth what they promise. */
START_TEST(a_quick_answer_counts_among_slow_ones)
{
	enum { SEEDS = 41 };
	struct world_settings settings;
	struct world_result result;
	int good = 0;

	world_defaults(&settings);
	one_server(&settings, 20e-6, JITTER_EXPONENTIAL, 20e-6);
	settings.servers[0].burst_every = 10;
	settings.servers[0].burst_length = 60;
	settings.servers[0].burst_factor = 1000;
	settings.oscillator = (struct world_oscillator){ .frequency = 10e-6, .wander = 1e-9 };
	settings.offset = 0.25;
	settings.discipline.min_poll = 3;
	settings.discipline.max_poll = 4;
	settings.duration = 200;
	settings.settled = 60;
	for (settings.seed = 1; settings.seed <= SEEDS; settings.seed++) {
		world_run(&settings, &result);
		good += result.rms < 60e-6;
	}
	ck_assert_int_gt(good, SEEDS / 2);
}
END_TEST

/* ------------------------------------------------------------------------- */
/* How exact: RMS of the true error in microseconds over the seeds 1 to 3,
 * which may not become 15 % worse.  The figures are from this code; a change
 * that makes it better writes its own. */

static const struct accuracy {
	const char *name;
	double delay;
	struct jitter request, reply;
	struct world_oscillator oscillator;
	int servers, poll;
	struct window detour, outage;
	double loss, burst_factor;
	double rms; /* us */
} accuracies[] = {
	{ .name = "noisy LAN",
	  .delay = 1e-4,
	  .request = { JITTER_EXPONENTIAL, 1e-4 },
	  .reply = { JITTER_EXPONENTIAL, 1e-4 },
	  .oscillator = { .wander = 1e-9 },
	  .servers = 1,
	  .poll = 6,
	  .rms = 10.83 },
	{ .name = "quiet LAN",
	  .delay = 5e-5,
	  .request = { JITTER_EXPONENTIAL, 5e-6 },
	  .reply = { JITTER_EXPONENTIAL, 5e-6 },
	  .oscillator = { .wander = 1e-9 },
	  .servers = 1,
	  .poll = 6,
	  .rms = 1.87 },
	{ .name = "LAN, poor oscillator",
	  .delay = 1e-4,
	  .request = { JITTER_EXPONENTIAL, 3e-5 },
	  .reply = { JITTER_EXPONENTIAL, 3e-5 },
	  .oscillator = { .wander = 3e-8 },
	  .servers = 1,
	  .poll = 6,
	  .rms = 20.85 },
	{ .name = "WAN",
	  .delay = 2e-2,
	  .request = { JITTER_EXPONENTIAL, 2e-3 },
	  .reply = { JITTER_EXPONENTIAL, 2e-3 },
	  .oscillator = { .wander = 1e-9 },
	  .servers = 1,
	  .poll = 6,
	  .rms = 80.90 },
	{ .name = "WAN, heavy tail",
	  .delay = 1e-2,
	  .request = { JITTER_PARETO, 3e-4 },
	  .reply = { JITTER_PARETO, 3e-4 },
	  .oscillator = { .wander = 1e-9 },
	  .servers = 1,
	  .poll = 6,
	  .rms = 17.93 },
	{ .name = "WAN, good oscillator",
	  .delay = 1e-2,
	  .request = { JITTER_EXPONENTIAL, 1e-3 },
	  .reply = { JITTER_EXPONENTIAL, 1e-3 },
	  .oscillator = { .wander = 1e-11 },
	  .servers = 1,
	  .poll = 6,
	  .rms = 28.31 },
	{ .name = "many hops",
	  .delay = 5e-3,
	  .request = { JITTER_GAMMA, 2e-4 },
	  .reply = { JITTER_GAMMA, 2e-4 },
	  .oscillator = { .wander = 1e-9 },
	  .servers = 1,
	  .poll = 6,
	  .rms = 21.44 },
	{ .name = "half normal",
	  .delay = 5e-3,
	  .request = { JITTER_GAUSSIAN, 1e-4 },
	  .reply = { JITTER_GAUSSIAN, 1e-4 },
	  .oscillator = { .wander = 1e-9 },
	  .servers = 1,
	  .poll = 6,
	  .rms = 12.18 },
	{ .name = "temperature",
	  .delay = 1e-4,
	  .request = { JITTER_EXPONENTIAL, 1e-4 },
	  .reply = { JITTER_EXPONENTIAL, 1e-4 },
	  .oscillator = { .wander = 1e-10, .wave_size = 1e-6, .wave_period = 10000 },
	  .servers = 1,
	  .poll = 6,
	  .rms = 18.00 },
	{ .name = "frequency steps",
	  .delay = 1e-4,
	  .request = { JITTER_EXPONENTIAL, 1e-4 },
	  .reply = { JITTER_EXPONENTIAL, 1e-4 },
	  .oscillator = { .wander = 1e-10, .step_size = 2e-7, .step_period = 7000 },
	  .servers = 1,
	  .poll = 6,
	  .rms = 17.04 },
	{ .name = "200 ppm fast",
	  .delay = 1e-4,
	  .request = { JITTER_EXPONENTIAL, 1e-4 },
	  .reply = { JITTER_EXPONENTIAL, 1e-4 },
	  .oscillator = { .frequency = 200e-6, .wander = 1e-9 },
	  .servers = 1,
	  .poll = 6,
	  .rms = 11.63 },
	{ .name = "asymmetric jitter",
	  .delay = 1e-3,
	  .request = { JITTER_EXPONENTIAL, 3e-4 },
	  .reply = { JITTER_EXPONENTIAL, 1e-5 },
	  .oscillator = { .wander = 1e-9 },
	  .servers = 1,
	  .poll = 6,
	  .rms = 5.97 },
	{ .name = "three servers",
	  .delay = 1e-4,
	  .request = { JITTER_EXPONENTIAL, 1e-4 },
	  .reply = { JITTER_EXPONENTIAL, 1e-4 },
	  .oscillator = { .wander = 1e-9 },
	  .servers = 3,
	  .poll = 6,
	  .rms = 6.54 },
	{ .name = "asked every 1024 s",
	  .delay = 1e-3,
	  .request = { JITTER_EXPONENTIAL, 1e-4 },
	  .reply = { JITTER_EXPONENTIAL, 1e-4 },
	  .oscillator = { .wander = 1e-9 },
	  .servers = 1,
	  .poll = 10,
	  .rms = 54.28 },
	{ .name = "asked every 16 s",
	  .delay = 1e-3,
	  .request = { JITTER_EXPONENTIAL, 1e-4 },
	  .reply = { JITTER_EXPONENTIAL, 1e-4 },
	  .oscillator = { .wander = 1e-8 },
	  .servers = 1,
	  .poll = 4,
	  .rms = 13.54 },
	{ .name = "detour",
	  .delay = 1e-2,
	  .request = { JITTER_EXPONENTIAL, 2e-4 },
	  .reply = { JITTER_EXPONENTIAL, 2e-4 },
	  .oscillator = { .wander = 1e-9 },
	  .servers = 1,
	  .poll = 6,
	  .detour = { 8000, 20000 },
	  .rms = 42.03 },
	{ .name = "outage",
	  .delay = 1e-3,
	  .request = { JITTER_EXPONENTIAL, 1e-4 },
	  .reply = { JITTER_EXPONENTIAL, 1e-4 },
	  .oscillator = { .wander = 1e-9 },
	  .servers = 1,
	  .poll = 6,
	  .outage = { 8000, 14000 },
	  .rms = 160.65 },
	{ .name = "loss",
	  .delay = 1e-3,
	  .request = { JITTER_EXPONENTIAL, 2e-4 },
	  .reply = { JITTER_EXPONENTIAL, 2e-4 },
	  .oscillator = { .wander = 1e-9 },
	  .servers = 1,
	  .poll = 6,
	  .loss = 0.4,
	  .rms = 24.99 },
	{ .name = "bursts",
	  .delay = 1e-3,
	  .request = { JITTER_EXPONENTIAL, 2e-4 },
	  .reply = { JITTER_EXPONENTIAL, 2e-4 },
	  .oscillator = { .wander = 1e-9 },
	  .servers = 1,
	  .poll = 6,
	  .burst_factor = 30,
	  .rms = 23.41 },
};

/* A quiet cable and a server whose way from its clock to the network is not: in
 * interleaved mode its answers are worth more, and nothing is lost where they are
 * not. */
START_TEST(interleaved_answers_are_more_exact)
{
	double plain = 0, interleaved = 0;
	struct world_settings settings;
	struct world_result result;

	for (unsigned seed = 1; seed <= 3; seed++) {
		world_defaults(&settings);
		one_server(&settings, 2e-6, JITTER_EXPONENTIAL, 2e-7);
		settings.servers[0].lag = (struct jitter){ JITTER_GAMMA, 1e-5 };
		settings.oscillator.wander = 1e-9;
		settings.discipline.min_poll = settings.discipline.max_poll = 3;
		settings.duration = 10000;
		settings.settled = 1000;
		settings.seed = seed;
		world_run(&settings, &result);
		ck_assert_uint_eq(result.interleaved, 0);
		plain += result.rms;
		settings.interleaved = true;
		world_run(&settings, &result);
		ck_assert_uint_ge(result.interleaved, result.packets * 9 / 10);
		ck_assert_double_le(result.outside, 1e-3);
		interleaved += result.rms;
	}
	ck_assert_msg(interleaved < 0.4 * plain, "%g with, %g without", interleaved, plain);
	ck_assert_double_le(interleaved / 3, 2e-7);
}
END_TEST

START_TEST(interleaved_answers_are_asked_for_where_they_are_of_use)
{
	struct world_settings settings;
	struct world_result result;

	/* A long wait, a noisy network. */
	world_defaults(&settings);
	one_server(&settings, 1e-4, JITTER_EXPONENTIAL, 1e-5);
	settings.interleaved = true;
	settings.duration = 20000;
	world_run(&settings, &result);
	ck_assert_uint_eq(result.interleaved, 0);
	one_server(&settings, 1e-2, JITTER_EXPONENTIAL, 1e-3);
	settings.discipline.min_poll = settings.discipline.max_poll = 3;
	world_run(&settings, &result);
	ck_assert_uint_eq(result.interleaved, 0);
	/* Lost packets, and a path that becomes longer. */
	one_server(&settings, 1e-5, JITTER_EXPONENTIAL, 1e-6);
	settings.servers[0].lag = (struct jitter){ JITTER_GAMMA, 1e-5 };
	settings.servers[0].loss = 0.2;
	settings.servers[0].detour = (struct window){ 8000, 12000 };
	settings.servers[0].detour_delay = 1e-4;
	world_run(&settings, &result);
	ck_assert_uint_gt(result.interleaved, result.packets / 2);
	ck_assert_double_le(result.rms, 1e-5);
	ck_assert_double_le(result.outside, 1e-3);
}
END_TEST

/* Oscillators that no estimator was made for: it need not be exact, but say so. */
struct extreme {
	const char *name;
	struct world_oscillator oscillator;
	double delay, jitter;
	int poll;
};

static const struct extreme extremes[] = {
	{ "steps of 50 ppm",
	  { .wander = 1e-10, .step_size = 50e-6, .step_period = 4000 },
	  1e-3,
	  1e-4,
	  6 },
	{ "steps of 10 ppm",
	  { .wander = 1e-9, .step_size = 10e-6, .step_period = 9000 },
	  1e-4,
	  1e-5,
	  6 },
	{ "wander of 1e-6", { .wander = 1e-6 }, 1e-3, 1e-4, 6 },
	{ "wander of 1e-6, every 16 s", { .wander = 1e-6 }, 1e-4, 1e-5, 4 },
	{ "waves of 20 ppm",
	  { .wander = 1e-9, .wave_size = 20e-6, .wave_period = 1000 },
	  1e-3,
	  1e-4,
	  6 },
};

START_TEST(bounds_are_honest_in_mad_worlds)
{
	const struct extreme *extreme = &extremes[_i];
	struct world_settings settings;
	struct world_result result;

	for (unsigned seed = 1; seed <= 3; seed++) {
		world_defaults(&settings);
		one_server(&settings, extreme->delay, JITTER_EXPONENTIAL, extreme->jitter);
		settings.oscillator = extreme->oscillator;
		settings.discipline.min_poll = settings.discipline.max_poll = extreme->poll;
		settings.duration = 100000;
		settings.settled = 10000;
		settings.seed = seed;
		world_run(&settings, &result);
		ck_assert_msg(result.outside <= 1e-3, "%s: %g outside", extreme->name,
			      result.outside);
		ck_assert_double_le(result.own_ratio, 100);
		ck_assert_double_le(result.distance_ratio, 100);
	}
}
END_TEST

#define SEEDS 3

static void accuracy_settings(const struct accuracy *accuracy, struct world_settings *settings)
{
	int i;

	world_defaults(settings);
	settings->server_count = accuracy->servers;
	settings->oscillator = accuracy->oscillator;
	settings->discipline.min_poll = settings->discipline.max_poll = accuracy->poll;
	if (accuracy->poll > 8)
		settings->duration = 200000;
	settings->settled = 2000 * exp2(accuracy->poll - 6);
	for (i = 0; i < accuracy->servers; i++)
		settings->servers[i] = (struct world_server){
			.delay = accuracy->delay,
			.request = accuracy->request,
			.reply = accuracy->reply,
			.detour = accuracy->detour,
			.detour_delay = 5e-3,
			.outage = accuracy->outage,
			.loss = accuracy->loss,
			.burst_every = accuracy->burst_factor > 0 ? 1000 : 0,
			.burst_length = 250,
			.burst_factor = accuracy->burst_factor,
		};
}

START_TEST(stays_as_exact_as_it_was)
{
	const struct accuracy *accuracy = &accuracies[_i];
	struct world_settings settings;
	struct world_result result;
	double squares = 0, rms;
	unsigned seed;

	for (seed = 1; seed <= SEEDS; seed++) {
		accuracy_settings(accuracy, &settings);
		settings.seed = seed;
		world_run(&settings, &result);
		squares += result.rms * result.rms;
		ck_assert_double_le(result.outside, 1e-3);
		ck_assert_double_le(result.own_ratio, 100);
		ck_assert_uint_eq(result.steps, 0);
	}
	rms = 1e6 * sqrt(squares / SEEDS);
	ck_assert_msg(rms <= 1.15 * accuracy->rms, "%s: %.2f us, not %.2f us", accuracy->name, rms,
		      accuracy->rms);
}
END_TEST

int main(void)
{
	TCase *life = tcase_create("life"), *exact = tcase_create("exact");
	TCase *const cases[] = { life, exact, NULL };

	tcase_set_timeout(life, 120);
	tcase_set_timeout(exact, 120);
	tcase_add_test(life, comes_in_fast_on_a_quiet_network);
	tcase_add_test(life, a_quick_answer_counts_among_slow_ones);
	tcase_add_test(life, large_offset_is_slewed_where_the_rules_say_so);
	tcase_add_test(life, large_offset_is_stepped_where_the_rules_say_so);
	tcase_add_test(life, one_liar_of_three_is_outvoted);
	tcase_add_test(life, holds_over_and_comes_back_without_a_step);
	tcase_add_test(life, wrong_frequency_of_an_earlier_run_is_found_out);
	tcase_add_test(life, a_server_that_steps_is_outvoted);
	tcase_add_test(life, the_only_server_is_followed_where_it_goes);
	tcase_add_test(life, interleaved_answers_are_more_exact);
	tcase_add_test(life, interleaved_answers_are_asked_for_where_they_are_of_use);
	tcase_add_loop_test(life, bounds_are_honest_in_mad_worlds, 0,
			    sizeof extremes / sizeof *extremes);
	tcase_add_test(life, honest_but_sloppy_servers_are_of_use);
	tcase_add_test(life, many_servers_of_all_kinds_help);
	tcase_add_test(life, the_interval_follows_the_noise);
	tcase_add_test(life, packets_are_not_wasted);
	tcase_add_test(life, slow_corrections_are_what_the_divisors_ask_for);
	tcase_add_loop_test(exact, stays_as_exact_as_it_was, 0,
			    (int)(sizeof accuracies / sizeof accuracies[0]));
	return unit_run("discipline in virtual time", cases);
}
