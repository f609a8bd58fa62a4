/* The discipline called by hand, in time of the test's own; its oscillator is
 * perfect. */
#ifndef W32TIMED_TESTS_UNIT_DISCIPLINE_BENCH_H
#define W32TIMED_TESTS_UNIT_DISCIPLINE_BENCH_H

#include "discipline/discipline.h"
#include "unit.h"

#define BENCH_START INT64_C(1700000000000000000)
/* Noon of 2023-12-31. */
#define BENCH_LEAP_DAY INT64_C(1704024000000000000)

struct bench {
	struct discipline_settings settings;
	struct discipline *discipline;
	struct clock_reading now;
	struct discipline_action action; /* the latest */
	struct discipline_outcome outcome;
	double truth; /* s, truth minus UTC of the clock */
	double rate;
};

extern struct bench bench;

void bench_setup(void);
void bench_teardown(void);
void bench_add(source_id id);
/* Time passes. */
void bench_pass(double seconds);
/* One exchange with a server that is wrong by LIE. */
struct measurement bench_exchange(double lie);
void bench_update(void);
/* What MEASUREMENT, by a source, makes the discipline do. */
/* The same, whatever is thought of it. */
enum discipline_verdict bench_judge(source_id id, const struct measurement *measurement);
void bench_use(source_id id, const struct measurement *measurement);
void bench_feed(source_id id, double lie);
/* Until the next exchange; the timer's updates are made. */
void bench_wait(double seconds);
void bench_settle(source_id id, int exchanges);
struct discipline_status bench_status(void);
struct reference bench_reference(void);

#endif
