#include <config.h>

#include "w32timed/timekeeping.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/calendar.h"
#include "loop/loop.h"

/* How long the usual sources may be silent before fallback peers are asked. */
#define FALLBACK_PATIENCE 15.0

struct source {
	source_id id;
	bool fallback;
	char name[300];
};

struct timekeeping {
	struct timekeeping_environment environment;
	struct timekeeping_settings settings;
	struct discipline *discipline;
	struct loop_timer *update;
	struct loop_timer *disturbance;
	struct clock_events events;
	struct source sources[DISCIPLINE_SOURCES_MAX];
	size_t source_count;
	struct announcement announcement;
	struct discipline_status last; /* as it was told */
	raw_ns started;
	raw_ns sought;      /* when the sources were last sought anew */
	raw_ns usable_seen; /* when a source other than a fallback one was usable */
	int64_t suspended_ns;
	bool ever_synchronized;
	bool refused;              /* the last correction was */
	bool resyncing;            /* the sources are being asked anew */
	bool learned;              /* the frequency comes from measurements of this run */
	bool slept, moved, silent; /* the service is still to be told */
	enum sync_result last_result;
};

static struct source *find_source(struct timekeeping *timekeeping, source_id id)
{
	for (size_t i = 0; i < timekeeping->source_count; i++) {
		if (timekeeping->sources[i].id == id)
			return &timekeeping->sources[i];
	}
	return NULL;
}

static void read_clock(struct timekeeping *timekeeping, struct clock_reading *reading)
{
	int result = clock_read(timekeeping->environment.clock, reading);

	if (result < 0) {
		log_event(timekeeping->environment.log, LOG_LEVEL_ERROR, EVENT_NONE,
			  "the clock cannot be read: %s", strerror(-result));
		*reading = (struct clock_reading){ .uncertainty = 1 };
	}
}

static void schedule_update(struct timekeeping *timekeeping, double seconds)
{
	loop_timer_set(timekeeping->update, fmax(seconds, 0.001));
}

/* ------------------------------------------------------------------------- */
/* Telling the log, the kernel and the service */

static void tell_selection(struct timekeeping *timekeeping, const struct discipline_status *status)
{
	struct source *source = find_source(timekeeping, status->selected);

	if (status->synchronized) {
		clock_events_source(&timekeeping->events, source == NULL ? NULL : source->name,
				    status->stratum, timekeeping->announcement.reference_id);
	} else if (timekeeping->last.synchronized && !timekeeping->refused) {
		timekeeping->last_result = SYNC_RESULT_NO_DATA;
		clock_events_lost(&timekeeping->events, status->since_last_update);
	}
}

/* A leap second comes at the end of June or December; the kernel makes it at
 * the end of the day on which it is told. */
static enum clock_leap leap_for_kernel(const struct discipline_status *status, utc_ns now)
{
	struct calendar_date tomorrow = calendar_from_days(calendar_days_since_1970(now) + 1);

	if (!status->synchronized)
		return CLOCK_LEAP_UNKNOWN;
	if (tomorrow.day != 1 || (tomorrow.month != 1 && tomorrow.month != 7))
		return CLOCK_LEAP_NONE;
	return (enum clock_leap)status->leap;
}

static void tell_kernel(struct timekeeping *timekeeping, const struct discipline_status *status,
			const struct clock_reading *now)
{
	struct clock *clock = timekeeping->environment.clock;
	struct clock_status kernel = {
		.synchronized = status->synchronized,
		.leap = leap_for_kernel(status, now->utc),
		.maximum_error = status->root_delay / 2 + status->root_dispersion,
		.expected_error = status->offset_deviation,
	};

	if (clock->maximum_rate > 0)
		clock->ops->set_status(clock, &kernel);
}

/* The source that was followed is configured no more and no other has taken its
 * place yet: until then we are what it made us. */
static void hold_last(const struct timekeeping *timekeeping, struct discipline_status *status,
		      uint32_t *reference_id)
{
	status->stratum = timekeeping->last.stratum;
	status->root_delay = timekeeping->last.root_delay;
	status->root_dispersion = fmax(status->root_dispersion, timekeeping->last.root_dispersion);
	*reference_id = timekeeping->announcement.reference_id;
}

/* Everything that follows from the discipline's present state. */
static void publish(struct timekeeping *timekeeping, const struct clock_reading *now)
{
	struct announcement before = timekeeping->announcement;
	struct discipline_status status;
	uint32_t reference_id = 0;
	bool changed;

	discipline_status(timekeeping->discipline, now, &status);
	/* Our clients need not know that an administrator was in doubt: what was
	 * said before stays true for these seconds. */
	if (timekeeping->resyncing && !status.synchronized)
		return;
	if (status.selected != 0)
		reference_id = timekeeping->environment.reference_id(
			timekeeping->environment.context, status.selected);
	if (status.synchronized && find_source(timekeeping, status.selected) == NULL)
		hold_last(timekeeping, &status, &reference_id);
	announce_compose(&timekeeping->settings.announce, &status, reference_id, now,
			 &timekeeping->announcement);
	tell_selection(timekeeping, &status);
	clock_events_role(&timekeeping->events, &timekeeping->settings.announce, before.role,
			  timekeeping->announcement.role);
	tell_kernel(timekeeping, &status, now);
	timekeeping->ever_synchronized |= status.synchronized;
	changed = status.selected != timekeeping->last.selected ||
		  status.state != timekeeping->last.state ||
		  status.synchronized != timekeeping->last.synchronized ||
		  status.stratum != timekeeping->last.stratum;
	timekeeping->last = status;
	timekeeping->environment.announced(timekeeping->environment.context,
					   &timekeeping->announcement);
	if (changed)
		timekeeping->environment.changed(timekeeping->environment.context);
}

/* ------------------------------------------------------------------------- */
/* Carrying decisions out */

static bool make_step(struct timekeeping *timekeeping, double step)
{
	struct clock *clock = timekeeping->environment.clock;
	struct clock_reading now;
	int result = clock->ops->step(clock, step);

	if (result < 0) {
		log_event(timekeeping->environment.log, LOG_LEVEL_ERROR, EVENT_NONE,
			  "the clock cannot be stepped by %.6f seconds: %s", step,
			  strerror(-result));
		return false;
	}
	read_clock(timekeeping, &now);
	clock_events_step(&timekeeping->events, step, now.utc);
	return true;
}

/* Whom the discipline would follow; while we are not synchronized its status
 * names nobody. */
static struct source *preferred_source(struct timekeeping *timekeeping,
				       const struct clock_reading *now)
{
	struct discipline_source_status status;

	for (size_t i = 0; i < timekeeping->source_count; i++) {
		if (discipline_source_status(timekeeping->discipline, timekeeping->sources[i].id,
					     now, &status) == 0 &&
		    status.selection == SELECTION_SELECTED)
			return &timekeeping->sources[i];
	}
	return NULL;
}

static void refuse(struct timekeeping *timekeeping, const struct discipline_action *action,
		   const struct clock_reading *now)
{
	struct source *source = preferred_source(timekeeping, now);

	timekeeping->refused = true;
	timekeeping->last_result = SYNC_RESULT_CHANGE_TOO_BIG;
	clock_events_refused(&timekeeping->events, action->step,
			     &timekeeping->settings.discipline.phase,
			     source == NULL ? NULL : source->name, now->raw);
}

/* The rate that is in force afterwards. */
static double make_rate(struct timekeeping *timekeeping, double rate)
{
	struct clock *clock = timekeeping->environment.clock;
	double before = clock->ops->rate(clock), actual = before;
	int result;

	if (clock->maximum_rate <= 0)
		return before;
	result = clock->ops->set_rate(clock, rate, &actual);
	if (result < 0) {
		log_event(timekeeping->environment.log, LOG_LEVEL_ERROR, EVENT_NONE,
			  "the clock's rate cannot be set: %s", strerror(-result));
		return before;
	}
	clock_events_rate(&timekeeping->events, before, actual);
	return actual;
}

static void note_disturbance(struct timekeeping *timekeeping,
			     const struct discipline_action *action,
			     const struct clock_reading *now)
{
	bool slept = now->suspended_ns - timekeeping->suspended_ns > NS_PER_SECOND;

	timekeeping->suspended_ns = now->suspended_ns;
	if (!slept && action->external_step == 0)
		return;
	if (!slept)
		clock_events_moved(&timekeeping->events, action->external_step);
	timekeeping->moved |= !slept;
	timekeeping->slept |= slept;
	loop_timer_soon(timekeeping->disturbance);
}

static void watch_spike(struct timekeeping *timekeeping, const struct discipline_action *action,
			const struct clock_reading *now)
{
	struct discipline_status status;

	if (action->spike_began)
		clock_events_spike_began(&timekeeping->events, now->raw);
	discipline_status(timekeeping->discipline, now, &status);
	clock_events_spike(&timekeeping->events, &timekeeping->settings.discipline, &status,
			   action->kind == DISCIPLINE_NONE ? status.offset : action->step,
			   now->raw);
}

/* When no sample has come for ClockHoldoverPeriod, or for two poll intervals if
 * that is longer, the sources are sought anew; s until then. */
static double watch_silence(struct timekeeping *timekeeping, const struct clock_reading *now)
{
	double silence = ns_interval(timekeeping->sought, now->raw), patience;
	const struct discipline_status *last = &timekeeping->last;

	if (last->since_last_update >= 0)
		silence = fmin(silence, last->since_last_update);
	patience = fmax(timekeeping->settings.holdover_period, 2 * exp2(last->poll));
	if (silence < patience)
		return patience - silence;
	timekeeping->sought = now->raw;
	timekeeping->silent = true;
	loop_timer_soon(timekeeping->disturbance);
	return patience;
}

static void update(struct timekeeping *timekeeping)
{
	struct discipline_action action;
	struct clock_reading now;
	bool stepped = false;
	double rate;

	read_clock(timekeeping, &now);
	discipline_update(timekeeping->discipline, &now, &action);
	note_disturbance(timekeeping, &action, &now);
	watch_spike(timekeeping, &action, &now);
	if (action.kind == DISCIPLINE_STEP)
		stepped = make_step(timekeeping, action.step);
	else if (action.kind == DISCIPLINE_REFUSE)
		refuse(timekeeping, &action, &now);
	rate = make_rate(timekeeping, action.rate);
	read_clock(timekeeping, &now);
	discipline_done(timekeeping->discipline, &now, rate, stepped);
	publish(timekeeping, &now);
	schedule_update(timekeeping, fmin(action.next_update, watch_silence(timekeeping, &now)));
}

static void on_update(void *context)
{
	update(context);
}

static void on_disturbance(void *context)
{
	struct timekeeping *timekeeping = context;
	const struct timekeeping_environment *environment = &timekeeping->environment;
	bool slept = timekeeping->slept, moved = timekeeping->moved, silent = timekeeping->silent;

	timekeeping->slept = timekeeping->moved = timekeeping->silent = false;
	if (slept || moved)
		environment->disturbed(environment->context, slept);
	if (silent)
		environment->silent(environment->context);
}

/* ------------------------------------------------------------------------- */

struct timekeeping *timekeeping_create(const struct timekeeping_environment *environment,
				       const struct timekeeping_settings *settings,
				       const struct discipline_frequency *frequency)
{
	struct timekeeping *timekeeping = calloc(1, sizeof *timekeeping);
	struct clock_reading now;

	if (timekeeping == NULL)
		return NULL;
	timekeeping->environment = *environment;
	timekeeping->settings = *settings;
	timekeeping->events.log = environment->log;
	timekeeping->events.rules = settings->events;
	timekeeping->last_result = SYNC_RESULT_NO_DATA;
	timekeeping->discipline = discipline_create(&settings->discipline, frequency);
	if (timekeeping->discipline == NULL ||
	    loop_timer_create(&timekeeping->update, environment->loop, on_update, timekeeping) <
		    0 ||
	    loop_timer_create(&timekeeping->disturbance, environment->loop, on_disturbance,
			      timekeeping) < 0) {
		timekeeping_destroy(timekeeping);
		return NULL;
	}
	read_clock(timekeeping, &now);
	timekeeping->started = now.raw;
	timekeeping->sought = now.raw;
	timekeeping->usable_seen = now.raw;
	timekeeping->suspended_ns = now.suspended_ns;
	schedule_update(timekeeping, 0);
	return timekeeping;
}

void timekeeping_destroy(struct timekeeping *timekeeping)
{
	if (timekeeping == NULL)
		return;
	loop_timer_destroy(timekeeping->update);
	loop_timer_destroy(timekeeping->disturbance);
	discipline_destroy(timekeeping->discipline);
	free(timekeeping);
}

void timekeeping_configure(struct timekeeping *timekeeping,
			   const struct timekeeping_settings *settings)
{
	timekeeping->settings = *settings;
	timekeeping->events.rules = settings->events;
	discipline_configure(timekeeping->discipline, &settings->discipline);
	update(timekeeping);
}

int timekeeping_add_source(struct timekeeping *timekeeping, source_id id, const char *name,
			   const struct discipline_source_settings *settings)
{
	struct source *source = find_source(timekeeping, id);
	int result;

	if (source == NULL && timekeeping->source_count == DISCIPLINE_SOURCES_MAX)
		return -ENOSPC;
	result = discipline_add_source(timekeeping->discipline, id, settings);
	if (result == -EEXIST)
		discipline_configure_source(timekeeping->discipline, id, settings);
	else if (result < 0)
		return result;
	if (source == NULL)
		source = &timekeeping->sources[timekeeping->source_count++];
	source->id = id;
	source->fallback = settings->fallback;
	snprintf(source->name, sizeof source->name, "%s", name);
	return 0;
}

void timekeeping_remove_source(struct timekeeping *timekeeping, source_id id)
{
	struct source *source = find_source(timekeeping, id);

	if (source == NULL)
		return;
	discipline_remove_source(timekeeping->discipline, id);
	*source = timekeeping->sources[--timekeeping->source_count];
	schedule_update(timekeeping, 0);
}

void timekeeping_source_unreachable(struct timekeeping *timekeeping, source_id id)
{
	discipline_source_unreachable(timekeeping->discipline, id);
	schedule_update(timekeeping, 0);
}

enum discipline_verdict timekeeping_measure(struct timekeeping *timekeeping, source_id id,
					    const struct measurement *measurement)
{
	enum discipline_verdict verdict;
	struct clock_reading now;

	read_clock(timekeeping, &now);
	verdict = discipline_measure(timekeeping->discipline, id, measurement, &now);
	if (verdict == MEASUREMENT_ACCEPTED) {
		timekeeping->learned = true;
		timekeeping->refused = false;
		timekeeping->last_result = SYNC_RESULT_SUCCESS;
		update(timekeeping);
	}
	return verdict;
}

int timekeeping_source_status(struct timekeeping *timekeeping, source_id id,
			      struct discipline_source_status *status)
{
	struct clock_reading now;

	read_clock(timekeeping, &now);
	return discipline_source_status(timekeeping->discipline, id, &now, status);
}

int timekeeping_poll(struct timekeeping *timekeeping, source_id id)
{
	struct discipline_source_status status;

	if (timekeeping_source_status(timekeeping, id, &status) < 0)
		return timekeeping->settings.discipline.min_poll;
	return status.poll;
}

bool timekeeping_wants_interleaved(struct timekeeping *timekeeping, source_id id, raw_ns when)
{
	return discipline_wants_interleaved(timekeeping->discipline, id, when);
}

bool timekeeping_fallback_needed(struct timekeeping *timekeeping)
{
	struct discipline_source_status status;
	struct clock_reading now;
	bool others = false;

	read_clock(timekeeping, &now);
	for (size_t i = 0; i < timekeeping->source_count; i++) {
		struct source *source = &timekeeping->sources[i];

		if (source->fallback)
			continue;
		others = true;
		if (discipline_source_status(timekeeping->discipline, source->id, &now, &status) ==
			    0 &&
		    status.selection != SELECTION_UNUSABLE) {
			timekeeping->usable_seen = now.raw;
			return false;
		}
	}
	return !others || ns_interval(timekeeping->usable_seen, now.raw) > FALLBACK_PATIENCE;
}

void timekeeping_resync(struct timekeeping *timekeeping, bool force)
{
	discipline_resync(timekeeping->discipline, force);
	timekeeping->resyncing = true;
	timekeeping->refused = false;
	timekeeping->events.refusal_gate = (struct log_gate){ 0 };
	update(timekeeping);
}

bool timekeeping_is_undecided(struct timekeeping *timekeeping)
{
	struct discipline_status status;
	struct clock_reading now;

	read_clock(timekeeping, &now);
	discipline_status(timekeeping->discipline, &now, &status);
	return status.state == DISCIPLINE_STATE_UNSET && !timekeeping->refused;
}

enum sync_result timekeeping_resync_result(struct timekeeping *timekeeping, unsigned good,
					   bool again)
{
	timekeeping->resyncing = timekeeping->resyncing && again;
	update(timekeeping);
	if (timekeeping->refused)
		timekeeping->last_result = SYNC_RESULT_CHANGE_TOO_BIG;
	else if (good == 0)
		timekeeping->last_result = SYNC_RESULT_NO_DATA;
	else if (!timekeeping->last.synchronized)
		timekeeping->last_result = SYNC_RESULT_STALE_DATA;
	else
		timekeeping->last_result = SYNC_RESULT_SUCCESS;
	return timekeeping->last_result;
}

void timekeeping_check(struct timekeeping *timekeeping)
{
	update(timekeeping);
}

static const char *source_text(struct timekeeping *timekeeping,
			       const struct discipline_status *status)
{
	struct source *source = find_source(timekeeping, status->selected);
	struct discipline_source_status now;

	if (status->synchronized && source != NULL &&
	    timekeeping_source_status(timekeeping, source->id, &now) == 0 &&
	    now.selection != SELECTION_UNUSABLE)
		return source->name;
	return timekeeping->ever_synchronized ? "Free-running System Clock" : "Local CMOS Clock";
}

void timekeeping_status(struct timekeeping *timekeeping, struct timekeeping_status *status)
{
	struct clock *clock = timekeeping->environment.clock;
	struct clock_reading now;
	double age;

	read_clock(timekeeping, &now);
	discipline_status(timekeeping->discipline, &now, &status->discipline);
	status->announcement = timekeeping->announcement;
	age = fmax(ns_interval(status->announcement.computed_at, now.raw), 0);
	status->announcement.root_dispersion += age * status->announcement.dispersion_rate;
	status->source = source_text(timekeeping, &status->discipline);
	status->last_result = timekeeping->last_result;
	status->running = ns_interval(timekeeping->started, now.raw);
	status->since_last_good = status->discipline.since_last_update >= 0
					  ? status->discipline.since_last_update
					  : status->running;
	status->clock_rate = clock->tick * (1 + clock->ops->rate(clock));
	status->now = now.utc;
}

bool timekeeping_frequency(struct timekeeping *timekeeping, struct discipline_frequency *frequency)
{
	struct discipline_status status;
	struct clock_reading now;

	if (!timekeeping->learned)
		return false;
	read_clock(timekeeping, &now);
	discipline_status(timekeeping->discipline, &now, &status);
	*frequency = status.frequency;
	return status.synchronized && isfinite(frequency->frequency) &&
	       isfinite(frequency->uncertainty);
}

void timekeeping_settle(struct timekeeping *timekeeping)
{
	struct discipline_frequency frequency;

	if (timekeeping_frequency(timekeeping, &frequency))
		make_rate(timekeeping, 1 / (1 + frequency.frequency) - 1);
}
