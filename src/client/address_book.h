/* The addresses behind a peer's name: which of them were tried, which told us not
 * to come back, in which order to try them.  Pure. */
#ifndef W32TIMED_CLIENT_ADDRESS_BOOK_H
#define W32TIMED_CLIENT_ADDRESS_BOOK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/timescale.h"
#include "platform/address.h"
#include "resolver/resolver.h"

/* An address that told us not to come back. */
struct address_denial {
	struct net_address address; /* AF_UNSPEC: unused */
	raw_ns until;
};

struct address_book {
	struct net_address addresses[RESOLVER_ADDRESSES_MAX]; /* best first */
	bool untried[RESOLVER_ADDRESSES_MAX]; /* the name did not have it before, and nobody asked
					       */
	size_t count;
	struct address_denial denials[RESOLVER_ADDRESSES_MAX];
	/* Since one of them last gave time: how many were given up, and the requests to
	 * them that gave none. */
	unsigned given_up, misses;
};

/* The addresses are these now; the first RESOLVER_ADDRESSES_MAX of them are kept. */
void address_book_set(struct address_book *book, const struct net_address *addresses, size_t count);

bool address_book_has(const struct address_book *book, const struct net_address *address);

/* Whether ADDRESS is asked for the first time; from now on it is not. */
bool address_book_take_untried(struct address_book *book, const struct net_address *address);

/* ADDRESS is left alone for a day. */
void address_book_deny(struct address_book *book, const struct net_address *address, raw_ns now);
void address_book_forget_denials(struct address_book *book);

/* The addresses that may be asked at NOW, in the order in which to try them: those
 * behind IN_USE (NULL: none is) first, IN_USE last.  How many; they live in the book. */
size_t address_book_candidates(const struct address_book *book, const struct net_address *in_use,
			       raw_ns now,
			       const struct net_address *candidates[RESOLVER_ADDRESSES_MAX]);

/* One of them gave time. */
void address_book_note_good(struct address_book *book);
/* One is given up after MISSES requests. */
void address_book_give_up(struct address_book *book, unsigned misses);
/* All may be tried again. */
void address_book_start_over(struct address_book *book);
/* Besides the address in use there is one that was not given up yet. */
bool address_book_has_another(const struct address_book *book);
/* All were given up: it is an outage, not a start. */
bool address_book_is_exhausted(const struct address_book *book);

#endif
