/* Who may do what with a file. */
#ifndef W32TIMED_PLATFORM_WINDOWS_FILE_ACCESS_H
#define W32TIMED_PLATFORM_WINDOWS_FILE_ACCESS_H

#include <stdbool.h>
#include <winsock2.h>

#include <windows.h>

/* Whether the file that HANDLE (READ_CONTROL) has open is owned, and may be read,
 * written and given away, by such alone as identity_is_trusted() trusts.  What
 * cannot be told is no. */
bool file_access_is_private(HANDLE handle);

/* The same of a security descriptor's parts; NULL: it has none. */
bool file_access_list_is_private(PSID owner, ACL *list);

#endif
