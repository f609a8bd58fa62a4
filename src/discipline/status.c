/* What the discipline knows, for those who ask. */
#include "discipline/mind.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#define LEAP_UNKNOWN 3
/* So many standard deviations are given as the bound of an error. */
#define BOUND 4
/* And so many times the surprises of late. */
#define SURPRISES       3
#define SURPRISES_SINCE 8.0 /* s: not all is known right after a packet */

uint8_t discipline_leap(const struct discipline *discipline)
{
	size_t accepted = 0, votes[3] = { 0 }, i;

	for (i = 0; i < discipline->source_count; i++) {
		const struct source *source = discipline->sources[i];

		if (source->selection < SELECTION_OUTLIER || source->leap > 2)
			continue;
		accepted++;
		votes[source->leap]++;
	}
	for (i = 1; i < 3; i++)
		if (2 * votes[i] > accepted)
			return (uint8_t)i;
	return 0;
}

static bool is_synchronized(const struct discipline *discipline, double since)
{
	if (discipline->state == DISCIPLINE_STATE_UNSET || !discipline->corrected ||
	    discipline->refused || discipline->selected == 0)
		return false;
	/* A source that is asked more rarely than that is not lost for it. */
	return since >= 0 && since <= fmax(discipline->settings.holdover_period,
					   2.5 * discipline_poll_seconds(discipline));
}

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

static void status_of_source(const struct discipline *discipline, struct discipline_status *status,
			     raw_ns raw)
{
	const struct source *source = discipline_find(discipline, status->selected);
	double deviation = status->offset_deviation;
	const struct source_sample *sample;

	if (source != NULL)
		deviation = deviation_without_path(discipline, source, raw);
	status->root_dispersion = fabs(status->offset) + BOUND * deviation +
				  SURPRISES * discipline->surprise *
					  (status->since_last_update + SURPRISES_SINCE);
	if (source == NULL || source->count == 0) {
		status->stratum = source == NULL ? 16 : source->stratum + 1;
		return;
	}
	sample = source_sample(source, 0);
	status->stratum = source->stratum + 1;
	status->root_delay = sample->root_delay + path_minimum(&source->paths);
	status->root_dispersion += sample->root_dispersion + sample->blur;
	if (source->dissents > 0) {
		const struct source_sample *agreed = source_sample(source, source->dissents);

		/* What is not believed yet may still turn out to be so. */
		status->root_dispersion += fabs(sample->offset - agreed->offset);
	}
	if (status->stratum > 15)
		status->stratum = 15;
}

void discipline_status(const struct discipline *discipline, const struct clock_reading *now,
		       struct discipline_status *status)
{
	struct estimate estimate;
	int poll;

	memset(status, 0, sizeof *status);
	estimator_predict(&discipline->estimator, now->raw, &estimate);
	status->state = discipline->state;
	status->selected = discipline->selected;
	status->since_last_update = -1;
	status->last_update = discipline->last_update;
	if (discipline->last_update != 0)
		status->since_last_update = fmax(ns_interval(discipline->last_update_raw, now->raw),
						 0);
	status->synchronized = is_synchronized(discipline, status->since_last_update);
	if (discipline->estimator.started) {
		status->offset = discipline_offset(discipline, now);
		status->offset_deviation = estimate.phase_deviation;
	}
	status->frequency.frequency = -estimate.frequency / (1 + estimate.frequency);
	status->frequency.uncertainty = estimate.frequency_deviation;
	status->rate = discipline->rate;
	status->leap = status->synchronized ? discipline_leap(discipline) : LEAP_UNKNOWN;
	for (poll = 0; exp2(poll) < discipline_poll_seconds(discipline) && poll < 31; poll++)
		;
	status->poll = poll;
	if (status->synchronized)
		status_of_source(discipline, status, now->raw);
	if (!status->synchronized)
		status->selected = 0;
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
	status->poll = source->poll.interval;
	if (source->settings.fixed_poll)
		status->poll = (int)lround(log2(source->settings.poll_seconds));
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
