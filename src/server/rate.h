/* How often one client is answered.
 *
 * A client is an IPv4 address or an IPv6 /64.  Each has a bucket of tokens: an
 * answer takes one, RATE of them come back in a second, BURST are the most that
 * it holds.  Nothing is allocated after the start, and a check costs the same
 * however many clients there are: the buckets stand in a table of fixed size,
 * in groups that a keyed hash chooses, so that nobody outside can aim at one.
 *
 * A bucket that is full again is forgotten.  When a group is full of others, the
 * fullest one is: floods of forged addresses push out each other's buckets, those
 * of clients that are held back stay.  Forgetting errs on the client's side.
 *
 * Whoever can send in a client's name can use up its tokens: limits cost the
 * innocent something, which is why there are none by default. */
#ifndef W32TIMED_SERVER_RATE_H
#define W32TIMED_SERVER_RATE_H

#include <stdint.h>

#include "base/timescale.h"
#include "platform/address.h"

struct rate_limiter;

enum rate_verdict {
	RATE_ANSWER,
	RATE_DROP,
	RATE_KISS, /* too many as well: tell it so (RFC 5905 section 7.4) */
};

/* RATE at least 1; a BURST of 0 is one of 1.  Returns NULL when memory is short. */
struct rate_limiter *rate_limiter_create(uint32_t rate, uint32_t burst);
void rate_limiter_destroy(struct rate_limiter *limiter); /* NULL is allowed */

/* New limits for the same clients. */
void rate_limiter_configure(struct rate_limiter *limiter, uint32_t rate, uint32_t burst);

/* Takes a token.  A client that has none is told so at random, of its Nth
 * request too many with a chance of 1 in 4 + N / 4: often enough for one that
 * listens, but what a flood in its name makes us send it grows with the
 * logarithm of the flood only. */
enum rate_verdict rate_limiter_check(struct rate_limiter *limiter, const struct net_address *client,
				     raw_ns now);

#endif
