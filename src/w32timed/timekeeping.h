/* The way of a time sample to the clock: measurements go to the discipline, its
 * decisions to the clock, the kernel's status and the announcement follow, and
 * W32Time's events tell of it. */
#ifndef W32TIMED_W32TIMED_TIMEKEEPING_H
#define W32TIMED_W32TIMED_TIMEKEEPING_H

#include <stdbool.h>

#include "base/log.h"
#include "client/sample_sink.h"
#include "discipline/announce.h"
#include "discipline/discipline.h"
#include "platform/clock.h"
#include "w32timed/clock_events.h"

struct loop;
struct timekeeping;

/* [MS-W32T] result of a resynchronization, also "Last Sync Error". */
enum sync_result {
	SYNC_RESULT_SUCCESS = 0,
	SYNC_RESULT_NO_DATA = 1,
	SYNC_RESULT_STALE_DATA = 2,
	SYNC_RESULT_CHANGE_TOO_BIG = 3,
	SYNC_RESULT_SHUTTING_DOWN = 4,
};

struct timekeeping_settings {
	struct discipline_settings discipline;
	struct announce_settings announce;
	struct clock_events_rules events;
	double silence_period; /* s without a sample after which sources are sought anew */
};

struct timekeeping_environment {
	struct loop *loop;
	struct clock *clock;
	struct log *log;
	/* The announcement was made anew: after every update. */
	void (*announced)(void *context, const struct announcement *announcement);
	/* The source, the state or the stratum is another one now. */
	void (*changed)(void *context);
	/* Somebody else moved the clock, or the machine slept. */
	void (*disturbed)(void *context, bool slept);
	/* No sample came for long: the sources should be sought anew. */
	void (*silent)(void *context);
	void *context;
};

/* FREQUENCY as discipline_create(); NULL when memory is short. */
struct timekeeping *timekeeping_create(const struct timekeeping_environment *environment,
				       const struct timekeeping_settings *settings,
				       const struct discipline_frequency *frequency);
void timekeeping_destroy(struct timekeeping *timekeeping);
void timekeeping_configure(struct timekeeping *timekeeping,
			   const struct timekeeping_settings *settings);

/* Where NtpClient's samples go; valid as long as TIMEKEEPING. */
struct sample_sink timekeeping_sink(struct timekeeping *timekeeping);

/* -ENOENT. */
int timekeeping_source_status(struct timekeeping *timekeeping, source_id id,
			      struct discipline_source_status *status);

/* Before all sources are asked anew. */
void timekeeping_resync(struct timekeeping *timekeeping, bool force);
/* Whether there are samples, but not enough of them to act upon. */
bool timekeeping_is_undecided(struct timekeeping *timekeeping);
/* After that; GOOD: how many gave a good answer.  If none did nothing has changed. */
enum sync_result timekeeping_resync_result(struct timekeeping *timekeeping, unsigned good);

/* Somebody may have moved the clock: looks, and acts on it. */
void timekeeping_check(struct timekeeping *timekeeping);

struct timekeeping_status {
	struct discipline_status discipline;
	struct reference reference; /* of which ANNOUNCEMENT was made, just now */
	struct announcement announcement;
	const char *source; /* its name, "Local CMOS Clock" or "Free-running System Clock" */
	enum sync_result last_result;
	double since_last_good; /* s; since the start if there was none */
	double running;         /* s since the start, sleep not counted */
	double clock_rate;      /* s that UTC advances in a tick */
	utc_ns now;
};

void timekeeping_status(struct timekeeping *timekeeping, struct timekeeping_status *status);

/* The frequency worth keeping; false while nothing was learned. */
bool timekeeping_frequency(struct timekeeping *timekeeping, struct discipline_frequency *frequency);

/* Leaves the clock running at its best known rate, without a slew. */
void timekeeping_settle(struct timekeeping *timekeeping);

#endif
