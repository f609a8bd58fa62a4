/* Whose our folders are, and who may do what in them.  Everybody can make folders
 * where ours are to be, and put things into those that others have made there. */
#ifndef W32TIMED_PLATFORM_WINDOWS_FOLDER_ACCESS_H
#define W32TIMED_PLATFORM_WINDOWS_FOLDER_ACCESS_H

#include <stdbool.h>
#include <winsock2.h>

#include <windows.h>

/* System and administrators may do everything, other users look; the service may
 * change what is in its own folders (WRITABLE), and own it. */
struct folder_access {
	bool writable;
};

/* Makes the folder PATH.  One that is there is taken over with all that is in it: it
 * gets its rights anew and hands them down, but for what has rights that were kept from
 * being handed down ("protected"), which somebody has wanted.  0 or a negative errno;
 * -EACCES: CULPRIT belongs to somebody who is not trusted, may not be looked at,
 * leads elsewhere, or has another name elsewhere. */
int folder_access_make(const struct folder_access *access, const wchar_t *path,
		       wchar_t culprit[MAX_PATH]);

/* Whether WHO may own such a folder and what is in it. */
bool folder_access_may_own(const struct folder_access *access, PSID who);

/* OWN's entries that were not handed down, then those of HANDED_DOWN; free().  NULL:
 * no memory.  OWN NULL: none. */
ACL *folder_access_merge(ACL *own, ACL *handed_down);

#endif
