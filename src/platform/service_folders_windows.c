#include "config.h"

#include "platform/service_folders_windows.h"

#include <winsock2.h>

#include <windows.h>

#include <aclapi.h>
#include <errno.h>
#include <sddl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "platform/error_windows.h"
#include "platform/identity_windows.h"
#include "platform/paths.h"
#include "platform/text_windows.h"

/* The service's own identity, by which no other service of its user comes in; a
 * system that has none gets the user. */
static void find_identity(wchar_t text[IDENTITY_TEXT_MAX])
{
	union identity service;

	if (!identity_of_service(&service) || !identity_write(&service, text))
		wcscpy(text, L"LS");
}

/* Everybody can make folders where ours is to be: who made one owns it, and what is
 * in it. */
static int check_owner(wchar_t *path)
{
	PSECURITY_DESCRIPTOR descriptor;
	PSID owner = NULL;
	DWORD code = GetNamedSecurityInfoW(path, SE_FILE_OBJECT, OWNER_SECURITY_INFORMATION, &owner,
					   NULL, NULL, NULL, &descriptor);
	bool trusted;

	if (code != ERROR_SUCCESS)
		return -errno_from_windows(code);
	trusted = owner != NULL && identity_is_trusted(owner);
	LocalFree(descriptor);
	return trusted ? 0 : -EACCES;
}

static int make_folder_at(wchar_t *path, SECURITY_ATTRIBUTES *attributes)
{
	int result;

	if (CreateDirectoryW(path, attributes))
		return 0;
	if (GetLastError() != ERROR_ALREADY_EXISTS)
		return -errno_of_last_error();
	result = check_owner(path);
	if (result == 0 &&
	    !SetFileSecurityW(path, DACL_SECURITY_INFORMATION | PROTECTED_DACL_SECURITY_INFORMATION,
			      attributes->lpSecurityDescriptor))
		result = -errno_of_last_error();
	return result;
}

/* System and administrators may do everything, other users look; the service may
 * change what is in its own folders (WRITABLE). */
static int make_folder(const char *path, bool writable, struct error *error)
{
	SECURITY_ATTRIBUTES attributes = { .nLength = sizeof attributes };
	wchar_t identity[IDENTITY_TEXT_MAX], access[IDENTITY_TEXT_MAX + 128];
	wchar_t *wide = text_to_wide(path);
	int result;

	if (wide == NULL)
		return error_set_system(error, errno, "cannot make the folder %s", path);
	find_identity(identity);
	swprintf(access, sizeof access / sizeof *access,
		 L"D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;0x1200a9;;;BU)(A;OICI;%ls;;;%ls)",
		 writable ? L"0x1301bf" : L"0x1200a9", identity);
	if (ConvertStringSecurityDescriptorToSecurityDescriptorW(
		    access, SDDL_REVISION_1, &attributes.lpSecurityDescriptor, NULL))
		result = make_folder_at(wide, &attributes);
	else
		result = -errno_of_last_error();
	LocalFree(attributes.lpSecurityDescriptor);
	free(wide);
	if (result == -EACCES)
		return error_set(error, EACCES,
				 "the folder %s is there and belongs to somebody who is no "
				 "administrator: remove it",
				 path);
	return result < 0 ? error_set_system(error, -result, "cannot make the folder %s", path) : 0;
}

/* Of the configuration.  Returns 0 or a negative errno with ERROR set. */
static int find_base(char base[MAX_PATH], struct error *error)
{
	const char *configuration = path_configuration();
	size_t length = path_folder_length(configuration);

	if (length == 0 || length >= MAX_PATH)
		return error_set(error, ENAMETOOLONG, "the path %s is too long", configuration);
	memcpy(base, configuration, length);
	base[length] = '\0';
	return 0;
}

int service_folders_make(struct error *error)
{
	char base[MAX_PATH], logs[MAX_PATH + 8];
	int result = find_base(base, error);

	if (result < 0)
		return result;
	snprintf(logs, sizeof logs, "%s\\logs", base);
	result = make_folder(base, false, error);
	if (result == 0)
		result = make_folder(path_state(), true, error);
	return result == 0 ? make_folder(logs, true, error) : result;
}

static bool is_there(const char *path)
{
	wchar_t *wide = text_to_wide(path);
	bool there = wide == NULL || GetFileAttributesW(wide) != INVALID_FILE_ATTRIBUTES;

	free(wide);
	return there;
}

int service_folders_provide(const char *path, struct error *error)
{
	char base[MAX_PATH];
	int result = find_base(base, error);

	if (result < 0)
		return result;
	if (strlen(base) != path_folder_length(path) || _strnicmp(path, base, strlen(base)) != 0 ||
	    is_there(base))
		return 0;
	if (!identity_is_administrator(NULL))
		return error_set(error, EPERM, "there is no folder %s, which administrators make",
				 base);
	return service_folders_make(error);
}
