#include "config.h"

#include "platform/service_registration.h"

#include <winsock2.h>

#include <windows.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "platform/windows/error.h"
#include "platform/windows/service.h"
#include "platform/windows/service_folders.h"
#include "platform/windows/text.h"

#define PROGRAM          L"w32timed.exe"
#define COMMAND_MAX      8192
#define EVENT_SOURCE_KEY L"SYSTEM\\CurrentControlSet\\Services\\EventLog\\System\\" SERVICE_NAME

/* It shares nothing with other programs of this user but the user. */
#define ACCOUNT L"NT AUTHORITY\\LocalService"

#define DESCRIPTION                                                                                \
	L"Keeps this machine's clock right and is a time server, as the Windows Time service is."

/* After it has died: at once, soon, and then every minute; a day without counts
 * anew.  One that ends by itself, for want of a good configuration say, would end
 * again. */
#define RESTART_FIRST_MS  1000
#define RESTART_SECOND_MS 10000
#define RESTART_LATER_MS  60000
#define FORGIVEN_SECONDS  86400

/* --- The command line -------------------------------------------------------------- */

/* As CommandLineToArgvW() takes it apart: quotes, and backslashes before them, are
 * marked with a backslash each. */
static void append_quoted(struct text *command, const char *argument)
{
	unsigned backslashes = 0;

	text_append(command, "%s\"", command->length == 0 ? "" : " ");
	for (; *argument != '\0'; argument++) {
		if (*argument == '\\') {
			backslashes++;
			continue;
		}
		if (*argument == '"')
			backslashes = 2 * backslashes + 1;
		for (; backslashes > 0; backslashes--)
			text_append(command, "\\");
		text_append(command, "%c", *argument);
	}
	for (; backslashes > 0; backslashes--)
		text_append(command, "\\\\");
	text_append(command, "\"");
}

/* The daemon's program, beside this one. */
static int find_program(wchar_t program[MAX_PATH], struct error *error)
{
	DWORD length = GetModuleFileNameW(NULL, program, MAX_PATH);
	wchar_t *name = length > 0 && length < MAX_PATH ? wcsrchr(program, L'\\') : NULL;

	if (name == NULL || (size_t)(++name - program) + wcslen(PROGRAM) >= MAX_PATH)
		return error_set(error, ENAMETOOLONG, "this program's path is too long");
	wcscpy(name, PROGRAM);
	if (GetFileAttributesW(program) == INVALID_FILE_ATTRIBUTES)
		return error_set(error, ENOENT, "there is no w32timed.exe beside this program");
	return 0;
}

/* Allocated.  NULL with ERROR set. */
static wchar_t *make_command(const wchar_t *program, const char *const *arguments,
			     struct error *error)
{
	char buffer[COMMAND_MAX], *path = text_from_wide(program);
	wchar_t *wide = NULL;
	struct text command;

	text_init(&command, buffer, sizeof buffer);
	if (path != NULL) {
		append_quoted(&command, path);
		for (; arguments != NULL && *arguments != NULL; arguments++)
			append_quoted(&command, *arguments);
		if (command.truncated)
			errno = ENAMETOOLONG;
		else
			wide = text_to_wide(buffer);
	}
	free(path);
	if (wide == NULL)
		error_set_system(error, errno, "cannot write the service's command line");
	return wide;
}

/* --- The service ---------------------------------------------------------------------- */

static int fail(struct error *error, const char *what)
{
	int code = errno_of_last_error();

	if (code == EACCES)
		return error_set(error, EPERM, "only an administrator may do this");
	return error_set_system(error, code, "%s", what);
}

/* What an older Windows does not know is left out. */
static void describe(SC_HANDLE service)
{
	static wchar_t description[] = DESCRIPTION;
	/* Two texts, each with its end, and the end of the list. */
	static wchar_t privileges[] = L"SeSystemtimePrivilege\0SeChangeNotifyPrivilege\0";
	SC_ACTION restarts[] = { { SC_ACTION_RESTART, RESTART_FIRST_MS },
				 { SC_ACTION_RESTART, RESTART_SECOND_MS },
				 { SC_ACTION_RESTART, RESTART_LATER_MS } };
	SERVICE_DESCRIPTIONW text = { description };
	SERVICE_DELAYED_AUTO_START_INFO delayed = { TRUE };
	SERVICE_FAILURE_ACTIONSW failures = { .dwResetPeriod = FORGIVEN_SECONDS,
					      .cActions = 3,
					      .lpsaActions = restarts };
	SERVICE_FAILURE_ACTIONS_FLAG only_crashes = { FALSE };
	SERVICE_SID_INFO identity = { SERVICE_SID_TYPE_UNRESTRICTED };
	SERVICE_REQUIRED_PRIVILEGES_INFOW required = { privileges };

	ChangeServiceConfig2W(service, SERVICE_CONFIG_DESCRIPTION, &text);
	ChangeServiceConfig2W(service, SERVICE_CONFIG_DELAYED_AUTO_START_INFO, &delayed);
	ChangeServiceConfig2W(service, SERVICE_CONFIG_FAILURE_ACTIONS, &failures);
	ChangeServiceConfig2W(service, SERVICE_CONFIG_FAILURE_ACTIONS_FLAG, &only_crashes);
	ChangeServiceConfig2W(service, SERVICE_CONFIG_SERVICE_SID_INFO, &identity);
	ChangeServiceConfig2W(service, SERVICE_CONFIG_REQUIRED_PRIVILEGES_INFO, &required);
}

/* COMMAND NULL: the one that it has. */
static int change_service(SC_HANDLE manager, const wchar_t *command, struct error *error)
{
	SC_HANDLE service = OpenServiceW(manager, SERVICE_NAME,
					 SERVICE_CHANGE_CONFIG | SERVICE_START | SERVICE_STOP);
	int result = 0;

	if (service == NULL)
		return fail(error, "cannot open the service");
	if (!ChangeServiceConfigW(service, SERVICE_NO_CHANGE, SERVICE_AUTO_START, SERVICE_NO_CHANGE,
				  command, NULL, NULL, NULL, NULL, NULL, NULL))
		result = fail(error, "cannot change the service");
	else
		describe(service);
	CloseServiceHandle(service);
	return result;
}

static int make_service(SC_HANDLE manager, const wchar_t *command, const wchar_t *kept_command,
			struct error *error)
{
	SC_HANDLE service = CreateServiceW(manager, SERVICE_NAME, L"w32timed time service",
					   SERVICE_ALL_ACCESS, SERVICE_WIN32_OWN_PROCESS,
					   SERVICE_AUTO_START, SERVICE_ERROR_NORMAL, command, NULL,
					   NULL, NULL, ACCOUNT, NULL);

	if (service == NULL && GetLastError() == ERROR_SERVICE_EXISTS)
		return change_service(manager, kept_command, error);
	if (service == NULL && GetLastError() == ERROR_SERVICE_MARKED_FOR_DELETE)
		return error_set(error, EBUSY,
				 "the service that was removed is still there: it waits for the "
				 "programs that show services to be closed");
	if (service == NULL)
		return fail(error, "cannot make the service");
	describe(service);
	CloseServiceHandle(service);
	return 0;
}

/* --- What belongs to it ---------------------------------------------------------------- */

/* The texts of its events are in the program. */
static void register_events(const wchar_t *program)
{
	const DWORD types = EVENTLOG_ERROR_TYPE | EVENTLOG_WARNING_TYPE | EVENTLOG_INFORMATION_TYPE;
	HKEY key;

	if (RegCreateKeyExW(HKEY_LOCAL_MACHINE, EVENT_SOURCE_KEY, 0, NULL, 0, KEY_SET_VALUE, NULL,
			    &key, NULL) != ERROR_SUCCESS)
		return;
	RegSetValueExW(key, L"EventMessageFile", 0, REG_SZ, (const BYTE *)program,
		       (DWORD)((wcslen(program) + 1) * sizeof *program));
	RegSetValueExW(key, L"TypesSupported", 0, REG_DWORD, (const BYTE *)&types, sizeof types);
	RegCloseKey(key);
}

int service_register(const char *const *arguments, struct error *error)
{
	wchar_t program[MAX_PATH], *command;
	SC_HANDLE manager;
	int result = find_program(program, error);

	if (result < 0)
		return result;
	command = make_command(program, arguments, error);
	if (command == NULL)
		return -error->code;
	manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT | SC_MANAGER_CREATE_SERVICE);
	if (manager == NULL) {
		free(command);
		return fail(error, "cannot reach the service control manager");
	}
	result = make_service(manager, command, arguments == NULL ? NULL : command, error);
	CloseServiceHandle(manager);
	free(command);
	if (result < 0)
		return result;
	register_events(program);
	return service_folders_make(error);
}

int service_unregister(struct error *error)
{
	SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT), service;
	int result = 0;

	if (manager == NULL)
		return fail(error, "cannot reach the service control manager");
	service = OpenServiceW(manager, SERVICE_NAME, DELETE);
	if (service == NULL)
		result = GetLastError() == ERROR_SERVICE_DOES_NOT_EXIST
				 ? error_set(error, ENOENT, "w32timed is not registered")
				 : fail(error, "cannot open the service");
	else if (!DeleteService(service))
		result = fail(error, "cannot remove the service");
	if (service != NULL)
		CloseServiceHandle(service);
	CloseServiceHandle(manager);
	if (result == 0)
		RegDeleteKeyW(HKEY_LOCAL_MACHINE, EVENT_SOURCE_KEY);
	return result;
}
