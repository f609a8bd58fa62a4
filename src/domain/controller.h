/* A domain controller that discovery found. */
#ifndef W32TIMED_DOMAIN_CONTROLLER_H
#define W32TIMED_DOMAIN_CONTROLLER_H

#include <stddef.h>
#include <stdint.h>

#include "domain/netlogon.h"
#include "platform/address.h"

#define CONTROLLER_PORT           123 /* of NTP */
#define DISCOVERY_ADDRESSES_MAX   8
#define DISCOVERY_CONTROLLERS_MAX 64

struct controller {
	char host[NETLOGON_NAME_MAX];                          /* DNS name, "dc1.corp.example" */
	struct net_address addresses[DISCOVERY_ADDRESSES_MAX]; /* CONTROLLER_PORT */
	size_t address_count;
	uint32_t flags; /* netlogon */
	char site[64];
	unsigned score; /* 0..15 */
	unsigned query; /* that found it */
};

#endif
