/* A small world in virtual time: one machine with an oscillator of its own,
 * servers that know the truth (or lie), and the network between them.  The
 * discipline is called as the service calls it. */
#ifndef W32TIMED_TESTS_VIRTUAL_WORLD_H
#define W32TIMED_TESTS_VIRTUAL_WORLD_H

#include <stdbool.h>
#include <stdint.h>

#include "discipline/discipline.h"

#define WORLD_SERVERS_MAX 16

enum jitter_kind {
	JITTER_EXPONENTIAL, /* mean SIZE */
	JITTER_GAUSSIAN,    /* |normal|, standard deviation SIZE */
	JITTER_PARETO,      /* heavy tail: SIZE * (u^(-1/1.5) - 1) */
	JITTER_GAMMA,       /* sum of three exponentials, mean SIZE in all */
};

struct jitter {
	enum jitter_kind kind;
	double size; /* s */
};

struct window {
	double from, to; /* s of true time; empty: from == to */
};

struct world_server {
	double delay; /* s, one way */
	struct jitter request, reply;
	struct jitter lag;    /* from its reading the clock to its sending */
	double loss;          /* probability */
	double burst_every;   /* s, mean time between bursts; 0: none */
	double burst_length;  /* s, mean */
	double burst_factor;  /* of the jitter in them */
	struct window detour; /* while the request takes longer */
	double detour_delay;  /* s */
	struct window outage; /* no answer */
	struct window lie;    /* while the server's clock is wrong by */
	double lie_offset;    /* s */
	double root_delay, root_dispersion;
	bool fallback;
};

struct world_oscillator {
	double frequency; /* at the start; fast: positive */
	double wander;    /* gained in a second, one standard deviation */
	double wave_size, wave_period;
	double step_size, step_period; /* frequency jumps up and down */
};

struct world_settings {
	struct world_oscillator oscillator;
	struct world_server servers[WORLD_SERVERS_MAX];
	int server_count;
	double offset;   /* of the clock at the start */
	double duration; /* s */
	double settled;  /* s; errors count from here on */
	struct discipline_settings discipline;
	const struct discipline_frequency *frequency;
	bool interleaved; /* asked so where the discipline wants it; all servers know it */
	uint64_t seed;
	/* Called each second; may be NULL. */
	void (*watch)(void *context, double time, double error,
		      const struct discipline_status *status);
	void *context;
};

struct world_result {
	double rms, worst;       /* s, of the true error, once settled */
	double median;           /* s, of its size */
	double below_1ms;        /* s, since when the error stayed under 1 ms; -1: never */
	double first_correction; /* s; -1: never */
	unsigned steps, refusals;
	double backwards;      /* s, largest step back of UTC in a slew */
	double outside;        /* share of seconds with the error beyond root distance */
	double distance_ratio; /* median of root distance / root mean square error */
	double own_ratio;      /* the same of our own part of it: without server and delay */
	unsigned long packets, interleaved;
	double mean_cost; /* s of CPU a measurement */
	struct discipline_status status;
	struct reference reference;
	struct discipline_source_status sources[WORLD_SERVERS_MAX];
};

/* Sensible settings to start from: modern rules, poll 6. */
void world_defaults(struct world_settings *settings);
void world_run(const struct world_settings *settings, struct world_result *result);

#endif
