#include "platform/clock.h"

#include <errno.h>

#include "platform/clock_history.h"
#include "platform/clock_os.h"

double clock_os_stamp_age(const struct clock_reading *now, utc_ns stamp)
{
	double age = ns_interval(stamp, now->utc);

	return age >= 0 && age <= CLOCK_STAMP_AGE_MAX ? age : 0;
}

void clock_history_translate(const struct clock_history *history, double rate, utc_ns system,
			     struct clock_reading *reading)
{
	double age = clock_os_stamp_age(reading, system);
	double since_change = ns_interval(history->changed.utc, reading->utc);

	reading->utc = ns_add(reading->utc, -age);
	if (since_change >= 0 && age > since_change)
		reading->raw = ns_add(history->changed.raw,
				      -(age - since_change) / (1 + history->rate_before));
	else
		reading->raw = ns_add(reading->raw, -age / (1 + rate));
}

int clock_watched_set_rate(struct clock *clock, double rate, double *actual)
{
	(void)rate;
	*actual = clock->ops->rate(clock);
	return -EPERM;
}

int clock_watched_step(struct clock *clock, double seconds)
{
	(void)clock;
	(void)seconds;
	return -EPERM;
}

int clock_watched_set_status(struct clock *clock, const struct clock_status *status)
{
	(void)clock;
	(void)status;
	return 0;
}

int clock_measure_precision(struct clock *clock)
{
	for (int exponent = -32; exponent < -1; exponent++) {
		if (clock->precision <= ldexp(1, exponent))
			return exponent;
	}
	return -1;
}
