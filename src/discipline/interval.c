#include "discipline/interval.h"

#include <math.h>

static const double LOG_ROOT_2PI = 0.91893853320467274178;
static const double ROOT_HALF = 0.70710678118654752440;
static const double ROOT_HALF_PI = 1.25331413731550025121;

/* (1 - Phi(x)) / phi(x) for x >= 0. */
static double interval_mills_ratio(double x)
{
	double fraction = x;
	int i;

	if (x < 6)
		return ROOT_HALF_PI * erfc(x * ROOT_HALF) * exp(x * x / 2);
	for (i = 24; i > 0; i--)
		fraction = x + i / fraction;
	return 1 / fraction;
}

struct standard_cut {
	double log_mass, mean, variance;
};

/* Nearly even over [a, b]: the first terms of the series in (b - a). */
static void interval_cut_narrow(double a, double b, struct standard_cut *cut)
{
	double width = b - a, middle = (a + b) / 2;

	cut->log_mass = log(width) - LOG_ROOT_2PI - middle * middle / 2;
	cut->mean = middle - middle * width * width / 12;
	cut->variance = width * width / 12;
}

/* 0 <= a < b. */
static void interval_cut_tail(double a, double b, struct standard_cut *cut)
{
	double fade = exp(-(b - a) * (b + a) / 2); /* phi(b) / phi(a) */
	double mass = interval_mills_ratio(a) - fade * interval_mills_ratio(b);

	if (!(mass > 0)) {
		interval_cut_narrow(a, b, cut);
		return;
	}
	cut->log_mass = log(mass) - a * a / 2 - LOG_ROOT_2PI;
	cut->mean = (1 - fade) / mass;
	cut->variance = 1 + (a - (fade > 0 ? b * fade : 0)) / mass - cut->mean * cut->mean;
}

/* a <= 0 <= b. */
static void interval_cut_middle(double a, double b, struct standard_cut *cut)
{
	double mass = (erf(b * ROOT_HALF) - erf(a * ROOT_HALF)) / 2;
	double at_a = exp(-a * a / 2 - LOG_ROOT_2PI), at_b = exp(-b * b / 2 - LOG_ROOT_2PI);

	cut->log_mass = log(mass);
	cut->mean = (at_a - at_b) / mass;
	cut->variance = 1 + (a * at_a - b * at_b) / mass - cut->mean * cut->mean;
}

static void interval_cut_standard(double a, double b, struct standard_cut *cut)
{
	double width = b - a;

	if (width * fmax(1, fmax(fabs(a), fabs(b))) < 0.02) {
		interval_cut_narrow(a, b, cut);
	} else if (a > 0) {
		interval_cut_tail(a, b, cut);
	} else if (b < 0) {
		interval_cut_tail(-b, -a, cut);
		cut->mean = -cut->mean;
	} else {
		interval_cut_middle(a, b, cut);
	}
	cut->mean = fmin(fmax(cut->mean, a), b);
	cut->variance = fmin(fmax(cut->variance, 1e-12), fmin(1, width * width / 4));
}

/* log of the integral of exp(slope * x) over -half..half. */
static double interval_log_tilted_width(double slope, double half)
{
	double reach = fabs(slope) * half;

	if (reach < 1e-4)
		return log(2 * half);
	return reach + log1p(-exp(-2 * reach)) - log(fabs(slope));
}

void interval_cut(const struct interval_likelihood *likelihood, double prior_mean,
		  double prior_variance, struct interval_posterior *posterior)
{
	double centre = likelihood->centre, half = likelihood->half_width;
	double mean = prior_mean - centre, variance = prior_variance, log_factor, deviation;
	struct standard_cut cut;

	if (likelihood->core > 0) {
		double core = likelihood->core * likelihood->core, sum = variance + core;

		log_factor = -mean * mean / (2 * sum) - log(sum) / 2 - LOG_ROOT_2PI -
			     log(erf(half / likelihood->core * ROOT_HALF));
		mean *= core / sum;
		variance *= core / sum;
	} else {
		double slope = likelihood->slope;

		log_factor = slope * mean + slope * slope * variance / 2 -
			     interval_log_tilted_width(slope, half);
		mean += slope * variance;
	}
	deviation = sqrt(variance);
	interval_cut_standard((-half - mean) / deviation, (half - mean) / deviation, &cut);
	posterior->mean = centre + mean + deviation * cut.mean;
	posterior->variance = variance * cut.variance;
	posterior->log_evidence = log_factor + cut.log_mass;
}
