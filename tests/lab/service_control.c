/* service_control NAME interrogate|paramchange|...NUMBER: sends a control to a service,
 * which not every sc.exe can, and prints the state that it then is in. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

static DWORD control_of(const char *word)
{
	if (strcmp(word, "interrogate") == 0)
		return SERVICE_CONTROL_INTERROGATE;
	if (strcmp(word, "paramchange") == 0)
		return SERVICE_CONTROL_PARAMCHANGE;
	return strtoul(word, NULL, 10);
}

static int fail(const char *what)
{
	fprintf(stderr, "%s: error %lu\n", what, GetLastError());
	return EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	SC_HANDLE manager, service;
	SERVICE_STATUS status;

	if (argc != 3)
		return 2;
	manager = OpenSCManagerA(NULL, NULL, SC_MANAGER_CONNECT);
	if (manager == NULL)
		return fail("OpenSCManager");
	service = OpenServiceA(manager, argv[1],
			       SERVICE_INTERROGATE | SERVICE_PAUSE_CONTINUE |
				       SERVICE_USER_DEFINED_CONTROL);
	if (service == NULL)
		return fail("OpenService");
	if (!ControlService(service, control_of(argv[2]), &status))
		return fail("ControlService");
	printf("%lu\n", status.dwCurrentState);
	CloseServiceHandle(service);
	CloseServiceHandle(manager);
	return EXIT_SUCCESS;
}
