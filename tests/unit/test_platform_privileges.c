/* What is given up cannot be had again, so each of these runs in a child. */
#include "config.h"

#include "platform/background.h"
#include "platform/clock.h"
#include "platform/files.h"
#include "platform/local_stream.h"
#include "platform/network_watch.h"
#include "platform/privileges.h"
#include "platform/udp.h"
#include "unit.h"

#ifdef HAVE_LIBCAP_NG
#include <cap-ng.h>
#endif
#include <errno.h>
#include <fcntl.h>
#include <net/route.h>
#include <poll.h>
#include <pwd.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/timex.h>
#include <sys/wait.h>
#include <unistd.h>

#define CLOCK_BIT    (UINT64_C(1) << 25) /* CAP_SYS_TIME */
#define LOW_PORT_BIT (UINT64_C(1) << 10) /* CAP_NET_BIND_SERVICE */

static char directory[64];

static void make_place(void)
{
	strcpy(directory, P_tmpdir "/w32timed-test-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(directory));
}

static void remove_place(void)
{
	char path[80];

	snprintf(path, sizeof path, "%s/state", directory);
	rmdir(path);
	unlink(path);
	rmdir(directory);
}

/* A check in a child: its number is its line. */
#define CHILD_ASSERT(condition)                                                                    \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: %s (errno %d)\n", __FILE__, __LINE__, #condition,  \
				errno);                                                            \
			_exit(1);                                                                  \
		}                                                                                  \
	} while (0)

static int run_child(void (*work)(const void *argument), const void *argument)
{
	pid_t child = fork();
	int status;

	ck_assert_int_ge(child, 0);
	if (child == 0) {
		work(argument);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	return status;
}

static bool is_root(void)
{
	if (geteuid() == 0 && getpwnam("nobody") != NULL)
		return true;
	fprintf(stderr, "skipped: there is nothing to give up for who is not root\n");
	return false;
}

#ifdef HAVE_LIBCAP_NG

/* A hexadecimal line of /proc/self/status. */
static uint64_t own_status(const char *name)
{
	char line[256];
	unsigned long long value = ~0ULL;
	FILE *file = fopen("/proc/self/status", "r");

	CHILD_ASSERT(file != NULL);
	while (fgets(line, sizeof line, file) != NULL) {
		if (strncmp(line, name, strlen(name)) == 0)
			sscanf(line + strlen(name), ": %llx", &value);
	}
	fclose(file);
	return value;
}

static bool may_set_clock(void)
{
	char line[256];
	unsigned long long permitted = 0;
	FILE *file = fopen("/proc/self/status", "r");

	while (file != NULL && fgets(line, sizeof line, file) != NULL)
		sscanf(line, "CapPrm: %llx", &permitted);
	if (file != NULL)
		fclose(file);
	if ((permitted & CLOCK_BIT) != 0)
		return true;
	fprintf(stderr, "skipped: CAP_SYS_TIME is not ours to keep\n");
	return false;
}

static void check_closed_doors(uint64_t capabilities)
{
	struct rlimit core;

	CHILD_ASSERT(own_status("CapPrm") == capabilities);
	CHILD_ASSERT(own_status("CapEff") == capabilities);
	CHILD_ASSERT(own_status("CapInh") == 0);
	CHILD_ASSERT(own_status("CapAmb") == 0);
	CHILD_ASSERT(own_status("NoNewPrivs") == 1);
	CHILD_ASSERT(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0);
	CHILD_ASSERT(getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_max == 0);
}

static void become_nobody(const void *argument)
{
	struct privilege_needs needs = { .user = "nobody", .set_clock = true, .low_port = true };
	const struct passwd *nobody = getpwnam("nobody");
	struct error error;
	gid_t groups[64];
	int count;

	(void)argument;
	CHILD_ASSERT(privileges_drop(&needs, &error) == 0);
	CHILD_ASSERT(getuid() == nobody->pw_uid && geteuid() == nobody->pw_uid);
	CHILD_ASSERT(getgid() == nobody->pw_gid && getegid() == nobody->pw_gid);
	count = getgroups(64, groups);
	for (int i = 0; i < count; i++)
		CHILD_ASSERT(groups[i] != 0);
	check_closed_doors(CLOCK_BIT | LOW_PORT_BIT);
	CHILD_ASSERT(own_status("CapBnd") == 0);
	CHILD_ASSERT(setuid(0) < 0);

	/* Once more, as a process that is not root: it keeps its user and still
	 * drops what it does not need. */
	needs = (struct privilege_needs){ .user = "root", .low_port = true };
	CHILD_ASSERT(privileges_drop(&needs, &error) == 0);
	CHILD_ASSERT(geteuid() == nobody->pw_uid);
	check_closed_doors(LOW_PORT_BIT);
	needs.set_clock = true;
	CHILD_ASSERT(privileges_drop(&needs, &error) == -EPERM);
	CHILD_ASSERT(strstr(error.text, "CAP_SYS_TIME") != NULL);
	needs = (struct privilege_needs){ .user = NULL };
	CHILD_ASSERT(privileges_drop(&needs, &error) == 0);
	check_closed_doors(0);
}

START_TEST(another_user_keeps_only_what_is_needed)
{
	if (is_root() && may_set_clock())
		ck_assert_int_eq(run_child(become_nobody, NULL), 0);
}
END_TEST

/* As in a container that keeps the bounding set to itself. */
static void become_nobody_without_setpcap(const void *argument)
{
	const struct privilege_needs needs = { .user = "nobody", .set_clock = true };
	uint64_t bounding = own_status("CapBnd");

	(void)argument;
	CHILD_ASSERT(capng_get_caps_process() == 0);
	capng_update(CAPNG_DROP, CAPNG_EFFECTIVE | CAPNG_PERMITTED, CAP_SETPCAP);
	CHILD_ASSERT(capng_apply(CAPNG_SELECT_CAPS) == 0);
	CHILD_ASSERT(privileges_drop(&needs, NULL) == 0);
	CHILD_ASSERT(geteuid() == getpwnam("nobody")->pw_uid);
	check_closed_doors(CLOCK_BIT);
	CHILD_ASSERT(own_status("CapBnd") == bounding);
}

START_TEST(the_bounding_set_may_be_out_of_reach)
{
	if (is_root() && may_set_clock())
		ck_assert_int_eq(run_child(become_nobody_without_setpcap, NULL), 0);
}
END_TEST

static void stay_root(const void *argument)
{
	const struct privilege_needs needs = { .user = argument, .set_clock = true };

	CHILD_ASSERT(privileges_drop(&needs, NULL) == 0);
	CHILD_ASSERT(geteuid() == 0);
	check_closed_doors(CLOCK_BIT);
	CHILD_ASSERT(chown(directory, 1, 1) < 0 && errno == EPERM);
}

START_TEST(root_without_another_user_gives_up_the_rest)
{
	if (is_root() && may_set_clock()) {
		ck_assert_int_eq(run_child(stay_root, NULL), 0);
		ck_assert_int_eq(run_child(stay_root, ""), 0);
		ck_assert_int_eq(run_child(stay_root, "root"), 0);
	}
}
END_TEST

#endif

static void become_unknown(const void *argument)
{
	const struct privilege_needs needs = { .user = "no-such-user-w32timed" };
	struct error error;

	(void)argument;
	CHILD_ASSERT(privileges_drop(&needs, &error) == -ENOENT);
	CHILD_ASSERT(strstr(error.text, "no-such-user-w32timed") != NULL);
}

START_TEST(an_unknown_user_is_an_error)
{
	if (is_root())
		ck_assert_int_eq(run_child(become_unknown, NULL), 0);
}
END_TEST

START_TEST(directories_are_made_once)
{
	char path[80];
	struct stat status;
	struct error error;
	mode_t mask = umask(0077);
	bool root = is_root();

	snprintf(path, sizeof path, "%s/state", directory);
	ck_assert_int_eq(privileges_make_directory(path, root ? "nobody" : "", &error), 0);
	umask(mask);
	ck_assert_int_eq(stat(path, &status), 0);
	ck_assert_uint_eq(status.st_mode & 07777, 0755);
	if (root)
		ck_assert_uint_eq(status.st_uid, getpwnam("nobody")->pw_uid);
	/* One that is there is left alone. */
	ck_assert_int_eq(chmod(path, 0700), 0);
	ck_assert_int_eq(privileges_make_directory(path, "", &error), 0);
	ck_assert_int_eq(stat(path, &status), 0);
	ck_assert_uint_eq(status.st_mode & 07777, 0700);
	ck_assert_int_eq(rmdir(path), 0);
	ck_assert_int_eq(privileges_make_directory("/no/such/parent", "", &error), -ENOENT);
	if (root) {
		ck_assert_int_eq(privileges_make_directory(path, "no-such-user-w32timed", &error),
				 -ENOENT);
		ck_assert_int_eq(access(path, F_OK), -1);
	}
	fclose(fopen(path, "w"));
	ck_assert_int_eq(privileges_make_directory(path, "", &error), -ENOTDIR);
}
END_TEST

/* --- Standard handles ------------------------------------------------------------- */

static void start_without_handles(const void *argument)
{
	const int *closed = argument;
	int next;

	for (; *closed >= 0; closed++)
		close(*closed);
	background_fill_standard_handles();
	for (int handle = 0; handle <= 2; handle++)
		CHILD_ASSERT(fcntl(handle, F_GETFD) >= 0);
	next = open("/", O_RDONLY | O_CLOEXEC);
	CHILD_ASSERT(next > 2);
	/* None was opened for nothing. */
	close(next);
	background_fill_standard_handles();
	CHILD_ASSERT(open("/", O_RDONLY | O_CLOEXEC) == next);
}

START_TEST(closed_standard_handles_are_filled)
{
	static const int none[] = { -1 }, input[] = { 0, -1 }, all[] = { 0, 1, 2, -1 };

	ck_assert_int_eq(run_child(start_without_handles, none), 0);
	ck_assert_int_eq(run_child(start_without_handles, input), 0);
	ck_assert_int_eq(run_child(start_without_handles, all), 0);
}
END_TEST

/* --- System calls ----------------------------------------------------------------- */

#ifdef HAVE_LIBSECCOMP

static bool runs_under_valgrind(void)
{
	const char *preload = getenv("LD_PRELOAD");

	if (preload == NULL || strstr(preload, "vgpreload") == NULL)
		return false;
	fprintf(stderr, "skipped: valgrind has system calls of its own\n");
	return true;
}

static void use_files(void)
{
	char path[80], **names, *data;
	size_t count, length;

	snprintf(path, sizeof path, "%s/state", directory);
	CHILD_ASSERT(file_replace(path, "abc", 3, 0600, NULL) == 0);
	CHILD_ASSERT(file_replace(path, "def", 3, 0600, NULL) == 0);
	CHILD_ASSERT(file_read(path, 10, &data, &length, NULL) == 0);
	CHILD_ASSERT(file_names(directory, "", &names, &count, NULL) == 0 && count == 1);
	file_names_free(names, count);
	free(data);
	CHILD_ASSERT(unlink(path) == 0);
}

static void use_sockets(void)
{
	struct udp_options options = { .send_times = true };
	struct udp_socket *socket;
	struct udp_datagram *datagrams = calloc(2, sizeof *datagrams);
	struct net_address own;
	socklen_t size = sizeof own;
	struct network_watch *watch;
	struct local_listener *listener;
	struct local_peer peer;
	char path[80], text[NET_ADDRESS_TEXT_MAX];
	socket_handle one, other;

	net_address_parse("127.0.0.1", 0, &options.bind);
	CHILD_ASSERT(udp_open(&socket, &options, NULL) == 0);
	CHILD_ASSERT(getsockname(udp_handle(socket), &own.u.any, &size) == 0);
	datagrams[0].remote = datagrams[1].remote = own;
	datagrams[0].length = datagrams[1].length = 48;
	CHILD_ASSERT(udp_send(socket, datagrams, 2) == 2);
	CHILD_ASSERT(udp_receive(socket, datagrams, 2) == 2);
	udp_close(socket);
	free(datagrams);

	CHILD_ASSERT(network_watch_open(&watch, NULL) == 0);
	network_watch_changed(watch);
	network_watch_close(watch);
	CHILD_ASSERT(network_is_own_address(&own));
	CHILD_ASSERT(net_address_parse("fe80::1%lo", 0, &own) == 0);
	CHILD_ASSERT(strcmp(net_address_host_text(&own, text), "fe80::1%lo") == 0);

	snprintf(path, sizeof path, "%s/state", directory);
	CHILD_ASSERT(local_listener_open(&listener, path, "tty", NULL) == 0);
	CHILD_ASSERT(local_stream_connect(path, &one, NULL) == 0);
	CHILD_ASSERT(local_listener_accept(listener, &other, &peer) == 0);
	CHILD_ASSERT(local_stream_send(one, "x", 1, 1) == 0);
	local_stream_close(one);
	local_stream_close(other);
	local_listener_close(listener);
}

static void live_filtered(const void *argument)
{
	struct timex query = { .modes = 0 };
	struct clock *clock;
	void *memory;
	char byte;

	(void)argument;
	CHILD_ASSERT(privileges_filter_system_calls(NULL) == 0);
	CHILD_ASSERT(clock_open_watched(&clock, NULL) == 0);
	clock->ops->close(clock);
	CHILD_ASSERT(adjtimex(&query) >= 0);
	CHILD_ASSERT(getrandom(&byte, 1, 0) == 1);
	memory = malloc(10 << 20);
	CHILD_ASSERT(memory != NULL);
	free(memory);
	use_files();
	use_sockets();
	/* A library that wants a process goes without. */
	CHILD_ASSERT(fork() < 0);
}

START_TEST(the_daemon_can_live_with_the_filter)
{
	if (!runs_under_valgrind())
		ck_assert_int_eq(run_child(live_filtered, NULL), 0);
}
END_TEST

static void start_program(void)
{
	execl("/bin/true", "true", NULL);
}

static void trace(void)
{
	ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

static void open_packet_socket(void)
{
	socket(AF_PACKET, SOCK_RAW, 0);
}

static void map_code(void)
{
	mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void make_code(void)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	mprotect(page, 4096, PROT_READ | PROT_EXEC);
}

static void type_into_terminal(void)
{
	ioctl(0, TIOCSTI, "x");
}

static void signal_others(void)
{
	kill(getppid(), 0);
}

static void (*const forbidden[])(void) = { start_program, trace,     open_packet_socket,
					   map_code,      make_code, type_into_terminal,
					   signal_others };

static void do_forbidden(const void *argument)
{
	void (*const *deed)(void) = argument;

	CHILD_ASSERT(privileges_filter_system_calls(NULL) == 0);
	(*deed)();
}

START_TEST(other_calls_end_the_process)
{
	int status;

	if (runs_under_valgrind())
		return;
	status = run_child(do_forbidden, &forbidden[_i]);
	ck_assert(WIFSIGNALED(status));
	ck_assert_int_eq(WTERMSIG(status), SIGSYS);
}
END_TEST

#define HAVE_FILTER_TESTS 1
#endif

/* --- The network ------------------------------------------------------------------ */

static int control_handle;

static void set_loopback(short flags)
{
	struct ifreq request = { .ifr_flags = flags };

	strcpy(request.ifr_name, "lo");
	CHILD_ASSERT(ioctl(control_handle, SIOCSIFFLAGS, &request) == 0);
}

static void set_mtu(int mtu)
{
	struct ifreq request = { .ifr_mtu = mtu };

	strcpy(request.ifr_name, "lo");
	CHILD_ASSERT(ioctl(control_handle, SIOCSIFMTU, &request) == 0);
}

static void add_address(const char *text)
{
	struct ifreq request = { .ifr_flags = 0 };
	struct net_address address;

	CHILD_ASSERT(net_address_parse(text, 0, &address) == 0);
	strcpy(request.ifr_name, "lo:1");
	memcpy(&request.ifr_addr, &address, sizeof request.ifr_addr);
	CHILD_ASSERT(ioctl(control_handle, SIOCSIFADDR, &request) == 0);
}

static void add_route(const char *to, const char *mask)
{
	struct rtentry route = { .rt_flags = RTF_UP, .rt_dev = (char[]){ "lo" } };
	struct net_address address;

	CHILD_ASSERT(net_address_parse(to, 0, &address) == 0);
	memcpy(&route.rt_dst, &address, sizeof route.rt_dst);
	CHILD_ASSERT(net_address_parse(mask, 0, &address) == 0);
	memcpy(&route.rt_genmask, &address, sizeof route.rt_genmask);
	CHILD_ASSERT(ioctl(control_handle, SIOCADDRT, &route) == 0);
}

static bool owns(const char *text)
{
	struct net_address address = { 0 };

	CHILD_ASSERT(net_address_parse(text, 123, &address) == 0);
	return network_is_own_address(&address);
}

static bool is_told(const struct network_watch *watch)
{
	struct pollfd event = { .fd = network_watch_handle(watch), .events = POLLIN };

	return poll(&event, 1, 0) == 1;
}

static void watch_network(const void *argument)
{
	struct network_watch *watch;

	(void)argument;
	if (unshare(CLONE_NEWNET) < 0) {
		fprintf(stderr, "skipped: no network of our own to change\n");
		return;
	}
	control_handle = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	CHILD_ASSERT(network_watch_open(&watch, NULL) == 0);
	CHILD_ASSERT(!network_watch_changed(watch));
	CHILD_ASSERT(!owns("::1") && owns("127.0.0.1") && owns("127.5.5.5"));

	set_loopback(IFF_UP);
	CHILD_ASSERT(is_told(watch));
	CHILD_ASSERT(network_watch_changed(watch));
	CHILD_ASSERT(!is_told(watch) && !network_watch_changed(watch));
	CHILD_ASSERT(!owns("192.0.2.55"));

	/* News of a link that is as it was. */
	set_mtu(1500);
	CHILD_ASSERT(is_told(watch));
	CHILD_ASSERT(!network_watch_changed(watch));

	add_address("192.0.2.55");
	CHILD_ASSERT(network_watch_changed(watch));
	CHILD_ASSERT(owns("192.0.2.55") && !owns("192.0.2.56"));

	add_route("198.51.100.0", "255.255.255.0");
	CHILD_ASSERT(!network_watch_changed(watch));
	add_route("0.0.0.0", "0.0.0.0");
	CHILD_ASSERT(network_watch_changed(watch));

	/* More than the queue holds: what was lost may have mattered. */
	for (int i = 0; i < 5000; i++)
		set_mtu(1500 + i % 2);
	CHILD_ASSERT(network_watch_changed(watch));
	CHILD_ASSERT(!is_told(watch) && !network_watch_changed(watch));

	set_loopback(0);
	CHILD_ASSERT(network_watch_changed(watch));
	network_watch_close(watch);
	network_watch_close(NULL);
	close(control_handle);
}

START_TEST(changes_of_the_network_are_told)
{
	if (is_root())
		ck_assert_int_eq(run_child(watch_network, NULL), 0);
}
END_TEST

int main(void)
{
	TCase *privileges = tcase_create("privileges"), *network = tcase_create("network");
	TCase *const cases[] = { privileges, network, NULL };

	tcase_set_timeout(privileges, 30);
	tcase_set_timeout(network, 60);
	tcase_add_checked_fixture(privileges, make_place, remove_place);
#ifdef HAVE_LIBCAP_NG
	tcase_add_test(privileges, another_user_keeps_only_what_is_needed);
	tcase_add_test(privileges, the_bounding_set_may_be_out_of_reach);
	tcase_add_test(privileges, root_without_another_user_gives_up_the_rest);
#endif
	tcase_add_test(privileges, an_unknown_user_is_an_error);
	tcase_add_test(privileges, directories_are_made_once);
	tcase_add_test(privileges, closed_standard_handles_are_filled);
#ifdef HAVE_FILTER_TESTS
	tcase_add_test(privileges, the_daemon_can_live_with_the_filter);
	tcase_add_loop_test(privileges, other_calls_end_the_process, 0,
			    sizeof forbidden / sizeof *forbidden);
#endif
	tcase_add_test(network, changes_of_the_network_are_told);
	return unit_run("platform_privileges", cases);
}
