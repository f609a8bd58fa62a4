#include "discipline/poll.h"

#include <math.h>

#define LENGTHEN_SCORE 12 /* good updates */
#define LENGTHEN_RATIO 1.4
#define SHORTEN_RATIO  2.5

static int clamp(int value, int low, int high)
{
	return value < low ? low : value > high ? high : value;
}

void poll_reset(struct poll *poll, const struct poll_settings *settings)
{
	poll->interval = settings->min_poll;
	poll->score = 0;
}

void poll_adjust(struct poll *poll, const struct poll_settings *settings, double known,
		 double grown, double noise)
{
	double ratio = grown / fmax(fmax(known, noise), 1e-9);
	double shorten = SHORTEN_RATIO * fmax(settings->adjust_factor, 1) / 5;

	if (ratio < LENGTHEN_RATIO)
		poll->score++;
	else if (ratio > fmax(shorten, 1.1 * LENGTHEN_RATIO))
		poll->score -= 6;
	else if (poll->score > 0)
		poll->score--;
	if (poll->score >= LENGTHEN_SCORE) {
		poll->interval++;
		poll->score = 0;
	} else if (poll->score <= -LENGTHEN_SCORE) {
		poll->interval--;
		poll->score = 0;
	}
	poll->interval = clamp(poll->interval, settings->min_poll, settings->max_poll);
}
