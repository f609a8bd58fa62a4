/* The daemon's end of w32timed-account, and the program itself. */
#include <config.h>

#include "account_bench.h"
#include "account_fixture.h"
#include "domain/account_client.h"
#include "platform/messages.h"
#include "tests/event_loop.h"
#include "unit.h"

#include <errno.h>
#include <pwd.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define KEY "0123456789abcdef0123456789abcdef"

static const char *program(void)
{
	static char path[4200];
	char folder[4096];

	ck_assert_ptr_nonnull(getcwd(folder, sizeof folder));
	snprintf(path, sizeof path, "%s/src/w32timed-account/w32timed-account", folder);
	return path;
}

static void configure(const char *more)
{
	static char text[600000];

	snprintf(text, sizeof text,
		 "[Domain]\nRealm=CORP.EXAMPLE\nAccountName=MEMBER1\nKeyPath=%s\n%s",
		 account_path("key"), more);
	account_write("w32timed.conf", text, strlen(text), 0644);
}

static bool is_member(void)
{
	return account_client_facts(client)->role == CONFIG_ROLE_MEMBER;
}

static bool has_rid(void)
{
	return account_client_keys(client)->rid == 1103;
}

static bool complains(void)
{
	return strstr(logged, "Nonsense") != NULL;
}

START_TEST(the_program_reads_its_configuration_anew)
{
	unsigned before;

	account_write("key", KEY "\n", 33, 0600);
	configure("");
	ck_assert_int_eq(account_bench_create("", program(), PACE, NULL), 0);
	wait_until(is_member);
	ck_assert_str_eq(account_client_facts(client)->domain, "corp.example");
	ck_assert_uint_eq(account_client_keys(client)->hashes[0][0], 0x01);
	configure("AccountRid=1103\n");
	account_client_refresh(client);
	wait_until(has_rid);
	/* Faulty settings leave everything as it was. */
	before = changes;
	configure("Nonsense=1\n");
	account_client_refresh(client);
	wait_until(complains);
	ck_assert(has_rid());
	ck_assert_uint_eq(changes, before);
}
END_TEST

START_TEST(a_program_of_our_own_may_be_late)
{
	char text[5000], gate[400];
	FILE *opened;

	/* It comes when somebody writes. */
	snprintf(gate, sizeof gate, "%s", account_path("gate"));
	ck_assert_int_eq(mkfifo(gate, 0600), 0);
	snprintf(text, sizeof text, "#!/bin/sh\nread word <'%s'\nexec '%s' \"$@\"\n", gate,
		 program());
	account_write("late", text, strlen(text), 0700);
	account_write("key", KEY "\n", 33, 0600);
	configure("");
	ck_assert_int_eq(account_bench_create("", account_path("late"), PACE, NULL), 0);
	ck_assert_int_eq(account_client_facts(client)->role, CONFIG_ROLE_STANDALONE);
	opened = fopen(gate, "we");
	ck_assert_ptr_nonnull(opened);
	fclose(opened);
	wait_until(is_member);
}
END_TEST

static void refuse_signer(void *context, int status, socket_handle handle)
{
	(void)context;
	(void)status;
	(void)handle;
	ck_abort_msg("somebody has connected");
}

START_TEST(a_program_that_ends_leaves_the_keys)
{
	/* One that reads nothing and says nothing. */
	ck_assert_int_eq(account_bench_create("", "/bin/true", PACE, NULL), 0);
	ck_assert_int_eq(account_client_facts(client)->role, CONFIG_ROLE_STANDALONE);
	ck_assert_ptr_nonnull(strstr(logged, "/bin/true"));
	ck_assert_ptr_nonnull(strstr(logged, "stays"));
	account_client_refresh(client);
	account_client_find_rid(client);
	ck_assert_int_eq(account_client_signer(client, refuse_signer, NULL), -ENOTCONN);
	event_base_loop(event_loop_base(account_loop), EVLOOP_NONBLOCK);
}
END_TEST

/* What is asked of it directly; its answer's length. */
static int ask_program(const char *question, size_t length, void *data, size_t size)
{
	char path[4200], option[] = "--config", file[400];
	char *arguments[] = { path, option, file, NULL };
	socket_handle channel;
	int64_t process;
	int result;

	strcpy(path, program());
	strcpy(file, account_path("w32timed.conf"));
	ck_assert_int_eq(messages_start(arguments, ACCOUNT_HANDLE, &channel, &process, NULL), 0);
	ck_assert_int_eq(messages_send(channel, question, length, SOCKET_HANDLE_NONE), 0);
	do
		result = messages_receive(channel, data, size, NULL);
	while (result == -EAGAIN && usleep(1000) == 0);
	close(channel);
	/* It goes when we go. */
	ck_assert_int_eq(waitpid((pid_t)process, NULL, 0), process);
	return result;
}

START_TEST(the_program_understands_three_questions)
{
	static const char bad[][4] = { "", "X", "f", "FF", "\0" };
	static const size_t lengths[] = { 0, 1, 1, 2, 1 };
	char data[4000];

	account_write("key", KEY "\n", 33, 0600);
	configure("");
	ck_assert_int_eq(ask_program("F", 1, data, sizeof data), (int)sizeof(struct account_facts));
	ck_assert_int_eq(ask_program("S", 1, data, sizeof data),
			 (int)sizeof(struct account_signer));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		ck_assert_int_eq(ask_program(bad[i], lengths[i], data, sizeof data), 0);
}
END_TEST

/* The program as a service manager starts it, or (not TOLD) as nobody should. */
static pid_t start_listening(bool told)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	char file[400], number[20];
	pid_t process;

	snprintf(file, sizeof file, "%s", account_path("w32timed.conf"));
	snprintf(address.sun_path, sizeof address.sun_path, "%s", account_path("listen"));
	unlink(address.sun_path);
	ck_assert_int_eq(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
	ck_assert_int_eq(listen(listener, 5), 0);
	ck_assert_int_eq(chmod(address.sun_path, 0777), 0);
	process = fork();
	ck_assert_int_ge(process, 0);
	if (process == 0) {
		snprintf(number, sizeof number, "%d", (int)getpid());
		setenv("LISTEN_PID", number, 1);
		setenv("LISTEN_FDS", told ? "1" : "2", 1);
		dup2(listener, ACCOUNT_HANDLE);
		execl(program(), "w32timed-account", "--config", file, (char *)NULL);
		_exit(100);
	}
	close(listener);
	return process;
}

/* Whether USER gets an answer. */
static bool is_answered(uid_t user)
{
	struct account_signer said;
	pid_t process = fork();
	int status;

	if (process == 0) {
		socket_handle channel;
		int result = -EACCES;

		if ((user == 0 || setuid(user) == 0) &&
		    messages_connect(account_path("listen"), &channel, NULL) == 0) {
			messages_send(channel, "S", 1, SOCKET_HANDLE_NONE);
			do
				result = messages_receive(channel, &said, sizeof said, NULL);
			while (result == -EAGAIN && usleep(1000) == 0);
		}
		_exit(result == (int)sizeof said             ? 1
		      : result == 0 || result == -ECONNRESET ? 0
							     : 2);
	}
	ck_assert_int_eq(waitpid(process, &status, 0), process);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) <= 1);
	return WEXITSTATUS(status) == 1;
}

START_TEST(root_and_the_daemon_may_ask)
{
	const uid_t other = 54321;
	const struct passwd *nobody = getpwnam("nobody");
	pid_t process;

	if (geteuid() != 0 || nobody == NULL)
		return;
	account_write("key", KEY "\n", 33, 0600);
	configure("NtpSigndSocket=/nowhere\n[w32timed]\nUser=nobody\n");
	ck_assert_int_eq(chmod(account_path("."), 0711), 0);
	process = start_listening(true);
	ck_assert(is_answered(0));
	ck_assert(is_answered(nobody->pw_uid));
	ck_assert(!is_answered(other));
	configure("NtpSigndSocket=/nowhere\n[w32timed]\nUser=\n");
	ck_assert(!is_answered(nobody->pw_uid));
	ck_assert(is_answered(0));
	kill(process, SIGKILL);
	waitpid(process, NULL, 0);
}
END_TEST

/* Bytes that PROCESS itself has read; 0: the kernel does not count them. */
static unsigned long bytes_read(pid_t process)
{
	char path[60], line[100];
	unsigned long count = 0;
	FILE *file;

	snprintf(path, sizeof path, "/proc/%d/task/%d/io", (int)process, (int)process);
	file = fopen(path, "re");
	if (file == NULL)
		return 0;
	if (fgets(line, sizeof line, file) != NULL && strncmp(line, "rchar: ", 7) == 0)
		count = strtoul(line + 7, NULL, 10);
	fclose(file);
	return count;
}

/* Whoever can connect makes root's process read nothing: a child does. */
START_TEST(the_process_that_stays_parses_nothing)
{
	enum { LONG = 500000 };
	const struct passwd *nobody = getpwnam("nobody");
	static char text[LONG + 100];
	unsigned long before;
	pid_t process;

	if (geteuid() != 0 || nobody == NULL)
		return;
	account_write("key", KEY "\n", 33, 0600);
	snprintf(text, sizeof text, "NtpSigndSocket=/nowhere\n[w32timed]\nUser=nobody\n#");
	memset(text + strlen(text), 'x', LONG);
	configure(text);
	ck_assert_int_eq(chmod(account_path("."), 0711), 0);
	process = start_listening(true);
	ck_assert(is_answered(0));
	before = bytes_read(process);
	ck_assert(is_answered(nobody->pw_uid));
	ck_assert(!is_answered(54321));
	ck_assert_uint_lt(bytes_read(process) - before, LONG);
	kill(process, SIGKILL);
	waitpid(process, NULL, 0);
}
END_TEST

START_TEST(who_starts_it_otherwise_gets_nothing)
{
	int status;

	ck_assert_int_eq(waitpid(start_listening(false), &status, 0) > 0, 1);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 2);
}
END_TEST

int main(void)
{
	TCase *program_case = tcase_create("program");
	TCase *const cases[] = { program_case, NULL };

	if (sodium_init() < 0)
		return EXIT_FAILURE;
	tcase_set_timeout(program_case, 60);
	tcase_add_checked_fixture(program_case, account_bench_set_up, account_bench_tear_down);
	tcase_add_test(program_case, the_program_reads_its_configuration_anew);
	tcase_add_test(program_case, a_program_of_our_own_may_be_late);
	tcase_add_test(program_case, a_program_that_ends_leaves_the_keys);
	tcase_add_test(program_case, the_program_understands_three_questions);
	tcase_add_test(program_case, root_and_the_daemon_may_ask);
	tcase_add_test(program_case, the_process_that_stays_parses_nothing);
	tcase_add_test(program_case, who_starts_it_otherwise_gets_nothing);
	return unit_run("account program", cases);
}
