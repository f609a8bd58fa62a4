#include "discipline/poll.h"

#include <math.h>

#define SCORE_NEEDED 6 /* good updates before the interval is lengthened */
#define SCORE_BAD    2 /* what an update that speaks for a shorter one counts */
/* Twice the interval, and the oscillator gains about three times as much. */
#define LENGTHEN_BELOW 1.2
#define SHORTEN_ABOVE  3.2

static int poll_clamp(int value, int low, int high)
{
	return value < low ? low : value > high ? high : value;
}

void poll_reset(struct poll *poll, const struct poll_settings *settings)
{
	poll->interval = settings->min_poll;
	poll->score = 0;
}

void poll_adjust(struct poll *poll, const struct poll_settings *settings, double known,
		 double gained)
{
	double ratio = gained / fmax(known, 1e-9);
	double shorten = SHORTEN_ABOVE * fmax(settings->adjust_factor, 1) / 5;

	if (ratio < LENGTHEN_BELOW)
		poll->score++;
	else if (ratio > fmax(shorten, 2.5 * LENGTHEN_BELOW))
		poll->score -= SCORE_BAD;
	else if (poll->score != 0)
		poll->score += poll->score > 0 ? -1 : 1;
	if (poll->score >= SCORE_NEEDED) {
		poll->interval++;
		poll->score = 0;
	} else if (poll->score <= -SCORE_NEEDED) {
		poll->interval--;
		poll->score = 0;
	}
	poll->interval = poll_clamp(poll->interval, settings->min_poll, settings->max_poll);
}
