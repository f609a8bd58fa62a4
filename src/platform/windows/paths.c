#include "config.h"

#include "platform/paths.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <windows.h>

#include "platform/windows/text.h"

#define FOLDER "w32timed"
#define KEY    L"SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\ProfileList"

/* %ProgramData%\w32timed, found once: it is the machine's.  Not from the environment,
 * which whoever starts us may have changed. */
static const char *in_folder(char *buffer, size_t size, const char *name)
{
	static const wchar_t usual[] = L"C:\\ProgramData";
	wchar_t wide[MAX_PATH];
	char folder[3 * MAX_PATH];
	DWORD length = sizeof wide;

	if (buffer[0] != '\0')
		return buffer;
	if (RegGetValueW(HKEY_LOCAL_MACHINE, KEY, L"ProgramData", RRF_RT_REG_SZ, NULL, wide,
			 &length) != ERROR_SUCCESS)
		wcscpy(wide, usual);
	if (text_from_wide_buffer(wide, folder, sizeof folder) < 0)
		snprintf(folder, sizeof folder, "C:\\ProgramData");
	snprintf(buffer, size, "%s\\%s\\%s", folder, FOLDER, name);
	return buffer;
}

const char *path_configuration(void)
{
	static char path[4 * MAX_PATH];

	return in_folder(path, sizeof path, "w32timed.conf");
}

const char *path_state(void)
{
	static char path[4 * MAX_PATH];

	return in_folder(path, sizeof path, "state");
}

const char *path_clock_lock(void)
{
	static char path[4 * MAX_PATH];

	return in_folder(path, sizeof path, "clock.lock");
}

const char *path_control(void)
{
	return "\\\\.\\pipe\\w32timed";
}

/* The daemon asks the system itself for what this program finds on Linux. */
const char *path_account_socket(void)
{
	return "";
}

const char *path_account_program(void)
{
	return "";
}

const char *path_sample(void)
{
	static const char name[] = "w32timed.conf.sample";
	static char path[4 * MAX_PATH];
	wchar_t wide[MAX_PATH];
	DWORD length = GetModuleFileNameW(NULL, wide, MAX_PATH);
	char *end;

	if (length == 0 || length >= MAX_PATH ||
	    text_from_wide_buffer(wide, path, sizeof path - sizeof name) < 0)
		return name;
	end = strrchr(path, '\\');
	strcpy(end == NULL ? path : end + 1, name);
	return path;
}

static bool is_separator(char c)
{
	return c == '\\' || c == '/';
}

static bool has_drive(const char *path)
{
	return ((path[0] >= 'A' && path[0] <= 'Z') || (path[0] >= 'a' && path[0] <= 'z')) &&
	       path[1] == ':';
}

bool path_is_absolute(const char *path)
{
	return is_separator(path[0]) || (has_drive(path) && is_separator(path[2]));
}

size_t path_folder_length(const char *path)
{
	static const char pipes[] = "\\\\.\\pipe\\";
	size_t length = strlen(path);

	if (_strnicmp(path, pipes, strlen(pipes)) == 0)
		return 0;
	while (length > 0 && !is_separator(path[length - 1]))
		length--;
	if (length > 0)
		length--;
	/* C:\x is in the root. */
	return length == 2 && has_drive(path) ? 0 : length;
}

int path_make_absolute(const char *path, char *buffer, size_t size)
{
	wchar_t relative[4096], absolute[4096];
	int result = text_to_wide_buffer(path, relative, 4096);
	DWORD length;

	if (result < 0)
		return result;
	length = GetFullPathNameW(relative, 4096, absolute, NULL);
	if (length == 0)
		return -EINVAL;
	if (length >= 4096)
		return -ENAMETOOLONG;
	return text_from_wide_buffer(absolute, buffer, size);
}
