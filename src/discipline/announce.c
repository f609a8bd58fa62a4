#include "discipline/announce.h"

#include <string.h>

#include "ntp/packet.h"

#define REFERENCE_LOCL UINT32_C(0x4C4F434C)

/* Nobody is followed: this clock is the reference itself. */
static void announce_local(const struct announce_settings *settings,
			   const struct clock_reading *now, struct announcement *announcement)
{
	announcement->leap = NTP_LEAP_NONE;
	announcement->stratum = 1;
	announcement->reference_id = REFERENCE_LOCL;
	announcement->root_dispersion = settings->local_clock_dispersion;
	announcement->dispersion_rate = 0;
	announcement->reference_time = now->utc;
}

static void announce_synchronized(const struct reference *reference,
				  struct announcement *announcement)
{
	announcement->leap = reference->leap;
	announcement->stratum = reference->stratum;
	announcement->reference_id = reference->reference_id;
	announcement->root_delay = reference->root_delay;
	announcement->root_dispersion = reference->root_dispersion;
	announcement->computed_at = reference->computed_at;
	announcement->dispersion_rate = reference->dispersion_rate;
	announcement->reference_time = reference->reference_time;
}

static bool announce_is_reliable(const struct announce_settings *settings)
{
	if (settings->flags & ANNOUNCE_ALWAYS_RELIABLE)
		return true;
	return (settings->flags & ANNOUNCE_AUTO_RELIABLE) && settings->root_controller;
}

static bool announce_is_time_server(const struct announce_settings *settings, bool has_time)
{
	if (!settings->server_enabled)
		return false;
	if (settings->flags & (ANNOUNCE_ALWAYS_TIME_SERVER | ANNOUNCE_ALWAYS_RELIABLE))
		return true;
	return (settings->flags & ANNOUNCE_AUTO_TIME_SERVER) && has_time;
}

void announce_compose(const struct announce_settings *settings, const struct reference *reference,
		      int poll, const struct clock_reading *now, struct announcement *announcement)
{
	bool reliable = announce_is_reliable(settings), has_time;

	memset(announcement, 0, sizeof *announcement);
	announcement->precision = (int8_t)settings->precision;
	announcement->poll = (int8_t)poll;
	announcement->leap = NTP_LEAP_UNSYNCHRONIZED;
	announcement->computed_at = now->raw;
	if (reference_is_synchronized(reference))
		announce_synchronized(reference, announcement);
	else if (reliable)
		announce_local(settings, now, announcement);
	has_time = announcement->stratum != 0;
	if (announce_is_time_server(settings, has_time)) {
		announcement->role |= ANNOUNCE_ROLE_TIME_SERVICE;
		if (reliable)
			announcement->role |= ANNOUNCE_ROLE_RELIABLE;
	}
}
