/* What w32timed calls and the clock and network simulator does not know, for
 * contrib/bench/accuracy.  Preloaded before the simulator's own library:
 *  - no timer on the clock (w32timed then notices steps at its next update),
 *  - system calls by number other than those that the simulator answers go to
 *    the kernel,
 *  - only simulated sockets are waited for, not libevent's signal pipe, which
 *    the simulator would call ready for ever. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <string.h>
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
