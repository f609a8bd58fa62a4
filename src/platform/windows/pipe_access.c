#include "config.h"

#include "platform/windows/pipe_access.h"

#include <aclapi.h>
#include <errno.h>
#include <sddl.h>
#include <stdio.h>
#include <stdlib.h>

#include "platform/windows/error.h"
#include "platform/windows/identity.h"

/* What a client needs: reading and writing without FILE_CREATE_PIPE_INSTANCE, which
 * is a part of GENERIC_WRITE. */
#define CLIENT_RIGHTS L"0x12019b"

#define USER_UNKNOWN UINT32_MAX

/* Other services run as the same user: within the service it is the service's own
 * identity that may do everything. */
static union identity find_master(const union identity *user)
{
	union identity service;
	BOOL member;

	if (identity_of_service(&service) && CheckTokenMembership(NULL, &service, &member) &&
	    member)
		return service;
	return *user;
}

PSECURITY_DESCRIPTOR pipe_access_descriptor(void)
{
	wchar_t owner[IDENTITY_TEXT_MAX], all[IDENTITY_TEXT_MAX];
	wchar_t text[2 * IDENTITY_TEXT_MAX + 128];
	PSECURITY_DESCRIPTOR descriptor = NULL;
	union identity user, master;

	if (!identity_of_process(&user))
		return NULL;
	master = find_master(&user);
	if (!identity_write(&user, owner) || !identity_write(&master, all))
		return NULL;
	/* System and administrators everything.  Nothing is said of who came over the
	 * network (NU): programs that are run by way of ssh or PowerShell's remoting are
	 * that too.  What reaches for the pipe from another computer the pipe refuses. */
	swprintf(text, sizeof text / sizeof *text,
		 L"O:%lsD:P(A;;GA;;;SY)(A;;GA;;;BA)(A;;GA;;;%ls)(A;;" CLIENT_RIGHTS L";;;AU)",
		 owner, all);
	if (!ConvertStringSecurityDescriptorToSecurityDescriptorW(text, SDDL_REVISION_1,
								  &descriptor, NULL))
		return NULL;
	return descriptor;
}

/* --- The client ------------------------------------------------------------------ */

/* The daemon's own user, unless other services are that user too. */
static bool is_own_user(PSID user)
{
	union identity own;

	return identity_of_process(&own) && EqualSid(&own, user) &&
	       !identity_is(user, WinLocalServiceSid) && !identity_is(user, WinNetworkServiceSid);
}

static void judge(HANDLE token, struct local_peer *peer)
{
	union identity user;

	if (!identity_of_token(token, &user))
		return;
	/* The last part tells a machine's users apart. */
	peer->user = *GetSidSubAuthority(&user, (DWORD)(*GetSidSubAuthorityCount(&user) - 1));
	peer->may_change = identity_is_administrator(token) ||
			   identity_is(&user, WinLocalSystemSid) || is_own_user(&user);
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

bool pipe_access_trusted_server(HANDLE pipe)
{
	PSECURITY_DESCRIPTOR descriptor;
	PSID owner = NULL;
	bool trusted;

	if (GetSecurityInfo(pipe, SE_KERNEL_OBJECT, OWNER_SECURITY_INFORMATION, &owner, NULL, NULL,
			    NULL, &descriptor) != ERROR_SUCCESS)
		return false;
	trusted = owner != NULL && identity_is_trusted(owner);
	LocalFree(descriptor);
	return trusted;
}
