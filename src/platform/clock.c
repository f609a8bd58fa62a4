#include "platform/clock.h"

#include "platform/clock_os.h"

double clock_os_stamp_age(const struct clock_reading *now, utc_ns stamp)
{
	double age = ns_interval(stamp, now->utc);

	return age >= 0 && age <= CLOCK_STAMP_AGE_MAX ? age : 0;
}

int clock_measure_precision(struct clock *clock)
{
	for (int exponent = -32; exponent < -1; exponent++) {
		if (clock->precision <= ldexp(1, exponent))
			return exponent;
	}
	return -1;
}
