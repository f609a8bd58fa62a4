#include "config.h"

#include "platform/instance_lock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <windows.h>

#include "platform/windows/error.h"
#include "platform/windows/path.h"

/* Open for writing to one alone; it names its process for those who may only read. */
struct instance_lock {
	HANDLE handle;
};

static void write_process(HANDLE handle)
{
	char text[32];
	DWORD written;
	int length = snprintf(text, sizeof text, "%lu\r\n", (unsigned long)GetCurrentProcessId());

	if (SetEndOfFile(handle))
		WriteFile(handle, text, (DWORD)length, &written, NULL);
}

static int64_t read_process(const wchar_t *path)
{
	HANDLE handle = CreateFileW(path, GENERIC_READ,
				    FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
				    OPEN_EXISTING, FILE_FLAG_OPEN_REPARSE_POINT, NULL);
	char text[32] = "";
	DWORD got;

	if (handle == INVALID_HANDLE_VALUE)
		return 0;
	if (!ReadFile(handle, text, sizeof text - 1, &got, NULL))
		text[0] = '\0';
	CloseHandle(handle);
	return strtol(text, NULL, 10);
}

static int take(struct instance_lock *lock, const char *path, int64_t *holder)
{
	wchar_t *wide;
	int result = path_to_wide(path, &wide);

	if (result < 0)
		return result;
	lock->handle = CreateFileW(wide, GENERIC_WRITE, FILE_SHARE_READ, NULL, OPEN_ALWAYS,
				   FILE_FLAG_OPEN_REPARSE_POINT, NULL);
	if (lock->handle != INVALID_HANDLE_VALUE) {
		write_process(lock->handle);
	} else if (GetLastError() == ERROR_SHARING_VIOLATION) {
		*holder = read_process(wide);
		result = -EBUSY;
	} else {
		result = -errno_of_last_error();
	}
	free(wide);
	return result;
}

int instance_lock_take(const char *path, struct instance_lock **lock, int64_t *holder,
		       struct error *error)
{
	struct instance_lock *taken = calloc(1, sizeof *taken);
	int result;

	if (taken == NULL)
		return error_set_system(error, ENOMEM, "cannot lock %s", path);
	result = take(taken, path, holder);
	if (result == 0) {
		*lock = taken;
		return 0;
	}
	free(taken);
	return result == -EBUSY ? result : error_set_system(error, -result, "cannot lock %s", path);
}

void instance_lock_release(struct instance_lock *lock)
{
	if (lock == NULL)
		return;
	CloseHandle(lock->handle);
	free(lock);
}
