/* What this machine says of its time: the system variables of RFC 5905 section
 * 11.3 as one value.  The server's answers, /query, the kernel's status and the
 * events all read it.  It is changed by something better only (a correction that
 * was made or needless, a new sample, another selection) and withdrawn when it is
 * too old or a correction was refused.  Pure. */
#ifndef W32TIMED_DISCIPLINE_REFERENCE_H
#define W32TIMED_DISCIPLINE_REFERENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/timescale.h"
#include "discipline/measurement.h"

struct reference {
	uint8_t leap;           /* enum ntp_leap; 3: unsynchronized */
	uint8_t stratum;        /* the selected source's + 1; 0: unsynchronized */
	uint32_t reference_id;  /* what our clients are told while we follow the source */
	utc_ns reference_time;  /* when a sample was last used; 0: never */
	source_id source;       /* the selected one; 0: none, or it is configured no more */
	double root_delay;      /* s */
	double root_dispersion; /* s, at COMPUTED_AT */
	raw_ns computed_at;
	double dispersion_rate; /* s per s by which ROOT_DISPERSION grows from then on */
	raw_ns valid_until;     /* without anything new */
	/* The leap second at the end of this day, for the kernel; enum ntp_leap, 0..2.
	 * Kept when the rest is withdrawn: the second comes all the same. */
	uint8_t pending_leap;
};

static inline bool reference_is_synchronized(const struct reference *reference)
{
	return reference->stratum != 0;
}

/* Everything but the pending leap second goes. */
void reference_withdraw(struct reference *reference);

/* s; ROOT_DISPERSION grown until NOW. */
double reference_dispersion(const struct reference *reference, raw_ns now);

/* How many of the accepted sources warn of which leap second; by enum ntp_leap. */
struct reference_votes {
	unsigned leap[3];
};

/* The warning of more than half of the accepted sources, if it may be true: leap
 * seconds come at the end of June or December (UTC).  It stays while no source
 * answers, and goes when most of those that do deny it or the day is over. */
void reference_vote_leap(struct reference *reference, const struct reference_votes *votes,
			 utc_ns now);

#endif
