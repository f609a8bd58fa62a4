#include "discipline/announce.h"

#include <math.h>
#include <string.h>

#define LEAP_UNSYNCHRONIZED 3
#define REFERENCE_LOCL      UINT32_C(0x4C4F434C)
/* RFC 5905's PHI: what the error of a clock grows by. */
#define DISPERSION_RATE 15e-6

/* Nobody is followed: this clock is the reference itself. */
static void announce_local(const struct announce_settings *settings,
			   const struct clock_reading *now, struct announcement *announcement)
{
	announcement->leap = 0;
	announcement->stratum = 1;
	announcement->reference_id = REFERENCE_LOCL;
	announcement->root_dispersion = settings->local_clock_dispersion;
	announcement->dispersion_rate = 0;
	announcement->reference_time = now->utc;
}

static void announce_synchronized(const struct discipline_status *status, uint32_t reference_id,
				  struct announcement *announcement)
{
	announcement->leap = status->leap;
	announcement->stratum = status->stratum;
	announcement->reference_id = reference_id;
	announcement->root_delay = status->root_delay;
	announcement->root_dispersion = status->root_dispersion;
	announcement->dispersion_rate = fmax(DISPERSION_RATE, 4 * status->frequency.uncertainty);
	announcement->reference_time = status->last_update;
}

static bool is_reliable(const struct announce_settings *settings)
{
	if (settings->flags & ANNOUNCE_ALWAYS_RELIABLE)
		return true;
	return (settings->flags & ANNOUNCE_AUTO_RELIABLE) && settings->root_controller;
}

static bool is_time_server(const struct announce_settings *settings, bool has_time)
{
	if (!settings->server_enabled)
		return false;
	if (settings->flags & (ANNOUNCE_ALWAYS_TIME_SERVER | ANNOUNCE_ALWAYS_RELIABLE))
		return true;
	return (settings->flags & ANNOUNCE_AUTO_TIME_SERVER) && has_time;
}

void announce_compose(const struct announce_settings *settings,
		      const struct discipline_status *status, uint32_t reference_id,
		      const struct clock_reading *now, struct announcement *announcement)
{
	bool reliable = is_reliable(settings), has_time;

	memset(announcement, 0, sizeof *announcement);
	announcement->precision = (int8_t)settings->precision;
	announcement->poll = (int8_t)status->poll;
	announcement->leap = LEAP_UNSYNCHRONIZED;
	announcement->computed_at = now->raw;
	if (status->synchronized)
		announce_synchronized(status, reference_id, announcement);
	else if (reliable)
		announce_local(settings, now, announcement);
	has_time = announcement->stratum != 0;
	if (is_time_server(settings, has_time)) {
		announcement->role |= ANNOUNCE_ROLE_TIME_SERVICE;
		if (reliable)
			announcement->role |= ANNOUNCE_ROLE_RELIABLE;
	}
}
