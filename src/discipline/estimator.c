#include "discipline/estimator.h"

#include "discipline/interval.h"

#include <math.h>
#include <string.h>

enum { PHASE, FREQUENCY, DRIFT, PATHS };

/* Prior probability that a packet which contradicts everything is right. */
#define OUTLIER_SHARE 1e-3
/* The share of each filter that is given to all in MIXING_TIME, so that none is
 * lost for good: the memory of the mixture is about the inverse. */
#define MIXING       0.002
#define MIXING_TIME  64.0 /* s, as in one packet at most */
#define MIXING_LEAST 0.5  /* s */
/* Before so many packets the filters are not mixed with each other. */
#define PACKETS_BEFORE_MIXING 8
/* Variance of phase that any oscillator gains in 1 s by itself. */
#define WHITE_FREQUENCY        1e-20
#define DRIFT_TRUSTED          1100.0 /* s */
#define DRIFT_LIFE             5000.0 /* s, after which it has faded to 1/e */
#define PHASE_VARIANCE_MAX     1e18
#define FREQUENCY_VARIANCE_MAX 1e-2
#define DRIFT_VARIANCE_MAX     1e-12

struct wander {
	double frequency; /* s/s gained in 1 s, one standard deviation */
	double drift;     /* s/s^2 gained in 1 s; 0: there is no drift */
	double initial;   /* deviation of the first frequency, in units of what is known of it */
};

static const struct wander wanders[ESTIMATOR_WANDERS] = {
	{ 1e-11, 0, 0.01 }, { 8e-11, 0, 0.03 }, { 6.4e-10, 0, 0.1 },   { 5e-9, 0, 0.3 },
	{ 4e-8, 0, 1 },     { 3.2e-7, 0, 3 },   { 1e-11, 3e-13, 0.1 }, { 1e-11, 1e-11, 0.3 },
};

/* How the excess delay of a packet is shared between the two ways. */
struct noise {
	double request; /* mean share of the request, 0..1 */
	double core;    /* standard deviation of the offset in units of the jitter; 0: none */
	double even;    /* the same in units of the interval's half; 0: none */
	double margin; /* how much longer than the excess the interval is, in units of the jitter */
};

static const struct noise noises[ESTIMATOR_NOISES] = {
	/* exponential: both ways alike, one more than the other, one alone */
	{ 0.5, 0, 0, 0 },
	{ 0.04, 0, 0, 0 },
	{ 0.25, 0, 0, 0 },
	{ 0.75, 0, 0, 0 },
	{ 0.96, 0, 0, 0 },
	/* bell-shaped: the smallest delay is no bound */
	{ 0.5, 0.4, 0, 4 },
	{ 0.5, 0.25, 0, 4 },
	{ 0.5, 0.15, 0, 4 },
	{ 0.5, 0.06, 0, 4 },
	/* of many hops: rarely near the smallest, alike on both ways */
	{ 0.5, 0, 0.6, 0.2 },
	{ 0.5, 0, 0.4, 0.5 },
	{ 0.5, 0, 0.35, 0 },
};

static const struct wander *filter_wander(int filter)
{
	return &wanders[filter / ESTIMATOR_NOISES];
}

static const struct noise *filter_noise(int filter)
{
	return &noises[filter % ESTIMATOR_NOISES];
}

/* ------------------------------------------------------------------------- */
/* Beginning, paths */

static void filter_clear_row(struct estimator_filter *filter, int row)
{
	int i;

	filter->mean[row] = 0;
	for (i = 0; i < ESTIMATOR_STATE_MAX; i++)
		filter->covariance[row][i] = filter->covariance[i][row] = 0;
}

static void estimator_mix(struct estimator *estimator);

void estimator_reset(struct estimator *estimator, double frequency, double deviation)
{
	int f;

	memset(estimator, 0, sizeof *estimator);
	estimator->dimension = PATHS;
	for (f = 0; f < ESTIMATOR_FILTERS; f++) {
		struct estimator_filter *filter = &estimator->filters[f];
		double drift = filter_wander(f)->drift;
		double initial = filter_wander(f)->initial * deviation;

		filter->weight = 1.0 / ESTIMATOR_FILTERS;
		filter->mean[FREQUENCY] = frequency;
		filter->covariance[PHASE][PHASE] = PHASE_VARIANCE_MAX;
		filter->covariance[FREQUENCY][FREQUENCY] = initial * initial;
		filter->covariance[DRIFT][DRIFT] = drift * drift * 1e3;
	}
	estimator_mix(estimator);
}

int estimator_add_path(struct estimator *estimator, double mean, double deviation)
{
	int path, f;

	for (path = 0; path < ESTIMATOR_PATHS_MAX && estimator->path_used[path]; path++)
		;
	if (path == ESTIMATOR_PATHS_MAX)
		return ESTIMATOR_PATH_NONE;
	estimator->path_used[path] = true;
	if (estimator->dimension <= PATHS + path)
		estimator->dimension = PATHS + path + 1;
	for (f = 0; f < ESTIMATOR_FILTERS; f++) {
		filter_clear_row(&estimator->filters[f], PATHS + path);
		estimator->filters[f].mean[PATHS + path] = mean;
		estimator->filters[f].covariance[PATHS + path][PATHS + path] = deviation *
									       deviation;
	}
	return path;
}

void estimator_remove_path(struct estimator *estimator, int path)
{
	int f;

	for (f = 0; f < ESTIMATOR_FILTERS; f++)
		filter_clear_row(&estimator->filters[f], PATHS + path);
	estimator->path_used[path] = false;
	while (estimator->dimension > PATHS &&
	       !estimator->path_used[estimator->dimension - PATHS - 1])
		estimator->dimension--;
}

int estimator_fork_path(struct estimator *estimator, int from, double deviation)
{
	int path = estimator_add_path(estimator, 0, 0), f, i;

	if (path == ESTIMATOR_PATH_NONE)
		return path;
	for (f = 0; f < ESTIMATOR_FILTERS; f++) {
		struct estimator_filter *filter = &estimator->filters[f];
		double(*p)[ESTIMATOR_STATE_MAX] = filter->covariance;

		filter->mean[PATHS + path] = filter->mean[PATHS + from];
		for (i = 0; i < ESTIMATOR_STATE_MAX; i++)
			p[PATHS + path][i] = p[i][PATHS + path] = p[PATHS + from][i];
		p[PATHS + path][PATHS + path] = p[PATHS + from][PATHS + from] +
						deviation * deviation;
	}
	return path;
}

void estimator_loosen_path(struct estimator *estimator, int path, double deviation)
{
	int f;

	for (f = 0; f < ESTIMATOR_FILTERS; f++)
		estimator->filters[f].covariance[PATHS + path][PATHS + path] += deviation *
										deviation;
}

void estimator_observe_bias(struct estimator *estimator, int path, double deviation)
{
	int f, i, j, bias = PATHS + path;

	for (f = 0; f < ESTIMATOR_FILTERS; f++) {
		struct estimator_filter *filter = &estimator->filters[f];
		double(*p)[ESTIMATOR_STATE_MAX] = filter->covariance;
		double variance = p[bias][bias] + deviation * deviation, away = filter->mean[bias];
		double column[ESTIMATOR_STATE_MAX];

		for (i = 0; i < estimator->dimension; i++)
			column[i] = p[i][bias];
		for (i = 0; i < estimator->dimension; i++) {
			filter->mean[i] -= column[i] / variance * away;
			for (j = 0; j < estimator->dimension; j++)
				p[i][j] -= column[i] * column[j] / variance;
			p[i][i] = fmax(p[i][i], 0);
		}
	}
	estimator_mix(estimator);
}

double estimator_path_bias(const struct estimator *estimator, int path)
{
	double bias = 0;
	int f;

	for (f = 0; f < ESTIMATOR_FILTERS; f++)
		bias += estimator->filters[f].weight * estimator->filters[f].mean[PATHS + path];
	return bias;
}

double estimator_path_deviation(const struct estimator *estimator, int path)
{
	double mean = 0, square = 0;
	int f, bias = PATHS + path;

	if (path == ESTIMATOR_PATH_NONE)
		return sqrt(fmax(estimator->covariance[PHASE][PHASE], 0));
	for (f = 0; f < ESTIMATOR_FILTERS; f++) {
		const struct estimator_filter *filter = &estimator->filters[f];
		double seen = filter->mean[PHASE] + filter->mean[bias];
		double away = seen - estimator->mean[PHASE];

		mean += filter->weight * away;
		square += filter->weight *
			  (away * away + filter->covariance[PHASE][PHASE] +
			   2 * filter->covariance[PHASE][bias] + filter->covariance[bias][bias]);
	}
	return sqrt(fmax(square - mean * mean, 0));
}

/* ------------------------------------------------------------------------- */
/* Time passes */

static void filter_add_noise(struct estimator_filter *filter, const struct wander *wander,
			     double dt)
{
	double(*p)[ESTIMATOR_STATE_MAX] = filter->covariance;
	double life = fmin(dt, DRIFT_LIFE), dt2 = dt * dt;
	double q = wander->frequency * wander->frequency * dt;
	double d = wander->drift * wander->drift * life;

	p[PHASE][PHASE] += WHITE_FREQUENCY * dt + q * dt2 / 3 + d * dt2 * life * life / 20;
	p[PHASE][FREQUENCY] += q * dt / 2 + d * dt * life * life / 8;
	p[FREQUENCY][FREQUENCY] += q + d * life * life / 3;
	p[PHASE][DRIFT] += d * dt * life / 6;
	p[FREQUENCY][DRIFT] += d * life / 2;
	p[DRIFT][DRIFT] += d;
	p[PHASE][PHASE] = fmin(p[PHASE][PHASE], PHASE_VARIANCE_MAX);
	p[FREQUENCY][FREQUENCY] = fmin(p[FREQUENCY][FREQUENCY], FREQUENCY_VARIANCE_MAX);
	p[DRIFT][DRIFT] = fmin(p[DRIFT][DRIFT], DRIFT_VARIANCE_MAX);
	p[FREQUENCY][PHASE] = p[PHASE][FREQUENCY];
	p[DRIFT][PHASE] = p[PHASE][DRIFT];
	p[DRIFT][FREQUENCY] = p[FREQUENCY][DRIFT];
}

/* A drift is trusted from one packet to the next, but not through a long
 * silence: there it fades.  What one of 1 adds to the frequency and to the phase
 * in DT, and what is left of it. */
static void estimator_drift_effect(double dt, double *frequency, double *phase, double *left)
{
	double trusted = fmin(dt, DRIFT_TRUSTED), silence = dt - trusted, faded;

	*left = exp(-silence / DRIFT_LIFE);
	faded = DRIFT_LIFE * (1 - *left);
	*frequency = trusted + faded;
	*phase = trusted * trusted / 2 + trusted * silence + DRIFT_LIFE * (silence - faded);
}

static void filter_advance(struct estimator_filter *filter, const struct wander *wander,
			   int dimension, double dt)
{
	double(*p)[ESTIMATOR_STATE_MAX] = filter->covariance, *x = filter->mean;
	double turn, bend, left;
	int i;

	estimator_drift_effect(dt, &turn, &bend, &left);
	x[PHASE] += dt * x[FREQUENCY] + bend * x[DRIFT];
	x[FREQUENCY] += turn * x[DRIFT];
	x[DRIFT] *= left;
	for (i = 0; i < dimension; i++) { /* rows */
		p[PHASE][i] += dt * p[FREQUENCY][i] + bend * p[DRIFT][i];
		p[FREQUENCY][i] += turn * p[DRIFT][i];
		p[DRIFT][i] *= left;
	}
	for (i = 0; i < dimension; i++) { /* columns */
		p[i][PHASE] += dt * p[i][FREQUENCY] + bend * p[i][DRIFT];
		p[i][FREQUENCY] += turn * p[i][DRIFT];
		p[i][DRIFT] *= left;
	}
	filter_add_noise(filter, wander, dt);
}

static void estimator_advance(struct estimator *estimator, double dt)
{
	int f;

	for (f = 0; f < ESTIMATOR_FILTERS; f++)
		filter_advance(&estimator->filters[f], filter_wander(f), estimator->dimension, dt);
}

void estimator_shift(struct estimator *estimator, double seconds)
{
	int f;

	for (f = 0; f < ESTIMATOR_FILTERS; f++)
		estimator->filters[f].mean[PHASE] -= seconds;
	estimator->mean[PHASE] -= seconds;
}

/* ------------------------------------------------------------------------- */
/* A packet */

static void noise_to_likelihood(const struct noise *noise,
				const struct estimator_observation *observation,
				struct interval_likelihood *likelihood)
{
	double jitter = observation->jitter;

	likelihood->centre = observation->offset;
	likelihood->half_width = (observation->queueing_delay + noise->margin * jitter) / 2 +
				 observation->noise;
	likelihood->slope = 0;
	likelihood->core = 0;
	if (noise->core > 0)
		likelihood->core = noise->core * jitter;
	if (noise->even > 0)
		likelihood->core = noise->even * likelihood->half_width;
	if (noise->request != 0.5 && jitter > 0)
		likelihood->slope = (1 / noise->request - 1 / (1 - noise->request)) /
				    (1.2 * jitter);
}

/* Updates FILTER, returns the log of the packet's density and the probability
 * that the packet was an outlier to this filter. */
static double filter_observe(struct estimator_filter *filter, int dimension,
			     const struct interval_likelihood *likelihood,
			     const struct estimator_observation *observation, double *outlier)
{
	double(*p)[ESTIMATOR_STATE_MAX] = filter->covariance, *x = filter->mean;
	int bias = observation->path == ESTIMATOR_PATH_NONE ? -1 : PATHS + observation->path;
	double column[ESTIMATOR_STATE_MAX], mean, variance, shift, shrink, in, log_out, top;
	struct interval_posterior cut;
	int i, j;

	for (i = 0; i < dimension; i++)
		column[i] = p[i][PHASE] + (bias >= 0 ? p[i][bias] : 0);
	mean = x[PHASE] + (bias >= 0 ? x[bias] : 0);
	variance = column[PHASE] + (bias >= 0 ? column[bias] : 0) +
		   observation->noise * observation->noise;
	interval_cut(likelihood, mean, variance, &cut);

	log_out = log(OUTLIER_SHARE) - log(2 * likelihood->half_width +
					   100 * (observation->jitter + observation->noise));
	top = fmax(cut.log_evidence, log_out);
	in = exp(cut.log_evidence - top);
	in = in / (in + exp(log_out - top));
	*outlier = 1 - in;

	shift = in * (cut.mean - mean);
	shrink = variance - in * (cut.variance + (cut.mean - mean) * (cut.mean - mean)) -
		 (1 - in) * variance + shift * shift;
	shrink = fmax(shrink, -0.5 * variance) / (variance * variance);
	for (i = 0; i < dimension; i++)
		x[i] += column[i] / variance * shift;
	for (i = 0; i < dimension; i++)
		for (j = 0; j < dimension; j++)
			p[i][j] -= column[i] * column[j] * shrink;
	for (i = 0; i < dimension; i++)
		p[i][i] = fmax(p[i][i], 0);
	return top + log(exp(cut.log_evidence - top) + exp(log_out - top));
}

static void estimator_weigh(struct estimator *estimator, const double *log_density, double mixing)
{
	double top = -INFINITY, sum = 0;
	int f;

	for (f = 0; f < ESTIMATOR_FILTERS; f++)
		top = fmax(top, log_density[f]);
	for (f = 0; f < ESTIMATOR_FILTERS; f++) {
		estimator->filters[f].weight *= exp(log_density[f] - top);
		sum += estimator->filters[f].weight;
	}
	for (f = 0; f < ESTIMATOR_FILTERS; f++)
		estimator->filters[f].weight = (1 - mixing) * estimator->filters[f].weight / sum +
					       mixing / ESTIMATOR_FILTERS;
}

/* ------------------------------------------------------------------------- */
/* The mixture */

static void mixture_moments(const struct estimator *estimator, int dimension,
			    struct estimator_filter *mixture)
{
	int f, i, j;

	memset(mixture, 0, sizeof *mixture);
	for (f = 0; f < ESTIMATOR_FILTERS; f++)
		for (i = 0; i < dimension; i++)
			mixture->mean[i] += estimator->filters[f].weight *
					    estimator->filters[f].mean[i];
	for (f = 0; f < ESTIMATOR_FILTERS; f++) {
		const struct estimator_filter *filter = &estimator->filters[f];
		double spread[ESTIMATOR_STATE_MAX];

		for (i = 0; i < dimension; i++)
			spread[i] = filter->mean[i] - mixture->mean[i];
		for (i = 0; i < dimension; i++)
			for (j = 0; j < dimension; j++)
				mixture->covariance[i][j] += filter->weight *
							     (filter->covariance[i][j] +
							      spread[i] * spread[j]);
	}
}

/* FILTER becomes the normal distribution with the moments of (1 - SHARE) times
 * itself plus SHARE times MIXTURE. */
static void filter_blend(struct estimator_filter *filter, const struct estimator_filter *mixture,
			 double share, int dimension)
{
	double spread[ESTIMATOR_STATE_MAX];
	int i, j;

	for (i = 0; i < dimension; i++)
		spread[i] = mixture->mean[i] - filter->mean[i];
	for (i = 0; i < dimension; i++) {
		filter->mean[i] += share * spread[i];
		for (j = 0; j < dimension; j++)
			filter->covariance[i][j] += share * (mixture->covariance[i][j] -
							     filter->covariance[i][j] +
							     (1 - share) * spread[i] * spread[j]);
	}
}

static void estimator_interact(struct estimator *estimator, double mixing)
{
	struct estimator_filter mixture;
	int f;

	mixture_moments(estimator, estimator->dimension, &mixture);
	for (f = 0; f < ESTIMATOR_FILTERS; f++) {
		struct estimator_filter *filter = &estimator->filters[f];

		filter_blend(filter, &mixture, mixing / ESTIMATOR_FILTERS / filter->weight,
			     estimator->dimension);
		if (filter_wander(f)->drift == 0)
			filter_clear_row(filter, DRIFT);
	}
}

static void estimator_mix(struct estimator *estimator)
{
	struct estimator_filter mixture;
	int f;

	mixture_moments(estimator, PATHS, &mixture);
	memcpy(estimator->mean, mixture.mean, sizeof estimator->mean);
	for (f = 0; f < PATHS; f++)
		memcpy(estimator->covariance[f], mixture.covariance[f],
		       sizeof estimator->covariance[f]);
	estimator->wander = estimator->drift_wander = 0;
	for (f = 0; f < ESTIMATOR_FILTERS; f++) {
		const struct wander *wander = filter_wander(f);
		double weight = estimator->filters[f].weight;

		estimator->wander += weight * wander->frequency * wander->frequency;
		estimator->drift_wander += weight * wander->drift * wander->drift;
	}
}

/* The first packet says where the phase is. */
static void estimator_start(struct estimator *estimator,
			    const struct estimator_observation *observation)
{
	double deviation = observation->queueing_delay / 2 + observation->jitter +
			   observation->noise;
	int f;

	for (f = 0; f < ESTIMATOR_FILTERS; f++) {
		estimator->filters[f].mean[PHASE] = observation->offset;
		estimator->filters[f].covariance[PHASE][PHASE] = deviation * deviation;
	}
	estimator->epoch = observation->raw;
	estimator->started = true;
	estimator_mix(estimator);
}

double estimator_observe(struct estimator *estimator,
			 const struct estimator_observation *observation)
{
	struct estimator_observation seen = *observation;
	double log_density[ESTIMATOR_FILTERS], outlier, outliers = 0, dt, mixing;
	struct interval_likelihood likelihood;
	int f;

	if (!estimator->started) {
		estimator_start(estimator, observation);
		return 0;
	}
	dt = ns_interval(estimator->epoch, observation->raw);
	if (dt > 0) {
		estimator_advance(estimator, dt);
		estimator->epoch = observation->raw;
	} else {
		seen.offset -= dt * estimator->mean[FREQUENCY];
	}
	for (f = 0; f < ESTIMATOR_FILTERS; f++) {
		noise_to_likelihood(filter_noise(f), &seen, &likelihood);
		log_density[f] = filter_observe(&estimator->filters[f], estimator->dimension,
						&likelihood, &seen, &outlier);
		outliers += estimator->filters[f].weight * outlier;
	}
	mixing = MIXING * fmin(fmax(dt, MIXING_LEAST) / MIXING_TIME, 1);
	estimator_weigh(estimator, log_density, mixing);
	if (estimator->observed >= PACKETS_BEFORE_MIXING)
		estimator_interact(estimator, mixing);
	else
		estimator->observed++;
	estimator_mix(estimator);
	return outliers;
}

bool estimator_is_sane(const struct estimator *estimator)
{
	int f, i;

	for (f = 0; f < ESTIMATOR_FILTERS; f++) {
		const struct estimator_filter *filter = &estimator->filters[f];

		if (!(filter->weight > 0 && filter->weight <= 1))
			return false;
		for (i = 0; i < estimator->dimension; i++)
			if (!isfinite(filter->mean[i]) || !(filter->covariance[i][i] >= 0) ||
			    !isfinite(filter->covariance[i][i]))
				return false;
	}
	return fabs(estimator->mean[PHASE]) < 1e11 && fabs(estimator->mean[FREQUENCY]) < 0.1 &&
	       fabs(estimator->mean[DRIFT]) < 1e-3;
}

void estimator_predict(const struct estimator *estimator, raw_ns raw, struct estimate *estimate)
{
	const double *x = estimator->mean, (*p)[3] = estimator->covariance;
	double dt = estimator->started ? fmax(ns_interval(estimator->epoch, raw), 0) : 0;
	double turn, bend, left, noisy = fmin(dt, DRIFT_LIFE);
	double gained = (WHITE_FREQUENCY + estimator->wander * dt * dt / 3 +
			 estimator->drift_wander * dt * dt * noisy * noisy / 20) *
			dt;
	double variance;

	estimator_drift_effect(dt, &turn, &bend, &left);
	variance = p[0][0] + dt * dt * p[1][1] + bend * bend * p[2][2] +
		   2 * (dt * p[0][1] + bend * p[0][2] + dt * bend * p[1][2]);
	estimate->phase = x[0] + dt * x[1] + bend * x[2];
	estimate->phase_deviation = sqrt(fmax(variance, 0) + gained);
	estimate->frequency = x[1] + turn * x[2];
	variance = p[1][1] + 2 * turn * p[1][2] + turn * turn * p[2][2];
	estimate->frequency_deviation = sqrt(
		fmax(variance, 0) +
		(estimator->wander + estimator->drift_wander * noisy * noisy / 3) * dt);
	estimate->drift = x[2];
}
