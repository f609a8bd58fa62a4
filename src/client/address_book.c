#include "client/address_book.h"

#include <string.h>

/* s, for which an address that said DENY or RSTR is left alone. */
#define DENIAL_TIME 86400.0

/* The list's length if it is not there. */
static size_t address_book_position(const struct address_book *book,
				    const struct net_address *address)
{
	size_t i;

	for (i = 0; i < book->count; i++) {
		if (net_address_equal(&book->addresses[i], address))
			break;
	}
	return i;
}

bool address_book_has(const struct address_book *book, const struct net_address *address)
{
	return address_book_position(book, address) < book->count;
}

void address_book_set(struct address_book *book, const struct net_address *addresses, size_t count)
{
	bool untried[RESOLVER_ADDRESSES_MAX];

	if (count > RESOLVER_ADDRESSES_MAX)
		count = RESOLVER_ADDRESSES_MAX;
	for (size_t i = 0; i < count; i++) {
		size_t before = address_book_position(book, &addresses[i]);

		untried[i] = before == book->count || book->untried[before];
	}
	memcpy(book->addresses, addresses, count * sizeof *addresses);
	memcpy(book->untried, untried, count * sizeof *untried);
	book->count = count;
}

bool address_book_take_untried(struct address_book *book, const struct net_address *address)
{
	size_t position = address_book_position(book, address);

	if (position == book->count || !book->untried[position])
		return false;
	book->untried[position] = false;
	return true;
}

void address_book_deny(struct address_book *book, const struct net_address *address, raw_ns now)
{
	struct address_denial *denial = &book->denials[0];

	/* In place of the one that ends first. */
	for (size_t i = 0; i < RESOLVER_ADDRESSES_MAX; i++) {
		if (book->denials[i].until < denial->until)
			denial = &book->denials[i];
	}
	denial->address = *address;
	denial->until = ns_add(now, DENIAL_TIME);
}

void address_book_forget_denials(struct address_book *book)
{
	memset(book->denials, 0, sizeof book->denials);
}

static bool address_book_is_denied(const struct address_book *book,
				   const struct net_address *address, raw_ns now)
{
	for (size_t i = 0; i < RESOLVER_ADDRESSES_MAX; i++) {
		if (book->denials[i].until > now &&
		    net_address_equal(&book->denials[i].address, address))
			return true;
	}
	return false;
}

size_t address_book_candidates(const struct address_book *book, const struct net_address *in_use,
			       raw_ns now,
			       const struct net_address *candidates[RESOLVER_ADDRESSES_MAX])
{
	size_t start = in_use == NULL ? book->count : address_book_position(book, in_use);
	size_t count = 0;

	start = start == book->count ? 0 : start + 1;
	for (size_t i = 0; i < book->count; i++) {
		const struct net_address *address = &book->addresses[(start + i) % book->count];

		if (!address_book_is_denied(book, address, now))
			candidates[count++] = address;
	}
	return count;
}

void address_book_note_good(struct address_book *book)
{
	book->given_up = 0;
	book->misses = 0;
}

void address_book_give_up(struct address_book *book, unsigned misses)
{
	book->given_up++;
	book->misses += misses;
}

void address_book_start_over(struct address_book *book)
{
	book->given_up = 0;
}

bool address_book_has_another(const struct address_book *book)
{
	return book->given_up + 1 < book->count;
}

bool address_book_is_exhausted(const struct address_book *book)
{
	return book->given_up >= book->count;
}
