/* What this machine says of itself to its clients and in /query /status: the
 * reference seen through AnnounceFlags.  Pure. */
#ifndef W32TIMED_DISCIPLINE_ANNOUNCE_H
#define W32TIMED_DISCIPLINE_ANNOUNCE_H

#include <stdbool.h>
#include <stdint.h>

#include "discipline/reference.h"
#include "platform/clock.h" /* struct clock_reading */

enum announce_flag {
	ANNOUNCE_ALWAYS_TIME_SERVER = 0x1,
	ANNOUNCE_AUTO_TIME_SERVER = 0x2,
	ANNOUNCE_ALWAYS_RELIABLE = 0x4,
	ANNOUNCE_AUTO_RELIABLE = 0x8,
};

/* Server Role bits of /query /status /verbose. */
enum announce_role {
	ANNOUNCE_ROLE_TIME_SERVICE = 0x40,
	ANNOUNCE_ROLE_RELIABLE = 0x200,
};

struct announce_settings {
	uint32_t flags;                /* enum announce_flag */
	double local_clock_dispersion; /* s */
	bool server_enabled;           /* [NtpServer] Enabled */
	bool root_controller;          /* PDC emulator of the forest root domain */
	int precision;                 /* log2 s */
};

struct announcement {
	uint8_t leap;    /* enum ntp_leap */
	uint8_t stratum; /* 0: unsynchronized */
	int8_t poll;
	int8_t precision;
	uint32_t reference_id; /* "LOCL" as a number for the local clock */
	double root_delay;
	double root_dispersion; /* s, at COMPUTED_AT */
	raw_ns computed_at;
	double dispersion_rate; /* s per s by which ROOT_DISPERSION grows from then on */
	utc_ns reference_time;  /* last update of the clock; 0: never */
	uint32_t role;          /* enum announce_role */
};

/* POLL: log2 s, the discipline's. */
void announce_compose(const struct announce_settings *settings, const struct reference *reference,
		      int poll, const struct clock_reading *now, struct announcement *announcement);

#endif
