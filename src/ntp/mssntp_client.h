/* The client's side of signed time as an association's authentication: which
 * form and key to ask for, and whether an answer is signed with a key that we
 * know.  [MS-SNTP] 3.1.5.1 and figure 4.  Pure.
 *
 * The way between the forms is ours.  A server that says it can is asked in the
 * extended form; there are some that say so and do not answer it, so two requests
 * in a row without any answer lead to the legacy form, and two of those back.
 * An answer that is not signed or wrongly signed leads nowhere: nobody shall
 * bring us to the weaker form by forging one. */
#ifndef W32TIMED_NTP_MSSNTP_CLIENT_H
#define W32TIMED_NTP_MSSNTP_CLIENT_H

#include "ntp/authentication.h"
#include "ntp/mssntp.h"

/* The account's RID and its keys, the present one first; two when two places
 * disagree or the password is being changed, and the previous of each.  In
 * locked memory; one for all associations, whose owner may replace what is in
 * it at any time. */
#define MSSNTP_KEYS_MAX 4

struct mssntp_keys {
	uint32_t rid; /* 0: not known yet, nothing can be asked */
	unsigned count;
	uint8_t hashes[MSSNTP_KEYS_MAX][MSSNTP_HASH_SIZE];
};

struct mssntp_client_settings {
	bool extended;      /* the server says it can (DS_DS_8 of its netlogon flags) */
	bool legacy_denied; /* never ask in the legacy form, nor take it */
	/* That this server signed in the extended form: set here; as long as it is
	 * set, the server is never asked in the legacy form.  Borrowed, so that the
	 * owner can remember it while the server is known; NULL: remembered for the
	 * life of this authentication. */
	bool *extended_proven;
};

/* KEYS is borrowed.  NULL when memory is short. */
struct authentication *mssntp_client_create(const struct mssntp_keys *keys,
					    const struct mssntp_client_settings *settings);

#endif
