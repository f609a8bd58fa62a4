/* Interleaved mode, the server's side (RFC 9769 section 2): when answers really left,
 * for the clients that ask for it in their next request.
 *
 * All of our receive time stamps have their lowest bit set and all of our transmit
 * ones have it clear (a quarter of a nanosecond).  A request whose origin has it set
 * therefore repeats a receive time stamp, which nobody does who does not want this
 * mode, and nothing need be kept of the clients that do not.
 *
 * What is kept stands in a table of fixed size, in groups that a keyed hash of the
 * client and the time stamp chooses; in a full group the oldest is given up, and its
 * client is answered plainly.  Nothing is allocated after the start. */
#ifndef W32TIMED_SERVER_INTERLEAVED_H
#define W32TIMED_SERVER_INTERLEAVED_H

#include <stdbool.h>
#include <stdint.h>

#include "ntp/timestamp.h"
#include "platform/address.h"
#include "platform/clock.h"

struct interleaved_table;

/* NULL when memory is short. */
struct interleaved_table *interleaved_create(void);
void interleaved_destroy(struct interleaved_table *table); /* NULL is allowed */

/* Keeps a place for an answer to CLIENT whose receive time stamp is *RECEIVE, which
 * is changed by half a nanosecond if the client had the same before.  Returns a
 * number for interleaved_leave(), never 0.  NOW: the served clock. */
uint64_t interleaved_keep(struct interleaved_table *table, const struct net_address *client,
			  const struct clock_reading *now, ntp_timestamp *receive);

/* The answer of that number left at LEFT, on the served clock.  Ignored if its place
 * was taken by another since, and if it cannot be true. */
void interleaved_leave(struct interleaved_table *table, uint64_t number,
		       const struct clock_reading *left);

/* When the answer to CLIENT left whose receive time stamp was RECEIVE; it can be
 * asked for once.  0: not known, or the clock was set meanwhile. */
ntp_timestamp interleaved_take(struct interleaved_table *table, const struct net_address *client,
			       const struct clock_reading *now, ntp_timestamp receive);

#endif
