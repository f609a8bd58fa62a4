#include "config.h"

#include "platform/windows/identity.h"

#include <sddl.h>

#include "platform/windows/service.h"

bool identity_of_token(HANDLE token, union identity *user)
{
	struct {
		TOKEN_USER user;
		BYTE bytes[SECURITY_MAX_SID_SIZE];
	} answer;
	DWORD length;

	return GetTokenInformation(token, TokenUser, &answer, sizeof answer, &length) &&
	       CopySid(sizeof *user, user, answer.user.User.Sid);
}

bool identity_of_process(union identity *user)
{
	HANDLE token;
	bool read;

	if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token))
		return false;
	read = identity_of_token(token, user);
	CloseHandle(token);
	return read;
}

bool identity_of_service(union identity *service)
{
	wchar_t domain[64];
	DWORD size = sizeof *service, domain_size = sizeof domain / sizeof *domain;
	SID_NAME_USE use;

	return LookupAccountNameW(NULL, SERVICE_IDENTITY, service, &size, domain, &domain_size,
				  &use);
}

bool identity_is(PSID sid, WELL_KNOWN_SID_TYPE type)
{
	union identity known;
	DWORD size = sizeof known;

	return CreateWellKnownSid(type, NULL, &known, &size) && EqualSid(sid, &known);
}

bool identity_is_administrator(HANDLE token)
{
	union identity group;
	DWORD size = sizeof group;
	BOOL member;

	return CreateWellKnownSid(WinBuiltinAdministratorsSid, NULL, &group, &size) &&
	       CheckTokenMembership(token, &group, &member) && member;
}

bool identity_is_trusted(PSID sid)
{
	union identity other;

	return identity_is(sid, WinLocalSystemSid) ||
	       identity_is(sid, WinBuiltinAdministratorsSid) ||
	       identity_is(sid, WinLocalServiceSid) ||
	       (identity_of_service(&other) && EqualSid(sid, &other)) ||
	       (identity_of_process(&other) && EqualSid(sid, &other));
}

bool identity_write(const union identity *identity, wchar_t text[IDENTITY_TEXT_MAX])
{
	union identity copy = *identity; /* Windows' functions take no const */
	wchar_t *allocated;
	bool fits;

	if (!ConvertSidToStringSidW(&copy, &allocated))
		return false;
	fits = wcslen(allocated) < IDENTITY_TEXT_MAX;
	if (fits)
		wcscpy(text, allocated);
	LocalFree(allocated);
	return fits;
}
