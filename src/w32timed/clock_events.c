#include "w32timed/clock_events.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/calendar.h"

/* A refused correction is said again this often while it lasts. */
#define REFUSAL_LOG_INTERVAL 3600.0
/* A source that is wrong now and then must not fill the log. */
#define SPIKE_LOG_INTERVAL 900.0
#define DAY_NS             (86400 * NS_PER_SECOND)

void clock_events_source(struct clock_events *events, const char *name, uint8_t stratum,
			 uint32_t reference_id)
{
	if (name != NULL && strcmp(events->source, name) != 0) {
		snprintf(events->source, sizeof events->source, "%s", name);
		events->stratum = 0;
		if (events->rules.log_source_changes)
			log_event(events->log, LOG_LEVEL_INFORMATION, EVENT_SYNCHRONIZING,
				  "now following %s, reference id 0x%08X, own stratum %u", name,
				  reference_id, stratum);
	}
	if (stratum == events->stratum)
		return;
	events->stratum = stratum;
	log_event(events->log, LOG_LEVEL_INFORMATION, EVENT_SOURCE_CHANGED,
		  "source or stratum changed: %s, own stratum %u", events->source, stratum);
}

void clock_events_lost(struct clock_events *events, double silence)
{
	events->source[0] = '\0';
	events->stratum = 0;
	log_event(events->log, LOG_LEVEL_WARNING, EVENT_NO_TIME_FOR_LONG,
		  "no usable time for %.0f seconds: no longer synchronized", fmax(silence, 0));
}

static void clock_events_not_advertised(struct clock_events *events,
					const struct announce_settings *settings)
{
	const uint32_t time_server = ANNOUNCE_ALWAYS_TIME_SERVER | ANNOUNCE_AUTO_TIME_SERVER |
				     ANNOUNCE_ALWAYS_RELIABLE;

	if (!settings->server_enabled)
		log_event(events->log, LOG_LEVEL_WARNING, EVENT_NOT_ADVERTISED_NO_PROVIDER,
			  "not announced as a time server any more: NtpServer is off");
	else if ((settings->flags & time_server) == 0)
		log_event(events->log, LOG_LEVEL_INFORMATION, EVENT_NOT_ADVERTISED,
			  "not announced as a time server any more: AnnounceFlags does not ask for "
			  "it");
	else
		log_event(events->log, LOG_LEVEL_WARNING, EVENT_NOT_ADVERTISED_UNSYNCHRONIZED,
			  "not announced as a time server any more: the clock is not synchronized");
}

void clock_events_role(struct clock_events *events, const struct announce_settings *settings,
		       uint32_t before, uint32_t now)
{
	uint32_t changed = before ^ now;

	if ((changed & ANNOUNCE_ROLE_TIME_SERVICE) != 0) {
		if ((now & ANNOUNCE_ROLE_TIME_SERVICE) != 0)
			log_event(events->log, LOG_LEVEL_INFORMATION, EVENT_ADVERTISED,
				  "announced as a time server");
		else
			clock_events_not_advertised(events, settings);
	}
	if ((changed & ANNOUNCE_ROLE_RELIABLE) != 0) {
		if ((now & ANNOUNCE_ROLE_RELIABLE) != 0)
			log_event(events->log, LOG_LEVEL_INFORMATION, EVENT_ADVERTISED_RELIABLE,
				  "this machine says that it is a reliable time source");
		else
			log_event(events->log, LOG_LEVEL_WARNING, EVENT_NOT_RELIABLE,
				  "this machine no longer says that it is a reliable time source");
	}
}

/* "2026-11-21 23:59:58.123456", UTC. */
static const char *clock_events_utc_text(utc_ns utc, char buffer[64])
{
	int64_t days = calendar_days_since_1970(utc);
	int64_t microseconds = (utc - days * DAY_NS) / 1000, seconds = microseconds / 1000000;
	struct calendar_date date = calendar_from_days(days);

	snprintf(buffer, 64, "%04lld-%02d-%02d %02lld:%02lld:%02lld.%06lld", (long long)date.year,
		 date.month, date.day, (long long)(seconds / 3600), (long long)(seconds / 60 % 60),
		 (long long)(seconds % 60), (long long)(microseconds % 1000000));
	return buffer;
}

void clock_events_step(struct clock_events *events, double step, utc_ns now)
{
	bool audited = fabs(step) > events->rules.jump_audit_limit;
	char old[64], new[64];

	log_event(events->log, LOG_LEVEL_WARNING, EVENT_CLOCK_STEPPED,
		  "the clock was stepped by %+.6f seconds", step);
	log_event(events->log, LOG_LEVEL_INFORMATION, EVENT_CLOCK_SET,
		  "w32timed set the clock from %s to %s UTC",
		  clock_events_utc_text(ns_add(now, -step), old), clock_events_utc_text(now, new));
	if (audited || events->rules.log_jumps)
		log_event(events->log, LOG_LEVEL_INFORMATION, EVENT_CLOCK_JUMPED,
			  "the clock jumped by %+.0f seconds%s", step,
			  audited ? ", more than TimeJumpAuditOffset" : "");
}

void clock_events_moved(struct clock_events *events, double step)
{
	log_event(events->log, LOG_LEVEL_INFORMATION, EVENT_CLOCK_JUMPED,
		  "somebody else moved the clock by %+.6f seconds", step);
}

void clock_events_refused(struct clock_events *events, double needed,
			  const struct phase_rules *rules, const char *source, raw_ns now)
{
	bool forward = needed > 0;

	events->source[0] = '\0';
	events->stratum = 0;
	if (!log_gate_open(&events->refusal_gate, now, REFUSAL_LOG_INTERVAL, NULL))
		return;
	log_event(events->log, LOG_LEVEL_ERROR, EVENT_CORRECTION_REFUSED,
		  "correction refused: %+.0f seconds, more than %s = %u allows (%s)", needed,
		  forward ? "MaxPosPhaseCorrection" : "MaxNegPhaseCorrection",
		  forward ? rules->max_positive_correction : rules->max_negative_correction,
		  source == NULL ? "several sources" : source);
}

void clock_events_rate(struct clock_events *events, double before, double now)
{
	if (fabs(now - before) >= events->rules.rate_audit_limit)
		log_event(events->log, LOG_LEVEL_INFORMATION, EVENT_CLOCK_RATE_CHANGED,
			  "the clock's rate changed from %+.3f to %+.3f ppm", before * 1e6,
			  now * 1e6);
}

void clock_events_spike_began(struct clock_events *events, raw_ns now)
{
	if (!events->spiking)
		events->spike_since = now;
	events->spiking = true;
	if (log_gate_open(&events->spike_gate, now, SPIKE_LOG_INTERVAL, NULL))
		log_event(events->log, LOG_LEVEL_INFORMATION, EVENT_NONE,
			  "a sample lies more than LargePhaseOffset away: not believed unless it "
			  "lasts");
}

void clock_events_spike(struct clock_events *events, const struct discipline_settings *settings,
			const struct discipline_status *status, double offset, raw_ns now)
{
	double lasted = ns_interval(events->spike_since, now);

	if (!events->spiking || status->state == DISCIPLINE_STATE_SPIKE)
		return;
	events->spiking = false;
	if (lasted < settings->spike_watch_period || fabs(offset) < settings->large_phase_offset)
		return;
	log_event(
		events->log, LOG_LEVEL_WARNING, EVENT_LARGE_OFFSET_LASTS,
		"an offset above %.0f ms has lasted %.0f seconds: the clock counts as wrong until "
		"it is corrected",
		settings->large_phase_offset * 1e3, lasted);
}
