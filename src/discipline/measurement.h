/* Sources, and one exchange of packets with a server, checked and ready for the
 * clock. */
#ifndef W32TIMED_DISCIPLINE_MEASUREMENT_H
#define W32TIMED_DISCIPLINE_MEASUREMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/timescale.h"

/* A source is one server's one address; never reused within a run, 0: none. */
typedef uint32_t source_id;

struct measurement {
	raw_ns sent;             /* T1, request left, on our raw oscillator */
	utc_ns server_received;  /* T2 */
	utc_ns server_sent;      /* T3 */
	raw_ns received;         /* T4, answer arrived, on our raw oscillator */
	double uncertainty;      /* s, of our own two time stamps */
	double server_precision; /* s, resolution of the server's */
	double root_delay;       /* s, as announced by the server */
	double root_dispersion;  /* s; 0 if the configuration ignores it */
	uint32_t reference_id;   /* the server's */
	uint8_t stratum;         /* the server's, 1..15; 15 is not followed */
	uint8_t leap;            /* enum ntp_leap, 0..2 */
	/* RFC 9769: T3 and T4 are those of the answer before, and so lie before T2
	 * and T1. */
	bool interleaved;
};

enum discipline_verdict {
	MEASUREMENT_ACCEPTED,
	MEASUREMENT_DELAY_TOO_LARGE, /* W32Time 0x61 */
	MEASUREMENT_ROOT_DISTANCE,   /* W32Time 0x65: root delay/2 + dispersion beyond reason */
	MEASUREMENT_STRATUM,         /* W32Time 0x64: we would be of stratum 16 */
	MEASUREMENT_IMPOSSIBLE,      /* negative delay, time stamps out of order */
};

/* ------------------------------------------------------------------------- */
/* Sources */

#define DISCIPLINE_SOURCES_MAX 256

struct discipline_source_settings {
	bool fallback;   /* used only while no other source is usable */
	bool fixed_poll; /* asked at a fixed interval, which is POLL_SECONDS */
	double poll_seconds;
	uint32_t reference_id; /* what our own clients are told while we follow it */
};

enum discipline_selection { /* RFC 5905 section 11.2; the order of chronyc's marks */
			    SELECTION_UNUSABLE, /* no measurements, unreachable, distance too large,
						   held back */
			    SELECTION_FALSETICKER, /* outvoted */
			    SELECTION_FALLBACK,    /* good, but not needed now */
			    SELECTION_OUTLIER,     /* a truechimer that clustering left out */
			    SELECTION_CANDIDATE,   /* combined */
			    SELECTION_SELECTED,    /* combined, and the one we are said to follow */
};

#endif
