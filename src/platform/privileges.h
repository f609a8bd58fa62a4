/* Giving up what is not needed. */
#ifndef W32TIMED_PLATFORM_PRIVILEGES_H
#define W32TIMED_PLATFORM_PRIVILEGES_H

#include <stdbool.h>

#include "base/error.h"

struct privilege_needs {
	const char *user; /* to become; "" or NULL: stay who we are */
	bool set_clock;   /* CAP_SYS_TIME */
	bool low_port;    /* CAP_NET_BIND_SERVICE, also for later reloads */
};

/* Creates DIRECTORY, owned by USER (NULL or "": us), if it is not there; its
 * parent must be, but for Windows' folder of the configuration, which is made as an
 * installation makes it, if we are an administrator.  Everybody may enter it (mode 0755), since the
 * control socket is for everybody: what is secret in it needs a mode of its own. */
int privileges_make_directory(const char *directory, const char *user, struct error *error);

/* Becomes USER, keeps the capabilities named and no other, for good: no new
 * privileges through exec either, and no core dump holds our memory.  A
 * process that is not root keeps its user and drops what it has too much. */
int privileges_drop(const struct privilege_needs *needs, struct error *error);

/* From here on only the system calls that a running daemon makes; any other
 * ends the process.  -ENOSYS where it was not built in. */
int privileges_filter_system_calls(struct error *error);

#endif
