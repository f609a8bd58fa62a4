/* Whether the system starts the service by itself. */
#ifndef W32TIMED_PLATFORM_SERVICE_REGISTRATION_H
#define W32TIMED_PLATFORM_SERVICE_REGISTRATION_H

#include "base/error.h"

/* From now on it does, or no longer; a running service stays as it is.
 * -EPERM: only the administrator may do this; -ENOENT: there is no service
 * manager, or it does not know the service. */
int service_register(struct error *error);
int service_unregister(struct error *error);

#endif
