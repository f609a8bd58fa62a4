/* ICMP echo ("ping"), without special rights where the system allows it. */
#ifndef W32TIMED_PLATFORM_ICMP_H
#define W32TIMED_PLATFORM_ICMP_H

#include "base/error.h"
#include "platform/address.h"

struct icmp_echo;

/* Sends one request.  -EACCES or -EPERM: this user may not.  The handle becomes
 * readable when there may be an answer. */
int icmp_echo_start(struct icmp_echo **echo, const struct net_address *address,
		    struct error *error);
socket_handle icmp_echo_handle(const struct icmp_echo *echo);

/* 1: the answer has come, *DELAY seconds after the request; 0: not yet; or a
 * negative errno that the network reported. */
int icmp_echo_receive(struct icmp_echo *echo, double *delay);

void icmp_echo_free(struct icmp_echo *echo); /* NULL is allowed */

#endif
