#include "discipline/servo.h"

#include <math.h>

/* A slew that nobody notices, and how long it may take for its sake. */
#define GENTLE_RATE   20e-6
#define SLEW_SHORTEST 1.0 /* s */
#define SLEW_LONGEST  4.0 /* s */
/* Without a slew there is nothing to do for so long. */
#define IDLE 1024.0 /* s */

void servo_reset(struct servo *servo)
{
	servo->base_rate = 0;
}

static double servo_clamp(double value, double limit)
{
	return fmin(fmax(value, -limit), limit);
}

/* How long a phase error may last: W32Time corrects it once an UpdateInterval
 * and then a PhaseCorrectRate'th of it.  Hours of that would make a bad clock,
 * so the interval counts only as far as a gentle slew goes. */
static double servo_slew_time(const struct servo_settings *settings, double offset)
{
	double interval = settings->update_interval * 0.01;
	double divisor = settings->phase_correct_rate < 1 ? 1 : settings->phase_correct_rate;
	double longest = fmin(fmax(interval, SLEW_SHORTEST), SLEW_LONGEST);
	double gentle = fmin(fmax(fabs(offset) / GENTLE_RATE, SLEW_SHORTEST), longest);

	return gentle * fmin(divisor, 16);
}

void servo_steer(struct servo *servo, const struct servo_settings *settings, double frequency,
		 double offset, bool sure, struct servo_order *order)
{
	double limit = fmin(settings->maximum_rate, 0.9);
	double divisor = settings->frequency_correct_rate < 1 ? 1
							      : settings->frequency_correct_rate;
	double time = servo_slew_time(settings, offset), slew;

	order->limited = false;
	if (limit <= 0) {
		order->rate = 0;
		order->duration = IDLE;
		return;
	}
	if (sure)
		divisor = 1;
	servo->base_rate = servo_clamp(servo->base_rate + (frequency - servo->base_rate) / divisor,
				       limit);
	slew = servo_clamp(servo->base_rate + offset / time, limit) - servo->base_rate;
	order->rate = servo->base_rate + slew;
	order->limited = fabs(slew) < 0.999 * fabs(offset) / time;
	order->duration = IDLE;
	if (fabs(offset) > 1e-10 && fabs(slew) > 0)
		order->duration = fmin(offset / slew, 60);
}
