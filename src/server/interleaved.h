/* Interleaved mode, the server's side (RFC 9769 section 2): the exact transmit time
 * stamps of answers, for clients that ask for them in their next request.
 *
 * All our receive time stamps have their lowest bit set, all our transmit time stamps
 * have it clear (a quarter of a nanosecond).  A request whose origin time stamp has it
 * set repeats a receive time stamp, which only clients in this mode do; of the others
 * nothing is stored.
 *
 * The table has a fixed size (base/keyed_table.h): in a full group the oldest answer is
 * given up, and its client gets a basic one. */
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

/* Stores an answer to CLIENT with the receive time stamp *RECEIVE, which is changed by
 * half a nanosecond if the client had the same before.  Returns a token for
 * interleaved_set_transmit(), never 0.  NOW: the served clock. */
uint64_t interleaved_add(struct interleaved_table *table, const struct net_address *client,
			 const struct clock_reading *now, ntp_timestamp *receive);

/* The answer of TOKEN was transmitted at SENT, on the served clock.  Ignored if it was
 * given up since, and if SENT is impossible. */
void interleaved_set_transmit(struct interleaved_table *table, uint64_t token,
			      const struct clock_reading *sent);

/* The transmit time stamp of the answer to CLIENT with the time stamp RECEIVE, which is
 * forgotten.  0: not known, or the clock was set meanwhile. */
ntp_timestamp interleaved_take_transmit(struct interleaved_table *table,
					const struct net_address *client,
					const struct clock_reading *now, ntp_timestamp receive);

#endif
