/* Asks the system's own locator for a domain controller, without blocking.  Windows
 * has one (Netlogon, by DsGetDcName); Linux has none.
 *
 * What it says is a hint: whoever takes it asks the controller itself. */
#ifndef W32TIMED_PLATFORM_CONTROLLER_HINT_H
#define W32TIMED_PLATFORM_CONTROLLER_HINT_H

#include <stdbool.h>

#include "base/error.h"
#include "platform/address.h"

struct controller_hint_request {
	const char *domain; /* DNS name */
	const char *site;   /* "": the nearest one */
	bool pdc;           /* the PDC emulator, in any site */
	bool reliable;      /* one that says so of its time, if there is any */
	bool fresh;         /* looked for now, not what the system remembers */
};

struct controller_hint_answer {
	char host[256]; /* DNS name, as the system has it: not checked */
	struct net_address address;
};

struct controller_hint;

/* -ENOSYS: the system has no locator. */
int controller_hint_start(struct controller_hint **hint,
			  const struct controller_hint_request *request, struct error *error);

/* Becomes readable when controller_hint_take() has something to say, and stays so. */
socket_handle controller_hint_handle(const struct controller_hint *hint);

/* 1: *ANSWER is filled; 0: not yet; negative: the system knows none. */
int controller_hint_take(struct controller_hint *hint, struct controller_hint_answer *answer,
			 struct error *error);

/* At any time, without waiting; NULL is allowed. */
void controller_hint_end(struct controller_hint *hint);

#endif
