/* When one address of a server is asked next: polls (client/polling.h), bursts, and
 * how long an answer is waited for.  Pure: NOW and random numbers are handed in. */
#ifndef W32TIMED_CLIENT_SCHEDULE_H
#define W32TIMED_CLIENT_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/timescale.h"
#include "client/polling.h"

struct schedule {
	struct polling_settings settings;
	struct polling_state polling;
	/* While an answer is WAITING to come: when it is given up; else when to ask. */
	raw_ns due;
	bool waiting;
	raw_ns last_asked;
	bool ever_asked;
	unsigned burst_requests;     /* still to be sent in quick succession */
	unsigned burst_answers;      /* good ones after which the burst is over */
	unsigned burst_misses;       /* in a row, in this burst */
	unsigned answers_since_rate; /* or since the floor was lowered */
};

/* The first request is due at FIRST. */
void schedule_init(struct schedule *schedule, const struct polling_settings *settings,
		   raw_ns first);

/* Other intervals: the next request is brought forward if it would now be too late. */
void schedule_configure(struct schedule *schedule, const struct polling_settings *settings,
			raw_ns now, uint32_t random);

/* The present interval: s, and as a whole exponent, log2 s. */
double schedule_interval(const struct schedule *schedule);
int schedule_exponent(const struct schedule *schedule);

bool schedule_is_bursting(const struct schedule *schedule);

/* Up to REQUESTS, seconds apart, until ANSWERS were good; a burst under way becomes
 * longer.  A server that sent a RATE is asked once only. */
void schedule_burst(struct schedule *schedule, raw_ns now, unsigned requests, unsigned answers);
/* The next request waits for its poll. */
void schedule_end_burst(struct schedule *schedule, uint32_t random);

/* Other addresses of the server gave no time in so many requests: there is no haste. */
void schedule_inherit_misses(struct schedule *schedule, raw_ns now, unsigned misses);

/* A request leaves now. */
void schedule_asked(struct schedule *schedule, raw_ns now);
/* The exchange was broken off: it is made anew. */
void schedule_restart(struct schedule *schedule, raw_ns now);

/* What came of a request: time; none, after which a burst goes on only if it is
 * STUBBORN; the wish for fewer requests. */
void schedule_answered(struct schedule *schedule);
void schedule_missed(struct schedule *schedule, bool stubborn);
void schedule_limited(struct schedule *schedule);
/* The exchange is over, what came of it is noted: plans the next request. */
void schedule_next(struct schedule *schedule, uint32_t random);

#endif
