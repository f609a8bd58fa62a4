/* What the discipline knows, and the reference that it makes of it. */
#include "discipline/mind.h"

#include <errno.h>
#include <math.h>
#include <string.h>

/* RFC 5905's PHI: by what the error of a clock grows. */
#define DISPERSION_RATE 15e-6
/* So many standard deviations are given as the bound of an error. */
#define BOUND 4
/* And so many times the surprises of late. */
#define SURPRISES       3
#define SURPRISES_SINCE 8.0 /* s: not all is known right after a packet */

/* s; what of the phase at RAW is not known apart from the asymmetry of the path, which
 * half of its delay bounds: its deviation as packets see it. */
static double deviation_without_path(const struct discipline *discipline,
				     const struct source *source, raw_ns raw)
{
	const struct estimator *estimator = &discipline->estimator;
	int slot = source->paths.paths[source->paths.current].slot;
	struct estimate then, now;
	double seen, gained;

	estimator_predict(estimator, estimator->epoch, &then);
	estimator_predict(estimator, raw, &now);
	if (slot == ESTIMATOR_PATH_NONE)
		return now.phase_deviation;
	seen = estimator_path_deviation(estimator, slot);
	gained = now.phase_deviation * now.phase_deviation -
		 then.phase_deviation * then.phase_deviation;
	return fmin(hypot(seen, sqrt(fmax(gained, 0))) +
			    fabs(estimator_path_bias(estimator, slot)) / BOUND,
		    now.phase_deviation);
}

/* s, bound of the error of UTC at NOW by what SOURCE, which is selected, and the
 * estimate say. */
static double discipline_error_bound(const struct discipline *discipline,
				     const struct source *source, const struct clock_reading *now)
{
	const struct source_sample *sample = source_sample(source, 0);
	double since = fmax(ns_interval(discipline->last_update_raw, now->raw), 0);
	double bound = fabs(discipline_offset(discipline, now)) +
		       BOUND * deviation_without_path(discipline, source, now->raw) +
		       SURPRISES * discipline->surprise * (since + SURPRISES_SINCE);

	bound += sample->root_dispersion + sample->blur;
	/* What is not believed yet may still turn out to be so. */
	if (source->dissents > 0)
		bound += fabs(sample->offset - source_sample(source, source->dissents)->offset);
	return bound;
}

/* The estimate of which the reference was made is the present one, and its source
 * is there. */
static const struct source *discipline_reference_source(const struct discipline *discipline)
{
	const struct source *source = discipline_find(discipline, discipline->reference.source);

	return !discipline->decision.open && discipline->estimator.started && source != NULL &&
			       source->count > 0
		       ? source
		       : NULL;
}

void discipline_renew_reference(struct discipline *discipline, const struct clock_reading *now)
{
	struct reference *reference = &discipline->reference;
	const struct source *source = discipline_find(discipline, discipline->selected);
	struct estimate estimate;
	raw_ns valid_until;

	if (source == NULL || source->count == 0 || discipline->last_update == 0)
		return;
	/* A source that is asked more rarely than that is not lost for it. */
	valid_until = ns_add(discipline->last_update_raw,
			     fmax(discipline->settings.holdover_period,
				  2.5 * discipline_poll_seconds(discipline)));
	if (valid_until < now->raw)
		return;
	estimator_predict(&discipline->estimator, now->raw, &estimate);
	*reference = (struct reference){
		.stratum = source->stratum + 1,
		.reference_id = source->settings.reference_id,
		.reference_time = discipline->last_update,
		.source = source->id,
		.root_delay = source_sample(source, 0)->root_delay + path_minimum(&source->paths),
		.root_dispersion = discipline_error_bound(discipline, source, now),
		.computed_at = now->raw,
		.dispersion_rate = fmax(DISPERSION_RATE, 4 * estimate.frequency_deviation),
		.valid_until = valid_until,
		.pending_leap = reference->pending_leap,
	};
}

void discipline_vote_leap(struct discipline *discipline, utc_ns now)
{
	struct reference_votes votes = { { 0 } };

	for (size_t i = 0; i < discipline->source_count; i++) {
		const struct source *source = discipline->sources[i];

		if (source->selection >= SELECTION_OUTLIER && source->leap < 3)
			votes.leap[source->leap]++;
	}
	reference_vote_leap(&discipline->reference, &votes, now);
}

void discipline_lose_reference(struct discipline *discipline)
{
	reference_withdraw(&discipline->reference);
	discipline->state = DISCIPLINE_STATE_UNSET;
	discipline->hold_left = discipline->settings.hold_period;
	discipline->decision = (struct decision){ .open = true, .opened = discipline->last.raw };
}

void discipline_reference(const struct discipline *discipline, const struct clock_reading *now,
			  struct reference *reference)
{
	const struct source *source = discipline_reference_source(discipline);

	*reference = discipline->reference;
	if (!reference_is_synchronized(reference))
		return;
	if (now->raw > reference->valid_until) {
		reference_withdraw(reference);
		return;
	}
	reference->root_dispersion = source != NULL
					     ? discipline_error_bound(discipline, source, now)
					     : reference_dispersion(reference, now->raw);
	reference->computed_at = now->raw;
}

void discipline_status(const struct discipline *discipline, const struct clock_reading *now,
		       struct discipline_status *status)
{
	struct estimate estimate;
	int poll;

	memset(status, 0, sizeof *status);
	estimator_predict(&discipline->estimator, now->raw, &estimate);
	status->state = discipline->state;
	status->refused = discipline->refused;
	status->undecided = discipline->decision.open && !discipline->refused;
	status->since_last_update = -1;
	if (discipline->last_update != 0)
		status->since_last_update = fmax(ns_interval(discipline->last_update_raw, now->raw),
						 0);
	status->offset_known = discipline->estimator.started;
	if (discipline->estimator.started) {
		status->offset = discipline_offset(discipline, now);
		status->offset_deviation = estimate.phase_deviation;
	}
	status->frequency.frequency = -estimate.frequency / (1 + estimate.frequency);
	status->frequency.uncertainty = estimate.frequency_deviation;
	status->rate = discipline->rate;
	for (poll = 0; exp2(poll) < discipline_poll_seconds(discipline) && poll < 31; poll++)
		;
	status->poll = poll;
}

int discipline_source_status(const struct discipline *discipline, source_id id,
			     const struct clock_reading *now,
			     struct discipline_source_status *status)
{
	const struct source *source = discipline_find(discipline, id);
	const struct source_sample *newest;
	struct select_candidate candidate;
	struct source_view view;

	memset(status, 0, sizeof *status);
	if (source == NULL)
		return -ENOENT;
	status->selection = source->selection;
	status->poll = discipline_source_poll(source);
	if (source->count == 0)
		return 0;
	newest = source_sample(source, 0);
	discipline_view(discipline, now->raw, &view);
	source_candidate(source, &view, &candidate);
	status->measurements = (unsigned)source->count;
	status->offset = ns_interval(now->utc, discipline_line(discipline, now->raw)) +
			 newest->offset + view.frequency * ns_interval(newest->raw, now->raw);
	status->delay = newest->delay;
	status->smallest_delay = path_minimum(&source->paths);
	status->jitter = candidate.jitter;
	status->root_distance = candidate.distance + candidate.claimed;
	return 0;
}
