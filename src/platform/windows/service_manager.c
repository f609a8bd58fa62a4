#include "config.h"

#include "platform/service_manager.h"

#include <errno.h>
#include <stdlib.h>

#include "platform/windows/clock_watch.h"
#include "platform/windows/error.h"
#include "platform/windows/service.h"
#include "platform/windows/socket.h"

/* How long a step of the start or of the stop may take. */
#define STEP_MS 30000

struct service_requests {
	socket_handle bell;
};

/* What is the process' own: the service control manager and the console call
 * functions that they tell nothing of it. */
static struct {
	int (*serve)(void *context);
	void *context;
	int result;
	/* Under the lock, since they call in threads of their own: */
	SRWLOCK lock;
	SERVICE_STATUS_HANDLE handle; /* NULL: nobody but the terminal manages us */
	SERVICE_STATUS status;
	struct service_requests *requests;
	bool stop, reload;
} process = { .lock = SRWLOCK_INIT };

static void report(void)
{
	if (process.handle != NULL)
		SetServiceStatus(process.handle, &process.status);
}

/* Of these only is the control handler told; the last two of what happened. */
#define ACCEPTED                                                                                   \
	(SERVICE_ACCEPT_STOP | SERVICE_ACCEPT_SHUTDOWN | SERVICE_ACCEPT_PARAMCHANGE |              \
	 SERVICE_ACCEPT_TIMECHANGE | SERVICE_ACCEPT_POWEREVENT)

/* PENDING: of the states that lead to another one, in which nothing can be asked. */
static void enter(DWORD state, bool pending)
{
	process.status.dwCurrentState = state;
	process.status.dwControlsAccepted = pending || state == SERVICE_STOPPED ? 0 : ACCEPTED;
	process.status.dwCheckPoint = pending ? 1 : 0;
	process.status.dwWaitHint = pending ? STEP_MS : 0;
	report();
}

/* --- Requests ------------------------------------------------------------------- */

static void request(bool *what)
{
	*what = true;
	if (process.requests != NULL)
		socket_bell_ring(process.requests->bell);
}

static DWORD WINAPI on_control(DWORD control, DWORD type, void *data, void *context)
{
	DWORD result = NO_ERROR;

	(void)data;
	(void)context;
	AcquireSRWLockExclusive(&process.lock);
	switch (control) {
	case SERVICE_CONTROL_STOP:
	case SERVICE_CONTROL_SHUTDOWN:
		enter(SERVICE_STOP_PENDING, true);
		request(&process.stop);
		break;
	case SERVICE_CONTROL_PARAMCHANGE:
		request(&process.reload);
		break;
	case SERVICE_CONTROL_TIMECHANGE:
		clock_watch_report();
		break;
	case SERVICE_CONTROL_POWEREVENT:
		if (type == PBT_APMRESUMEAUTOMATIC || type == PBT_APMRESUMESUSPEND)
			clock_watch_report();
		break;
	case SERVICE_CONTROL_INTERROGATE:
		break;
	default:
		result = ERROR_CALL_NOT_IMPLEMENTED;
	}
	ReleaseSRWLockExclusive(&process.lock);
	return result;
}

static BOOL WINAPI on_console(DWORD event)
{
	AcquireSRWLockExclusive(&process.lock);
	request(&process.stop);
	ReleaseSRWLockExclusive(&process.lock);
	/* The window is closed, the user leaves: returning would end us at once, as the
	 * system does anyway if we take too long. */
	if (event != CTRL_C_EVENT && event != CTRL_BREAK_EVENT)
		Sleep(INFINITE);
	return TRUE;
}

int service_requests_open(struct service_requests **requests, struct error *error)
{
	struct service_requests *self = calloc(1, sizeof *self);
	int result;

	if (self == NULL)
		return error_set_system(error, ENOMEM, "cannot wait for requests");
	result = socket_bell_open(&self->bell, error);
	if (result < 0) {
		free(self);
		return result;
	}
	AcquireSRWLockExclusive(&process.lock);
	process.requests = self;
	if (process.handle == NULL)
		SetConsoleCtrlHandler(on_console, TRUE);
	ReleaseSRWLockExclusive(&process.lock);
	*requests = self;
	return 0;
}

void service_requests_close(struct service_requests *requests)
{
	if (requests == NULL)
		return;
	AcquireSRWLockExclusive(&process.lock);
	process.requests = NULL;
	process.stop = process.reload = false;
	ReleaseSRWLockExclusive(&process.lock);
	closesocket(requests->bell);
	free(requests);
}

socket_handle service_requests_handle(const struct service_requests *requests)
{
	return requests->bell;
}

enum service_request service_requests_next(struct service_requests *requests)
{
	enum service_request next = SERVICE_REQUEST_NONE;

	AcquireSRWLockExclusive(&process.lock);
	if (process.stop) {
		process.stop = false;
		next = SERVICE_REQUEST_STOP;
	} else if (process.reload) {
		process.reload = false;
		next = SERVICE_REQUEST_RELOAD;
	} else {
		socket_bell_answer(requests->bell);
	}
	ReleaseSRWLockExclusive(&process.lock);
	return next;
}

bool service_is_managed(void)
{
	bool managed;

	AcquireSRWLockShared(&process.lock);
	managed = process.handle != NULL;
	ReleaseSRWLockShared(&process.lock);
	return managed;
}

/* --- The service control manager -------------------------------------------------- */

static void stopped(int result)
{
	process.status.dwWin32ExitCode = result == 0 ? NO_ERROR : ERROR_SERVICE_SPECIFIC_ERROR;
	process.status.dwServiceSpecificExitCode = (DWORD)result;
	enter(SERVICE_STOPPED, false);
}

/* In a thread of its own. */
static void WINAPI service_main(DWORD count, wchar_t **arguments)
{
	(void)count;
	(void)arguments; /* options stand in the service's command line */
	AcquireSRWLockExclusive(&process.lock);
	process.status.dwServiceType = SERVICE_WIN32_OWN_PROCESS;
	process.handle = RegisterServiceCtrlHandlerExW(SERVICE_NAME, on_control, NULL);
	enter(SERVICE_START_PENDING, true);
	ReleaseSRWLockExclusive(&process.lock);

	/* The system stamps few datagrams: the sooner we see one the better. */
	SetPriorityClass(GetCurrentProcess(), HIGH_PRIORITY_CLASS);
	process.result = process.serve(process.context);

	AcquireSRWLockExclusive(&process.lock);
	stopped(process.result);
	ReleaseSRWLockExclusive(&process.lock);
}

int service_manager_run(bool foreground, int (*serve)(void *context), void *context,
			struct error *error)
{
	wchar_t name[] = SERVICE_NAME;
	const SERVICE_TABLE_ENTRYW table[] = { { name, service_main }, { NULL, NULL } };

	if (foreground)
		return serve(context);
	process.serve = serve;
	process.context = context;
	if (StartServiceCtrlDispatcherW(table))
		return process.result;
	if (GetLastError() == ERROR_FAILED_SERVICE_CONTROLLER_CONNECT)
		return error_set(error, ENOTTY,
				 "Windows' service control manager starts w32timed once it was "
				 "installed with --install; --foreground runs it here");
	return error_set_system(error, errno_of_last_error(), "cannot run as a service");
}

void service_manager_ready(void)
{
	AcquireSRWLockExclusive(&process.lock);
	if (process.status.dwCurrentState == SERVICE_START_PENDING)
		enter(SERVICE_RUNNING, false);
	ReleaseSRWLockExclusive(&process.lock);
}

/* A service that reloads goes on to run. */
void service_manager_reloading(void)
{
}

void service_manager_stopping(void)
{
	AcquireSRWLockExclusive(&process.lock);
	if (process.status.dwCurrentState == SERVICE_RUNNING)
		enter(SERVICE_STOP_PENDING, true);
	ReleaseSRWLockExclusive(&process.lock);
}

double service_manager_watchdog(void)
{
	return 0;
}

void service_manager_alive(void)
{
	AcquireSRWLockExclusive(&process.lock);
	if (process.status.dwCheckPoint > 0) {
		process.status.dwCheckPoint++;
		report();
	}
	ReleaseSRWLockExclusive(&process.lock);
}
