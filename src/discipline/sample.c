#include "discipline/sample.h"

#include <math.h>

#include "discipline/filter_update.h"
#include "discipline/selection.h"
#include "ntp/packet.h"

#define EXCHANGE_MAX      100.0 /* s, from request to answer */
#define INTERLEAVED_MAX   600.0 /* s, from an answer to the next request */
#define DELAY_MAX         4.0   /* s, round trip */
#define NOISE_MAX         1.0   /* s, of a time stamp */
#define ROOT_DISTANCE_MAX 64.0  /* s; Windows announces 10 s and more */
/* Servers fill the bits below their precision at random: a quick answer may
 * seem to leave before the request came. */
#define SERVER_FUZZ 1e-6 /* s */
/* No poll interval is shortened to be more exact than this, than the path's likely
 * asymmetry, or than so much of its noise. */
#define ENOUGH          5e-6 /* s */
#define ENOUGH_OF_DELAY 0.002
#define ENOUGH_OF_NOISE 0.2
#define ENOUGH_AT_MOST  5e-5 /* s, for the noise's sake */
/* Interleaved mode.  Network noise above which the server's own is hidden; largest age
 * of the answer; what half of that age may cost, as a share of the phase's deviation;
 * and a cost that never matters. */
#define INTERLEAVED_NOISE  2e-4 /* s */
#define INTERLEAVED_OLDEST 32.0 /* s */
#define INTERLEAVED_SHARE  0.1
#define INTERLEAVED_ENOUGH 5e-7 /* s */

/* Our two time stamps, and the server's, in the order in which they were made. */
static bool sample_is_ordered(const struct measurement *measurement)
{
	double ours = ns_interval(measurement->sent, measurement->received);
	double theirs = ns_interval(measurement->server_received, measurement->server_sent);
	double slack = 2 * fmax(measurement->server_precision, 0) + SERVER_FUZZ;

	if (measurement->interleaved)
		return ours <= 0 && ours > -INTERLEAVED_MAX && theirs <= slack;
	return measurement->sent <= measurement->received && ours < EXCHANGE_MAX &&
	       theirs >= -slack;
}

bool sample_is_possible(const struct measurement *measurement, const struct clock_reading *now)
{
	return isfinite(measurement->uncertainty) && isfinite(measurement->server_precision) &&
	       isfinite(measurement->root_delay) && isfinite(measurement->root_dispersion) &&
	       sample_is_ordered(measurement) && measurement->sent <= ns_add(now->raw, 1) &&
	       measurement->received <= ns_add(now->raw, 1) && measurement->stratum >= 1 &&
	       measurement->stratum <= NTP_STRATUM_MAX && measurement->leap <= 2;
}

/* The exchange on the raw line; false if no delay can be that short.  In
 * interleaved mode the two halves are far apart: their mean tells of the moment in
 * the middle just as well, but the frequency must be known for the delay. */
static bool sample_convert(const struct ensemble *ensemble, const struct measurement *measurement,
			   const struct source_view *view, struct source_sample *sample)
{
	double away = ns_interval(measurement->sent, measurement->received);
	double there = ns_interval(measurement->server_received, measurement->server_sent);
	double first = ns_interval(reference_line_utc(&ensemble->line, measurement->sent),
				   measurement->server_received);
	double second = ns_interval(reference_line_utc(&ensemble->line, measurement->received),
				    measurement->server_sent);
	double own = fmin(fmax(measurement->uncertainty, 0), NOISE_MAX) +
		     ensemble->settings.precision;
	double theirs = fmin(fmax(measurement->server_precision, 0), NOISE_MAX);

	sample->raw = measurement->sent + (measurement->received - measurement->sent) / 2;
	sample->offset = (first + second) / 2;
	sample->delay = away * (1 + view->frequency) - there;
	sample->noise = sample->stamp_noise = sqrt(own * own + theirs * theirs / 6);
	if (measurement->interleaved)
		sample->noise = hypot(sample->noise, away / 2 * view->frequency_deviation);
	sample->root_delay = fmax(measurement->root_delay, 0);
	sample->root_dispersion = fmax(measurement->root_dispersion, 0);
	if (!isfinite(sample->delay) || sample->delay < -2 * (own + theirs) - 2e-5 * fabs(away))
		return false;
	sample->delay = fmax(sample->delay, 1e-9);
	return true;
}

enum discipline_verdict sample_make(struct ensemble *ensemble,
				    const struct measurement *measurement,
				    const struct clock_reading *now, struct source_sample *sample)
{
	struct source_view view;

	if (!ensemble->line.placed)
		ensemble->line = (struct reference_line){ true, now->raw,
							  measurement->server_sent };
	view = ensemble_view(ensemble, now->raw);
	if (!sample_convert(ensemble, measurement, &view, sample))
		return MEASUREMENT_IMPOSSIBLE;
	if (sample->delay > DELAY_MAX)
		return MEASUREMENT_DELAY_TOO_LARGE;
	if (sample->root_delay / 2 + sample->root_dispersion > ROOT_DISTANCE_MAX)
		return MEASUREMENT_ROOT_DISTANCE;
	if (measurement->stratum == NTP_STRATUM_MAX)
		return MEASUREMENT_STRATUM;
	return MEASUREMENT_ACCEPTED;
}

/* ------------------------------------------------------------------------- */

/* Sources that the estimate learns from; at least 1. */
static unsigned sample_accepted_sources(const struct ensemble *ensemble)
{
	unsigned accepted = 0;
	size_t i;

	for (i = 0; i < ensemble->source_count; i++)
		accepted += ensemble->sources[i]->selection >= SELECTION_CANDIDATE;
	return accepted > 0 ? accepted : 1;
}

/* s; a smaller error is not worth a shorter poll interval. */
static double sample_enough(const struct source *source)
{
	double noise = path_usual_queueing_delay(&source->paths);
	double enough = fmax(ENOUGH_OF_DELAY * path_minimum(&source->paths), ENOUGH);

	return noise < INFINITY ? fmax(enough, fmin(ENOUGH_OF_NOISE * noise, ENOUGH_AT_MOST))
				: enough;
}

/* What a longer interval would cost: with several sources the next packet comes so
 * much sooner. */
static void sample_adjust_poll(struct ensemble *ensemble, struct source *source,
			       const struct source_sample *sample)
{
	double known = estimator_path_deviation(&ensemble->estimator, sample->slot), gained;
	double wait = exp2(source->poll.interval) / sample_accepted_sources(ensemble);
	struct poll_settings settings = ensemble_poll_settings(ensemble);
	struct estimate now, later;

	estimator_predict(&ensemble->estimator, sample->raw, &now);
	estimator_predict(&ensemble->estimator, ns_add(sample->raw, wait), &later);
	gained = later.phase_deviation * later.phase_deviation -
		 now.phase_deviation * now.phase_deviation;
	poll_adjust(&source->poll, &settings, hypot(known, sample_enough(source)),
		    sqrt(fmax(gained, 0)));
}

/* The estimate learns from SAMPLE, or is made anew with it.  False: it became
 * impossible. */
static bool sample_update_estimate(struct ensemble *ensemble, struct source *source,
				   struct source_sample *sample, const struct clock_reading *now,
				   bool quickly, struct decision *decision)
{
	bool sane = true;

	if (ensemble->contradictions >= 4 || (ensemble->contradictions > 0 && quickly)) {
		ensemble_restart(ensemble, now->raw, decision);
	} else if (source->selection >= SELECTION_CANDIDATE) {
		sample->slot = ensemble_assign_path(ensemble, source, sample);
		sane = ensemble_update_filter(ensemble, source, sample);
	}
	ensemble_recentre(ensemble);
	return sane;
}

static void sample_use(struct ensemble *ensemble, struct source *source,
		       struct source_sample *sample, const struct clock_reading *now, bool renewed,
		       struct sample_use *use)
{
	struct decision *decision = use->decision;

	/* At the start the estimate may be that of a liar who answered first. */
	use->sane = sample_update_estimate(ensemble, source, sample, now, renewed || decision->open,
					   decision);
	if (!use->sane)
		decision->samples = 0;
	use->used = source->selection >= SELECTION_CANDIDATE;
	if (!use->used)
		return;
	decision_count(decision, sample->raw);
	ensemble->samples++;
	ensemble->used_raw = now->raw;
	ensemble->used_utc = now->utc;
}

void sample_take(struct ensemble *ensemble, struct source *source,
		 const struct measurement *measurement, const struct clock_reading *now,
		 struct source_sample *sample, struct sample_use *use)
{
	struct source_view view = ensemble_view(ensemble, now->raw);
	struct path_sample path;
	bool renewed, agrees;

	use->used = false;
	use->sane = true;
	source->reachable = true;
	source->stratum = measurement->stratum;
	source->leap = measurement->leap;
	path_add(&source->paths, sample->delay, sample->noise, measurement->interleaved, &path);
	sample->queueing_delay = path.queueing_delay;
	sample->jitter = path.jitter;
	sample->noise = hypot(sample->noise, path.uncertainty / 2);
	sample->slot = ESTIMATOR_PATH_NONE;
	if (path.event == PATH_NEW)
		ensemble_open_path(ensemble, source, sample, path.change);
	agrees = source_push(source, sample, &view, &renewed);
	ensemble_select(ensemble, now->raw, use->own_vote);
	if (!agrees)
		return;
	sample_use(ensemble, source, sample, now, renewed, use);
	sample_adjust_poll(ensemble, source, sample);
}

/* The age that the newest sample may reach before what half of it costs is more
 * than what is known of the phase. */
static double sample_interleave_age(const struct ensemble *ensemble, const struct source *source,
				    raw_ns at)
{
	int slot = source->paths.paths[source->paths.current].slot;
	double known = estimator_path_deviation(&ensemble->estimator, slot);
	struct source_view view = ensemble_view(ensemble, at);

	return fmin(2 * fmax(INTERLEAVED_SHARE * known, INTERLEAVED_ENOUGH) /
			    view.frequency_deviation,
		    INTERLEAVED_OLDEST);
}

double sample_interleave_within(const struct ensemble *ensemble, const struct source *source,
				raw_ns now)
{
	raw_ns taken;
	double age;

	if (source->count < 2 || source->dissents > 0 ||
	    path_usual_queueing_delay(&source->paths) >= INTERLEAVED_NOISE)
		return 0;
	taken = source_sample(source, 0)->raw;
	age = sample_interleave_age(ensemble, source, now);
	/* Until then the frequency will be known a little less. */
	age = sample_interleave_age(ensemble, source, ns_add(taken, age));
	return fmax(age - ns_interval(taken, now), 0);
}
