/* What w32timed calls and the clock and network simulator does not know, for
 * contrib/bench/accuracy.  Preloaded before the simulator's own library:
 *  - no timer on the clock (w32timed then notices steps at its next update),
 *  - system calls by number other than those that the simulator answers go to
 *    the kernel,
 *  - only simulated sockets are waited for, not libevent's signal pipe, which
 *    the simulator would call ready for ever,
 *  - the type of a socket has no flags: w32timed's sockets do not block anyway,
 *  - the simulated machine has no loopback interface,
 *  - several datagrams are sent one by one. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

/* The simulator gives its sockets numbers from here on. */
#define SIMULATED_FIRST 100
#define DESCRIPTORS_MAX 64

int timerfd_create(int clock, int flags)
{
	(void)clock;
	(void)flags;
	errno = ENOSYS;
	return -1;
}

static long kernel(long number, const long *with)
{
	long result;
#if defined(__x86_64__)
	register long fourth __asm__("r10") = with[3];
	register long fifth __asm__("r8") = with[4];
	register long sixth __asm__("r9") = with[5];

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(with[0]), "S"(with[1]), "d"(with[2]), "r"(fourth),
			   "r"(fifth), "r"(sixth)
			 : "rcx", "r11", "memory");
#else
	(void)number;
	(void)with;
	result = -ENOSYS;
#endif
	if (result < 0 && result > -4096) {
		errno = (int)-result;
		return -1;
	}
	return result;
}

long syscall(long number, ...)
{
	long (*simulated)(long, ...);
	long with[6];
	va_list list;
	int i;

	va_start(list, number);
	for (i = 0; i < 6; i++)
		with[i] = va_arg(list, long);
	va_end(list);
	if (number != SYS_clock_adjtime)
		return kernel(number, with);
	*(void **)&simulated = dlsym(RTLD_NEXT, "syscall");
	return simulated(number, with[0], with[1]);
}

int poll(struct pollfd *descriptors, nfds_t count, int timeout)
{
	int (*simulated)(struct pollfd *, nfds_t, int);
	struct pollfd shown[DESCRIPTORS_MAX];
	nfds_t i;
	int result;

	*(void **)&simulated = dlsym(RTLD_NEXT, "poll");
	if (count > DESCRIPTORS_MAX)
		return simulated(descriptors, count, timeout);
	memcpy(shown, descriptors, count * sizeof shown[0]);
	for (i = 0; i < count; i++)
		if (shown[i].fd < SIMULATED_FIRST)
			shown[i].fd = -1;
	result = simulated(shown, count, timeout);
	for (i = 0; i < count; i++)
		descriptors[i].revents = shown[i].fd < 0 ? 0 : shown[i].revents;
	return result;
}

int socket(int domain, int type, int protocol)
{
	int (*simulated)(int, int, int);

	*(void **)&simulated = dlsym(RTLD_NEXT, "socket");
	return simulated(domain, type & ~(SOCK_CLOEXEC | SOCK_NONBLOCK), protocol);
}

static int is_loopback(const struct sockaddr *address)
{
	if (address->sa_family == AF_INET)
		return ntohl(((const struct sockaddr_in *)address)->sin_addr.s_addr) >> 24 == 127;
	return address->sa_family == AF_INET6 &&
	       IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)address)->sin6_addr);
}

int bind(int handle, const struct sockaddr *address, socklen_t length)
{
	int (*simulated)(int, const struct sockaddr *, socklen_t);

	if (handle >= SIMULATED_FIRST && is_loopback(address)) {
		errno = EADDRNOTAVAIL;
		return -1;
	}
	*(void **)&simulated = dlsym(RTLD_NEXT, "bind");
	return simulated(handle, address, length);
}

int sendmmsg(int handle, struct mmsghdr *messages, unsigned count, int flags)
{
	unsigned sent;

	for (sent = 0; sent < count; sent++) {
		ssize_t length = sendmsg(handle, &messages[sent].msg_hdr, flags);

		if (length < 0)
			break;
		messages[sent].msg_len = (unsigned)length;
	}
	return sent > 0 ? (int)sent : -1;
}
