/* From the estimate to the rate of the clock.  Pure.
 *
 * The base rate is the estimated frequency; on top of it what is still wrong
 * of the phase is taken out within seconds: gently while it is small, as fast
 * as the clock can when it is large.  UTC never runs backwards. */
#ifndef W32TIMED_DISCIPLINE_SERVO_H
#define W32TIMED_DISCIPLINE_SERVO_H

#include <stdbool.h>
#include <stdint.h>

struct servo_settings {
	double maximum_rate;         /* of the clock */
	uint32_t phase_correct_rate; /* divisor, at least 1 */
	uint32_t frequency_correct_rate;
	uint32_t update_interval; /* 10 ms */
};

struct servo {
	double base_rate; /* what follows the frequency, without the slew */
};

struct servo_order {
	double rate;     /* for the clock */
	double duration; /* s of raw time after which RATE must be looked at again */
	bool limited;    /* the clock could not be slewed as fast as wanted */
};

void servo_reset(struct servo *servo);

/* FREQUENCY: slope of truth against the raw line; OFFSET: s, truth minus UTC;
 * SURE: FREQUENCY is taken over at once whatever frequency_correct_rate. */
void servo_steer(struct servo *servo, const struct servo_settings *settings, double frequency,
		 double offset, bool sure, struct servo_order *order);

#endif
