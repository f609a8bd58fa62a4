#include "client/controller_trial.h"

#include "client/polling.h"

/* A closed port says at once that no server is there: it counts for as many. */
#define REFUSAL_COUNTS 2

void controller_trial_begin(struct controller_trial *trial)
{
	trial->running = true;
	trial->failed = false;
	trial->attempts = 0;
	trial->misses = 0;
	trial->why = DOMAIN_FAILURE_SILENT;
}

bool controller_trial_new_address(struct controller_trial *trial)
{
	bool begins = !trial->running;

	if (begins)
		controller_trial_begin(trial);
	trial->misses = 0;
	return begins;
}

void controller_trial_answered(struct controller_trial *trial)
{
	trial->running = false;
	trial->failed = false;
	trial->silent = false;
}

void controller_trial_fail(struct controller_trial *trial)
{
	trial->running = false;
	trial->failed = true;
}

/* The best that came decides: the signatures of a controller that signs but has no
 * time are not wrong. */
static void controller_trial_note_attempt(struct controller_trial *trial, int authenticity)
{
	trial->attempts++;
	if (authenticity == AUTHENTICATION_GOOD)
		trial->why = DOMAIN_FAILURE_UNSYNCHRONIZED;
	else if (authenticity >= 0 && trial->why == DOMAIN_FAILURE_SILENT)
		trial->why = DOMAIN_FAILURE_UNAUTHENTICATED;
}

/* Any miss of a controller that gave time begins a trial; a controller that was
 * given up is asked on without haste, and is on trial again from time to time. */
static bool controller_trial_is_due(const struct controller_trial *trial, unsigned misses)
{
	return !trial->running && (!trial->failed || misses % POLLING_MISSES_MAX == 0);
}

enum controller_step controller_trial_missed(struct controller_trial *trial,
					     const struct controller_attempt *attempt)
{
	if (trial->failed)
		trial->silent = true;
	if (controller_trial_is_due(trial, attempt->misses)) {
		controller_trial_begin(trial);
		controller_trial_note_attempt(trial, attempt->authenticity);
		return CONTROLLER_BEGIN;
	}
	if (!trial->running)
		return CONTROLLER_KEEP;
	controller_trial_note_attempt(trial, attempt->authenticity);
	trial->misses += attempt->refused ? REFUSAL_COUNTS : 1;
	if (attempt->settling && trial->misses < CONTROLLER_TRIAL_REQUESTS)
		return CONTROLLER_KEEP;
	return attempt->another_address ? CONTROLLER_NEXT_ADDRESS : CONTROLLER_FAIL;
}

bool controller_trial_denied(struct controller_trial *trial, int authenticity)
{
	bool begins = !trial->running;

	if (begins)
		controller_trial_begin(trial);
	controller_trial_note_attempt(trial, authenticity);
	return begins;
}
