/* How long to wait after failures in a row. */
#ifndef W32TIMED_BASE_BACKOFF_H
#define W32TIMED_BASE_BACKOFF_H

/* Until the next attempt, in seconds, after FAILURES in a row (at least 1).
 * W32Time waits BACKOFF (ResolvePeerBackoffMinutes), doubled with each failure
 * MAX_DOUBLINGS times.  A daemon that starts before the network does must not
 * wait that long, so 4, 8, 16... s come first as long as they are shorter. */
double backoff_wait(unsigned failures, double backoff, unsigned max_doublings);

#endif
