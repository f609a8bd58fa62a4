#include <config.h>

#include "w32timed/timekeeping.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
	struct reference reference; /* both as they were told */
	struct discipline_status last;
	raw_ns started;
	raw_ns sought;      /* when the sources were last sought anew */
	raw_ns usable_seen; /* when a source other than a fallback one was usable */
	int64_t suspended_ns;
	bool ever_synchronized;
	bool learned;              /* the frequency comes from measurements of this run */
	bool slept, moved, silent; /* the service is still to be told */
	bool clock_was_set;        /* by somebody else; the kernel is still to be told */
	int clock_refused;         /* why it took no correction when that was last told; 0 */
	enum sync_result last_result;
};

static struct source *timekeeping_find_source(struct timekeeping *timekeeping, source_id id)
{
	for (size_t i = 0; i < timekeeping->source_count; i++) {
		if (timekeeping->sources[i].id == id)
			return &timekeeping->sources[i];
	}
	return NULL;
}

static void timekeeping_read_clock(struct timekeeping *timekeeping, struct clock_reading *reading)
{
	int result = clock_read(timekeeping->environment.clock, reading);

	if (result < 0) {
		log_event(timekeeping->environment.log, LOG_LEVEL_ERROR, EVENT_NONE,
			  "the clock cannot be read: %s", strerror(-result));
		*reading = (struct clock_reading){ .uncertainty = 1 };
	}
}

static void timekeeping_schedule_update(struct timekeeping *timekeeping, double seconds)
{
	loop_timer_set(timekeeping->update, fmax(seconds, 0.001));
}

/* ------------------------------------------------------------------------- */
/* Telling the log, the kernel and the service */

static void timekeeping_tell_selection(struct timekeeping *timekeeping,
				       const struct reference *reference,
				       const struct discipline_status *status)
{
	struct source *source = timekeeping_find_source(timekeeping, reference->source);

	if (reference_is_synchronized(reference)) {
		clock_events_source(&timekeeping->events, source == NULL ? NULL : source->name,
				    reference->stratum, reference->reference_id);
	} else if (reference_is_synchronized(&timekeeping->reference) && !status->refused) {
		timekeeping->last_result = SYNC_RESULT_NO_DATA;
		clock_events_lost(&timekeeping->events, status->since_last_update);
	}
}

/* How many seconds later it has to be told again; 0: with the next update. */
static int timekeeping_tell_kernel(struct timekeeping *timekeeping,
				   const struct reference *reference,
				   const struct discipline_status *status)
{
	struct clock *clock = timekeeping->environment.clock;
	struct clock_status kernel = {
		.synchronized = reference_is_synchronized(reference),
		.leap = reference->pending_leap != 0 ? (enum ntp_leap)reference->pending_leap
						     : (enum ntp_leap)reference->leap,
		.maximum_error = reference->root_delay / 2 + reference->root_dispersion,
		.expected_error = status->offset_deviation,
		.was_set = timekeeping->clock_was_set,
	};

	timekeeping->clock_was_set = false;
	return clock->maximum_rate > 0 ? clock->ops->set_status(clock, &kernel) : 0;
}

/* Everything that follows from the discipline's present state; returns as
 * timekeeping_tell_kernel(). */
static int timekeeping_publish(struct timekeeping *timekeeping, const struct clock_reading *now)
{
	struct announcement before = timekeeping->announcement;
	struct discipline_status status;
	struct reference reference;
	bool changed;
	int again;

	discipline_status(timekeeping->discipline, now, &status);
	discipline_reference(timekeeping->discipline, now, &reference);
	announce_compose(&timekeeping->settings.announce, &reference, status.poll, now,
			 &timekeeping->announcement);
	timekeeping_tell_selection(timekeeping, &reference, &status);
	clock_events_role(&timekeeping->events, &timekeeping->settings.announce, before.role,
			  timekeeping->announcement.role);
	again = timekeeping_tell_kernel(timekeeping, &reference, &status);
	timekeeping->ever_synchronized |= reference_is_synchronized(&reference);
	changed = reference.source != timekeeping->reference.source ||
		  reference.stratum != timekeeping->reference.stratum ||
		  status.state != timekeeping->last.state;
	timekeeping->last = status;
	timekeeping->reference = reference;
	timekeeping->environment.announced(timekeeping->environment.context,
					   &timekeeping->announcement);
	if (changed)
		timekeeping->environment.changed(timekeeping->environment.context);
	return again;
}

/* ------------------------------------------------------------------------- */
/* Carrying decisions out */

/* Tells once that the clock cannot be corrected, and when it can be again. */
static void timekeeping_tell_refusal(struct timekeeping *timekeeping, const char *what, int result)
{
	struct log *log = timekeeping->environment.log;
	int refused = result < 0 ? result : 0;

	if (refused == timekeeping->clock_refused)
		return;
	timekeeping->clock_refused = refused;
	if (refused < 0)
		log_event(log, LOG_LEVEL_ERROR, EVENT_NONE,
			  "the clock's %s cannot be changed: %s; until it can be, the clock is not "
			  "synchronized",
			  what, strerror(-refused));
	else
		log_event(log, LOG_LEVEL_INFORMATION, EVENT_NONE,
			  "the clock can be corrected again");
}

static int timekeeping_make_step(struct timekeeping *timekeeping, double step,
				 const struct clock_reading *now)
{
	struct clock *clock = timekeeping->environment.clock;
	int result = clock->ops->step(clock, step);

	if (result == 0)
		clock_events_step(&timekeeping->events, step, ns_add(now->utc, step));
	return result;
}

/* Whom the discipline would follow; while we are not synchronized its status
 * names nobody. */
static struct source *timekeeping_preferred_source(struct timekeeping *timekeeping,
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

static void timekeeping_refuse(struct timekeeping *timekeeping,
			       const struct discipline_action *action,
			       const struct clock_reading *now)
{
	struct source *source = timekeeping_preferred_source(timekeeping, now);

	timekeeping->last_result = SYNC_RESULT_CHANGE_TOO_BIG;
	clock_events_refused(&timekeeping->events, action->step,
			     &timekeeping->settings.discipline.phase,
			     source == NULL ? NULL : source->name, now->raw);
}

/* RATE becomes the one in force.  1: it was another one before; 0; or why it could not
 * be set. */
static int timekeeping_make_rate(struct timekeeping *timekeeping, double *rate)
{
	struct clock *clock = timekeeping->environment.clock;
	double before = clock->ops->rate(clock), wanted = *rate;
	int result;

	*rate = before;
	if (clock->maximum_rate <= 0)
		return 0;
	result = clock->ops->set_rate(clock, wanted, rate);
	if (result < 0) {
		*rate = before;
		return result;
	}
	clock_events_rate(&timekeeping->events, before, *rate);
	return *rate != before;
}

/* Steps the clock and sets its rate; STEPPED: it took the step.  The same answers. */
static int timekeeping_correct(struct timekeeping *timekeeping,
			       const struct discipline_action *action,
			       const struct clock_reading *now, double *rate, bool *stepped)
{
	int step = 0, changed;

	*stepped = false;
	if (action->kind == DISCIPLINE_STEP) {
		step = timekeeping_make_step(timekeeping, action->step, now);
		*stepped = step == 0;
	}
	changed = timekeeping_make_rate(timekeeping, rate);
	timekeeping_tell_refusal(timekeeping, step < 0 ? "time" : "rate",
				 step < 0      ? step
				 : changed < 0 ? changed
					       : 0);
	return step < 0 ? step : changed;
}

static void timekeeping_note_disturbance(struct timekeeping *timekeeping,
					 const struct discipline_action *action,
					 const struct clock_reading *now)
{
	bool slept = now->suspended_ns - timekeeping->suspended_ns > NS_PER_SECOND;

	timekeeping->suspended_ns = now->suspended_ns;
	if (!slept && action->external_step == 0)
		return;
	if (!slept)
		clock_events_moved(&timekeeping->events, action->external_step);
	timekeeping->clock_was_set = true;
	timekeeping->moved |= !slept;
	timekeeping->slept |= slept;
	loop_timer_soon(timekeeping->disturbance);
}

static void timekeeping_watch_spike(struct timekeeping *timekeeping,
				    const struct discipline_action *action,
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
static double timekeeping_watch_silence(struct timekeeping *timekeeping,
					const struct clock_reading *now)
{
	double silence = ns_interval(timekeeping->sought, now->raw), patience;
	const struct discipline_status *last = &timekeeping->last;

	if (last->since_last_update >= 0)
		silence = fmin(silence, last->since_last_update);
	patience = fmax(timekeeping->settings.silence_period, 2 * exp2(last->poll));
	if (silence < patience)
		return patience - silence;
	timekeeping->sought = now->raw;
	timekeeping->silent = true;
	loop_timer_soon(timekeeping->disturbance);
	return patience;
}

/* What the discipline has decided at NOW.  The clock is read once more if that
 * changed it. */
static void timekeeping_carry_out(struct timekeeping *timekeeping,
				  const struct discipline_action *action,
				  const struct clock_reading *now)
{
	struct clock_reading after = *now;
	double rate = action->rate, next;
	int result, again;
	bool stepped;

	timekeeping_note_disturbance(timekeeping, action, now);
	timekeeping_watch_spike(timekeeping, action, now);
	if (action->kind == DISCIPLINE_REFUSE)
		timekeeping_refuse(timekeeping, action, now);
	result = timekeeping_correct(timekeeping, action, now, &rate, &stepped);
	if (stepped || result > 0)
		timekeeping_read_clock(timekeeping, &after);
	discipline_done(timekeeping->discipline, &after, rate, stepped, result < 0);
	again = timekeeping_publish(timekeeping, &after);
	next = fmin(action->next_update, timekeeping_watch_silence(timekeeping, &after));
	next = again > 0 ? fmin(next, again) : next;
	/* The loop's clock may be slewed with the system's.  An update that comes early asks
	 * for another; one that came late would let a slew overshoot. */
	timekeeping_schedule_update(timekeeping, next * fmin(1 + rate, 1));
}

static void timekeeping_update(struct timekeeping *timekeeping)
{
	struct discipline_action action;
	struct clock_reading now;

	timekeeping_read_clock(timekeeping, &now);
	discipline_update(timekeeping->discipline, &now, &action);
	timekeeping_carry_out(timekeeping, &action, &now);
}

static void timekeeping_on_update(void *context)
{
	timekeeping_update(context);
}

static void timekeeping_on_disturbance(void *context)
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
	    loop_timer_create(&timekeeping->update, environment->loop, timekeeping_on_update,
			      timekeeping) < 0 ||
	    loop_timer_create(&timekeeping->disturbance, environment->loop,
			      timekeeping_on_disturbance, timekeeping) < 0) {
		timekeeping_destroy(timekeeping);
		return NULL;
	}
	timekeeping_read_clock(timekeeping, &now);
	timekeeping->started = now.raw;
	timekeeping->sought = now.raw;
	timekeeping->usable_seen = now.raw;
	timekeeping->suspended_ns = now.suspended_ns;
	timekeeping_schedule_update(timekeeping, 0);
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
	timekeeping_update(timekeeping);
}

/* ------------------------------------------------------------------------- */
/* Sources and their samples: struct sample_sink */

static int timekeeping_sink_add(void *context, source_id id, const struct sample_source *told)
{
	struct timekeeping *timekeeping = context;
	struct source *source = timekeeping_find_source(timekeeping, id);
	struct discipline_source_settings settings = {
		.fallback = told->fallback,
		.fixed_poll = told->fixed_poll,
		.poll_seconds = told->poll_seconds,
		.reference_id = told->reference_id,
	};
	int result;

	if (source == NULL && timekeeping->source_count == DISCIPLINE_SOURCES_MAX)
		return -ENOSPC;
	result = discipline_add_source(timekeeping->discipline, id, &settings);
	if (result == -EEXIST)
		discipline_configure_source(timekeeping->discipline, id, &settings);
	else if (result < 0)
		return result;
	if (source == NULL)
		source = &timekeeping->sources[timekeeping->source_count++];
	source->id = id;
	source->fallback = told->fallback;
	snprintf(source->name, sizeof source->name, "%s", told->name);
	return 0;
}

static void timekeeping_sink_remove(void *context, source_id id)
{
	struct timekeeping *timekeeping = context;
	struct source *source = timekeeping_find_source(timekeeping, id);

	if (source == NULL)
		return;
	discipline_remove_source(timekeeping->discipline, id);
	*source = timekeeping->sources[--timekeeping->source_count];
	timekeeping_schedule_update(timekeeping, 0);
}

static void timekeeping_sink_unreachable(void *context, source_id id)
{
	struct timekeeping *timekeeping = context;

	discipline_source_unreachable(timekeeping->discipline, id);
	timekeeping_schedule_update(timekeeping, 0);
}

static void timekeeping_sink_sample(void *context, source_id id,
				    const struct measurement *measurement,
				    const struct clock_reading *now, struct sample_outcome *told)
{
	struct timekeeping *timekeeping = context;
	struct discipline_outcome outcome;

	discipline_sample(timekeeping->discipline, id, measurement, now, &outcome);
	*told = (struct sample_outcome){
		.verdict = outcome.verdict,
		.poll = outcome.poll,
		.interleave_within = outcome.interleave_within,
	};
	if (outcome.verdict != MEASUREMENT_ACCEPTED)
		return;
	timekeeping->learned = true;
	timekeeping->last_result = SYNC_RESULT_SUCCESS;
	timekeeping_carry_out(timekeeping, &outcome.action, now);
	if (timekeeping->last.refused)
		timekeeping->last_result = SYNC_RESULT_CHANGE_TOO_BIG;
}

static bool timekeeping_sink_fallback_needed(void *context, const struct clock_reading *now)
{
	struct timekeeping *timekeeping = context;
	struct discipline_source_status status;
	bool others = false;

	for (size_t i = 0; i < timekeeping->source_count; i++) {
		struct source *source = &timekeeping->sources[i];

		if (source->fallback)
			continue;
		others = true;
		if (discipline_source_status(timekeeping->discipline, source->id, now, &status) ==
			    0 &&
		    status.selection != SELECTION_UNUSABLE) {
			timekeeping->usable_seen = now->raw;
			return false;
		}
	}
	return !others || ns_interval(timekeeping->usable_seen, now->raw) > FALLBACK_PATIENCE;
}

struct sample_sink timekeeping_sink(struct timekeeping *timekeeping)
{
	return (struct sample_sink){
		.add = timekeeping_sink_add,
		.remove = timekeeping_sink_remove,
		.unreachable = timekeeping_sink_unreachable,
		.sample = timekeeping_sink_sample,
		.fallback_needed = timekeeping_sink_fallback_needed,
		.context = timekeeping,
	};
}

int timekeeping_source_status(struct timekeeping *timekeeping, source_id id,
			      struct discipline_source_status *status)
{
	struct clock_reading now;

	timekeeping_read_clock(timekeeping, &now);
	return discipline_source_status(timekeeping->discipline, id, &now, status);
}

/* ------------------------------------------------------------------------- */

void timekeeping_resync(struct timekeeping *timekeeping, bool force)
{
	discipline_resync(timekeeping->discipline, force);
	timekeeping->events.refusal_gate = (struct log_gate){ 0 };
	timekeeping_update(timekeeping);
}

bool timekeeping_is_undecided(struct timekeeping *timekeeping)
{
	struct discipline_status status;
	struct clock_reading now;

	timekeeping_read_clock(timekeeping, &now);
	discipline_status(timekeeping->discipline, &now, &status);
	return status.undecided;
}

enum sync_result timekeeping_resync_result(struct timekeeping *timekeeping, unsigned good)
{
	if (good == 0)
		discipline_resync_failed(timekeeping->discipline);
	timekeeping_update(timekeeping);
	if (good == 0)
		timekeeping->last_result = SYNC_RESULT_NO_DATA;
	else if (timekeeping->last.refused)
		timekeeping->last_result = SYNC_RESULT_CHANGE_TOO_BIG;
	else if (!reference_is_synchronized(&timekeeping->reference))
		timekeeping->last_result = SYNC_RESULT_STALE_DATA;
	else
		timekeeping->last_result = SYNC_RESULT_SUCCESS;
	return timekeeping->last_result;
}

void timekeeping_check(struct timekeeping *timekeeping)
{
	timekeeping->clock_was_set = true;
	timekeeping_update(timekeeping);
}

/* The selected source while it answers. */
static const char *timekeeping_source_text(struct timekeeping *timekeeping,
					   const struct reference *reference,
					   const struct clock_reading *now)
{
	struct source *source = timekeeping_find_source(timekeeping, reference->source);
	struct discipline_source_status status;

	if (source != NULL &&
	    discipline_source_status(timekeeping->discipline, source->id, now, &status) == 0 &&
	    status.selection != SELECTION_UNUSABLE)
		return source->name;
	return timekeeping->ever_synchronized ? "Free-running System Clock" : "Local CMOS Clock";
}

void timekeeping_status(struct timekeeping *timekeeping, struct timekeeping_status *status)
{
	struct clock *clock = timekeeping->environment.clock;
	struct clock_reading now;
	uint32_t role = timekeeping->announcement.role;

	timekeeping_read_clock(timekeeping, &now);
	discipline_status(timekeeping->discipline, &now, &status->discipline);
	discipline_reference(timekeeping->discipline, &now, &status->reference);
	announce_compose(&timekeeping->settings.announce, &status->reference,
			 status->discipline.poll, &now, &status->announcement);
	status->announcement.role = role;
	status->source = timekeeping_source_text(timekeeping, &status->reference, &now);
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
	timekeeping_read_clock(timekeeping, &now);
	discipline_status(timekeeping->discipline, &now, &status);
	*frequency = status.frequency;
	return reference_is_synchronized(&timekeeping->reference) &&
	       isfinite(frequency->frequency) && isfinite(frequency->uncertainty);
}

void timekeeping_settle(struct timekeeping *timekeeping)
{
	struct discipline_frequency frequency;
	double rate;

	if (!timekeeping_frequency(timekeeping, &frequency))
		return;
	rate = 1 / (1 + frequency.frequency) - 1;
	timekeeping_tell_refusal(timekeeping, "rate", timekeeping_make_rate(timekeeping, &rate));
}
