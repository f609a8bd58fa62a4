#include "config.h"

#include "platform/file_lock_os.h"

#include <errno.h>
#include <stdlib.h>
#include <windows.h>

#include "platform/windows/error.h"
#include "platform/windows/path.h"

/* A file whose last handle is just being closed denies access for a moment. */
#define GOING_TRIES 5
#define GOING_MS    10

/* Open to one at a time, and gone with its handle. */
static HANDLE open_alone(const wchar_t *name)
{
	return CreateFileW(name, GENERIC_WRITE, 0, NULL, OPEN_ALWAYS,
			   FILE_ATTRIBUTE_TEMPORARY | FILE_FLAG_DELETE_ON_CLOSE, NULL);
}

int file_lock_os_open(const char *name, intptr_t *handle)
{
	wchar_t *wide;
	HANDLE opened;
	int result = path_to_wide(name, &wide);

	if (result < 0)
		return result;
	opened = open_alone(wide);
	for (int i = 0; i < GOING_TRIES && opened == INVALID_HANDLE_VALUE &&
			GetLastError() == ERROR_ACCESS_DENIED;
	     i++) {
		Sleep(GOING_MS);
		opened = open_alone(wide);
	}
	if (opened == INVALID_HANDLE_VALUE)
		result = -errno_of_last_error();
	free(wide);
	*handle = (intptr_t)opened;
	return result;
}

void file_lock_os_close(const char *name, intptr_t handle)
{
	(void)name;
	CloseHandle((HANDLE)handle);
}
