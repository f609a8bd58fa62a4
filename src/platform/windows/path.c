#include "config.h"

#include "platform/windows/path.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#include "platform/windows/text.h"

/* A folder's name must leave room for a file of the old kind in it, a file's for
 * what a temporary one beside it has in addition. */
#define SHORT_PATH_MAX (MAX_PATH - 32)

/* Longer ones than this no file system of Windows has. */
#define LONG_PATH_MAX 32767

/* \\?\C:\x or \\?\UNC\server\x, where the system takes each character for itself:
 * dots and slashes are gone by then. */
static int lengthen(const wchar_t *path, wchar_t **result)
{
	static const wchar_t local[] = L"\\\\?\\", network[] = L"\\\\?\\UNC\\";
	DWORD size = GetFullPathNameW(path, 0, NULL, NULL);
	wchar_t *full;

	if (size == 0)
		return -EINVAL;
	if (size > LONG_PATH_MAX)
		return -ENAMETOOLONG;
	full = malloc((size + wcslen(network) + 1) * sizeof *full);
	if (full == NULL)
		return -ENOMEM;
	*result = full;
	if (path[0] == L'\\' && path[1] == L'\\') {
		/* The full path begins with two backslashes, of which one goes. */
		GetFullPathNameW(path, size, full + wcslen(network) - 2, NULL);
		if (wcsncmp(full + wcslen(network) - 2, L"\\\\", 2) == 0)
			wmemcpy(full, network, wcslen(network));
		return 0;
	}
	wmemcpy(full, local, wcslen(local));
	GetFullPathNameW(path, size, full + wcslen(local), NULL);
	return 0;
}

int path_to_wide(const char *path, wchar_t **wide)
{
	wchar_t *plain = text_to_wide(path);
	int result;

	if (plain == NULL)
		return -errno;
	if (wcslen(plain) < SHORT_PATH_MAX || wcsncmp(plain, L"\\\\?\\", 4) == 0 ||
	    wcsncmp(plain, L"\\\\.\\", 4) == 0) {
		*wide = plain;
		return 0;
	}
	result = lengthen(plain, wide);
	free(plain);
	return result;
}
