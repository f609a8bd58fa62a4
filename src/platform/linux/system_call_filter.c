#include "config.h"

#include "platform/privileges.h"

#include <errno.h>

#ifdef HAVE_LIBSECCOMP

#include <seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* What the daemon and the libraries below it call once it runs.  Names, since
 * not every machine has every call (the 64-bit time ones, the old 32-bit ones). */
static const char *const allowed_calls[] = {
	/* the clock */
	"adjtimex",
	"clock_adjtime",
	"clock_adjtime64",
	"clock_getres",
	"clock_getres_time64",
	"clock_gettime",
	"clock_gettime64",
	"clock_nanosleep",
	"clock_nanosleep_time64",
	"clock_settime",
	"clock_settime64",
	"gettimeofday",
	"nanosleep",
	"settimeofday",
	"time",
	"times",
	/* the event loop */
	"epoll_create",
	"epoll_create1",
	"epoll_ctl",
	"epoll_ctl_old",
	"epoll_pwait",
	"epoll_pwait2",
	"epoll_wait",
	"epoll_wait_old",
	"eventfd",
	"eventfd2",
	"pipe",
	"pipe2",
	"poll",
	"ppoll",
	"ppoll_time64",
	"pselect6",
	"pselect6_time64",
	"select",
	"signalfd",
	"signalfd4",
	"timerfd_create",
	"timerfd_gettime",
	"timerfd_settime",
	"_newselect",
	"timerfd_gettime64",
	"timerfd_settime64",
	/* sockets; which kinds is decided below */
	"accept",
	"accept4",
	"bind",
	"connect",
	"getpeername",
	"getsockname",
	"getsockopt",
	"listen",
	"recv",
	"recvfrom",
	"recvmmsg",
	"recvmmsg_time64",
	"recvmsg",
	"send",
	"sendmmsg",
	"sendmsg",
	"sendto",
	"setsockopt",
	"shutdown",
	"socketpair",
	/* files: configuration, state, log */
	"_llseek",
	"access",
	"chmod",
	"chown",
	"close",
	"close_range",
	"dup",
	"dup2",
	"dup3",
	"faccessat",
	"faccessat2",
	"fadvise64",
	"fchmod",
	"fchmodat",
	"fchmodat2",
	"fchown",
	"fchown32",
	"fchownat",
	"fcntl",
	"fcntl64",
	"fdatasync",
	"flock",
	"fstat",
	"fstat64",
	"fstatat64",
	"fstatfs",
	"fstatfs64",
	"fsync",
	"ftruncate",
	"ftruncate64",
	"getcwd",
	"getdents",
	"getdents64",
	"inotify_add_watch",
	"inotify_init",
	"inotify_init1",
	"inotify_rm_watch",
	"lseek",
	"lstat",
	"lstat64",
	"mkdir",
	"mkdirat",
	"newfstatat",
	"open",
	"openat",
	"openat2",
	"pread64",
	"preadv",
	"pwrite64",
	"pwritev",
	"read",
	"readlink",
	"readlinkat",
	"readv",
	"rename",
	"renameat",
	"renameat2",
	"rmdir",
	"stat",
	"stat64",
	"statfs",
	"statfs64",
	"statx",
	"umask",
	"uname",
	"unlink",
	"unlinkat",
	"write",
	"writev",
	/* memory */
	"brk",
	"madvise",
	"membarrier",
	"mlock",
	"mlock2",
	"mremap",
	"mseal",
	"munlock",
	"munmap",
	/* the process itself */
	"arch_prctl",
	"exit",
	"exit_group",
	"futex",
	"futex_time64",
	"getcpu",
	"getegid",
	"getegid32",
	"geteuid",
	"geteuid32",
	"getgid",
	"getgid32",
	"getgroups",
	"getgroups32",
	"getpgrp",
	"getpid",
	"getppid",
	"getrandom",
	"getresgid",
	"getresuid",
	"getrlimit",
	"getrusage",
	"gettid",
	"getuid",
	"getuid32",
	"prctl",
	"prlimit64",
	"restart_syscall",
	"riscv_hwprobe",
	"rseq",
	"rt_sigaction",
	"rt_sigpending",
	"rt_sigprocmask",
	"rt_sigreturn",
	"rt_sigsuspend",
	"rt_sigtimedwait",
	"rt_sigtimedwait_time64",
	"sched_getaffinity",
	"sched_getparam",
	"sched_getscheduler",
	"sched_yield",
	"set_robust_list",
	"set_tid_address",
	"sigaction",
	"sigaltstack",
	"sigprocmask",
	"sigreturn",
	"sysinfo",
	"tgkill",
	"ugetrlimit",
	/* w32timed-account has ended */
	"wait4",
	"waitid",
	"waitpid",
};

/* Asked of descriptors by stdio and libevent, and for names of interfaces. */
static const unsigned long allowed_ioctls[] = {
	FIONREAD, FIONBIO, FIOCLEX, TCGETS, SIOCGIFCONF, SIOCGIFFLAGS, SIOCGIFINDEX, SIOCGIFNAME,
};

static const int allowed_families[] = { AF_UNIX, AF_INET, AF_INET6, AF_NETLINK };

static int allow_plain(scmp_filter_ctx filter)
{
	int result = 0;

	for (size_t i = 0; i < COUNT(allowed_calls) && result == 0; i++) {
		int call = seccomp_syscall_resolve_name(allowed_calls[i]);

		if (call != __NR_SCMP_ERROR)
			result = seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 0);
	}
	return result;
}

static int allow_by_argument(scmp_filter_ctx filter)
{
	int result = 0;

	for (size_t i = 0; i < COUNT(allowed_families) && result == 0; i++)
		result = seccomp_rule_add(
			filter, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1,
			SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)allowed_families[i], 0));
	for (size_t i = 0; i < COUNT(allowed_ioctls) && result == 0; i++)
		result = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1,
					  SCMP_A1(SCMP_CMP_EQ, allowed_ioctls[i], 0));
	return result;
}

/* There mmap(2) gets its arguments through a pointer, where no filter sees. */
static bool maps_by_pointer(void)
{
	uint32_t machine = seccomp_arch_native();

	return machine == SCMP_ARCH_S390 || machine == SCMP_ARCH_S390X;
}

/* Memory may be executable only if it comes so from a file (a name service's
 * library) and is never written. */
static int allow_memory(scmp_filter_ctx filter)
{
	static const char *const maps[] = { "mmap", "mmap2" };
	int result = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
				      SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));

	if (result == 0 && maps_by_pointer())
		return seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 0);
	for (size_t i = 0; i < COUNT(maps) && result == 0; i++) {
		int call = seccomp_syscall_resolve_name(maps[i]);

		if (call == __NR_SCMP_ERROR)
			continue;
		result = seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 1,
					  SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
		if (result == 0)
			result = seccomp_rule_add(
				filter, SCMP_ACT_ALLOW, call, 1,
				SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC | PROT_WRITE, PROT_EXEC));
	}
	return result;
}

/* A library that would like a thread or a child does without. */
static int refuse_processes(scmp_filter_ctx filter)
{
	int result = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);

	if (result == 0)
		result = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), 0);
	return result;
}

int privileges_filter_system_calls(struct error *error)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int result = filter == NULL ? -ENOMEM : 0;

	if (result == 0)
		result = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	if (result == 0)
		result = allow_plain(filter);
	if (result == 0)
		result = allow_by_argument(filter);
	if (result == 0)
		result = allow_memory(filter);
	if (result == 0)
		result = refuse_processes(filter);
	if (result == 0)
		result = seccomp_load(filter);
	seccomp_release(filter);
	if (result < 0)
		return error_set_system(error, -result, "cannot filter system calls");
	return 0;
}

#else

int privileges_filter_system_calls(struct error *error)
{
	return error_set(error, ENOSYS, "built without libseccomp");
}

#endif
