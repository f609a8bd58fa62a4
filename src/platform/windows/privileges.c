#include "config.h"

#include "platform/privileges.h"

#include <errno.h>
#include <stdlib.h>
#include <windows.h>

#include <sddl.h>

#include "platform/windows/error.h"
#include "platform/windows/service_folders.h"
#include "platform/windows/text.h"

/* System, administrators and whoever makes it everything, other users may look. */
#define DIRECTORY_ACCESS                                                                           \
	L"D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FA;;;CO)(A;;FA;;;OW)"                         \
	L"(A;OICI;0x1200a9;;;BU)"

/* The service's folders were made with their rights when it was registered; a daemon
 * that runs without has them made now. */
int privileges_make_directory(const char *directory, const char *user, struct error *error)
{
	SECURITY_ATTRIBUTES attributes = { .nLength = sizeof attributes };
	wchar_t *path = text_to_wide(directory);
	DWORD found, code = ERROR_SUCCESS;
	int result;

	(void)user;
	if (path == NULL)
		return error_set_system(error, errno, "cannot create the directory %s", directory);
	result = service_folders_provide(directory, error);
	if (result < 0) {
		free(path);
		return result;
	}
	found = GetFileAttributesW(path);
	if (found == INVALID_FILE_ATTRIBUTES) {
		ConvertStringSecurityDescriptorToSecurityDescriptorW(
			DIRECTORY_ACCESS, SDDL_REVISION_1, &attributes.lpSecurityDescriptor, NULL);
		if (attributes.lpSecurityDescriptor == NULL || !CreateDirectoryW(path, &attributes))
			code = GetLastError();
		LocalFree(attributes.lpSecurityDescriptor);
	}
	free(path);
	if (code != ERROR_SUCCESS)
		return error_set_system(error, errno_from_windows(code),
					"cannot create the directory %s", directory);
	if (found != INVALID_FILE_ATTRIBUTES && (found & FILE_ATTRIBUTE_DIRECTORY) == 0)
		return error_set(error, ENOTDIR, "%s is not a directory", directory);
	return 0;
}

/* --- Privileges ---------------------------------------------------------------- */

/* What is kept may be switched on when it is needed. */
struct kept {
	LUID set_clock;
	LUID traverse; /* folders: everybody has it, and paths rely on it */
};

static bool find_kept(struct kept *kept)
{
	return LookupPrivilegeValueA(NULL, SE_SYSTEMTIME_NAME, &kept->set_clock) &&
	       LookupPrivilegeValueA(NULL, SE_CHANGE_NOTIFY_NAME, &kept->traverse);
}

static bool is_same(const LUID *a, const LUID *b)
{
	return a->LowPart == b->LowPart && a->HighPart == b->HighPart;
}

/* Allocated; NULL with GetLastError(). */
static TOKEN_PRIVILEGES *list_privileges(HANDLE token)
{
	TOKEN_PRIVILEGES *list;
	DWORD size = 0;

	GetTokenInformation(token, TokenPrivileges, NULL, 0, &size);
	list = malloc(size);
	if (list == NULL) {
		SetLastError(ERROR_NOT_ENOUGH_MEMORY);
		return NULL;
	}
	if (GetTokenInformation(token, TokenPrivileges, list, size, &size))
		return list;
	free(list);
	return NULL;
}

static int remove_others(HANDLE token, bool set_clock, struct error *error)
{
	struct kept kept;
	TOKEN_PRIVILEGES *list = list_privileges(token);
	bool has_clock = false, removed;

	if (list == NULL || !find_kept(&kept)) {
		free(list);
		return error_set_system(error, errno_of_last_error(),
					"cannot read this process' privileges");
	}
	for (DWORD i = 0; i < list->PrivilegeCount; i++) {
		LUID_AND_ATTRIBUTES *privilege = &list->Privileges[i];
		bool is_clock = is_same(&privilege->Luid, &kept.set_clock);

		has_clock = has_clock || is_clock;
		if ((is_clock && set_clock) || is_same(&privilege->Luid, &kept.traverse))
			privilege->Attributes &= SE_PRIVILEGE_ENABLED;
		else
			privilege->Attributes = SE_PRIVILEGE_REMOVED;
	}
	removed = AdjustTokenPrivileges(token, FALSE, list, 0, NULL, NULL);
	free(list);
	if (!removed)
		return error_set_system(error, errno_of_last_error(), "cannot give up privileges");
	if (set_clock && !has_clock)
		return error_set(error, EPERM,
				 "no right to set the clock (SeSystemtimePrivilege is missing)");
	return 0;
}

int privileges_drop(const struct privilege_needs *needs, struct error *error)
{
	HANDLE token;
	int result;

	/* Libraries that are loaded from here on are the system's. */
	SetDefaultDllDirectories(LOAD_LIBRARY_SEARCH_SYSTEM32);
	if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY | TOKEN_ADJUST_PRIVILEGES, &token))
		return error_set_system(error, errno_of_last_error(), "cannot give up privileges");
	result = remove_others(token, needs->set_clock, error);
	CloseHandle(token);
	return result;
}

/* --- Mitigations ----------------------------------------------------------------- */

/* Each policy is one word of flags. */
static void set_policy(PROCESS_MITIGATION_POLICY policy, DWORD flags)
{
	SetProcessMitigationPolicy(policy, &flags, sizeof flags);
}

/* There is no filter of system calls that a program could have for itself; these
 * are what comes nearest.  An older Windows knows fewer of them. */
int privileges_filter_system_calls(struct error *error)
{
	const DWORD no_dynamic_code = 1, no_extension_points = 1, no_child_processes = 1;
	const DWORD no_remote_images = 1, no_low_label_images = 2, prefer_system_images = 4;

	(void)error;
	set_policy(ProcessDynamicCodePolicy, no_dynamic_code);
	set_policy(ProcessExtensionPointDisablePolicy, no_extension_points);
	set_policy(ProcessImageLoadPolicy,
		   no_remote_images | no_low_label_images | prefer_system_images);
	set_policy(ProcessChildProcessPolicy, no_child_processes);
	return 0;
}
