#include "server/receive_times.h"

/* Returns the newest stamp and *OLDEST, or 0. */
static utc_ns receive_times_find_range(const struct udp_datagram *datagrams, unsigned count,
				       utc_ns *oldest)
{
	utc_ns newest = 0;

	for (unsigned i = 0; i < count; i++) {
		utc_ns time = datagrams[i].system_time;

		if (time == 0)
			continue;
		if (newest == 0 || time < *oldest)
			*oldest = time;
		if (newest == 0 || time > newest)
			newest = time;
	}
	return newest;
}

int receive_times_measure(struct receive_times *times, struct clock *clock,
			  const struct udp_datagram *datagrams, unsigned count)
{
	utc_ns oldest_system = 0,
	       newest_system = receive_times_find_range(datagrams, count, &oldest_system);
	struct clock_reading newest, oldest;
	int status;

	if (newest_system == 0)
		status = clock_read(clock, &newest);
	else
		status = clock->ops->translate(clock, newest_system, &newest);
	if (status != 0)
		return status;
	*times = (struct receive_times){
		.newest_system = newest_system,
		.slope = 1.0,
		.oldest = newest.utc,
		.newest = newest.utc,
		.raw = newest.raw,
	};
	if (oldest_system == newest_system)
		return 0;
	status = clock->ops->translate(clock, oldest_system, &oldest);
	if (status != 0)
		return status;
	times->oldest = oldest.utc;
	times->slope = ns_interval(oldest.utc, newest.utc) /
		       ns_interval(oldest_system, newest_system);
	return 0;
}

utc_ns receive_times_of(const struct receive_times *times, utc_ns system_time)
{
	if (system_time == 0 || times->newest_system == 0)
		return times->newest;
	return ns_add(times->newest, ns_interval(times->newest_system, system_time) * times->slope);
}
