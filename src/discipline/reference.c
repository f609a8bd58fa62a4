#include "discipline/reference.h"

#include <math.h>

#include "base/calendar.h"
#include "ntp/packet.h"

void reference_withdraw(struct reference *reference)
{
	*reference = (struct reference){
		.leap = NTP_LEAP_UNSYNCHRONIZED,
		.pending_leap = reference->pending_leap,
	};
}

double reference_dispersion(const struct reference *reference, raw_ns now)
{
	double age = fmax(ns_interval(reference->computed_at, now), 0);

	return reference->root_dispersion + age * reference->dispersion_rate;
}

static bool reference_day_may_leap(utc_ns now)
{
	struct calendar_date tomorrow = calendar_from_days(calendar_days_since_1970(now) + 1);

	return tomorrow.day == 1 && (tomorrow.month == 1 || tomorrow.month == 7);
}

void reference_vote_leap(struct reference *reference, const struct reference_votes *votes,
			 utc_ns now)
{
	unsigned all = votes->leap[0] + votes->leap[1] + votes->leap[2];

	if (!reference_day_may_leap(now))
		reference->pending_leap = 0;
	else if (reference_is_synchronized(reference)) {
		for (uint8_t leap = 0; leap < 3; leap++) {
			if (2 * votes->leap[leap] > all)
				reference->pending_leap = leap;
		}
	}
	reference->leap = reference_is_synchronized(reference) ? reference->pending_leap
							       : NTP_LEAP_UNSYNCHRONIZED;
}
