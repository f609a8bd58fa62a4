/* What only one daemon at a time may have: the system's clock, and a folder for what it
 * keeps. */
#ifndef W32TIMED_W32TIMED_INSTANCE_H
#define W32TIMED_W32TIMED_INSTANCE_H

#include <stdbool.h>

#include "base/error.h"
#include "base/log.h"
#include "config/config.h"

struct instance {
	struct instance_lock *clock, *state; /* NULL: nobody's, or not known */
};

/* -EBUSY with ERROR set, which names the process: another daemon has one of them.
 * STEERS: this one means to steer the system's clock.  That is the machine's, whatever
 * network namespace its users live in; StateDir is for one instance, whatever its clock.
 * Where it cannot be known whether there is another, that is said and is no error. */
int instance_begin(struct instance *instance, const struct config *config, bool steers,
		   struct log *log, struct error *error);
void instance_end(struct instance *instance);

#endif
