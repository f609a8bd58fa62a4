/* What W32Time calls a time provider: something that gives time samples
 * (NtpClient) or answers clients (NtpServer).  The service owns them and tells them
 * what happened; they tell the service through the callbacks it handed down. */
#ifndef W32TIMED_CLIENT_PROVIDER_H
#define W32TIMED_CLIENT_PROVIDER_H

#include "discipline/measurement.h"

enum provider_event {
	PROVIDER_NETWORK_CHANGED, /* interfaces or routes came or went */
	PROVIDER_TIME_JUMPED,     /* UTC was stepped, by us or by somebody else */
	PROVIDER_RESUMED,         /* the machine slept */
	PROVIDER_REDISCOVER,      /* find the sources anew */
};

#endif
