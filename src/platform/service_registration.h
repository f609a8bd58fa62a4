/* Whether the system starts the service by itself. */
#ifndef W32TIMED_PLATFORM_SERVICE_REGISTRATION_H
#define W32TIMED_PLATFORM_SERVICE_REGISTRATION_H

#include "base/error.h"

/* From now on it does; a running service stays as it is.  ARGUMENTS, ended by NULL,
 * are the options that it is started with; NULL: those that it has.  -EPERM: only
 * the administrator may do this; -ENOENT: there is no service manager, or it does
 * not know the service, or on Windows the daemon's program is not beside this one;
 * -ENOSYS: the options of a service stand elsewhere on this system.
 *
 * Windows: also makes the service, the source of its events, and its folders with
 * their rights. */
int service_register(const char *const *arguments, struct error *error);

/* From now on it no longer does.  Windows: it is gone as soon as it has stopped;
 * configuration, state and logs stay. */
int service_unregister(struct error *error);

#endif
