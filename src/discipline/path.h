/* The ways by which one source's packets come: the smallest round trip of each,
 * and what the packets usually need above it.
 *
 * A delay far above the smallest that lasts is a new path with an asymmetry of
 * its own; one far below is too; and when the old delay is back, so is the old
 * path. */
#ifndef W32TIMED_DISCIPLINE_PATH_H
#define W32TIMED_DISCIPLINE_PATH_H

#include <stdbool.h>

#define PATH_BLOCKS     16
#define PATH_BLOCK_SIZE 32 /* round trips */
#define PATH_RECENT     64 /* round trips that the median is taken of */
#define PATH_RUN        8  /* far ones in a row that make a new path */
#define PATH_COUNT      2  /* of one source: the usual and another */

struct path {
	double smallest[PATH_BLOCKS]; /* s, by block, the newest at BLOCK */
	int blocks, block, in_block;
	double recent[PATH_RECENT]; /* queueing delay of the latest */
	int recent_count, recent_next;
	double minimum;   /* s, over all blocks */
	double jitter;    /* s, median of RECENT */
	int slot;         /* of the estimator */
	bool interleaved; /* opened by a packet of that kind */
};

struct path_set {
	struct path paths[PATH_COUNT];
	int count, current;
	double run[PATH_RUN]; /* far delays in a row */
	int run_length;
};

enum path_event {
	PATH_SAME,
	PATH_FIRST,   /* the very first round trip */
	PATH_NEW,     /* CHANGE says by how much its delay differs */
	PATH_CHANGED, /* back on the other one */
};

struct path_sample {
	double queueing_delay; /* s above the path's smallest, >= 0 */
	double jitter;         /* s, usual queueing delay */
	double uncertainty;    /* s, of the smallest, one standard deviation */
	enum path_event event;
	double change; /* s, for PATH_NEW */
};

void path_reset(struct path_set *set);

/* NOISE: s, what the time stamps themselves are uncertain by.  INTERLEAVED: the
 * delay is without the server's own, which others have; where that is seen first
 * there begins another path. */
void path_add(struct path_set *set, double delay, double noise, bool interleaved,
	      struct path_sample *sample);

/* s; 0 before the first. */
double path_minimum(const struct path_set *set);

/* s, usual queueing delay of the path in use; INFINITY before there are PATH_RUN. */
double path_usual_queueing_delay(const struct path_set *set);

#endif
