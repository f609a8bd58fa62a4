/* A normal distribution cut to an interval: its moments, without cancellation
 * and without under- or overflow. */
#ifndef W32TIMED_DISCIPLINE_INTERVAL_H
#define W32TIMED_DISCIPLINE_INTERVAL_H

/* How the truth is spread over the interval that a packet leaves to it. */
struct interval_likelihood {
	double centre, half_width; /* s */
	double slope;              /* 1/s: density as exp(slope * (x - centre)); 0: even */
	double core;               /* s: times a normal density around the centre; 0: none */
};

struct interval_posterior {
	double mean, variance;
	double log_evidence; /* log of the probability density of the packet */
};

/* PRIOR_VARIANCE > 0, half_width > 0; slope and core not both. */
void interval_cut(const struct interval_likelihood *likelihood, double prior_mean,
		  double prior_variance, struct interval_posterior *posterior);

#endif
