#include "config.h"

#include "platform/linux/clock.h"

#include "platform/clock_history.h"
#include "platform/clock_os.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

/* s; the kernel takes no larger error, and calls UTC unsynchronised there. */
#define KERNEL_ERROR_MAX 16.0

/* A step, by whomever, makes the kernel forget the leap second for which it is
 * armed, although it goes on saying TIME_INS.  It is armed anew once it has seen a
 * second begin without the bit; UTC may run 10 % slow. */
#define LEAP_LEFT_OUT 1.5 /* s */
#define LEAP_BITS     (STA_INS | STA_DEL)

/* Bits that let the kernel steer by itself. */
#define STATUS_STEERING (STA_PLL | STA_FLL | STA_PPSFREQ | STA_PPSTIME | STA_FREQHOLD)
#define STATUS_OURS     (STATUS_STEERING | STA_UNSYNC | LEAP_BITS)
#define STATUS_READ_ONLY                                                                           \
	(STA_PPSSIGNAL | STA_PPSJITTER | STA_PPSWANDER | STA_PPSERROR | STA_CLOCKERR | STA_NANO |  \
	 STA_MODE | STA_CLK)

enum leap_arming {
	LEAP_ARMED,     /* the bit is set as wanted */
	LEAP_FORGOTTEN, /* the kernel must see a second without it */
	LEAP_OMITTED,   /* which is happening */
};

struct linux_clock {
	struct clock base;
	struct clock_kernel kernel;
	struct timex state;         /* as the kernel last told it */
	struct clock_status status; /* as we were last told it */
	struct clock_history history;
	enum leap_arming leap;
	raw_ns leap_omitted; /* since when */
};

static struct linux_clock *linux_clock(struct clock *clock)
{
	return (struct linux_clock *)clock;
}

/* CHANGE comes back as the kernel's whole state. */
static int adjust(struct linux_clock *self, const struct timex *change)
{
	struct timex answer = *change;
	int result = self->kernel.adjust(self->kernel.context, &answer);

	if (result < 0)
		return result;
	self->state = answer;
	return 0;
}

static double state_rate(const struct linux_clock *self)
{
	struct clock_rate_parts parts = { self->state.tick, self->state.freq };

	return clock_rate_join(&parts, self->kernel.hz);
}

static int linux_read(struct clock *clock, struct clock_reading *reading)
{
	struct linux_clock *self = linux_clock(clock);

	return self->kernel.read(self->kernel.context, reading);
}

static double linux_rate(struct clock *clock)
{
	struct linux_clock *self = linux_clock(clock);
	struct timex query = { .modes = 0 };

	/* Asked anew: an administrator may have turned the knob too. */
	adjust(self, &query);
	return state_rate(self);
}

static int linux_translate(struct clock *clock, utc_ns system, struct clock_reading *reading)
{
	struct linux_clock *self = linux_clock(clock);
	int result = linux_read(clock, reading);

	if (result == 0)
		clock_history_translate(&self->history, state_rate(self), system, reading);
	return result;
}

static int linux_set_rate(struct clock *clock, double rate, double *actual)
{
	struct linux_clock *self = linux_clock(clock);
	struct timex change = { .modes = ADJ_TICK | ADJ_FREQUENCY | ADJ_NANO };
	struct clock_rate_parts parts;
	double before = state_rate(self);
	int result;

	if (!(fabs(rate) <= clock->maximum_rate))
		return -ERANGE;
	clock_rate_split(rate, self->kernel.hz, self->state.tick, &parts);
	*actual = clock_rate_join(&parts, self->kernel.hz);
	if (parts.tick == self->state.tick && parts.frequency == self->state.freq)
		return 0;
	change.tick = parts.tick;
	change.freq = parts.frequency;
	result = adjust(self, &change);
	if (result < 0)
		return result;
	self->history.rate_before = before;
	return linux_read(clock, &self->history.changed);
}

static long error_us(double seconds)
{
	if (!(seconds >= 0 && seconds < KERNEL_ERROR_MAX))
		seconds = KERNEL_ERROR_MAX;
	return lrint(ceil(seconds * 1e6));
}

static int status_bits(const struct linux_clock *self, const struct clock_status *status)
{
	int bits = self->state.status & ~(STATUS_OURS | STATUS_READ_ONLY);

	if (!status->synchronized)
		bits |= STA_UNSYNC;
	if (status->leap == NTP_LEAP_INSERT)
		bits |= STA_INS;
	if (status->leap == NTP_LEAP_DELETE)
		bits |= STA_DEL;
	return bits;
}

/* STATUS without the leap second while that has to be left out; in *AGAIN how long
 * that lasts in s. */
static int leap_rearm(struct linux_clock *self, struct clock_status *status, int *again)
{
	struct clock_reading now;
	int result;

	*again = 0;
	if (status->was_set)
		self->leap = LEAP_FORGOTTEN;
	if (self->leap == LEAP_ARMED ||
	    (status->leap != NTP_LEAP_INSERT && status->leap != NTP_LEAP_DELETE))
		return 0;
	result = linux_read(&self->base, &now);
	if (result < 0)
		return result;
	if (self->leap == LEAP_FORGOTTEN) {
		self->leap = LEAP_OMITTED;
		self->leap_omitted = now.raw;
	}
	if (ns_interval(self->leap_omitted, now.raw) > LEAP_LEFT_OUT) {
		self->leap = LEAP_ARMED;
		return 0;
	}
	status->leap = NTP_LEAP_NONE;
	*again = (int)ceil(LEAP_LEFT_OUT);
	return 0;
}

static void add_status(const struct linux_clock *self, const struct clock_status *status,
		       struct timex *change)
{
	change->modes |= ADJ_STATUS | ADJ_MAXERROR | ADJ_ESTERROR | ADJ_NANO;
	change->status = status_bits(self, status);
	change->maxerror = error_us(status->maximum_error);
	change->esterror = error_us(status->expected_error);
}

static int linux_set_status(struct clock *clock, const struct clock_status *status)
{
	struct linux_clock *self = linux_clock(clock);
	struct timex change = { .modes = 0 };
	struct clock_status told = *status;
	int again, result = leap_rearm(self, &told, &again);

	if (result < 0)
		return result;
	self->status = *status;
	self->status.was_set = false;
	/* While synchronised the kernel's error bound grows and has to be brought
	 * back every time; else nothing changes by itself. */
	if (told.synchronized ||
	    status_bits(self, &told) != (self->state.status & ~STATUS_READ_ONLY)) {
		add_status(self, &told, &change);
		result = adjust(self, &change);
	}
	return result < 0 ? result : again;
}

/* For a kernel that knows no ADJ_SETOFFSET: less exact by the time it takes. */
static int step_by_setting(struct linux_clock *self, double seconds)
{
	struct clock_reading now;
	struct timespec target;
	int result = linux_read(&self->base, &now);
	int64_t utc;

	if (result < 0)
		return result;
	utc = ns_add(now.utc, seconds);
	if (utc < 0)
		return -EINVAL;
	target.tv_sec = (time_t)(utc / NS_PER_SECOND);
	target.tv_nsec = (long)(utc % NS_PER_SECOND);
	return self->kernel.set(self->kernel.context, &target);
}

static int linux_step(struct clock *clock, double seconds)
{
	struct linux_clock *self = linux_clock(clock);
	struct timex change = { .modes = ADJ_SETOFFSET | ADJ_NANO };
	int64_t step_ns = ns_from_seconds(seconds), rest_ns = step_ns % NS_PER_SECOND;
	struct clock_status status = self->status;
	int result;

	if (step_ns == 0)
		return 0;
	if (rest_ns < 0)
		rest_ns += NS_PER_SECOND;
	change.time.tv_sec = (time_t)((step_ns - rest_ns) / NS_PER_SECOND);
	change.time.tv_usec = (suseconds_t)rest_ns;
	/* A step makes the kernel forget that UTC is synchronised, and when the leap
	 * second is due. */
	status.leap = NTP_LEAP_NONE;
	if (status.synchronized)
		add_status(self, &status, &change);
	result = adjust(self, &change);
	if (result == -EINVAL || result == -EOPNOTSUPP) {
		result = step_by_setting(self, seconds);
		if (result == 0 && status.synchronized) {
			status.was_set = true;
			result = linux_set_status(clock, &status);
		}
	}
	if (result < 0)
		return result;
	self->leap = LEAP_FORGOTTEN;
	self->history.rate_before = state_rate(self);
	return linux_read(clock, &self->history.changed);
}

static void linux_close(struct clock *clock)
{
	free(clock);
}

static const struct clock_ops system_ops = {
	.name = "system",
	.read = linux_read,
	.translate = linux_translate,
	.rate = linux_rate,
	.set_rate = linux_set_rate,
	.step = linux_step,
	.set_status = linux_set_status,
	.close = linux_close,
};

static const struct clock_ops watched_ops = {
	.name = "watched",
	.read = linux_read,
	.translate = linux_translate,
	.rate = linux_rate,
	.set_rate = clock_watched_set_rate,
	.step = clock_watched_step,
	.set_status = clock_watched_set_status,
	.close = linux_close,
};

static int create(struct linux_clock **clock, const struct clock_kernel *kernel,
		  struct error *error)
{
	struct linux_clock *self = calloc(1, sizeof *self);
	struct timex query = { .modes = 0 };
	int result;

	if (self == NULL)
		return error_set_system(error, ENOMEM, "cannot open the system's clock");
	self->kernel = *kernel;
	self->base.precision = clock_os_precision();
	self->base.tick = 0.015625;
	result = adjust(self, &query);
	if (result == 0)
		result = linux_read(&self->base, &self->history.changed);
	if (result < 0) {
		free(self);
		return error_set_system(error, -result, "cannot read the system's clock");
	}
	self->history.rate_before = state_rate(self);
	/* Somebody may have stepped the clock since it was armed. */
	if ((self->state.status & LEAP_BITS) != 0)
		self->leap = LEAP_FORGOTTEN;
	*clock = self;
	return 0;
}

/* What is left of an offset that the kernel takes out by itself is dropped,
 * then its own steering is switched off: two must not turn the same wheel. */
static int take_over(struct linux_clock *self)
{
	struct timex stop = { .modes = ADJ_STATUS | ADJ_OFFSET | ADJ_NANO,
			      .status = (self->state.status & ~STATUS_READ_ONLY) | STA_PLL };
	struct timex slew = { .modes = ADJ_OFFSET_SS_READ };
	struct timex off = { .modes = ADJ_STATUS | ADJ_NANO,
			     .status = self->state.status & ~(STATUS_STEERING | STATUS_READ_ONLY) };
	int result = 0;

	if (self->state.offset != 0)
		result = adjust(self, &stop);
	if (result == 0)
		result = adjust(self, &slew);
	if (result == 0 && self->state.offset != 0) {
		slew = (struct timex){ .modes = ADJ_OFFSET_SINGLESHOT };
		result = adjust(self, &slew);
	}
	/* Done even where nothing changes: it tells whether we may. */
	return result < 0 ? result : adjust(self, &off);
}

int clock_linux_create(struct clock **clock, const struct clock_kernel *kernel, struct error *error)
{
	struct linux_clock *self;
	int result = create(&self, kernel, error);

	if (result < 0)
		return result;
	self->base.ops = &system_ops;
	self->base.maximum_rate = clock_rate_maximum(kernel->hz);
	self->base.privileged = true;
	self->base.rate_resolution = 1e-6 / 65536;
	result = take_over(self);
	if (result == -EPERM)
		error_set(error, EPERM, "no right to steer the system's clock (CAP_SYS_TIME)");
	else if (result < 0)
		error_set_system(error, -result, "cannot steer the system's clock");
	if (result < 0) {
		free(self);
		return result;
	}
	*clock = &self->base;
	return 0;
}

int clock_linux_create_watched(struct clock **clock, const struct clock_kernel *kernel,
			       struct error *error)
{
	struct linux_clock *self;
	int result = create(&self, kernel, error);

	if (result < 0)
		return result;
	self->base.ops = &watched_ops;
	*clock = &self->base;
	return 0;
}

static int kernel_adjust(void *context, struct timex *timex)
{
	int state = clock_adjtime(CLOCK_REALTIME, timex);

	(void)context;
	return state < 0 ? -errno : state;
}

static int kernel_set(void *context, const struct timespec *utc)
{
	(void)context;
	return clock_settime(CLOCK_REALTIME, utc) < 0 ? -errno : 0;
}

static int kernel_read(void *context, struct clock_reading *reading)
{
	(void)context;
	return clock_os_read(reading);
}

static struct clock_kernel real_kernel(void)
{
	long hz = sysconf(_SC_CLK_TCK);

	return (struct clock_kernel){
		.adjust = kernel_adjust,
		.set = kernel_set,
		.read = kernel_read,
		.hz = hz > 0 ? hz : 100,
	};
}

int clock_open_system(struct clock **clock, struct error *error)
{
	struct clock_kernel kernel = real_kernel();

	return clock_linux_create(clock, &kernel, error);
}

int clock_open_watched(struct clock **clock, struct error *error)
{
	struct clock_kernel kernel = real_kernel();

	return clock_linux_create_watched(clock, &kernel, error);
}
