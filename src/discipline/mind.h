/* Inside of struct discipline, for the files that make it up:
 * discipline.c (sources, measurements), learn.c (what they tell of the clock),
 * believe.c (which of them to believe), correction.c (what to do to the clock)
 * and status.c (what it knows). */
#ifndef W32TIMED_DISCIPLINE_MIND_H
#define W32TIMED_DISCIPLINE_MIND_H

#include "discipline/discipline.h"
#include "discipline/estimator.h"
#include "discipline/reference.h"
#include "discipline/servo.h"
#include "discipline/source.h"

/* Whether what was measured is enough to act upon: open at the start, after the
 * reference was lost, and from the first sample that answers a /resync on. */
struct decision {
	bool open;
	raw_ns opened;    /* older samples do not count; INT64_MIN: all do */
	unsigned samples; /* used since then */
	raw_ns since;     /* the first of them */
};

struct discipline {
	struct discipline_settings settings;
	struct source *sources[DISCIPLINE_SOURCES_MAX];
	size_t source_count;
	source_id selected;

	/* The raw line: truth, were the oscillator perfect. */
	bool anchored;
	raw_ns anchor_raw;
	utc_ns anchor_utc;
	struct estimator estimator;
	int outside; /* selections in a row that contradict the estimate */
	/* Fraction: by how much the oscillator's frequency was of late other than
	 * anything that was thought possible. */
	double surprise;

	/* The clock as it was last seen. */
	bool seen;
	struct clock_reading last;
	double rate;
	double external_step;
	bool disturbed; /* by somebody else since the last correction */

	struct servo servo;
	struct servo_order order; /* the latest */
	raw_ns ordered;
	bool fresh; /* something was learned, or happened, since */
	enum discipline_state state;
	uint32_t hold_left;
	struct decision decision;
	bool renewal, renewal_forced; /* the next sample starts a new estimate */
	bool forced;                  /* the next correction is not refused */
	bool refused;                 /* the last one was */
	bool corrected;               /* at least one correction was carried out or needless */
	bool stepping;                /* a step was ordered */
	raw_ns spike_since;
	unsigned samples; /* used since the last start from nothing */
	raw_ns last_update_raw;
	utc_ns last_update;
	struct reference reference;
};

struct source *discipline_find(const struct discipline *discipline, source_id id);

/* log2 s, at which it should be asked now. */
int discipline_source_poll(const struct source *source);

/* What the clock did since it was last seen: sleep, a step by somebody else. */
void discipline_observe_clock(struct discipline *discipline, const struct clock_reading *now);

/* Where RAW is on the raw line. */
utc_ns discipline_line(const struct discipline *discipline, raw_ns raw);

/* Truth minus UTC at NOW. */
double discipline_offset(const struct discipline *discipline, const struct clock_reading *now);

/* The phase is unknown from now on; the frequency is kept. */
void discipline_forget_phase(struct discipline *discipline);
/* Numbers that no world has: nothing that came of them is kept. */
void discipline_forget_all(struct discipline *discipline);

/* learn.c: the place of a source's current path in the estimator (or
 * ESTIMATOR_PATH_NONE), one for a path that SAMPLE is the first of and whose delay
 * differs by CHANGE from that of the one before, and giving up all of a source's. */
int discipline_slot(struct discipline *discipline, struct source *source,
		    const struct source_sample *sample);
void discipline_open_path(struct discipline *discipline, struct source *source,
			  const struct source_sample *sample, double change);
void discipline_release_slots(struct discipline *discipline, struct source *source);

/* One sample more, and all of it again from the accepted sources' registers. */
void discipline_learn(struct discipline *discipline, struct source *source,
		      const struct source_sample *sample);
void discipline_start_over(struct discipline *discipline);

/* believe.c */
void discipline_select(struct discipline *discipline, raw_ns now);

void discipline_view(const struct discipline *discipline, raw_ns now, struct source_view *view);

/* reference.c's value, kept: after an update that decided what to do; without its
 * source; and given up, because it is too old or a correction was refused. */
void discipline_renew_reference(struct discipline *discipline, const struct clock_reading *now);
void discipline_vote_leap(struct discipline *discipline, utc_ns now);
void discipline_lose_reference(struct discipline *discipline);

/* s; how often the selected source is asked. */
double discipline_poll_seconds(const struct discipline *discipline);

#endif
