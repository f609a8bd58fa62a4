/* Local streams and the service manager's socket. */
#include "platform/local_stream.h"
#include "platform/service_manager.h"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* A directory of the test's own, gone afterwards. */
static char directory[64], path[80];

static void make_place(void)
{
	strcpy(directory, P_tmpdir "/w32timed-test-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(directory));
	ck_assert_int_eq(chmod(directory, 0755), 0);
	snprintf(path, sizeof path, "%s/socket", directory);
}

static void remove_place(void)
{
	unlink(path);
	rmdir(directory);
}

static struct local_listener *listen_here(const char *group)
{
	struct local_listener *listener;
	struct error error = { 0 };

	ck_assert_msg(local_listener_open(&listener, path, group, &error) == 0, "%s", error.text);
	return listener;
}

static socket_handle accept_one(struct local_listener *listener, struct local_peer *peer)
{
	struct pollfd event = { .fd = local_listener_handle(listener), .events = POLLIN };
	socket_handle connection;

	ck_assert_int_eq(poll(&event, 1, 5000), 1);
	ck_assert_int_eq(local_listener_accept(listener, &connection, peer), 0);
	return connection;
}

START_TEST(both_ends_talk)
{
	struct local_listener *listener = listen_here("root");
	socket_handle client, server;
	struct local_peer peer;
	char buffer[64];

	ck_assert_int_eq(local_listener_accept(listener, &server, &peer), -EAGAIN);
	ck_assert_int_eq(local_stream_connect(path, &client, NULL), 0);
	server = accept_one(listener, &peer);
	ck_assert_int_eq(peer.process, getpid());
	ck_assert_uint_eq(peer.user, geteuid());
	ck_assert(peer.may_change);
	ck_assert_int_ne(fcntl(server, F_GETFL) & O_NONBLOCK, 0);
	ck_assert_int_ne(fcntl(server, F_GETFD) & FD_CLOEXEC, 0);
	ck_assert_int_eq(fcntl(client, F_GETFL) & O_NONBLOCK, 0);
	ck_assert_int_ne(fcntl(client, F_GETFD) & FD_CLOEXEC, 0);

	ck_assert_int_eq(local_stream_send(client, "hello", 5, 1), 0);
	ck_assert_int_eq(local_stream_receive(server, buffer, sizeof buffer, 1), 5);
	ck_assert_mem_eq(buffer, "hello", 5);
	ck_assert_int_eq(local_stream_receive(client, buffer, sizeof buffer, 0), -ETIMEDOUT);
	ck_assert_int_eq(local_stream_receive(client, buffer, sizeof buffer, 0.01), -ETIMEDOUT);
	local_stream_close(server);
	ck_assert_int_eq(local_stream_receive(client, buffer, sizeof buffer, -1), 0);
	ck_assert_int_eq(local_stream_send(client, "x", 1, -1), -EPIPE);
	local_stream_close(client);
	local_listener_close(listener);
	ck_assert_int_eq(access(path, F_OK), -1);
}
END_TEST

START_TEST(a_full_pipe_times_out)
{
	struct local_listener *listener = listen_here(NULL);
	socket_handle client, server;
	struct local_peer peer;
	static char much[1 << 20];
	size_t got = 0;

	ck_assert_int_eq(local_stream_connect(path, &client, NULL), 0);
	server = accept_one(listener, &peer);
	ck_assert_int_eq(local_stream_send(client, much, sizeof much, 0.01), -ETIMEDOUT);
	while (got < sizeof much) {
		int result = local_stream_receive(server, much, sizeof much, 0);

		if (result == -ETIMEDOUT)
			break;
		ck_assert_int_gt(result, 0);
		got += (size_t)result;
	}
	ck_assert_uint_gt(got, 0);
	local_stream_close(client);
	local_stream_close(server);
	local_listener_close(listener);
}
END_TEST

START_TEST(everybody_may_connect)
{
	mode_t mask = umask(0177);
	struct local_listener *listener = listen_here(NULL);
	struct stat status;

	umask(mask);
	ck_assert_int_eq(stat(path, &status), 0);
	ck_assert_uint_eq(status.st_mode & 0777, 0666);
	local_listener_close(listener);
}
END_TEST

START_TEST(a_dead_daemons_socket_is_replaced)
{
	struct local_listener *listener = listen_here(NULL), *second;
	struct sockaddr_un stale = { .sun_family = AF_UNIX };
	struct error error;
	int handle;

	ck_assert_int_eq(local_listener_open(&second, path, NULL, &error), -EADDRINUSE);
	ck_assert_ptr_nonnull(strstr(error.text, path));
	local_listener_close(listener);

	handle = socket(AF_UNIX, SOCK_STREAM, 0);
	strcpy(stale.sun_path, path);
	ck_assert_int_eq(bind(handle, (struct sockaddr *)&stale, sizeof stale), 0);
	close(handle);
	ck_assert_int_eq(local_stream_connect(path, &handle, NULL), -ECONNREFUSED);
	local_listener_close(listen_here(NULL));
}
END_TEST

START_TEST(what_is_no_socket_stays)
{
	struct local_listener *listener;
	struct error error;
	int handle = open(path, O_CREAT | O_WRONLY, 0600);

	ck_assert_int_ge(handle, 0);
	close(handle);
	ck_assert_int_eq(local_listener_open(&listener, path, NULL, &error), -EEXIST);
	ck_assert_int_eq(access(path, F_OK), 0);
}
END_TEST

/* Closing must not take away what another daemon has put there since. */
START_TEST(only_its_own_socket_is_removed)
{
	struct local_listener *first = listen_here(NULL), *second;

	ck_assert_int_eq(unlink(path), 0);
	second = listen_here(NULL);
	local_listener_close(first);
	ck_assert_int_eq(access(path, F_OK), 0);
	local_listener_close(second);
	ck_assert_int_eq(access(path, F_OK), -1);
}
END_TEST

START_TEST(nobody_there_is_told_apart)
{
	char long_path[256];
	socket_handle handle;
	struct error error;

	ck_assert_int_eq(local_stream_connect(path, &handle, &error), -ENOENT);
	ck_assert_ptr_nonnull(strstr(error.text, path));
	memset(long_path, 'x', sizeof long_path - 1);
	long_path[sizeof long_path - 1] = '\0';
	ck_assert_int_eq(local_stream_connect(long_path, &handle, &error), -ENAMETOOLONG);
}
END_TEST

/* Connects as USER in GROUPS and waits until the other end has looked. */
static pid_t connect_as(uid_t user, gid_t group, const gid_t *groups, size_t count)
{
	pid_t child = fork();
	socket_handle connection;
	char byte;

	ck_assert_int_ge(child, 0);
	if (child != 0)
		return child;
	if (setgroups(count, groups) < 0 || setgid(group) < 0 || setuid(user) < 0 ||
	    local_stream_connect(path, &connection, NULL) < 0)
		_exit(1);
	local_stream_receive(connection, &byte, 1, 10);
	_exit(0);
}

START_TEST(the_kernel_says_who_may_change)
{
	enum { SOMEBODY = 54321, OTHER = 60001 };
	const struct group *tty = getgrnam("tty");
	gid_t many[200], service;
	struct local_listener *listener;

	if (geteuid() != 0 || tty == NULL) {
		fprintf(stderr, "skipped: only root can be somebody else\n");
		return;
	}
	service = tty->gr_gid;
	listener = listen_here("tty");
	for (gid_t i = 0; i < 200; i++)
		many[i] = OTHER + i;
	many[199] = service;

	const struct {
		uid_t user;
		gid_t group;
		const gid_t *groups;
		size_t count;
		bool may_change;
	} cases[] = {
		{ SOMEBODY, OTHER, NULL, 0, false },    { SOMEBODY, service, NULL, 0, true },
		{ SOMEBODY, OTHER, &service, 1, true }, { SOMEBODY, OTHER, many, 199, false },
		{ SOMEBODY, OTHER, many, 200, true },   { 0, OTHER, NULL, 0, true },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		pid_t child = connect_as(cases[i].user, cases[i].group, cases[i].groups,
					 cases[i].count);
		struct local_peer peer;
		socket_handle connection = accept_one(listener, &peer);
		int status;

		ck_assert_uint_eq(peer.user, cases[i].user);
		ck_assert_int_eq(peer.process, child);
		ck_assert_msg(peer.may_change == cases[i].may_change, "case %zu", i);
		local_stream_close(connection);
		ck_assert_int_eq(waitpid(child, &status, 0), child);
		ck_assert_int_eq(status, 0);
	}
	local_listener_close(listener);
}
END_TEST

START_TEST(a_group_that_does_not_exist_has_no_members)
{
	struct local_listener *listener;
	struct local_peer peer;
	pid_t child;

	if (geteuid() != 0) {
		fprintf(stderr, "skipped: only root can be somebody else\n");
		return;
	}
	listener = listen_here("no-such-group-w32timed");
	/* gid 0 must not be taken for it. */
	child = connect_as(54321, 0, NULL, 0);
	local_stream_close(accept_one(listener, &peer));
	ck_assert(!peer.may_change);
	waitpid(child, NULL, 0);
	local_listener_close(listener);
}
END_TEST

/* --- The service manager ------------------------------------------------------ */

static int manager = -1;

static void listen_as_manager(bool abstract)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	socklen_t length;

	length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path) + !abstract);
	strcpy(address.sun_path, path);
	if (abstract)
		address.sun_path[0] = '\0';
	manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	ck_assert_int_eq(bind(manager, (struct sockaddr *)&address, length), 0);
	if (abstract)
		path[0] = '@';
	setenv("NOTIFY_SOCKET", path, 1);
}

static const char *heard(void)
{
	static char buffer[1024];
	ssize_t length = recv(manager, buffer, sizeof buffer - 1, 0);

	if (length < 0)
		return "";
	buffer[length] = '\0';
	return buffer;
}

START_TEST(the_manager_hears)
{
	unsigned long long us;

	listen_as_manager(_i == 1);
	service_manager_ready();
	ck_assert_str_eq(heard(), "READY=1");
	service_manager_reloading();
	ck_assert_int_eq(sscanf(heard(), "RELOADING=1\nMONOTONIC_USEC=%llu", &us), 1);
	ck_assert(us > 0);
	service_manager_alive();
	ck_assert_str_eq(heard(), "WATCHDOG=1");
	service_manager_stopping();
	ck_assert_str_eq(heard(), "STOPPING=1");
	close(manager);
}
END_TEST

START_TEST(without_a_manager_nothing_is_sent)
{
	char long_path[300] = "/";

	unsetenv("NOTIFY_SOCKET");
	service_manager_ready();
	setenv("NOTIFY_SOCKET", path, 1);
	service_manager_ready();
	setenv("NOTIFY_SOCKET", "", 1);
	service_manager_ready();
	memset(long_path + 1, 'x', sizeof long_path - 2);
	setenv("NOTIFY_SOCKET", long_path, 1);
	service_manager_ready();
	ck_assert_int_eq(access(path, F_OK), -1);
}
END_TEST

START_TEST(the_watchdog_is_for_this_process)
{
	char process[32];

	unsetenv("WATCHDOG_PID");
	unsetenv("WATCHDOG_USEC");
	ck_assert_double_eq(service_manager_watchdog(), 0);
	setenv("WATCHDOG_USEC", "1500000", 1);
	ck_assert_double_eq_tol(service_manager_watchdog(), 1.5, 1e-9);
	setenv("WATCHDOG_PID", "1", 1);
	ck_assert_double_eq(service_manager_watchdog(), 0);
	snprintf(process, sizeof process, "%ld", (long)getpid());
	setenv("WATCHDOG_PID", process, 1);
	ck_assert_double_eq_tol(service_manager_watchdog(), 1.5, 1e-9);
	setenv("WATCHDOG_USEC", "soon", 1);
	ck_assert_double_eq(service_manager_watchdog(), 0);
}
END_TEST

int main(void)
{
	TCase *stream = tcase_create("local_stream"), *service = tcase_create("service_manager");
	TCase *const cases[] = { stream, service, NULL };

	tcase_set_timeout(stream, 30);
	tcase_add_checked_fixture(stream, make_place, remove_place);
	tcase_add_checked_fixture(service, make_place, remove_place);
	tcase_add_test(stream, both_ends_talk);
	tcase_add_test(stream, a_full_pipe_times_out);
	tcase_add_test(stream, everybody_may_connect);
	tcase_add_test(stream, a_dead_daemons_socket_is_replaced);
	tcase_add_test(stream, what_is_no_socket_stays);
	tcase_add_test(stream, only_its_own_socket_is_removed);
	tcase_add_test(stream, nobody_there_is_told_apart);
	tcase_add_test(stream, the_kernel_says_who_may_change);
	tcase_add_test(stream, a_group_that_does_not_exist_has_no_members);
	tcase_add_loop_test(service, the_manager_hears, 0, 2);
	tcase_add_test(service, without_a_manager_nothing_is_sent);
	tcase_add_test(service, the_watchdog_is_for_this_process);
	return unit_run("platform_local", cases);
}
