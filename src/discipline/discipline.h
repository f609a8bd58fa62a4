/* The clock discipline.  Exchanges go in; what to do to the clock comes out.
 *
 * One state describes one clock: phase and frequency of the raw oscillator
 * against UTC, learned from every exchange with every accepted source
 * (discipline/estimator.h).  Which sources are accepted is decided by RFC 5905
 * section 11.2 (discipline/select.h), whether the clock is stepped, slewed or
 * left by W32Time's rules (discipline/phase.h), and how its rate is set by
 * discipline/servo.h.  Pure: no I/O, no clock read, no global; all memory is
 * allocated when a source is added. */
#ifndef W32TIMED_DISCIPLINE_DISCIPLINE_H
#define W32TIMED_DISCIPLINE_DISCIPLINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "discipline/action.h"
#include "discipline/measurement.h"
#include "discipline/reference.h"
#include "discipline/settings.h"
#include "discipline/state_machine.h"
#include "platform/clock.h" /* struct clock_reading */

/* The oscillator's frequency as known from an earlier run. */
struct discipline_frequency {
	double frequency;   /* raw oscillator against UTC, fraction; fast: positive */
	double uncertainty; /* one standard deviation; large: unknown */
};

struct discipline;

/* FREQUENCY may be NULL: nothing is known.  NULL when memory is short. */
struct discipline *discipline_create(const struct discipline_settings *settings,
				     const struct discipline_frequency *frequency);
void discipline_destroy(struct discipline *discipline);

/* What is known of clock and sources stays. */
void discipline_configure(struct discipline *discipline,
			  const struct discipline_settings *settings);

/* ------------------------------------------------------------------------- */
/* Sources */

/* -EEXIST, -ENOSPC, -ENOMEM. */
int discipline_add_source(struct discipline *discipline, source_id id,
			  const struct discipline_source_settings *settings);
void discipline_configure_source(struct discipline *discipline, source_id id,
				 const struct discipline_source_settings *settings);
void discipline_remove_source(struct discipline *discipline, source_id id);

/* A source that stopped answering (reach register 0) is not selected; it is
 * reachable again with its next measurement. */
void discipline_source_unreachable(struct discipline *discipline, source_id id);

/* ------------------------------------------------------------------------- */
/* In: an exchange.  Out: what to do */

struct discipline_outcome {
	enum discipline_verdict verdict;
	struct discipline_action action; /* of an accepted sample alone */
	int poll;                        /* log2 s, at which the source should be asked now */
	/* s from NOW in which a request in interleaved mode (RFC 9769) is likely to tell
	 * more than one without; 0: it is not.  It has less noise, by what the server
	 * needs from reading its clock to sending, but is half a poll interval older: so
	 * that is for networks whose noise is small and for clocks that are known well. */
	double interleave_within;
};

/* One exchange goes in, all that follows from it comes out: the caller carries the
 * action of an accepted one out and calls discipline_done().  NOW: the clock, read
 * when the answer came.  An unknown ID is MEASUREMENT_IMPOSSIBLE. */
void discipline_sample(struct discipline *discipline, source_id id,
		       const struct measurement *measurement, const struct clock_reading *now,
		       struct discipline_outcome *outcome);

/* Time has passed (NEXT_UPDATE), sources have changed, or the clock may have been
 * moved.  The caller carries the action out and calls discipline_done(). */
void discipline_update(struct discipline *discipline, const struct clock_reading *now,
		       struct discipline_action *action);

/* RATE: the one really in force; STEPPED: whether the step was made; FAILED: the clock
 * did not take the rate or the step, so that there is no reference until a later
 * correction is made; NOW: the clock, read after both, or as before if neither was
 * changed. */
void discipline_done(struct discipline *discipline, const struct clock_reading *now, double rate,
		     bool stepped, bool failed);

/* `w32tm /resync`: marks the estimate for renewal.  With the next accepted sample
 * what was learned of the phase is thrown away, the frequency is kept, HoldPeriod
 * starts anew, and the correction that follows is not refused if FORCE says so.
 * Until that is decided the reference stays and a slew goes on. */
void discipline_resync(struct discipline *discipline, bool force);
/* No source has answered: takes the mark away. */
void discipline_resync_failed(struct discipline *discipline);

/* ------------------------------------------------------------------------- */
/* What it knows */

struct discipline_status {
	enum discipline_state state;
	bool undecided;          /* there are samples, but not enough to act upon */
	bool refused;            /* the last correction was larger than allowed */
	bool offset_known;       /* else OFFSET and OFFSET_DEVIATION are 0 */
	double offset;           /* s, truth minus UTC of the clock, best estimate now */
	double offset_deviation; /* s, one standard deviation of that */
	struct discipline_frequency frequency;
	double rate;              /* in force */
	double since_last_update; /* s, since a sample was last used; negative: never */
	int poll;                 /* log2 s, what adaptive sources are asked at now */
};

void discipline_status(const struct discipline *discipline, const struct clock_reading *now,
		       struct discipline_status *status);

/* The reference as it is at NOW, its root dispersion computed for that moment. */
void discipline_reference(const struct discipline *discipline, const struct clock_reading *now,
			  struct reference *reference);

struct discipline_source_status {
	enum discipline_selection selection;
	unsigned measurements; /* held, 0..8 as W32Time counts them (ValidDataCounter) */
	double offset;         /* s, of its newest measurement: its time minus UTC of the clock */
	double delay;          /* s, of its newest measurement */
	double smallest_delay; /* s, of the path in use */
	double jitter;         /* s, what its measurements scatter */
	double root_distance;  /* s */
	int poll;              /* log2 s, at which it should be asked now */
};

/* -ENOENT. */
int discipline_source_status(const struct discipline *discipline, source_id id,
			     const struct clock_reading *now,
			     struct discipline_source_status *status);

#endif
