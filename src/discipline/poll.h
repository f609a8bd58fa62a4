/* How often to ask: as rarely as costs no accuracy.  Pure. */
#ifndef W32TIMED_DISCIPLINE_POLL_H
#define W32TIMED_DISCIPLINE_POLL_H

#include <stdint.h>

struct poll_settings {
	int min_poll, max_poll; /* log2 s */
	uint32_t adjust_factor; /* PollAdjustFactor: the larger, the slower it shortens */
};

struct poll {
	int interval; /* log2 s */
	int score;    /* of updates that spoke for longer (+) or shorter (-) */
};

void poll_reset(struct poll *poll, const struct poll_settings *settings);

/* After each packet.  KNOWN: s, standard deviation of the phase just after it;
 * GAINED: what the oscillator's wander adds to that (in squares) until the next
 * one. */
void poll_adjust(struct poll *poll, const struct poll_settings *settings, double known,
		 double gained);

#endif
