/* Who is who on Windows: security identifiers. */
#ifndef W32TIMED_PLATFORM_WINDOWS_IDENTITY_H
#define W32TIMED_PLATFORM_WINDOWS_IDENTITY_H

#include <stdbool.h>
#include <winsock2.h>

#include <windows.h>

union identity {
	SID sid;
	BYTE bytes[SECURITY_MAX_SID_SIZE];
};

/* With the NUL. */
#define IDENTITY_TEXT_MAX 192

bool identity_of_token(HANDLE token, union identity *user);
bool identity_of_process(union identity *user);

/* The identity that our service alone has; false: this system has none. */
bool identity_of_service(union identity *service);

bool identity_is(PSID sid, WELL_KNOWN_SID_TYPE type);

/* Whether the group of administrators is in force; TOKEN NULL: for this thread. */
bool identity_is_administrator(HANDLE token);

/* System, administrators, our service, its account, or this process' user. */
bool identity_is_trusted(PSID sid);

/* "S-1-5-19" */
bool identity_write(const union identity *identity, wchar_t text[IDENTITY_TEXT_MAX]);

#endif
