/* The folders below %ProgramData%, with the rights that keep others out of them. */
#ifndef W32TIMED_PLATFORM_WINDOWS_SERVICE_FOLDERS_H
#define W32TIMED_PLATFORM_WINDOWS_SERVICE_FOLDERS_H

#include "base/error.h"

/* The configuration's folder, and state and logs in it.  Those that are there are
 * taken over with what is in them (windows/folder_access.h); -EACCES if something belongs
 * to somebody who is no administrator or leads elsewhere. */
int service_folders_make(struct error *error);

/* Makes them if PATH is to be in the configuration's folder and that is not there: a
 * daemon that was never installed.  -EPERM if we are no administrator: whoever makes
 * that folder owns the configuration. */
int service_folders_provide(const char *path, struct error *error);

#endif
