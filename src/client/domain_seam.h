/* What NtpClient asks and tells about the domain's controller: the seam between
 * NtpClient and whatever chose the controller and holds the machine's keys. */
#ifndef W32TIMED_CLIENT_DOMAIN_SEAM_H
#define W32TIMED_CLIENT_DOMAIN_SEAM_H

#include <stdbool.h>

#include "ntp/authentication.h"

/* Why a controller gives no time: the best that came of its requests. */
enum ntp_client_domain_failure {
	DOMAIN_FAILURE_SILENT,          /* nothing */
	DOMAIN_FAILURE_UNAUTHENTICATED, /* answers without signature, or with wrong ones */
	DOMAIN_FAILURE_UNSYNCHRONIZED,  /* signed answers that give no time */
};

/* All of it may be NULL where there is no controller. */
struct domain_seam {
	/* Signs requests to the controller and verifies its answers.  The caller
	 * destroys it.  NULL: there is no key now; NtpClient asks again after a minute
	 * and with the next ntp_client_configure(). */
	struct authentication *(*authentication)(void *context);
	/* Whether the domain may still give time without further waiting, so that
	 * fallback sources need not be asked yet. */
	bool (*settling)(void *context);
	/* The controller gave time that verified; told each time. */
	void (*answered)(void *context);
	/* An answer of the controller is signed, but with none of the keys: the
	 * password may have been changed. */
	void (*doubted)(void *context);
	/* The controller gave no time although it was asked some times in quick
	 * succession at each of its addresses.  It is asked on without haste. */
	void (*failed)(void *context, enum ntp_client_domain_failure why);
	void *context;
};

#endif
