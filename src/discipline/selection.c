#include "discipline/selection.h"

#include <math.h>

static bool selection_usable(const struct source *source)
{
	return source->reachable && source->count > 0;
}

/* Fills CANDIDATES with those sources that may vote; OF says which they are. */
static size_t selection_gather(struct ensemble *ensemble, const struct source_view *view,
			       struct select_candidate *candidates, struct source **of)
{
	bool only_fallback = true;
	size_t i, n = 0;

	for (i = 0; i < ensemble->source_count; i++)
		if (selection_usable(ensemble->sources[i]) &&
		    !ensemble->sources[i]->settings.fallback)
			only_fallback = false;
	for (i = 0; i < ensemble->source_count; i++) {
		struct source *source = ensemble->sources[i];

		source->selection = SELECTION_UNUSABLE;
		if (!selection_usable(source))
			continue;
		if (source->settings.fallback && !only_fallback) {
			source->selection = SELECTION_FALLBACK;
			continue;
		}
		source_candidate(source, view, &candidates[n]);
		of[n++] = source;
	}
	return n;
}

/* The one with the largest say; the old one unless another is clearly better. */
static void selection_choose(struct ensemble *ensemble, const struct select_candidate *candidates,
			     struct source **of, size_t n)
{
	double least = INFINITY;
	struct source *best = NULL;
	size_t i;

	for (i = 0; i < n; i++) {
		double cost = candidates[i].distance + 1e-3 * of[i]->stratum;

		if (candidates[i].mark != SELECT_SURVIVOR)
			continue;
		if (of[i]->id == ensemble->selected)
			cost *= 0.7;
		if (cost < least) {
			least = cost;
			best = of[i];
		}
	}
	if (best == NULL)
		return;
	best->selection = SELECTION_SELECTED;
	ensemble->selected = best->id;
}

void ensemble_select(struct ensemble *ensemble, raw_ns now, bool own_vote)
{
	static const enum discipline_selection marks[] = {
		[SELECT_FALSETICKER] = SELECTION_FALSETICKER,
		[SELECT_OUTLIER] = SELECTION_OUTLIER,
		[SELECT_SURVIVOR] = SELECTION_CANDIDATE,
	};
	struct select_candidate candidates[DISCIPLINE_SOURCES_MAX], own;
	struct source *of[DISCIPLINE_SOURCES_MAX];
	struct select_result result;
	struct estimate estimate;
	struct source_view view;
	size_t n, i;
	double away;

	view = ensemble_view(ensemble, now);
	n = selection_gather(ensemble, &view, candidates, of);
	estimator_predict(&ensemble->estimator, now, &estimate);
	own.offset = estimate.phase;
	own.distance = 4 * estimate.phase_deviation + 1e-6;
	select_sources(candidates, n, own_vote ? &own : NULL, &result);
	for (i = 0; i < n; i++)
		of[i]->selection = marks[candidates[i].mark];
	if (!result.found)
		return;
	selection_choose(ensemble, candidates, of, n);
	away = fmax(estimate.phase - result.high, result.low - estimate.phase);
	if (ensemble->estimator.started && away > 5 * estimate.phase_deviation + 1e-6)
		ensemble->contradictions++;
	else
		ensemble->contradictions = 0;
}
