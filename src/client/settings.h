/* What NtpClient is told to do. */
#ifndef W32TIMED_CLIENT_SETTINGS_H
#define W32TIMED_CLIENT_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/peer_list.h"
#include "platform/address.h"
#include "resolver/resolver.h"

struct ntp_client_settings {
	bool enabled;
	struct peer_list peers; /* empty unless Type says that they are used */
	bool peers_as_fallback; /* AllSync: all of them, while the domain gives time */
	/* The domain's controller to follow, asked with signed requests only; an
	 * empty host: none.  Its addresses are known (no look-up), best first.  A
	 * controller that stays but gives no time is tried anew at once. */
	struct peer_entry domain_peer;
	struct net_address domain_addresses[RESOLVER_ADDRESSES_MAX];
	size_t domain_address_count;
	bool domain_extended;         /* it can sign in the extended form */
	bool domain_legacy_denied;    /* it must; its association is made anew for either */
	int min_poll, max_poll;       /* log2 s */
	double special_poll_interval; /* s, for PEER_SPECIAL_INTERVAL */
	double resolve_backoff;       /* s, first wait */
	unsigned resolve_backoff_max; /* how often it doubles */
	bool nonstandard_modes;       /* AllowNonstandardModeCombinations */
	uint32_t compatibility_flags; /* CompatibilityFlags */
	uint32_t event_log_flags;
	double large_sample_skew; /* s */
	/* ClientBindAddress: the addresses to send requests from, one a family, as text
	 * with the zone ("fe80::1%eth0"); "": any.  They are resolved when a request is
	 * sent.  While one cannot be had (its interface is gone, or not there yet) no
	 * request of its family is sent: it is an error of the peer, and tried again. */
	char bind_v4[NET_ADDRESS_TEXT_MAX], bind_v6[NET_ADDRESS_TEXT_MAX];
};

#endif
