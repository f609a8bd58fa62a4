#include "client/schedule.h"

#include <math.h>

/* Misses beyond are not counted; a multiple of POLLING_MISSES_MAX, plus one. */
#define MISSES_COUNTED 1000001u
/* So many misses in a row end a burst to a server that has answered before: it
 * may be limiting rates without saying so. */
#define BURST_MISSES 2
/* s.  The first request waits no longer when there is haste; a new association's own
 * plan is shorter. */
#define FIRST_DELAY 0.5
/* s, between requests to a server that asked for fewer, when we are told to ask. */
#define LIMITED_SPACING 8.0
/* A server that gave time so often since it asked for fewer requests is asked a
 * little more often again: one bad hour, or one forger on the way, must not slow
 * us down for good. */
#define LIMIT_ANSWERS 8

void schedule_init(struct schedule *schedule, const struct polling_settings *settings, raw_ns first)
{
	*schedule = (struct schedule){
		.settings = *settings,
		.polling = { .wanted = settings->min_poll },
		.due = first,
	};
}

double schedule_interval(const struct schedule *schedule)
{
	return polling_interval(&schedule->settings, &schedule->polling);
}

int schedule_exponent(const struct schedule *schedule)
{
	return polling_exponent(&schedule->settings, &schedule->polling);
}

bool schedule_is_bursting(const struct schedule *schedule)
{
	return schedule->burst_requests > 0;
}

static bool schedule_is_limited(const struct schedule *schedule)
{
	return schedule->polling.floor > 0;
}

static void schedule_stop_burst(struct schedule *schedule)
{
	schedule->burst_requests = 0;
	schedule->burst_answers = 0;
}

static void schedule_plan(struct schedule *schedule, uint32_t random)
{
	double wait;

	if (schedule_is_bursting(schedule) && !schedule_is_limited(schedule))
		wait = POLLING_BURST_SPACING;
	else
		wait = polling_randomize(schedule_interval(schedule), random);
	schedule->due = ns_add(schedule->last_asked, wait);
}

void schedule_configure(struct schedule *schedule, const struct polling_settings *settings,
			raw_ns now, uint32_t random)
{
	raw_ns planned = schedule->due;

	schedule->settings = *settings;
	if (schedule->waiting || !schedule->ever_asked)
		return;
	schedule_plan(schedule, random);
	if (schedule->due > planned)
		schedule->due = planned;
	if (schedule->due < now)
		schedule->due = now;
}

void schedule_burst(struct schedule *schedule, raw_ns now, unsigned requests, unsigned answers)
{
	bool limited = schedule_is_limited(schedule);
	raw_ns earliest;

	if (!schedule_is_bursting(schedule))
		schedule->burst_misses = 0;
	if (!limited && schedule->burst_requests < requests)
		schedule->burst_requests = requests;
	if (!limited && schedule->burst_answers < answers)
		schedule->burst_answers = answers;
	if (schedule->waiting)
		earliest = ns_add(now, POLLING_BURST_PATIENCE);
	else if (schedule->ever_asked)
		earliest = ns_add(schedule->last_asked,
				  limited ? LIMITED_SPACING : POLLING_BURST_SPACING);
	else
		earliest = ns_add(now, FIRST_DELAY);
	if (earliest < now)
		earliest = now;
	if (schedule->due > earliest)
		schedule->due = earliest;
}

void schedule_end_burst(struct schedule *schedule, uint32_t random)
{
	schedule_stop_burst(schedule);
	if (!schedule->waiting && schedule->ever_asked)
		schedule_plan(schedule, random);
}

void schedule_inherit_misses(struct schedule *schedule, raw_ns now, unsigned misses)
{
	schedule->polling.earlier_misses = misses < MISSES_COUNTED ? misses : MISSES_COUNTED;
	schedule->due = ns_add(now, schedule_interval(schedule));
}

/* s, for which an answer is waited for. */
static double schedule_patience(const struct schedule *schedule)
{
	double share = POLLING_BURST_PATIENCE / POLLING_BURST_SPACING;

	if (schedule_is_bursting(schedule))
		return POLLING_BURST_PATIENCE;
	return fmin(POLLING_PATIENCE, schedule_interval(schedule) * share);
}

void schedule_asked(struct schedule *schedule, raw_ns now)
{
	schedule->due = ns_add(now, schedule_patience(schedule));
	schedule->waiting = true;
	schedule->last_asked = now;
	schedule->ever_asked = true;
	if (schedule->burst_requests > 0)
		schedule->burst_requests--;
}

void schedule_restart(struct schedule *schedule, raw_ns now)
{
	schedule->waiting = false;
	schedule->due = ns_add(now, POLLING_BURST_SPACING);
}

/* ------------------------------------------------------------------------- */

static void schedule_note_within_limit(struct schedule *schedule)
{
	struct polling_state *polling = &schedule->polling;

	if (polling->floor == 0 || ++schedule->answers_since_rate < LIMIT_ANSWERS)
		return;
	schedule->answers_since_rate = 0;
	polling->floor = polling_lower_floor(&schedule->settings, polling->floor);
}

void schedule_answered(struct schedule *schedule)
{
	schedule->polling.misses = 0;
	schedule->polling.answered = true;
	schedule->burst_misses = 0;
	schedule_note_within_limit(schedule);
	if (schedule->burst_answers > 0 && --schedule->burst_answers == 0)
		schedule_stop_burst(schedule);
}

void schedule_missed(struct schedule *schedule, bool stubborn)
{
	if (schedule->polling.misses < MISSES_COUNTED)
		schedule->polling.misses++;
	if (schedule_is_bursting(schedule) && schedule->polling.answered && !stubborn &&
	    ++schedule->burst_misses >= BURST_MISSES)
		schedule_stop_burst(schedule);
}

void schedule_limited(struct schedule *schedule)
{
	schedule->polling.floor = polling_raise_floor(schedule->polling.floor,
						      schedule_exponent(schedule));
	schedule->answers_since_rate = 0;
	schedule_stop_burst(schedule);
}

void schedule_next(struct schedule *schedule, uint32_t random)
{
	schedule->waiting = false;
	if (schedule->burst_requests == 0)
		schedule->burst_answers = 0;
	schedule_plan(schedule, random);
}
