/* Source selection: RFC 5905 sections 11.2.1 (intersection) and 11.2.2
 * (clustering), on measured intervals first.
 *
 * A server's claim of its own dispersion widens its interval only where
 * without that no majority is found: otherwise a server that says "give or
 * take 10 s", as Windows' do, could never be proved wrong.  Where RFC 5905's rule on
 * the intervals' middles leaves no majority, the deepest overlap decides.  Pure. */
#ifndef W32TIMED_DISCIPLINE_SELECT_H
#define W32TIMED_DISCIPLINE_SELECT_H

#include <stdbool.h>
#include <stddef.h>

#define SELECT_MAX       256
#define SELECT_SURVIVORS 8 /* at most so many are combined */

enum select_mark {
	SELECT_FALSETICKER,
	SELECT_OUTLIER, /* agrees, but not needed or not close */
	SELECT_SURVIVOR,
};

struct select_candidate {
	double offset;   /* s, truth as this one says */
	double distance; /* s, half width of what was measured: delay, jitter, age */
	double claimed;  /* s, what its announced dispersion adds to that */
	double jitter;   /* s, standard deviation of OFFSET */
	enum select_mark mark;
};

struct select_result {
	bool found;       /* a majority agrees */
	double low, high; /* where it does, s */
	size_t survivors;
};

/* OWN (may be NULL): what our own clock says; it votes only where there is no
 * majority otherwise. */
void select_sources(struct select_candidate *candidates, size_t count,
		    const struct select_candidate *own, struct select_result *result);

#endif
