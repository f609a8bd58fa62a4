/* What the discipline holds of one source: its paths and its last samples. */
#ifndef W32TIMED_DISCIPLINE_SOURCE_H
#define W32TIMED_DISCIPLINE_SOURCE_H

#include "discipline/estimator.h"
#include "discipline/measurement.h"
#include "discipline/path.h"
#include "discipline/poll.h"
#include "discipline/select.h"

#define SOURCE_SAMPLES 8 /* RFC 5905's NSTAGE */
/* Samples in a row that make the older ones obsolete: if they agree with each
 * other, and if they do not. */
#define SOURCE_DISSENTS      3
#define SOURCE_DISSENTS_MOST 5

/* One measurement on the raw line. */
struct source_sample {
	raw_ns raw;                    /* middle of the exchange */
	double offset;                 /* s, truth minus the raw line */
	double delay;                  /* s, round trip */
	double queueing_delay, jitter; /* s, struct path_sample */
	double noise;                  /* s, of the measurement: one standard deviation */
	double stamp_noise;            /* s, what of NOISE the time stamps themselves make */
	double root_delay, root_dispersion;
	int slot; /* of its path */
};

struct source {
	source_id id;
	struct discipline_source_settings settings;
	bool reachable;
	struct path_set paths;
	struct source_sample samples[SOURCE_SAMPLES]; /* the newest at NEWEST */
	int count, newest;
	int dissents;     /* newest samples that contradict the older ones */
	int contradicted; /* in a row, by the estimator */
	uint8_t stratum, leap;
	enum discipline_selection selection;
	struct poll poll;
};

/* How a sample's age makes it worse. */
struct source_view {
	raw_ns raw;                            /* now */
	double frequency, frequency_deviation; /* struct estimate */
};

void source_init(struct source *source, source_id id,
		 const struct discipline_source_settings *settings);
void source_configure(struct source *source, const struct discipline_source_settings *settings);

/* log2 s, at which it should be asked now. */
int source_poll(const struct source *source);

/* Forgets the samples, keeps what is known of the paths. */
void source_forget_samples(struct source *source);

/* The sample AGE back, 0: the newest. */
const struct source_sample *source_sample(const struct source *source, int age);

/* Takes the sample in; false if it contradicts the older ones and is held back
 * for now.  With the last of SOURCE_DISSENTS they are given up: *RENEWED. */
bool source_push(struct source *source, const struct source_sample *sample,
		 const struct source_view *view, bool *renewed);

/* What it says now, by its best sample.  Needs at least one. */
void source_candidate(const struct source *source, const struct source_view *view,
		      struct select_candidate *candidate);

/* Every offset is SECONDS less. */
void source_shift(struct source *source, double seconds);

/* s, root mean square of how far its samples are from the best one. */
double source_jitter(const struct source *source, const struct source_view *view);

#endif
