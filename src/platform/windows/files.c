#include "config.h"

#include "platform/files.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#include <sddl.h>

#include "platform/files_os.h"
#include "platform/windows/error.h"
#include "platform/windows/file_access.h"
#include "platform/windows/path.h"
#include "platform/windows/text.h"

/* Others may read, rename and delete what we have open: a file is never held. */
#define SHARE_ALL (FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE)

static bool is_folder(const wchar_t *path)
{
	DWORD attributes = GetFileAttributesW(path);

	return attributes != INVALID_FILE_ATTRIBUTES &&
	       (attributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
}

/* A folder can only be opened in a way of its own; without it the answer would be
 * that access is denied. */
static int open_regular(const wchar_t *path, DWORD access, HANDLE *handle)
{
	if (is_folder(path))
		return -EINVAL;
	*handle = CreateFileW(path, access, SHARE_ALL, NULL, OPEN_EXISTING, 0, NULL);
	if (*handle == INVALID_HANDLE_VALUE)
		return -errno_of_last_error();
	if (GetFileType(*handle) == FILE_TYPE_DISK)
		return 0;
	CloseHandle(*handle);
	return -EINVAL;
}

int file_os_open(const char *path, intptr_t *handle)
{
	wchar_t *wide;
	HANDLE opened;
	int result = path_to_wide(path, &wide);

	if (result < 0)
		return result;
	result = open_regular(wide, GENERIC_READ, &opened);
	free(wide);
	*handle = (intptr_t)opened;
	return result;
}

void file_os_close(intptr_t handle)
{
	CloseHandle((HANDLE)handle);
}

const char file_os_private_rule[] =
	"nobody but the system, administrators and the service may own, read or write it";

bool file_os_is_private(intptr_t handle)
{
	return file_access_is_private((HANDLE)handle);
}

bool file_is_trusted(const char *path)
{
	intptr_t handle;
	bool trusted;

	if (file_os_open(path, &handle) < 0)
		return false;
	trusted = file_os_is_private(handle);
	file_os_close(handle);
	return trusted;
}

int64_t file_os_read(intptr_t handle, char *data, size_t size)
{
	DWORD part = size < UINT32_MAX ? (DWORD)size : UINT32_MAX, got;

	return ReadFile((HANDLE)handle, data, part, &got, NULL) ? (int64_t)got
								: -errno_of_last_error();
}

static int write_all(HANDLE handle, const char *data, size_t length)
{
	while (length > 0) {
		DWORD part = length < UINT32_MAX ? (DWORD)length : UINT32_MAX, written;

		if (!WriteFile(handle, data, part, &written, NULL))
			return -errno_of_last_error();
		data += written;
		length -= written;
	}
	return FlushFileBuffers(handle) ? 0 : -errno_of_last_error();
}

/* Where PATH leads through links, and whether a file is there.  A link that leads
 * nowhere is an error. */
static int resolve(const wchar_t *path, wchar_t **target, bool *exists)
{
	enum { LONGEST = 32768 };
	HANDLE handle;
	DWORD length;
	int result = open_regular(path, FILE_READ_ATTRIBUTES, &handle);

	*exists = result == 0;
	*target = result == 0 ? malloc(LONGEST * sizeof **target) : _wcsdup(path);
	if (*target == NULL)
		result = -ENOMEM;
	if (*exists) {
		length = *target == NULL ? 0
					 : GetFinalPathNameByHandleW(handle, *target, LONGEST, 0);
		/* Not every file system can tell. */
		if (result == 0 && (length == 0 || length >= LONGEST))
			wcscpy(*target, path);
		CloseHandle(handle);
	} else if (result == -ENOENT && GetFileAttributesW(path) == INVALID_FILE_ATTRIBUTES) {
		result = 0;
	}
	if (result < 0)
		free(*target);
	return result;
}

/* Access for the system, administrators and the owner alone, in place of what the
 * folder hands down, for a file that others may not read. */
static int create_new(const wchar_t *path, unsigned mode, HANDLE *handle)
{
	static const wchar_t closed[] = L"D:P(A;;FA;;;SY)(A;;FA;;;BA)(A;;FA;;;OW)";
	SECURITY_ATTRIBUTES security = { .nLength = sizeof security };
	bool open = (mode & 0004) != 0;

	if (!open && !ConvertStringSecurityDescriptorToSecurityDescriptorW(
			     closed, SDDL_REVISION_1, &security.lpSecurityDescriptor, NULL))
		return -errno_of_last_error();
	*handle = CreateFileW(path, GENERIC_WRITE, FILE_SHARE_READ, open ? NULL : &security,
			      CREATE_NEW, FILE_ATTRIBUTE_NORMAL, NULL);
	if (*handle == INVALID_HANDLE_VALUE) {
		int code = errno_of_last_error();

		LocalFree(security.lpSecurityDescriptor);
		return -code;
	}
	LocalFree(security.lpSecurityDescriptor);
	return 0;
}

/* A new file beside TARGET. */
static int create_temporary(const wchar_t *target, unsigned mode, wchar_t **temporary,
			    HANDLE *handle)
{
	enum { ATTEMPTS = 100, SUFFIX = 32 };
	size_t size = wcslen(target) + SUFFIX;
	int result = -EEXIST;

	*temporary = malloc(size * sizeof **temporary);
	if (*temporary == NULL)
		return -ENOMEM;
	for (unsigned i = 0; i < ATTEMPTS && result == -EEXIST; i++) {
		swprintf(*temporary, size, L"%ls.%lx-%x.tmp", target,
			 (unsigned long)GetCurrentProcessId(), i);
		result = create_new(*temporary, mode, handle);
	}
	if (result < 0)
		free(*temporary);
	return result;
}

/* ReplaceFile() gives the new file the old one's access rights and attributes, or
 * fails: who may read and write a file must not depend on who wrote it last.  When it
 * fails half way the old file is gone already (*EXISTS): the new one is all there is
 * then. */
static DWORD try_to_put(const wchar_t *temporary, const wchar_t *target, bool *exists)
{
	DWORD code;

	if (*exists) {
		if (ReplaceFileW(target, temporary, NULL, 0, NULL, NULL))
			return ERROR_SUCCESS;
		code = GetLastError();
		if (code != ERROR_UNABLE_TO_MOVE_REPLACEMENT)
			return code;
		*exists = false;
	}
	return MoveFileExW(temporary, target, MOVEFILE_WRITE_THROUGH) ? ERROR_SUCCESS
								      : GetLastError();
}

/* Virus scanners, indexers and editors have every file open for a moment. */
static bool is_in_use(DWORD code)
{
	return code == ERROR_SHARING_VIOLATION || code == ERROR_LOCK_VIOLATION ||
	       code == ERROR_UNABLE_TO_REMOVE_REPLACED;
}

static int put_in_place(const wchar_t *temporary, const wchar_t *target, bool exists)
{
	static const DWORD pauses_ms[] = { 10, 30, 90 };
	DWORD code = try_to_put(temporary, target, &exists);

	for (size_t i = 0; is_in_use(code) && i < sizeof pauses_ms / sizeof *pauses_ms; i++) {
		Sleep(pauses_ms[i]);
		code = try_to_put(temporary, target, &exists);
	}
	return -errno_from_windows(code);
}

/* *BESIDE: what was to be in it is the last copy, and stays in a file beside it. */
static int replace(const wchar_t *path, const void *data, size_t length, unsigned mode,
		   bool *beside)
{
	wchar_t *target, *temporary;
	HANDLE handle;
	bool exists;
	int result = resolve(path, &target, &exists);

	if (result < 0)
		return result;
	result = create_temporary(target, mode, &temporary, &handle);
	if (result < 0) {
		free(target);
		return result;
	}
	result = write_all(handle, data, length);
	CloseHandle(handle);
	if (result == 0)
		result = put_in_place(temporary, target, exists);
	*beside = result < 0 && exists && GetFileAttributesW(target) == INVALID_FILE_ATTRIBUTES;
	if (result < 0 && !*beside)
		DeleteFileW(temporary);
	free(temporary);
	free(target);
	return result;
}

int file_replace(const char *path, const void *data, size_t length, unsigned mode,
		 struct error *error)
{
	bool beside = false;
	wchar_t *wide;
	int result = path_to_wide(path, &wide);

	if (result == 0) {
		result = replace(wide, data, length, mode, &beside);
		free(wide);
	}
	if (result == -EINVAL)
		return error_set(error, EINVAL, "%s is not a regular file", path);
	if (beside)
		return error_set_system(error, -result,
					"%s is gone, and what was to be in it is in a file beside "
					"it that ends in .tmp",
					path);
	if (result < 0)
		return error_set_system(error, -result, "cannot write %s", path);
	return 0;
}

static int list_name(const wchar_t *wide, int (*add)(void *context, const char *name),
		     void *context)
{
	char *name = text_from_wide(wide);
	int result;

	/* Windows lets file names be what is no Unicode; none of ours is. */
	if (name == NULL)
		return errno == ENOMEM ? -ENOMEM : 0;
	result = add(context, name);
	free(name);
	return result;
}

static int list_matches(const wchar_t *pattern, int (*add)(void *context, const char *name),
			void *context)
{
	WIN32_FIND_DATAW found;
	HANDLE search = FindFirstFileW(pattern, &found);
	int result = 0;

	if (search == INVALID_HANDLE_VALUE)
		return GetLastError() == ERROR_FILE_NOT_FOUND ? 0 : -errno_of_last_error();
	do
		result = list_name(found.cFileName, add, context);
	while (result == 0 && FindNextFileW(search, &found));
	if (result == 0 && GetLastError() != ERROR_NO_MORE_FILES)
		result = -errno_of_last_error();
	FindClose(search);
	return result;
}

static int list_folder(const wchar_t *folder, int (*add)(void *context, const char *name),
		       void *context)
{
	size_t size = wcslen(folder) + 3;
	DWORD attributes = GetFileAttributesW(folder);
	wchar_t *pattern;
	int result;

	if (attributes == INVALID_FILE_ATTRIBUTES)
		return -errno_of_last_error();
	if ((attributes & FILE_ATTRIBUTE_DIRECTORY) == 0)
		return -ENOTDIR;
	pattern = malloc(size * sizeof *pattern);
	if (pattern == NULL)
		return -ENOMEM;
	swprintf(pattern, size, L"%ls\\*", folder);
	result = list_matches(pattern, add, context);
	free(pattern);
	return result;
}

int file_os_list(const char *directory, int (*add)(void *context, const char *name), void *context)
{
	wchar_t *wide;
	int result = path_to_wide(directory, &wide);

	if (result == 0) {
		result = list_folder(wide, add, context);
		free(wide);
	}
	return result;
}
