#include <config.h>

#include "account/sid.h"

#include <errno.h>
#include <string.h>

#include "base/bytes.h"

/* S-1-5-21 and three numbers of the domain before the account's own. */
#define DOMAIN_NUMBERS 5
#define NT_NON_UNIQUE  21

int sid_account_rid(const uint8_t *sid, size_t length, uint32_t *rid)
{
	static const uint8_t start[] = { 1, DOMAIN_NUMBERS, 0, 0, 0, 0, 0, 5 };
	uint32_t number;

	if (length != sizeof start + 4 * DOMAIN_NUMBERS || memcmp(sid, start, sizeof start) != 0 ||
	    bytes_get_le32(sid + sizeof start) != NT_NON_UNIQUE)
		return -EBADMSG;
	number = bytes_get_le32(sid + length - 4);
	if (number == 0)
		return -EBADMSG;
	*rid = number;
	return 0;
}
