/* The real system below windows/clock.c. */
#include "config.h"

#include <errno.h>
#include <windows.h>

#include "platform/clock_os.h"
#include "platform/windows/clock.h"
#include "platform/windows/clock_found.h"
#include "platform/windows/error.h"
#include "platform/windows/file_time.h"

/* Enables or disables the right to set the time, which whoever has it holds disabled.
 * -EPERM if this process does not have it. */
static int switch_privilege(bool enable)
{
	TOKEN_PRIVILEGES wanted = { .PrivilegeCount = 1 };
	HANDLE token;
	DWORD code;

	if (!LookupPrivilegeValueW(NULL, L"SeSystemtimePrivilege", &wanted.Privileges[0].Luid) ||
	    !OpenProcessToken(GetCurrentProcess(), TOKEN_ADJUST_PRIVILEGES | TOKEN_QUERY, &token))
		return -errno_of_last_error();
	wanted.Privileges[0].Attributes = enable ? SE_PRIVILEGE_ENABLED : 0;
	/* It succeeds too when the privilege is missing. */
	SetLastError(ERROR_SUCCESS);
	code = AdjustTokenPrivileges(token, FALSE, &wanted, 0, NULL, NULL) ? GetLastError()
									   : ERROR_ACCESS_DENIED;
	CloseHandle(token);
	return code == ERROR_SUCCESS ? 0 : -EPERM;
}

/* The precise calls are missing from older systems and from the compiler's
 * import libraries. */
typedef BOOL(WINAPI *get_precise)(PDWORD64 adjustment, PDWORD64 increment, PBOOL disabled);
typedef BOOL(WINAPI *set_precise)(DWORD64 adjustment, BOOL disabled);
typedef void (*any_function)(void);

static any_function find(const char *name)
{
	HMODULE module = GetModuleHandleW(L"kernelbase.dll");

	return module == NULL ? NULL : (any_function)GetProcAddress(module, name);
}

static bool find_precise(get_precise *get, set_precise *set)
{
	*get = (get_precise)find("GetSystemTimeAdjustmentPrecise");
	*set = (set_precise)find("SetSystemTimeAdjustmentPrecise");
	return *get != NULL && *set != NULL;
}

static int get_adjustment(void *context, struct clock_adjustment *result)
{
	DWORD64 adjustment, increment;
	DWORD adjustment_units, increment_units;
	get_precise get;
	set_precise set;
	BOOL disabled;

	(void)context;
	if (find_precise(&get, &set)) {
		if (!get(&adjustment, &increment, &disabled))
			return -errno_of_last_error();
	} else {
		if (!GetSystemTimeAdjustment(&adjustment_units, &increment_units, &disabled))
			return -errno_of_last_error();
		adjustment = adjustment_units;
		increment = increment_units;
	}
	*result = (struct clock_adjustment){ adjustment, increment, disabled != FALSE };
	return 0;
}

static int set_adjustment(void *context, uint64_t adjustment, bool disabled)
{
	int result = switch_privilege(true);
	get_precise get;
	set_precise set;
	BOOL done;

	(void)context;
	if (result < 0)
		return result;
	if (find_precise(&get, &set))
		done = set(adjustment, disabled);
	else
		done = SetSystemTimeAdjustment((DWORD)adjustment, disabled);
	result = done ? 0 : -errno_of_last_error();
	switch_privilege(false);
	return result;
}

static int set_time(void *context, utc_ns utc)
{
	FILETIME time = file_time_from_units(utc / FILE_TIME_UNIT_NS + FILE_TIME_UNIX_UNITS);
	SYSTEMTIME broken;
	int result;

	(void)context;
	if (!FileTimeToSystemTime(&time, &broken))
		return -EINVAL;
	result = switch_privilege(true);
	if (result < 0)
		return result;
	result = SetSystemTime(&broken) ? 0 : -errno_of_last_error();
	switch_privilege(false);
	return result;
}

static int read_clocks(void *context, struct clock_reading *reading)
{
	(void)context;
	return clock_os_read(reading);
}

static void keep(void *context, const struct clock_adjustment *found)
{
	(void)context;
	clock_found_keep(found);
}

static bool recall(void *context, struct clock_adjustment *found)
{
	(void)context;
	return clock_found_recall(found);
}

static void forget(void *context)
{
	(void)context;
	clock_found_forget();
}

static const struct clock_windows_calls real_calls = {
	.get = get_adjustment,
	.set = set_adjustment,
	.set_time = set_time,
	.read = read_clocks,
	.keep = keep,
	.recall = recall,
	.forget = forget,
};

int clock_open_system(struct clock **clock, struct error *error)
{
	return clock_windows_create(clock, &real_calls, error);
}

int clock_open_watched(struct clock **clock, struct error *error)
{
	return clock_windows_create_watched(clock, &real_calls, error);
}
