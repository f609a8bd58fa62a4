/* What NtpClient shows of a peer. */
#ifndef W32TIMED_CLIENT_STATUS_H
#define W32TIMED_CLIENT_STATUS_H

#include <stdbool.h>
#include <stdint.h>

#include "discipline/measurement.h"
#include "platform/address.h"

/* Why an answer was not used: [MS-W32T] message ids in the table of names. */
enum peer_drop {
	PEER_DROP_NONE = 0,
	PEER_DROP_UNREACHABLE = 0x5C,
	PEER_DROP_DUPLICATE = 0x5E,
	PEER_DROP_OUT_OF_ORDER = 0x5F, /* does not answer our last request: bogus, replayed */
	PEER_DROP_UNSYNCHRONIZED = 0x60,
	PEER_DROP_DELAY = 0x61,
	PEER_DROP_NOT_AUTHENTICATED = 0x62,
	PEER_DROP_STALE = 0x63, /* reference time too old, or in the future */
	PEER_DROP_STRATUM = 0x64,
	PEER_DROP_ROOT_DISTANCE = 0x65,
};

struct peer_counters {
	uint64_t sent, received, accepted;
	uint64_t interleaved; /* good answers in interleaved mode */
	uint64_t bogus;       /* wrong origin, mode, version or length */
	uint64_t duplicate;   /* a second answer to the same request */
	uint64_t unsynchronized, stale, stratum, delay, root_distance, unauthenticated;
	uint64_t kiss_rate, kiss_deny, kiss_other;
	uint64_t send_errors;
};

struct peer_status {
	const char *name; /* as configured, flags and all */
	bool active;      /* an association exists; false: the name is not resolved */
	source_id source; /* 0: none */
	struct net_address remote, local;
	uint32_t flags;
	double time_remaining; /* s to the next poll or look-up */
	uint8_t mode;          /* enum ntp_mode that we send; 0 while pending */
	uint8_t stratum;       /* 0 until it has answered */
	uint8_t leap;
	int8_t peer_poll; /* log2 s, as its last packet told; 0: none yet */
	int8_t host_poll; /* log2 s, ours; 0 while pending */
	int8_t precision;
	double root_delay, root_dispersion;
	uint32_t reference_id;
	utc_ns last_success; /* 0: never */
	int last_error;      /* errno of the last exchange; 0: it succeeded */
	enum peer_drop last_drop;
	const char *authentication; /* "NoAuth " or struct authentication's name */
	uint32_t authentication_id; /* 0x5A or its message id */
	unsigned resolve_attempts;
	uint8_t reachability;
	struct peer_counters counters;
};

#endif
