#include "config.h"

#include "platform/icmp.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* This wants platform/sockets.h. */
#include <icmpapi.h>

#include "platform/windows/error.h"
#include "platform/windows/socket.h"

#define TIMEOUT_MS 10000
#define DATA_SIZE  32

/* Room for one answer with its data, an ICMP error, and what the system keeps
 * there for itself. */
#define REPLY_SIZE 512

/* ICMPV6_ECHO_REPLY, which MinGW's headers lack, to where we read it. */
struct echo_reply_v6 {
	uint8_t address[28]; /* packed, and two bytes more */
	ULONG status;
};

/* Windows sends and receives itself and tells the time in whole milliseconds: a
 * thread waits and takes the time. */
struct icmp_echo {
	HANDLE handle; /* of the system's ICMP service */
	HANDLE thread;
	HANDLE done;
	socket_handle bell;
	struct net_address address;
	int64_t sent, received; /* performance counter */
	union {
		ICMP_ECHO_REPLY v4;
		struct echo_reply_v6 v6;
		uint8_t bytes[REPLY_SIZE];
	} reply;
};

static int64_t counter(void)
{
	LARGE_INTEGER now;

	QueryPerformanceCounter(&now);
	return now.QuadPart;
}

static DWORD WINAPI wait_for_answer(void *context)
{
	struct icmp_echo *echo = context;

	WaitForSingleObject(echo->done, INFINITE);
	echo->received = counter();
	socket_bell_ring(echo->bell);
	return 0;
}

/* The answer comes later, and is told by the event. */
static int send_request(struct icmp_echo *echo)
{
	static const char data[DATA_SIZE] = "w32timed";
	struct sockaddr_in6 any = { .sin6_family = AF_INET6 };
	void *bytes = (void *)(uintptr_t)data;
	DWORD result, code;

	echo->sent = counter();
	if (net_address_is_v6(&echo->address))
		result = Icmp6SendEcho2(echo->handle, echo->done, NULL, NULL, &any,
					&echo->address.u.v6, bytes, sizeof data, NULL,
					echo->reply.bytes, sizeof echo->reply, TIMEOUT_MS);
	else
		result = IcmpSendEcho2(echo->handle, echo->done, NULL, NULL,
				       echo->address.u.v4.sin_addr.s_addr, bytes, sizeof data, NULL,
				       echo->reply.bytes, sizeof echo->reply, TIMEOUT_MS);
	code = GetLastError();
	if (result == 0 && code != ERROR_IO_PENDING)
		return -errno_from_windows(code);
	/* Answered at once, as our own addresses may. */
	if (result != 0)
		SetEvent(echo->done);
	return 0;
}

static int start(struct icmp_echo *echo)
{
	int result;

	echo->handle = net_address_is_v6(&echo->address) ? Icmp6CreateFile() : IcmpCreateFile();
	if (echo->handle == INVALID_HANDLE_VALUE)
		return -errno_of_last_error();
	echo->done = CreateEventW(NULL, TRUE, FALSE, NULL);
	if (echo->done == NULL)
		return -errno_of_last_error();
	/* Before the request, whose buffer is the system's while it is under way. */
	echo->thread = CreateThread(NULL, 0, wait_for_answer, echo, 0, NULL);
	if (echo->thread == NULL)
		return -errno_of_last_error();
	result = send_request(echo);
	if (result < 0)
		SetEvent(echo->done);
	return result;
}

int icmp_echo_start(struct icmp_echo **result, const struct net_address *address,
		    struct error *error)
{
	struct icmp_echo *echo = calloc(1, sizeof *echo);
	int code;

	if (echo == NULL)
		return error_set(error, ENOMEM, "no memory for an ICMP echo");
	echo->handle = INVALID_HANDLE_VALUE;
	echo->bell = SOCKET_HANDLE_NONE;
	echo->address = *address;
	code = socket_bell_open(&echo->bell, error);
	if (code == 0) {
		code = start(echo);
		if (code < 0)
			error_set_system(error, -code, "cannot send an ICMP echo");
	}
	if (code < 0) {
		icmp_echo_free(echo);
		return code;
	}
	*result = echo;
	return 0;
}

socket_handle icmp_echo_handle(const struct icmp_echo *echo)
{
	return echo->bell;
}

/* 0 or a negative errno. */
static int status_to_errno(ULONG status)
{
	switch (status) {
	case IP_SUCCESS:
		return 0;
	case IP_REQ_TIMED_OUT:
		return -ETIMEDOUT;
	case IP_DEST_NET_UNREACHABLE:
		return -ENETUNREACH;
	case IP_DEST_PORT_UNREACHABLE:
		return -ECONNREFUSED;
	default:
		return -EHOSTUNREACH;
	}
}

int icmp_echo_receive(struct icmp_echo *echo, double *delay)
{
	LARGE_INTEGER frequency;
	DWORD count;
	int result;

	if (!socket_bell_answer(echo->bell))
		return 0;
	WaitForSingleObject(echo->thread, INFINITE);
	if (net_address_is_v6(&echo->address)) {
		count = Icmp6ParseReplies(echo->reply.bytes, sizeof echo->reply);
		result = status_to_errno(count == 0 ? GetLastError() : echo->reply.v6.status);
	} else {
		count = IcmpParseReplies(echo->reply.bytes, sizeof echo->reply);
		result = status_to_errno(count == 0 ? GetLastError() : echo->reply.v4.Status);
	}
	if (result < 0)
		return result;
	QueryPerformanceFrequency(&frequency);
	*delay = (double)(echo->received - echo->sent) / (double)frequency.QuadPart;
	return 1;
}

void icmp_echo_free(struct icmp_echo *echo)
{
	if (echo == NULL)
		return;
	/* Closing ends a request that is under way, and only then is its buffer
	 * free again. */
	if (echo->handle != INVALID_HANDLE_VALUE)
		IcmpCloseHandle(echo->handle);
	if (echo->thread != NULL) {
		WaitForSingleObject(echo->thread, TIMEOUT_MS + 1000);
		CloseHandle(echo->thread);
	}
	if (echo->done != NULL)
		CloseHandle(echo->done);
	if (echo->bell != SOCKET_HANDLE_NONE)
		closesocket(echo->bell);
	free(echo);
}
