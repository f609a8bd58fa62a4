/* Asks the system for an account's security identifier, without blocking: LSA does
 * so with the machine's own rights.  Windows only. */
#ifndef W32TIMED_PLATFORM_ACCOUNT_SID_H
#define W32TIMED_PLATFORM_ACCOUNT_SID_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "platform/sockets.h"

#define ACCOUNT_SID_MAX 68 /* bytes: 15 numbers */

struct account_sid_query;

/* DOMAIN: its DNS name; ACCOUNT: "MEMBER1$". */
int account_sid_start(struct account_sid_query **query, const char *domain, const char *account,
		      struct error *error);

/* Becomes readable when account_sid_take() has something to say, and stays so. */
socket_handle account_sid_handle(const struct account_sid_query *query);

/* The SID's length in bytes, as [MS-DTYP] 2.4.2.2 has them; 0: not yet; negative:
 * it cannot be had. */
int account_sid_take(struct account_sid_query *query, uint8_t sid[ACCOUNT_SID_MAX],
		     struct error *error);

/* At any time, without waiting; NULL is allowed. */
void account_sid_end(struct account_sid_query *query);

#endif
