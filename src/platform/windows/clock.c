#include "config.h"

#include "platform/windows/clock.h"

#include <errno.h>
#include <stdlib.h>

#include "platform/clock_history.h"
#include "platform/clock_os.h"

#define MILLISECOND_NS INT64_C(1000000)

struct windows_clock {
	struct clock base;
	struct clock_windows_calls calls;
	struct clock_adjustment found; /* put back at the end */
	struct clock_adjustment state; /* as the system last told it */
	struct clock_history history;
};

double clock_adjustment_rate(const struct clock_adjustment *adjustment)
{
	int64_t more = (int64_t)(adjustment->adjustment - adjustment->increment);

	if (adjustment->disabled)
		return 0;
	return (double)more / (double)adjustment->increment;
}

uint64_t clock_adjustment_for(double rate, uint64_t increment)
{
	return (uint64_t)((int64_t)increment + llrint(rate * (double)increment));
}

static struct windows_clock *windows_clock(struct clock *clock)
{
	return (struct windows_clock *)clock;
}

static int windows_read(struct clock *clock, struct clock_reading *reading)
{
	struct windows_clock *self = windows_clock(clock);

	return self->calls.read(self->calls.context, reading);
}

static double windows_rate(struct clock *clock)
{
	struct windows_clock *self = windows_clock(clock);
	struct clock_adjustment now;

	/* Asked anew: another program may have changed it. */
	if (self->calls.get(self->calls.context, &now) == 0)
		self->state = now;
	return clock_adjustment_rate(&self->state);
}

static int windows_translate(struct clock *clock, utc_ns system, struct clock_reading *reading)
{
	struct windows_clock *self = windows_clock(clock);
	int result = windows_read(clock, reading);

	if (result == 0)
		clock_history_translate(&self->history, clock_adjustment_rate(&self->state), system,
					reading);
	return result;
}

static int adjust(struct windows_clock *self, uint64_t adjustment)
{
	int result = self->calls.set(self->calls.context, adjustment, false);

	if (result < 0)
		return result;
	self->state.adjustment = adjustment;
	self->state.disabled = false;
	return 0;
}

static int windows_set_rate(struct clock *clock, double rate, double *actual)
{
	struct windows_clock *self = windows_clock(clock);
	double before = clock_adjustment_rate(&self->state);
	uint64_t wanted;
	int result;

	if (!(fabs(rate) <= clock->maximum_rate))
		return -ERANGE;
	wanted = clock_adjustment_for(rate, self->state.increment);
	if (wanted != self->state.adjustment || self->state.disabled) {
		result = adjust(self, wanted);
		if (result < 0)
			return result;
		self->history.rate_before = before;
		result = windows_read(clock, &self->history.changed);
		if (result < 0)
			return result;
	}
	*actual = clock_adjustment_rate(&self->state);
	return 0;
}

/* Sets UTC at the moment, or LEAD seconds before it, when SECONDS ahead of it a
 * millisecond begins. */
static int step_once(struct windows_clock *self, double seconds, double lead)
{
	struct clock_reading now;
	int result = windows_read(&self->base, &now);
	utc_ns target;

	if (result < 0)
		return result;
	target = ns_add(now.utc, seconds + lead);
	if (target < 0)
		return -EINVAL;
	target += MILLISECOND_NS - target % MILLISECOND_NS;
	while (ns_add(now.utc, seconds + lead) < target) {
		result = windows_read(&self->base, &now);
		if (result < 0)
			return result;
	}
	return self->calls.set_time(self->calls.context, target);
}

/* What the oscillator tells to be wrong afterwards is taken out by another try.  Small
 * errors are the time that Windows takes from being asked to having done it, and
 * it is asked so much sooner; large ones come from being put aside meanwhile. */
static int windows_step(struct clock *clock, double seconds)
{
	enum { TRIES = 4 };
	const double good = 20e-6, small = 1e-3;
	struct windows_clock *self = windows_clock(clock);
	double rate = clock_adjustment_rate(&self->state), left = seconds, lead = 0;
	struct clock_reading before, after;
	int result = seconds == 0 ? 0 : windows_read(clock, &before);

	if (result < 0 || seconds == 0)
		return result;
	for (int i = 0; i < TRIES && fabs(left) > (i == 0 ? 0 : good); i++) {
		double elapsed;

		result = step_once(self, left, lead);
		if (result == 0)
			result = windows_read(clock, &after);
		if (result < 0)
			return result;
		elapsed = ns_interval(before.raw, after.raw) * (1 + rate);
		left = seconds + elapsed - ns_interval(before.utc, after.utc);
		if (fabs(left) < small)
			lead = fmax(lead + left, 0);
	}
	self->history.rate_before = rate;
	self->history.changed = after;
	return 0;
}

/* Windows tells programs no error bound, and sets the hardware clock by itself. */
static int windows_set_status(struct clock *clock, const struct clock_status *status)
{
	return clock_watched_set_status(clock, status);
}

static void windows_close(struct clock *clock)
{
	struct windows_clock *self = windows_clock(clock);

	if (self->calls.set(self->calls.context, self->found.adjustment, self->found.disabled) == 0)
		self->calls.forget(self->calls.context);
	free(clock);
}

static const struct clock_ops system_ops = {
	.name = "system",
	.read = windows_read,
	.translate = windows_translate,
	.rate = windows_rate,
	.set_rate = windows_set_rate,
	.step = windows_step,
	.set_status = windows_set_status,
	.close = windows_close,
};

static void watched_close(struct clock *clock)
{
	free(clock);
}

static const struct clock_ops watched_ops = {
	.name = "watched",
	.read = windows_read,
	.translate = windows_translate,
	.rate = windows_rate,
	.set_rate = clock_watched_set_rate,
	.step = clock_watched_step,
	.set_status = clock_watched_set_status,
	.close = watched_close,
};

static int create(struct windows_clock **clock, const struct clock_windows_calls *calls,
		  struct error *error)
{
	struct windows_clock *self = calloc(1, sizeof *self);
	int result;

	if (self == NULL)
		return error_set_system(error, ENOMEM, "cannot open the system's clock");
	self->calls = *calls;
	self->base.precision = clock_os_precision();
	self->base.tick = 0.015625;
	result = calls->get(calls->context, &self->found);
	if (result == 0 && self->found.increment == 0)
		result = -ENOSYS;
	if (result == 0)
		result = windows_read(&self->base, &self->history.changed);
	if (result < 0) {
		free(self);
		return error_set_system(error, -result, "cannot read the system's clock");
	}
	self->state = self->found;
	self->history.rate_before = clock_adjustment_rate(&self->state);
	*clock = self;
	return 0;
}

/* An adjustment that is in force may be what we have left behind, and then what was
 * before it counts.  One that is not in force is nobody's.  True if there was one. */
static bool look_before_crash(struct windows_clock *self)
{
	struct clock_adjustment kept;
	bool crashed = !self->found.disabled && self->calls.recall(self->calls.context, &kept) &&
		       kept.increment == self->found.increment &&
		       fabs(clock_adjustment_rate(&kept)) <= CLOCK_ADJUSTMENT_RATE_MAX;

	if (crashed)
		self->found = kept;
	self->calls.keep(self->calls.context, &self->found);
	return crashed;
}

int clock_windows_create(struct clock **clock, const struct clock_windows_calls *calls,
			 struct error *error)
{
	struct windows_clock *self;
	int result = create(&self, calls, error);
	uint32_t adjustment;
	bool crashed;

	if (result < 0)
		return result;
	self->base.ops = &system_ops;
	self->base.maximum_rate = CLOCK_ADJUSTMENT_RATE_MAX;
	self->base.rate_resolution = 1 / (double)self->found.increment;
	self->base.privileged = true;
	adjustment = self->found.disabled ? self->found.increment : self->found.adjustment;
	crashed = look_before_crash(self);
	/* Done even where nothing changes: it tells whether we may. */
	result = adjust(self, adjustment);
	if (result == -EPERM || result == -EACCES)
		result = error_set(error, EPERM,
				   "no right to steer the system's clock (SeSystemtimePrivilege)");
	else if (result < 0)
		error_set_system(error, -result, "cannot steer the system's clock");
	if (result < 0) {
		if (!crashed)
			self->calls.forget(self->calls.context);
		free(self);
		return result;
	}
	*clock = &self->base;
	return 0;
}

int clock_windows_create_watched(struct clock **clock, const struct clock_windows_calls *calls,
				 struct error *error)
{
	struct windows_clock *self;
	int result = create(&self, calls, error);

	if (result < 0)
		return result;
	self->base.ops = &watched_ops;
	*clock = &self->base;
	return 0;
}
