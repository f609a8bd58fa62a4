#include "config.h"

#include "platform/windows/errand.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "platform/windows/error.h"
#include "platform/windows/socket.h"

struct errand {
	void (*run)(void *work);
	void *work;
	socket_handle bell;
	volatile LONG done;
	volatile LONG holders; /* its owner and its thread: the last one cleans up */
};

static void release(struct errand *errand)
{
	if (InterlockedDecrement(&errand->holders) > 0)
		return;
	if (errand->bell != SOCKET_HANDLE_NONE)
		closesocket(errand->bell);
	free(errand->work);
	free(errand);
}

static DWORD WINAPI run(void *context)
{
	struct errand *errand = context;

	errand->run(errand->work);
	InterlockedExchange(&errand->done, 1);
	socket_bell_ring(errand->bell);
	release(errand);
	return 0;
}

static int start_thread(struct errand *errand, struct error *error)
{
	HANDLE thread;

	errand->holders = 2;
	thread = CreateThread(NULL, 0, run, errand, 0, NULL);
	if (thread == NULL) {
		errand->holders = 1;
		return error_set_system(error, errno_of_last_error(), "cannot start a thread");
	}
	CloseHandle(thread);
	return 0;
}

int errand_start(struct errand **errand, void (*run_work)(void *work), const void *work,
		 size_t size, struct error *error)
{
	struct errand *made = calloc(1, sizeof *made);
	int result;

	if (made == NULL)
		return error_set_system(error, ENOMEM, "cannot start a thread");
	made->run = run_work;
	made->bell = SOCKET_HANDLE_NONE;
	made->holders = 1;
	made->work = malloc(size);
	if (made->work == NULL) {
		result = error_set_system(error, ENOMEM, "cannot start a thread");
	} else {
		memcpy(made->work, work, size);
		result = socket_bell_open(&made->bell, error);
	}
	if (result == 0)
		result = start_thread(made, error);
	if (result < 0) {
		release(made);
		return result;
	}
	*errand = made;
	return 0;
}

socket_handle errand_handle(const struct errand *errand)
{
	return errand->bell;
}

/* The bell is not answered: it rings once. */
const void *errand_result(const struct errand *errand)
{
	return errand->done ? errand->work : NULL;
}

void errand_end(struct errand *errand)
{
	if (errand != NULL)
		release(errand);
}
