/* When the datagrams of a batch arrived, on the clock that is served. */
#ifndef W32TIMED_SERVER_RECEIVE_TIMES_H
#define W32TIMED_SERVER_RECEIVE_TIMES_H

#include "platform/clock.h"
#include "platform/udp.h"

/* The kernel stamps with the system's clock, which is not always the one that
 * is served.  Within a batch the two run by a straight line: the clock is asked
 * about the oldest and the newest datagram alone. */
struct receive_times {
	utc_ns newest_system; /* 0: there are no stamps */
	double slope;         /* d(served) / d(system) */
	utc_ns oldest;
	utc_ns newest;
	raw_ns raw; /* at NEWEST */
};

/* Datagrams without a stamp arrive now.  Returns 0 or what the clock said. */
int receive_times_measure(struct receive_times *times, struct clock *clock,
			  const struct udp_datagram *datagrams, unsigned count);

utc_ns receive_times_of(const struct receive_times *times, utc_ns system_time);

#endif
