#include "discipline/path.h"

#include <math.h>
#include <string.h>

/* Before there are samples: what of a round trip may be jitter. */
#define JITTER_GUESS 0.5
#define FEW          4.0
/* Quantile of the smallest of n excesses, in units of their median / sqrt(n). */
#define MINIMUM_SHARE 0.72

void path_reset(struct path_set *set)
{
	memset(set, 0, sizeof *set);
}

static int path_compare(double a, double b)
{
	return (a > b) - (a < b);
}

/* The median of at most PATH_RECENT values; sorts a copy by insertion. */
static double path_median(const double *values, int count)
{
	double sorted[PATH_RECENT];
	int i, j;

	for (i = 0; i < count; i++) {
		for (j = i; j > 0 && path_compare(sorted[j - 1], values[i]) > 0; j--)
			sorted[j] = sorted[j - 1];
		sorted[j] = values[i];
	}
	return count % 2 == 1 ? sorted[count / 2] : (sorted[count / 2 - 1] + sorted[count / 2]) / 2;
}

static int path_held(const struct path *path)
{
	return (path->blocks - 1) * PATH_BLOCK_SIZE + path->in_block;
}

static void path_begin(struct path *path, double delay)
{
	int slot = path->slot;
	bool interleaved = path->interleaved;

	memset(path, 0, sizeof *path);
	path->slot = slot;
	path->interleaved = interleaved;
	path->blocks = 1;
	path->smallest[0] = path->minimum = delay;
}

static void path_find_minimum(struct path *path)
{
	int i;

	path->minimum = path->smallest[0];
	for (i = 1; i < path->blocks; i++)
		path->minimum = fmin(path->minimum, path->smallest[i]);
}

static void path_push(struct path *path, double delay)
{
	double before = path->minimum, lowered;
	int i;

	if (path->in_block == PATH_BLOCK_SIZE) {
		path->in_block = 0;
		path->block = (path->block + 1) % PATH_BLOCKS;
		if (path->blocks < PATH_BLOCKS)
			path->blocks++;
		path->smallest[path->block] = delay;
	}
	path->in_block++;
	path->smallest[path->block] = fmin(path->smallest[path->block], delay);
	path_find_minimum(path);
	lowered = before - path->minimum;
	for (i = 0; i < path->recent_count; i++)
		path->recent[i] = fmax(path->recent[i] + lowered, 0);
	path->recent[path->recent_next] = delay - path->minimum;
	path->recent_next = (path->recent_next + 1) % PATH_RECENT;
	if (path->recent_count < PATH_RECENT)
		path->recent_count++;
	path->jitter = path_median(path->recent, path->recent_count);
}

/* The median of few tells little: it is taken together with a guess. */
static double path_jitter(const struct path *path)
{
	double guess = JITTER_GUESS * path->minimum, n = path_held(path), weight = n * n;

	/* Of few even the smallest is well above the path's. */
	return (path->jitter * (1 + FEW / (n + 1)) * weight + guess) / (weight + 1);
}

/* No way takes less than no time. */
static double path_uncertainty(const struct path *path)
{
	double uncertainty = MINIMUM_SHARE * path_jitter(path) / sqrt(path_held(path) + 1);

	return fmax(fmin(uncertainty, path->minimum), 0);
}

/* How far above the smallest a delay must be not to belong to the path. */
static double path_far(const struct path *path, double noise)
{
	return 6 * path_jitter(path) + 4 * noise;
}

/* Far delays in a row and close together: *LEAST is their smallest. */
static bool path_run_is_path(const struct path_set *set, double *least)
{
	double mid;
	int i;

	if (set->run_length < PATH_RUN)
		return false;
	*least = set->run[0];
	for (i = 1; i < PATH_RUN; i++)
		*least = fmin(*least, set->run[i]);
	mid = path_median(set->run, PATH_RUN);
	return mid - *least < 0.25 * (*least - set->paths[set->current].minimum);
}

static void path_run_add(struct path_set *set, double delay)
{
	if (set->run_length == PATH_RUN) {
		memmove(set->run, set->run + 1, (PATH_RUN - 1) * sizeof set->run[0]);
		set->run_length--;
	}
	set->run[set->run_length++] = delay;
}

/* Opens a path in the place of the one that is not current. */
static void path_open(struct path_set *set, double delay, struct path_sample *sample)
{
	int other = set->count < PATH_COUNT ? set->count++ : 1 - set->current;

	sample->event = PATH_NEW;
	sample->change = delay - set->paths[set->current].minimum;
	set->paths[other].interleaved = set->paths[set->current].interleaved;
	path_begin(&set->paths[other], delay);
	set->current = other;
}

static void path_change_up(struct path_set *set, double delay, double noise,
			   struct path_sample *sample)
{
	int other = 1 - set->current, i;
	double least;

	path_run_add(set, delay);
	if (!path_run_is_path(set, &least))
		return;
	if (set->count == PATH_COUNT &&
	    fabs(least - set->paths[other].minimum) < path_far(&set->paths[other], noise) / 2) {
		set->current = other;
		sample->event = PATH_CHANGED;
	} else {
		path_open(set, least, sample);
	}
	for (i = 0; i < PATH_RUN - 1; i++)
		path_push(&set->paths[set->current], set->run[i]);
	set->run_length = 0;
}

static void path_change_down(struct path_set *set, double delay, double noise,
			     struct path_sample *sample)
{
	const struct path *path = &set->paths[set->current], *other;
	double below = path->minimum - delay;

	if (set->count == PATH_COUNT) {
		other = &set->paths[1 - set->current];
		if (delay < path->minimum - 3 * noise &&
		    fabs(delay - other->minimum) < fabs(below)) {
			set->current = 1 - set->current;
			sample->event = PATH_CHANGED;
			return;
		}
	}
	if (path_held(path) >= PATH_RUN &&
	    below > 6 * path_uncertainty(path) + path_jitter(path) / 2 + 4 * noise)
		path_open(set, delay, sample);
}

void path_add(struct path_set *set, double delay, double noise, bool interleaved,
	      struct path_sample *sample)
{
	struct path *path;

	sample->event = PATH_SAME;
	sample->change = 0;
	if (set->count == 0) {
		set->count = 1;
		sample->event = PATH_FIRST;
		path_begin(&set->paths[0], delay);
	}
	path = &set->paths[set->current];
	if (interleaved && !path->interleaved && delay < path->minimum) {
		set->run_length = 0;
		path_open(set, delay, sample);
		set->paths[set->current].interleaved = true;
	} else if (path_held(path) >= PATH_RUN && delay > path->minimum + path_far(path, noise)) {
		path_change_up(set, delay, noise, sample);
	} else {
		set->run_length = 0;
		path_change_down(set, delay, noise, sample);
	}
	path = &set->paths[set->current];
	path_push(path, delay);
	sample->queueing_delay = fmax(delay - path->minimum, 0);
	sample->jitter = path_jitter(path);
	sample->uncertainty = path_uncertainty(path);
}

double path_minimum(const struct path_set *set)
{
	return set->count == 0 ? 0 : set->paths[set->current].minimum;
}

double path_usual_queueing_delay(const struct path_set *set)
{
	const struct path *path = &set->paths[set->current];

	if (set->count == 0 || path->recent_count < PATH_RUN)
		return INFINITY;
	return path->jitter;
}
