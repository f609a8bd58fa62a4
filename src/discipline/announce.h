/* What this machine says of itself to its clients and in /query /status:
 * the discipline's state seen through AnnounceFlags.  Pure. */
#ifndef W32TIMED_DISCIPLINE_ANNOUNCE_H
#define W32TIMED_DISCIPLINE_ANNOUNCE_H

#include <stdbool.h>
#include <stdint.h>

#include "discipline/discipline.h"

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
	double root_dispersion; /* at REFERENCE_RAW */
	raw_ns computed_at;     /* raw time of ROOT_DISPERSION, which grows by */
	double dispersion_rate; /* s per s from then on */
	utc_ns reference_time;  /* last update of the clock; 0: never */
	uint32_t role;          /* enum announce_role */
};

/* REFERENCE_ID: what the selected source's address makes (RFC 5905: the IPv4
 * address, or the first four bytes of the MD5 of the IPv6 address). */
void announce_compose(const struct announce_settings *settings,
		      const struct discipline_status *status, uint32_t reference_id,
		      const struct clock_reading *now, struct announcement *announcement);

#endif
