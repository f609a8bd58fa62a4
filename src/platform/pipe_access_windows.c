#include "config.h"

#include "platform/pipe_access_windows.h"

#include <aclapi.h>
#include <errno.h>
#include <sddl.h>
#include <stdio.h>
#include <stdlib.h>

#include "platform/error_windows.h"

/* What a client needs: reading and writing without FILE_CREATE_PIPE_INSTANCE, which
 * is a part of GENERIC_WRITE. */
#define CLIENT_RIGHTS L"0x12019b"

#define SERVICE_ACCOUNT L"NT SERVICE\\w32timed"
#define SID_TEXT_MAX    192
#define USER_UNKNOWN    UINT32_MAX

union sid {
	SID sid;
	BYTE bytes[SECURITY_MAX_SID_SIZE];
};

struct token_user {
	TOKEN_USER user;
	BYTE bytes[SECURITY_MAX_SID_SIZE];
};

static bool read_user(HANDLE token, struct token_user *user)
{
	DWORD length;

	return GetTokenInformation(token, TokenUser, user, sizeof *user, &length);
}

static bool read_own_user(struct token_user *user)
{
	HANDLE token;
	bool read;

	if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token))
		return false;
	read = read_user(token, user);
	CloseHandle(token);
	return read;
}

static bool is_well_known(PSID sid, WELL_KNOWN_SID_TYPE type)
{
	union sid known;
	DWORD size = sizeof known;

	return CreateWellKnownSid(type, NULL, &known, &size) && EqualSid(sid, &known);
}

/* The identity that our service alone has, if there is one. */
static bool find_service_sid(union sid *sid)
{
	wchar_t domain[64];
	DWORD size = sizeof *sid, domain_size = sizeof domain / sizeof *domain;
	SID_NAME_USE use;

	return LookupAccountNameW(NULL, SERVICE_ACCOUNT, sid, &size, domain, &domain_size, &use);
}

static bool write_sid(PSID sid, wchar_t text[SID_TEXT_MAX])
{
	wchar_t *allocated;
	bool fits;

	if (!ConvertSidToStringSidW(sid, &allocated))
		return false;
	fits = wcslen(allocated) < SID_TEXT_MAX;
	if (fits)
		wcscpy(text, allocated);
	LocalFree(allocated);
	return fits;
}

/* Other services run as the same user: within the service it is the service's own
 * identity that may do everything. */
static bool find_master(PSID user, wchar_t text[SID_TEXT_MAX])
{
	union sid service;
	BOOL member;

	if (find_service_sid(&service) && CheckTokenMembership(NULL, &service, &member) && member)
		user = &service;
	return write_sid(user, text);
}

PSECURITY_DESCRIPTOR pipe_access_descriptor(void)
{
	wchar_t owner[SID_TEXT_MAX], master[SID_TEXT_MAX], text[2 * SID_TEXT_MAX + 128];
	PSECURITY_DESCRIPTOR descriptor = NULL;
	struct token_user user;

	if (!read_own_user(&user) || !write_sid(user.user.User.Sid, owner) ||
	    !find_master(user.user.User.Sid, master))
		return NULL;
	/* Not from the network (NU), System and administrators everything. */
	swprintf(text, sizeof text / sizeof *text,
		 L"O:%lsD:P(D;;GA;;;NU)(A;;GA;;;SY)(A;;GA;;;BA)(A;;GA;;;%ls)(A;"
		 L";" CLIENT_RIGHTS L";;;AU)",
		 owner, master);
	if (!ConvertStringSecurityDescriptorToSecurityDescriptorW(text, SDDL_REVISION_1,
								  &descriptor, NULL))
		return NULL;
	return descriptor;
}

/* --- The client ------------------------------------------------------------------ */

static bool is_member(HANDLE token, WELL_KNOWN_SID_TYPE type)
{
	union sid group;
	DWORD size = sizeof group;
	BOOL member;

	return CreateWellKnownSid(type, NULL, &group, &size) &&
	       CheckTokenMembership(token, &group, &member) && member;
}

/* The daemon's own user, unless other services are that user too. */
static bool is_own_user(PSID user)
{
	struct token_user own;

	return read_own_user(&own) && EqualSid(own.user.User.Sid, user) &&
	       !is_well_known(user, WinLocalServiceSid) &&
	       !is_well_known(user, WinNetworkServiceSid);
}

static void judge(HANDLE token, struct local_peer *peer)
{
	struct token_user user;
	PSID sid;

	if (!read_user(token, &user))
		return;
	sid = user.user.User.Sid;
	/* The last part tells a machine's users apart. */
	peer->user = *GetSidSubAuthority(sid, (DWORD)(*GetSidSubAuthorityCount(sid) - 1));
	peer->may_change = is_member(token, WinBuiltinAdministratorsSid) ||
			   is_well_known(sid, WinLocalSystemSid) || is_own_user(sid);
}

int pipe_access_identify(HANDLE pipe, struct local_peer *peer)
{
	ULONG process = 0;
	HANDLE token = NULL;
	DWORD code;

	GetNamedPipeClientProcessId(pipe, &process);
	*peer = (struct local_peer){ .user = USER_UNKNOWN, .process = process };
	if (!ImpersonateNamedPipeClient(pipe)) {
		code = GetLastError();
		return code == ERROR_CANNOT_IMPERSONATE ? -EAGAIN : -errno_from_windows(code);
	}
	/* As ourselves: the client may not look at its own token. */
	if (!OpenThreadToken(GetCurrentThread(), TOKEN_QUERY, TRUE, &token))
		token = NULL;
	/* Whoever cannot become himself again must not go on as somebody else. */
	if (!RevertToSelf())
		abort();
	if (token == NULL)
		return -EACCES;
	judge(token, peer);
	CloseHandle(token);
	return 0;
}

/* --- The server ------------------------------------------------------------------ */

static bool is_trusted(PSID owner)
{
	struct token_user own;
	union sid service;

	return is_well_known(owner, WinLocalSystemSid) ||
	       is_well_known(owner, WinBuiltinAdministratorsSid) ||
	       is_well_known(owner, WinLocalServiceSid) ||
	       (find_service_sid(&service) && EqualSid(owner, &service)) ||
	       (read_own_user(&own) && EqualSid(owner, own.user.User.Sid));
}

bool pipe_access_trusted_server(HANDLE pipe)
{
	PSECURITY_DESCRIPTOR descriptor;
	PSID owner = NULL;
	bool trusted;

	if (GetSecurityInfo(pipe, SE_KERNEL_OBJECT, OWNER_SECURITY_INFORMATION, &owner, NULL, NULL,
			    NULL, &descriptor) != ERROR_SUCCESS)
		return false;
	trusted = owner != NULL && is_trusted(owner);
	LocalFree(descriptor);
	return trusted;
}
