#include "discipline/select.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#define CLUSTER_LEAST 3 /* RFC 5905's NMIN */

struct edge {
	double at;
	int type; /* -1: low end, 0: middle, +1: high end */
};

static int select_edge_compare(const void *left, const void *right)
{
	const struct edge *a = left, *b = right;

	if (a->at != b->at)
		return a->at < b->at ? -1 : 1;
	return a->type - b->type;
}

static double select_half_width(const struct select_candidate *candidate, double share)
{
	return candidate->distance + share * candidate->claimed;
}

/* How far its middle lies beyond the interval; negative within. */
static double select_distance_outside(const struct select_candidate *candidate,
				      const struct select_result *result)
{
	return fmax(candidate->offset - result->high, result->low - candidate->offset);
}

static size_t select_edges_fill(struct edge *edges, const struct select_candidate *candidates,
				size_t count, double share)
{
	size_t i, n = 0;

	for (i = 0; i < count; i++) {
		double offset = candidates[i].offset,
		       half = select_half_width(&candidates[i], share);

		edges[n++] = (struct edge){ offset - half, -1 };
		edges[n++] = (struct edge){ offset, 0 };
		edges[n++] = (struct edge){ offset + half, 1 };
	}
	qsort(edges, n, sizeof edges[0], select_edge_compare);
	return n;
}

/* RFC 5905 section 11.2.1: the smallest interval that all but ALLOWED agree
 * on, with at most ALLOWED middles outside. */
static bool select_intersect(const struct edge *edges, size_t n, size_t count, size_t allowed,
			     struct select_result *result)
{
	size_t middles = 0, i;
	int chime = 0, needed = (int)(count - allowed);

	result->low = INFINITY;
	result->high = -INFINITY;
	for (i = 0; i < n; i++) {
		chime -= edges[i].type;
		if (chime >= needed) {
			result->low = edges[i].at;
			break;
		}
		if (edges[i].type == 0)
			middles++;
	}
	chime = 0;
	for (i = n; i-- > 0;) {
		chime += edges[i].type;
		if (chime >= needed) {
			result->high = edges[i].at;
			break;
		}
		if (edges[i].type == 0)
			middles++;
	}
	return middles <= allowed && result->low <= result->high;
}

static bool select_find_majority(const struct select_candidate *candidates, size_t count,
				 double share, struct select_result *result)
{
	struct edge edges[3 * SELECT_MAX];
	size_t n = select_edges_fill(edges, candidates, count, share), allowed;

	for (allowed = 0; 2 * allowed < count; allowed++)
		if (select_intersect(edges, n, count, allowed, result))
			return true;
	return false;
}

/* Where most intervals overlap, if that is one place and most of all are in it.
 * The middle of a server which says itself that it is bad may lie outside. */
static bool select_find_deepest(const struct select_candidate *candidates, size_t count,
				struct select_result *result)
{
	struct edge edges[3 * SELECT_MAX];
	size_t n = select_edges_fill(edges, candidates, count, 1), depth = 0, deepest = 0, i;
	bool only = false;

	for (i = 0; i < n; i++) {
		if (edges[i].type < 0) {
			depth++;
			if (depth == deepest)
				only = false;
			if (depth > deepest) {
				deepest = depth;
				only = true;
				result->low = edges[i].at;
			}
		} else if (edges[i].type > 0) {
			if (depth == deepest && only)
				result->high = edges[i].at;
			depth--;
		}
	}
	return only && 2 * deepest > count;
}

/* Sources whose interval overlaps the result agree.  One that overlaps only through its
 * announced dispersion is no falseticker, but it is not combined. */
static size_t select_mark_truechimers(struct select_candidate *candidates, size_t count,
				      double share, const struct select_result *result)
{
	size_t i, agreeing = 0;

	for (i = 0; i < count; i++) {
		double away = select_distance_outside(&candidates[i], result);

		if (away <= select_half_width(&candidates[i], share)) {
			candidates[i].mark = SELECT_SURVIVOR;
			agreeing++;
		} else if (away <= select_half_width(&candidates[i], 1) &&
			   candidates[i].claimed < 1) {
			candidates[i].mark = SELECT_OUTLIER;
		} else {
			candidates[i].mark = SELECT_FALSETICKER;
		}
	}
	return agreeing;
}

/* At least one survivor must overlap by its measured interval; sources that overlap
 * only through their announced dispersion become outliers. */
static size_t select_mark_deepest(struct select_candidate *candidates, size_t count,
				  const struct select_result *result)
{
	size_t survivors = select_mark_truechimers(candidates, count, 0, result);

	for (size_t i = 0; i < count; i++) {
		double away = select_distance_outside(&candidates[i], result);

		if (candidates[i].mark != SELECT_SURVIVOR &&
		    away <= select_half_width(&candidates[i], 1))
			candidates[i].mark = SELECT_OUTLIER;
	}
	return survivors;
}

/* What the others' offsets differ from this one's, root mean square. */
static double select_selection_jitter(const struct select_candidate *candidates, size_t count,
				      size_t one)
{
	double sum = 0;
	size_t i, n = 0;

	for (i = 0; i < count; i++) {
		double difference = candidates[i].offset - candidates[one].offset;

		if (candidates[i].mark != SELECT_SURVIVOR || i == one)
			continue;
		sum += difference * difference;
		n++;
	}
	return n == 0 ? 0 : sqrt(sum / n);
}

/* RFC 5905 section 11.2.2: leave out the one that is farthest from the others
 * while that makes the rest agree better than any of them knows itself. */
static void select_cluster(struct select_candidate *candidates, size_t count, size_t *survivors)
{
	while (*survivors > CLUSTER_LEAST) {
		double worst = -1, quietest = DBL_MAX;
		size_t i, worst_one = 0;

		for (i = 0; i < count; i++) {
			double jitter, weighed;

			if (candidates[i].mark != SELECT_SURVIVOR)
				continue;
			quietest = fmin(quietest, candidates[i].jitter);
			jitter = select_selection_jitter(candidates, count, i);
			weighed = jitter + candidates[i].distance;
			if (weighed > worst) {
				worst = weighed;
				worst_one = i;
			}
		}
		if (*survivors <= SELECT_SURVIVORS &&
		    select_selection_jitter(candidates, count, worst_one) <=
			    fmax(quietest, candidates[worst_one].distance))
			return;
		candidates[worst_one].mark = SELECT_OUTLIER;
		(*survivors)--;
	}
}

/* No majority: the sources that agree with our own clock, if half of all do. */
static bool select_ask_own(struct select_candidate *candidates, size_t count,
			   const struct select_candidate *own, struct select_result *result)
{
	result->low = own->offset - own->distance;
	result->high = own->offset + own->distance;
	result->survivors = select_mark_truechimers(candidates, count, 0, result);
	return result->survivors > 0 && 2 * result->survivors >= count;
}

void select_sources(struct select_candidate *candidates, size_t count,
		    const struct select_candidate *own, struct select_result *result)
{
	static const double shares[] = { 0, 0.1, 1 };
	size_t i;

	result->found = false;
	result->survivors = 0;
	result->low = result->high = 0;
	for (i = 0; i < count; i++)
		candidates[i].mark = SELECT_FALSETICKER;
	if (count == 0 || count > SELECT_MAX)
		return;
	for (i = 0; i < sizeof shares / sizeof shares[0] && !result->found; i++) {
		result->found = select_find_majority(candidates, count, shares[i], result);
		if (result->found)
			result->survivors = select_mark_truechimers(candidates, count, shares[i],
								    result);
		else if (i == 0 && own != NULL)
			result->found = select_ask_own(candidates, count, own, result);
	}
	if (!result->found && select_find_deepest(candidates, count, result)) {
		result->survivors = select_mark_deepest(candidates, count, result);
		result->found = result->survivors > 0;
	}
	if (!result->found) {
		result->survivors = 0;
		for (i = 0; i < count; i++)
			candidates[i].mark = SELECT_FALSETICKER;
		return;
	}
	select_cluster(candidates, count, &result->survivors);
}
