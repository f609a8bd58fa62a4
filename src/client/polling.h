/* When to ask next: pure, all intervals in seconds, all exponents log2 s. */
#ifndef W32TIMED_CLIENT_POLLING_H
#define W32TIMED_CLIENT_POLLING_H

#include <stdbool.h>
#include <stdint.h>

#define POLLING_EXPONENT_MIN 0
#define POLLING_EXPONENT_MAX 17

/* Misses in a row after which an address counts as unreachable. */
#define POLLING_MISSES_MAX 8

/* A burst: so far apart, since servers that limit rates bear that much. */
#define POLLING_BURST_SPACING 2.0
/* How long an answer is waited for, in a burst and otherwise at most. */
#define POLLING_BURST_PATIENCE 1.75
#define POLLING_PATIENCE       4.0

struct polling_settings {
	int min_poll, max_poll;
	bool fixed;              /* PEER_SPECIAL_INTERVAL */
	double special_interval; /* for that */
};

struct polling_state {
	int wanted;      /* what the discipline asks for */
	int floor;       /* raised by kiss codes RATE; 0: none */
	bool answered;   /* it gave time at least once */
	unsigned misses; /* requests in a row that gave no time */
	/* The same of other addresses of the server that were tried before. */
	unsigned earlier_misses;
};

/* The interval at which a server is asked now:
 *  - it answers: what the discipline wants within min_poll..max_poll, or the
 *    special interval kept within 2^min_poll..2^max_poll;
 *  - it never did: 2^5 at first;
 *  - it did, but not the last time or times: half of what is wanted, a quarter and
 *    so on; from the fifth time on 2^min_poll;
 *    both doubled with every four misses after the eighth (earlier ones
 *    counted as well) up to 2^10 or
 *    2^max_poll, and never longer than the special interval.
 * It never lies below 2^floor. */
double polling_interval(const struct polling_settings *settings, const struct polling_state *state);

/* The same as a whole exponent, rounded to the nearest. */
int polling_exponent(const struct polling_settings *settings, const struct polling_state *state);

/* The floor after one more RATE, EXPONENT being the present interval's. */
int polling_raise_floor(int floor, int exponent);

/* The floor after the server bore it for a while; 0 when nothing is left of it. */
int polling_lower_floor(const struct polling_settings *settings, int floor);

/* Longer by up to 2 %, so that clients that started together do not stay
 * together, and no server is asked more often than the interval says.  RANDOM:
 * any 32 bits. */
double polling_randomize(double interval, uint32_t random);

#endif
