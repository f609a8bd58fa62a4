#include "config.h"

#include "platform/windows/folder_access.h"

#include <aclapi.h>
#include <errno.h>
#include <sddl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "platform/windows/error.h"
#include "platform/windows/identity.h"

/* Deeper than anybody who means well makes folders in ours. */
#define DEPTH_MAX 16

#define AUTO_INHERIT (SE_DACL_AUTO_INHERIT_REQ | SE_DACL_AUTO_INHERITED)

/* What is under way: one folder of ours. */
struct taking {
	const struct folder_access *access;
	wchar_t *culprit;
};

/* --- Rights ---------------------------------------------------------------------- */

/* The service's own identity, by which no other service of its user comes in; a
 * system that has none gets the user. */
static void find_identity(wchar_t text[IDENTITY_TEXT_MAX])
{
	union identity service;

	if (!identity_of_service(&service) || !identity_write(&service, text))
		wcscpy(text, L"LS");
}

/* FLAGS: what is to be handed down, and what has been.  LocalFree(); NULL with
 * GetLastError(). */
static PSECURITY_DESCRIPTOR describe(const struct folder_access *access, const wchar_t *flags)
{
	wchar_t identity[IDENTITY_TEXT_MAX], text[IDENTITY_TEXT_MAX + 128];
	PSECURITY_DESCRIPTOR descriptor;

	find_identity(identity);
	swprintf(text, sizeof text / sizeof *text,
		 L"D:P(A;%ls;FA;;;SY)(A;%ls;FA;;;BA)(A;%ls;0x1200a9;;;BU)(A;%ls;%ls;;;%ls)", flags,
		 flags, flags, flags, access->writable ? L"0x1301bf" : L"0x1200a9", identity);
	return ConvertStringSecurityDescriptorToSecurityDescriptorW(text, SDDL_REVISION_1,
								    &descriptor, NULL)
		       ? descriptor
		       : NULL;
}

bool folder_access_may_own(const struct folder_access *access, PSID who)
{
	union identity service;

	if (!access->writable && (identity_is(who, WinLocalServiceSid) ||
				  (identity_of_service(&service) && EqualSid(who, &service))))
		return false;
	return identity_is_trusted(who);
}

static void append(ACL *list, ACL *entries, BYTE unwanted_flags)
{
	for (DWORD i = 0; i < entries->AceCount; i++) {
		void *entry;

		if (GetAce(entries, i, &entry) &&
		    (((ACE_HEADER *)entry)->AceFlags & unwanted_flags) == 0)
			AddAce(list, ACL_REVISION_DS, MAXDWORD, entry,
			       ((ACE_HEADER *)entry)->AceSize);
	}
}

ACL *folder_access_merge(ACL *own, ACL *handed_down)
{
	DWORD size = handed_down->AclSize + (own == NULL ? 0u : own->AclSize);
	ACL *merged = size > UINT16_MAX ? NULL : malloc(size);

	if (merged == NULL || !InitializeAcl(merged, size, ACL_REVISION_DS)) {
		free(merged);
		return NULL;
	}
	if (own != NULL)
		append(merged, own, INHERITED_ACE);
	append(merged, handed_down, 0);
	return merged;
}

static int set_rights(const struct taking *taking, HANDLE handle, const wchar_t *flags, ACL *own)
{
	PSECURITY_DESCRIPTOR handed_down = describe(taking->access, flags);
	SECURITY_DESCRIPTOR wanted;
	BOOL present, defaulted;
	ACL *list, *merged = NULL;
	int result = 0;

	if (handed_down != NULL &&
	    GetSecurityDescriptorDacl(handed_down, &present, &list, &defaulted))
		merged = folder_access_merge(own, list);
	if (merged == NULL ||
	    !InitializeSecurityDescriptor(&wanted, SECURITY_DESCRIPTOR_REVISION) ||
	    !SetSecurityDescriptorDacl(&wanted, TRUE, merged, FALSE) ||
	    !SetSecurityDescriptorControl(&wanted, AUTO_INHERIT, AUTO_INHERIT) ||
	    !SetKernelObjectSecurity(handle, DACL_SECURITY_INFORMATION, &wanted))
		result = merged == NULL ? -ENOMEM : -errno_of_last_error();
	free(merged);
	LocalFree(handed_down);
	return result;
}

/* --- What is there ----------------------------------------------------------------- */

static int take(const struct taking *taking, const wchar_t *path, unsigned depth);

/* -EACCES; the first that is found. */
static int blame(const struct taking *taking, const wchar_t *path)
{
	if (taking->culprit[0] == L'\0')
		swprintf(taking->culprit, MAX_PATH, L"%.*ls", MAX_PATH - 1, path);
	return -EACCES;
}

static int take_all_in(const struct taking *taking, const wchar_t *path, unsigned depth)
{
	enum { SIZE = 2 * MAX_PATH };
	wchar_t child[SIZE];
	WIN32_FIND_DATAW found;
	HANDLE search;
	int result = 0;

	if (depth >= DEPTH_MAX || wcslen(path) >= MAX_PATH)
		return blame(taking, path);
	swprintf(child, SIZE, L"%ls\\*", path);
	search = FindFirstFileW(child, &found);
	if (search == INVALID_HANDLE_VALUE)
		return -errno_of_last_error();
	do {
		if (wcscmp(found.cFileName, L".") == 0 || wcscmp(found.cFileName, L"..") == 0)
			continue;
		swprintf(child, SIZE, L"%ls\\%ls", path, found.cFileName);
		result = take(taking, child, depth + 1);
	} while (result == 0 && FindNextFileW(search, &found));
	if (result == 0 && GetLastError() != ERROR_NO_MORE_FILES)
		result = -errno_of_last_error();
	FindClose(search);
	return result;
}

/* *CLOSED: nobody comes to what is in it who has not been let in on purpose. */
static int take_one(const struct taking *taking, HANDLE handle, bool top, bool folder, bool *closed)
{
	PSECURITY_DESCRIPTOR descriptor;
	SECURITY_DESCRIPTOR_CONTROL control;
	DWORD revision, code;
	PSID owner = NULL;
	ACL *list = NULL;
	int result = 0;

	code = GetSecurityInfo(handle, SE_FILE_OBJECT,
			       OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION, &owner, NULL,
			       &list, NULL, &descriptor);
	if (code != ERROR_SUCCESS)
		return -errno_from_windows(code);
	*closed = list != NULL && GetSecurityDescriptorControl(descriptor, &control, &revision) &&
		  (control & SE_DACL_PROTECTED) != 0;
	if (owner == NULL || !folder_access_may_own(taking->access, owner))
		result = -EACCES;
	else if (top && !*closed)
		result = set_rights(taking, handle, L"OICI", NULL);
	else if (!*closed)
		result = set_rights(taking, handle, folder ? L"OICIID" : L"ID", list);
	LocalFree(descriptor);
	return result;
}

/* Rights first and then what is in it, so that nothing is added behind us. */
static int take(const struct taking *taking, const wchar_t *path, unsigned depth)
{
	HANDLE handle = CreateFileW(
		path, READ_CONTROL | WRITE_DAC | FILE_READ_ATTRIBUTES,
		FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL, OPEN_EXISTING,
		FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_REPARSE_POINT, NULL);
	BY_HANDLE_FILE_INFORMATION about;
	bool folder = false, closed = false;
	int result = 0;

	if (handle == INVALID_HANDLE_VALUE)
		return GetLastError() == ERROR_ACCESS_DENIED ? blame(taking, path)
							     : -errno_of_last_error();
	if (!GetFileInformationByHandle(handle, &about))
		result = -errno_of_last_error();
	folder = (about.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
	if (result == 0 && ((about.dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0 ||
			    (!folder && about.nNumberOfLinks > 1)))
		result = -EACCES;
	if (result == 0 && depth == 0 && !folder)
		result = -ENOTDIR;
	if (result == 0)
		result = take_one(taking, handle, depth == 0, folder, &closed);
	CloseHandle(handle);
	if (result == -EACCES)
		return blame(taking, path);
	return result == 0 && folder && !closed ? take_all_in(taking, path, depth) : result;
}

int folder_access_make(const struct folder_access *access, const wchar_t *path,
		       wchar_t culprit[MAX_PATH])
{
	SECURITY_ATTRIBUTES attributes = { .nLength = sizeof attributes,
					   .lpSecurityDescriptor = describe(access, L"OICI") };
	struct taking taking = { access, culprit };
	int result = 0;

	culprit[0] = L'\0';
	if (attributes.lpSecurityDescriptor == NULL)
		return -errno_of_last_error();
	if (!CreateDirectoryW(path, &attributes)) {
		result = GetLastError() == ERROR_ALREADY_EXISTS ? take(&taking, path, 0)
								: -errno_of_last_error();
		/* Closed in the end only: else another try would find nothing amiss. */
		if (result == 0 && !SetFileSecurityW(path,
						     DACL_SECURITY_INFORMATION |
							     PROTECTED_DACL_SECURITY_INFORMATION,
						     attributes.lpSecurityDescriptor))
			result = -errno_of_last_error();
	}
	LocalFree(attributes.lpSecurityDescriptor);
	return result;
}
