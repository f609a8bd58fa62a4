/* So that only one program of a kind runs: whoever has the lock has it until the process
 * ends, however that ends. */
#ifndef W32TIMED_PLATFORM_INSTANCE_LOCK_H
#define W32TIMED_PLATFORM_INSTANCE_LOCK_H

#include <stdint.h>

#include "base/error.h"

struct instance_lock;

/* PATH is a file of its own in a folder that is there; it is made, and stays.  Nobody
 * but the folder's owner and root may open it.  -EBUSY: process *HOLDER has it (0: it
 * cannot be named, as in another container).  Others: it cannot be known whether anybody
 * has; all but -EBUSY with ERROR set. */
int instance_lock_take(const char *path, struct instance_lock **lock, int64_t *holder,
		       struct error *error);
void instance_lock_release(struct instance_lock *lock); /* NULL is allowed */

#endif
