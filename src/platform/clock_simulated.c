#include "platform/clock.h"
#include "platform/clock_os.h"

#include <errno.h>
#include <stdlib.h>

/* A scale that runs by another: while FROM counts e nanoseconds, TO counts
 * e * (1 + rate).  Points in time stay integers; what is multiplied is the
 * short while since the origin. */
struct scale {
	int64_t from, to; /* origin: the same moment on both */
	double fraction;  /* ns, 0..1, what TO lacks at the origin */
	double rate;
};

/* A product of more nanoseconds than this is less exact than a nanosecond. */
#define REBASE_AFTER_NS (INT64_C(1) << 40)

struct simulated_clock {
	struct clock base;
	struct scale raw;        /* the system's raw oscillator -> ours */
	struct scale utc;        /* our raw oscillator -> our UTC */
	struct scale utc_before; /* the one until the last change of rate */
	raw_ns rate_changed;
};

/* Rounded down always, so that a new origin changes nothing. */
static int64_t scale_map(const struct scale *scale, int64_t from)
{
	int64_t elapsed = from - scale->from;

	return scale->to + elapsed +
	       (int64_t)floor((double)elapsed * scale->rate + scale->fraction);
}

/* Begins anew at FROM, on the same line. */
static void scale_rebase(struct scale *scale, int64_t from)
{
	int64_t elapsed = from - scale->from;
	double extra = (double)elapsed * scale->rate + scale->fraction;

	scale->from = from;
	scale->to += elapsed + (int64_t)floor(extra);
	scale->fraction = extra - floor(extra);
}

static void scale_keep_exact(struct scale *scale, int64_t from)
{
	if (from - scale->from > REBASE_AFTER_NS)
		scale_rebase(scale, from);
}

static struct simulated_clock *simulated(struct clock *clock)
{
	return (struct simulated_clock *)clock;
}

static int simulated_read(struct clock *clock, struct clock_reading *reading)
{
	struct simulated_clock *self = simulated(clock);
	int result = clock_os_read(reading);

	if (result < 0)
		return result;
	scale_keep_exact(&self->raw, reading->raw);
	reading->raw = scale_map(&self->raw, reading->raw);
	scale_keep_exact(&self->utc, reading->raw);
	reading->utc = scale_map(&self->utc, reading->raw);
	return 0;
}

static int simulated_translate(struct clock *clock, utc_ns system, struct clock_reading *reading)
{
	struct simulated_clock *self = simulated(clock);
	int result = clock_os_read(reading);
	raw_ns raw;

	if (result < 0)
		return result;
	raw = ns_add(reading->raw, -clock_os_stamp_age(reading, system));
	reading->raw = scale_map(&self->raw, raw);
	reading->utc = reading->raw < self->rate_changed
			       ? scale_map(&self->utc_before, reading->raw)
			       : scale_map(&self->utc, reading->raw);
	return 0;
}

static double simulated_rate(struct clock *clock)
{
	return simulated(clock)->utc.rate;
}

/* Towards zero at the end, where rounding would leave the range. */
static double nearest_rate(const struct clock *clock, double rate)
{
	double units = round(rate / clock->rate_resolution);

	if (fabs(units * clock->rate_resolution) > clock->maximum_rate)
		units -= copysign(1, units);
	return units * clock->rate_resolution;
}

static int simulated_set_rate(struct clock *clock, double rate, double *actual)
{
	struct simulated_clock *self = simulated(clock);
	double set = nearest_rate(clock, rate);
	struct clock_reading now;
	int result;

	if (!(fabs(rate) <= clock->maximum_rate))
		return -ERANGE;
	result = simulated_read(clock, &now);
	if (result < 0)
		return result;
	self->utc_before = self->utc;
	scale_rebase(&self->utc, now.raw);
	self->utc.rate = set;
	self->rate_changed = now.raw;
	*actual = set;
	return 0;
}

static int simulated_step(struct clock *clock, double seconds)
{
	struct simulated_clock *self = simulated(clock);

	self->utc.to = ns_add(self->utc.to, seconds);
	self->utc_before.to = ns_add(self->utc_before.to, seconds);
	return 0;
}

static int simulated_set_status(struct clock *clock, const struct clock_status *status)
{
	(void)clock;
	(void)status;
	return 0;
}

static void simulated_close(struct clock *clock)
{
	free(clock);
}

static const struct clock_ops simulated_ops = {
	.name = "simulated",
	.read = simulated_read,
	.translate = simulated_translate,
	.rate = simulated_rate,
	.set_rate = simulated_set_rate,
	.step = simulated_step,
	.set_status = simulated_set_status,
	.close = simulated_close,
};

int clock_open_simulated(struct clock **clock, double offset, double drift, struct error *error)
{
	struct simulated_clock *self;
	struct clock_reading now;
	int result;

	if (!(fabs(drift) <= 0.1))
		return error_set(error, EINVAL, "a drift beyond 100000 ppm cannot be simulated");
	if (!(fabs(offset) <= 1e9))
		return error_set(error, EINVAL, "an offset beyond 1e9 s cannot be simulated");
	result = clock_os_read(&now);
	if (result < 0)
		return error_set_system(error, -result, "cannot read the system's clock");
	self = calloc(1, sizeof *self);
	if (self == NULL)
		return error_set_system(error, ENOMEM, "cannot simulate a clock");
	self->base = (struct clock){
		.ops = &simulated_ops,
		/* More than a kernel allows: who watches a large slew does not
		 * want to wait for minutes. */
		.maximum_rate = 1,
		.rate_resolution = ldexp(1, -36),
		.precision = clock_os_precision(),
		.tick = 0.015625,
	};
	self->raw = (struct scale){ .from = now.raw, .to = now.raw, .rate = drift };
	self->utc = (struct scale){ .from = now.raw, .to = ns_add(now.utc, offset) };
	self->utc_before = self->utc;
	self->rate_changed = now.raw;
	*clock = &self->base;
	return 0;
}
