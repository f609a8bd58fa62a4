/* One clock from all packets.
 *
 * The state is the truth seen from the raw oscillator: phase (truth minus the
 * raw line), frequency (its slope), drift (its curvature), and for each network
 * path that packets came by a constant bias (asymmetry of the path, error of
 * the server).  A bank of Kalman filters, one for each guess of how the
 * oscillator wanders and how the network's jitter is spread, is updated by
 * every packet and mixed by likelihood.  doc/estimator.md has the mathematics.
 *
 * Nothing is allocated; a call takes some tens of microseconds at most. */
#ifndef W32TIMED_DISCIPLINE_ESTIMATOR_H
#define W32TIMED_DISCIPLINE_ESTIMATOR_H

#include <stdbool.h>

#include "base/timescale.h"

#define ESTIMATOR_PATHS_MAX   12
#define ESTIMATOR_STATE_MAX   (3 + ESTIMATOR_PATHS_MAX)
#define ESTIMATOR_WANDERS     8
#define ESTIMATOR_NOISES      12
#define ESTIMATOR_FILTERS     (ESTIMATOR_WANDERS * ESTIMATOR_NOISES)
#define ESTIMATOR_PATH_NONE   (-1)
#define ESTIMATOR_FREQUENCY_0 1e-4 /* standard deviation of an unknown frequency */

struct estimator_filter {
	double mean[ESTIMATOR_STATE_MAX];
	double covariance[ESTIMATOR_STATE_MAX][ESTIMATOR_STATE_MAX];
	double weight;
};

struct estimator {
	raw_ns epoch; /* that the state belongs to */
	bool started;
	int observed; /* packets, as far as it matters */
	bool path_used[ESTIMATOR_PATHS_MAX];
	int dimension;                    /* of the state in use */
	double mean[3], covariance[3][3]; /* of the mixture */
	double wander;                    /* variance of frequency it gains in 1 s */
	double drift_wander;              /* variance of drift it gains in 1 s */
	struct estimator_filter filters[ESTIMATOR_FILTERS];
};

/* One packet. */
struct estimator_observation {
	raw_ns raw;
	double offset;         /* s, truth minus the raw line at RAW as the packet tells */
	double queueing_delay; /* s, round trip above the path's smallest, >= 0 */
	double jitter;         /* s, what QUEUEING_DELAY usually is (median) */
	double noise;          /* s, standard deviation of OFFSET and QUEUEING_DELAY themselves */
	int path;              /* slot of estimator_add_path() or ESTIMATOR_PATH_NONE */
};

/* FREQUENCY: slope of truth against the raw line (minus what the oscillator is
 * fast), DEVIATION: one standard deviation of that. */
void estimator_reset(struct estimator *estimator, double frequency, double deviation);

/* A path whose bias is MEAN with standard deviation DEVIATION; returns its slot
 * or ESTIMATOR_PATH_NONE when all are taken. */
int estimator_add_path(struct estimator *estimator, double mean, double deviation);
void estimator_remove_path(struct estimator *estimator, int path);
/* A path that differs from FROM by something unknown, with standard deviation
 * DEVIATION; returns its slot or ESTIMATOR_PATH_NONE. */
int estimator_fork_path(struct estimator *estimator, int from, double deviation);
/* Adds to what is not known of a path. */
void estimator_loosen_path(struct estimator *estimator, int path, double deviation);
/* An observation of the bias itself: 0 with standard deviation DEVIATION. */
void estimator_observe_bias(struct estimator *estimator, int path, double deviation);
double estimator_path_bias(const struct estimator *estimator, int path);

/* s, standard deviation of the phase as packets on PATH see it, biased as they
 * are: what it wanders from there is worth another packet. */
double estimator_path_deviation(const struct estimator *estimator, int path);

/* Before the first one the phase is unknown.  Returns how probable it is that
 * the packet contradicts all that was known, 0..1. */
double estimator_observe(struct estimator *estimator,
			 const struct estimator_observation *observation);

/* False: the estimate is not finite or beyond any real oscillator; reset it. */
bool estimator_is_sane(const struct estimator *estimator);

/* Every phase is SECONDS less: the raw line was moved up by that. */
void estimator_shift(struct estimator *estimator, double seconds);

struct estimate {
	double phase, phase_deviation;
	double frequency, frequency_deviation;
	double drift;
};

/* What is known at RAW, any time after the epoch. */
void estimator_predict(const struct estimator *estimator, raw_ns raw, struct estimate *estimate);

#endif
