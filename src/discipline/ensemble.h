/* All sources together: what each of them has told, which one is selected, and the
 * one estimate of the oscillator's phase and frequency that is learned from those
 * that are accepted.  Pure; memory is allocated when a source is added. */
#ifndef W32TIMED_DISCIPLINE_ENSEMBLE_H
#define W32TIMED_DISCIPLINE_ENSEMBLE_H

#include <stddef.h>

#include "discipline/estimator.h"
#include "discipline/reference_line.h"
#include "discipline/settings.h"
#include "discipline/source.h"
#include "platform/clock.h" /* struct clock_reading */

struct ensemble {
	struct discipline_settings settings;
	struct source *sources[DISCIPLINE_SOURCES_MAX];
	size_t source_count;
	source_id selected; /* the one with the largest say; 0: none */

	struct reference_line line;
	struct estimator estimator;
	unsigned samples;   /* used since the estimate was begun */
	int contradictions; /* selections in a row that contradict the estimate */
	/* Fraction: by how much the oscillator's frequency was of late other than
	 * anything that was thought possible. */
	double unmodelled_frequency;

	raw_ns used_raw; /* when a sample was last used */
	utc_ns used_utc; /* the same; 0: never */
};

/* FREQUENCY: slope of truth against the raw oscillator, DEVIATION: one standard
 * deviation of that. */
void ensemble_init(struct ensemble *ensemble, const struct discipline_settings *settings,
		   double frequency, double deviation);
void ensemble_free(struct ensemble *ensemble);
void ensemble_configure(struct ensemble *ensemble, const struct discipline_settings *settings);

/* NULL: there is none. */
struct source *ensemble_find(const struct ensemble *ensemble, source_id id);
/* -EEXIST, -ENOSPC, -ENOMEM. */
int ensemble_add(struct ensemble *ensemble, source_id id,
		 const struct discipline_source_settings *settings);
void ensemble_remove(struct ensemble *ensemble, source_id id);
void ensemble_configure_source(struct ensemble *ensemble, source_id id,
			       const struct discipline_source_settings *settings);

/* s; how often the selected source is asked. */
double ensemble_poll_seconds(const struct ensemble *ensemble);
struct poll_settings ensemble_poll_settings(const struct ensemble *ensemble);

/* s, truth minus UTC at NOW. */
double ensemble_offset(const struct ensemble *ensemble, const struct clock_reading *now);
struct source_view ensemble_view(const struct ensemble *ensemble, raw_ns now);

/* The reference line is kept within a second of the truth. */
void ensemble_recentre(struct ensemble *ensemble);

/* The phase is unknown from NOW on; the frequency is kept. */
void ensemble_forget_phase(struct ensemble *ensemble, raw_ns now);
/* The estimate is not finite or beyond any real oscillator: everything goes. */
void ensemble_forget_all(struct ensemble *ensemble, raw_ns now);

/* Takes the places of a source's paths in the estimator back. */
void ensemble_release_paths(struct ensemble *ensemble, struct source *source);

/* s, bound of the error of UTC at NOW by the estimate and by what SOURCE, which is
 * selected and has samples, says of itself. */
double ensemble_error_bound(const struct ensemble *ensemble, const struct source *source,
			    const struct clock_reading *now);

#endif
