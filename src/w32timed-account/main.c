/* w32timed-account: tells the daemon what the machine is in its domain, and the
 * keys of its account.
 *
 * It runs as root, without a single capability: what it may read are root's own
 * files.  A client chooses between three questions and nothing else.  All files, the
 * configuration too, are read anew for each question, in a child that cannot outlive
 * its time: nothing that was read stays, and nothing that is parsed can do harm for
 * long.  The process that stays forks, and passes answers on. */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "account/join.h"
#include "base/text.h"
#include "config/load.h"
#include "platform/messages.h"
#include "platform/paths.h"
#include "platform/privileges.h"
#include "platform/wait.h"

/* How many may be connected at once; there is one daemon. */
#define ASKERS_MAX 4

/* Without anybody connected a program that is started on demand goes. */
#define IDLE_SECONDS 30.0

#define EXIT_USAGE 2

/* Of us to our child alone: whom [w32timed] User names. */
#define QUESTION_USER 'U'

/* What a child has found out. */
union answer {
	struct account_facts facts;
	struct account_rid rid;
	struct account_signer signer;
	uid_t user;
};

struct program {
	const char *configuration_file;
	socket_handle listener; /* SOCKET_HANDLE_NONE: we were started with a connection */
	socket_handle askers[ASKERS_MAX];
	size_t asker_count;
	union answer answer;
};

/* ------------------------------------------------------------------------- */
/* In the child */

static const struct {
	int resource;
	rlim_t limit;
} limits[] = {
	{ RLIMIT_CPU, 10 },
	{ RLIMIT_FSIZE, 1 << 20 },
	{ RLIMIT_NOFILE, 64 },
	{ RLIMIT_STACK, 8 << 20 },
#ifndef WITH_SANITIZERS
	{ RLIMIT_AS, (rlim_t)1 << 30 },
#endif
};

static void account_set_limits(void)
{
	for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
		struct rlimit limit = { limits[i].limit, limits[i].limit };

		if (setrlimit(limits[i].resource, &limit) < 0)
			_exit(EXIT_FAILURE);
	}
}

static struct config *account_load_configuration(const struct program *program,
						 struct text *explanation)
{
	struct config_problems problems = { .list = NULL };
	struct config *config = NULL;

	if (config_load(program->configuration_file, &config, &problems) < 0)
		text_append(explanation, "%s: %s", program->configuration_file,
			    problems.count > 0 ? problems.list[0].text : "cannot be read");
	config_problems_free(&problems);
	return config;
}

static size_t find_facts(const struct program *program, struct account_facts *facts)
{
	struct account_trail trail;
	struct text explanation;
	struct config *config;

	text_init(&explanation, facts->explanation, sizeof facts->explanation);
	config = account_load_configuration(program, &explanation);
	if (config != NULL) {
		account_find_facts(config, facts, &trail);
	} else {
		facts->size = sizeof *facts;
		facts->status = -EINVAL;
	}
	account_explanation_tidy(facts->explanation);
	return sizeof *facts;
}

static size_t find_rid(const struct program *program, struct account_rid *rid)
{
	struct account_facts facts;
	struct account_trail trail;
	struct text explanation;
	struct config *config;

	text_init(&explanation, rid->explanation, sizeof rid->explanation);
	config = account_load_configuration(program, &explanation);
	rid->size = sizeof *rid;
	if (config != NULL) {
		account_find_facts(config, &facts, &trail);
		account_find_rid(&facts, &trail, rid);
	}
	account_explanation_tidy(rid->explanation);
	return sizeof *rid;
}

static size_t find_signer(const struct program *program, struct account_signer *signer,
			  socket_handle *handle)
{
	char sentence[600];
	struct text explanation;
	struct config *config;

	text_init(&explanation, sentence, sizeof sentence);
	config = account_load_configuration(program, &explanation);
	signer->size = sizeof *signer;
	signer->status = -EINVAL;
	if (config != NULL)
		account_find_signer(config, signer, handle);
	return sizeof *signer;
}

/* 0: there is no such user. */
static size_t account_find_user(const struct program *program, uid_t *user)
{
	char sentence[600];
	struct text explanation;
	const struct passwd *entry;
	struct config *config;

	text_init(&explanation, sentence, sizeof sentence);
	config = account_load_configuration(program, &explanation);
	entry = config == NULL ? NULL : getpwnam(config_text(config, KEY_W32TIMED_USER));
	if (entry == NULL)
		return 0;
	*user = entry->pw_uid;
	return sizeof *user;
}

/* Does not return. */
static void account_find_out(const struct program *program, uint8_t question, socket_handle channel)
{
	union answer answer;
	socket_handle handle = SOCKET_HANDLE_NONE;
	size_t length = 0;

	setpgid(0, 0);
	account_set_limits();
	memset(&answer, 0, sizeof answer);
	if (question == ACCOUNT_QUESTION_FACTS)
		length = find_facts(program, &answer.facts);
	else if (question == ACCOUNT_QUESTION_RID)
		length = find_rid(program, &answer.rid);
	else if (question == QUESTION_USER)
		length = account_find_user(program, &answer.user);
	else
		length = find_signer(program, &answer.signer, &handle);
	_exit(messages_send(channel, &answer, length, handle) < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
}

/* ------------------------------------------------------------------------- */
/* Around it */

/* The answer in place of a child's that gave none. */
static size_t account_apologize(uint8_t question, bool too_late, union answer *answer)
{
	int status = too_late ? -ETIMEDOUT : -EIO;
	const char *text = too_late ? "it took too long" : "what was to find it out has failed";

	memset(answer, 0, sizeof *answer);
	if (question == QUESTION_USER)
		return 0;
	if (question == ACCOUNT_QUESTION_SIGNER) {
		answer->signer.size = sizeof answer->signer;
		answer->signer.status = status;
		return sizeof answer->signer;
	}
	if (question == ACCOUNT_QUESTION_RID) {
		answer->rid.size = sizeof answer->rid;
		snprintf(answer->rid.explanation, sizeof answer->rid.explanation, "%s", text);
		return sizeof answer->rid;
	}
	answer->facts.size = sizeof answer->facts;
	answer->facts.status = status;
	snprintf(answer->facts.explanation, sizeof answer->facts.explanation, "%s", text);
	return sizeof answer->facts;
}

static size_t account_answer_length(uint8_t question)
{
	return question == ACCOUNT_QUESTION_FACTS ? sizeof(struct account_facts)
	       : question == ACCOUNT_QUESTION_RID ? sizeof(struct account_rid)
	       : question == QUESTION_USER        ? sizeof(uid_t)
						  : sizeof(struct account_signer);
}

static double account_time_limit(uint8_t question)
{
	return question == ACCOUNT_QUESTION_FACTS ? ACCOUNT_FACTS_SECONDS
	       : question == ACCOUNT_QUESTION_RID ? ACCOUNT_RID_SECONDS
						  : ACCOUNT_SIGNER_SECONDS;
}

/* With all that it has started. */
static void account_end_child(pid_t child)
{
	int status;

	kill(-child, SIGKILL);
	kill(child, SIGKILL);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		continue;
}

static size_t account_ask_child(pid_t child, socket_handle channel, uint8_t question,
				union answer *answer, socket_handle *handle)
{
	struct wait_handle wait = { .handle = channel };
	bool too_late = wait_readable(&wait, 1, account_time_limit(question)) == 0;
	int length = too_late ? 0 : messages_receive(channel, answer, sizeof *answer, handle);

	account_end_child(child);
	if (length > 0 && (size_t)length == account_answer_length(question))
		return (size_t)length;
	if (*handle != SOCKET_HANDLE_NONE)
		close(*handle);
	*handle = SOCKET_HANDLE_NONE;
	return account_apologize(question, too_late, answer);
}

static size_t account_find_in_child(const struct program *program, uint8_t question,
				    union answer *answer, socket_handle *handle)
{
	int ends[2];
	size_t length;
	pid_t child;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return account_apologize(question, false, answer);
	child = fork();
	if (child == 0)
		account_find_out(program, question, ends[1]);
	close(ends[1]);
	if (child > 0) {
		setpgid(child, child);
		length = account_ask_child(child, ends[0], question, answer, handle);
	} else {
		length = account_apologize(question, false, answer);
	}
	close(ends[0]);
	return length;
}

/* False: the connection is to be closed. */
static bool account_serve(struct program *program, socket_handle asker)
{
	uint8_t question;
	socket_handle handle = SOCKET_HANDLE_NONE;
	int result = messages_receive(asker, &question, sizeof question, NULL);
	size_t length;

	if (result == -EAGAIN)
		return true;
	if (result != 1 ||
	    (question != ACCOUNT_QUESTION_FACTS && question != ACCOUNT_QUESTION_RID &&
	     question != ACCOUNT_QUESTION_SIGNER))
		return false;
	length = account_find_in_child(program, question, &program->answer, &handle);
	result = messages_send(asker, &program->answer, length, handle);
	sodium_memzero(&program->answer, sizeof program->answer);
	if (handle != SOCKET_HANDLE_NONE)
		close(handle);
	return result == 0;
}

/* ------------------------------------------------------------------------- */
/* Who asks */

static bool account_is_daemon(struct program *program, uid_t user)
{
	socket_handle none = SOCKET_HANDLE_NONE;

	return user == 0 || (account_find_in_child(program, QUESTION_USER, &program->answer,
						   &none) == sizeof program->answer.user &&
			     program->answer.user == user);
}

static void account_accept_asker(struct program *program)
{
	struct ucred peer;
	socklen_t size = sizeof peer;
	int asker = accept4(program->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (asker < 0)
		return;
	if (program->asker_count == ASKERS_MAX ||
	    getsockopt(asker, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0 ||
	    !account_is_daemon(program, peer.uid)) {
		close(asker);
		return;
	}
	program->askers[program->asker_count++] = asker;
}

static void account_serve_ready(struct program *program, const struct wait_handle *handles)
{
	size_t kept = 0;

	for (size_t i = 0; i < program->asker_count; i++) {
		if (!handles[i].ready || account_serve(program, program->askers[i]))
			program->askers[kept++] = program->askers[i];
		else
			close(program->askers[i]);
	}
	program->asker_count = kept;
}

static int account_run(struct program *program)
{
	struct wait_handle handles[ASKERS_MAX + 1];

	while (program->listener != SOCKET_HANDLE_NONE || program->asker_count > 0) {
		size_t count = program->asker_count;
		int ready;

		for (size_t i = 0; i < count; i++)
			handles[i] = (struct wait_handle){ .handle = program->askers[i] };
		handles[count] = (struct wait_handle){ .handle = program->listener };
		ready = wait_readable(handles, count + 1, count == 0 ? IDLE_SECONDS : 1e6);
		if (ready < 0)
			return EXIT_FAILURE;
		if (ready == 0 && count == 0)
			break;
		account_serve_ready(program, handles);
		if (handles[count].ready)
			account_accept_asker(program);
	}
	return EXIT_SUCCESS;
}

/* ------------------------------------------------------------------------- */

static bool account_is_passed_by_manager(void)
{
	const char *count = getenv("LISTEN_FDS"), *process = getenv("LISTEN_PID");
	uint32_t number;

	return count != NULL && process != NULL && strcmp(count, "1") == 0 &&
	       text_parse_u32(process, &number) == 0 && number == (uint32_t)getpid();
}

/* A socket to listen on from a service manager, or a connection from the daemon. */
static int account_take_handle(struct program *program)
{
	int type = 0, listens = 0;
	socklen_t size = sizeof type;

	if (getsockopt(ACCOUNT_HANDLE, SOL_SOCKET, SO_TYPE, &type, &size) < 0 ||
	    type != SOCK_SEQPACKET ||
	    getsockopt(ACCOUNT_HANDLE, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) < 0)
		return -EINVAL;
	if (listens != 0 && !account_is_passed_by_manager())
		return -EINVAL;
	if (listens != 0)
		program->listener = ACCOUNT_HANDLE;
	else
		program->askers[program->asker_count++] = ACCOUNT_HANDLE;
	return 0;
}

static int account_parse_arguments(int argc, char **argv, struct program *program)
{
	program->configuration_file = path_configuration();
	if (argc == 1)
		return 0;
	if (argc == 2 && strcmp(argv[1], "--version") == 0) {
		printf("w32timed-account %s\n", PACKAGE_VERSION);
		exit(EXIT_SUCCESS);
	}
	if (argc != 3 || strcmp(argv[1], "--config") != 0 || argv[2][0] != '/')
		return -EINVAL;
	program->configuration_file = argv[2];
	return 0;
}

/* Start from an empty environment: the caller's variables must not choose which files
 * we read. */
static int account_forget_environment(void)
{
	if (clearenv() != 0 || setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1) < 0 ||
	    setenv("LC_ALL", "C", 1) < 0)
		return -errno;
	return 0;
}

/* Only the socket on which we are asked stays open; what testparm says on its standard
 * error goes nowhere. */
static int account_tidy_handles(void)
{
	int null = open("/dev/null", O_RDWR);

	if (null < 0)
		return -errno;
	for (int handle = STDIN_FILENO; handle <= STDERR_FILENO; handle++) {
		if (dup2(null, handle) < 0)
			return -errno;
	}
	for (int handle = ACCOUNT_HANDLE + 1; handle < 1024; handle++)
		close(handle);
	return fcntl(ACCOUNT_HANDLE, F_SETFD, FD_CLOEXEC) < 0 ? -errno : 0;
}

int main(int argc, char **argv)
{
	const struct privilege_needs none = { .user = NULL };
	struct program program = { .listener = SOCKET_HANDLE_NONE };
	struct error error;

	if (account_parse_arguments(argc, argv, &program) < 0 ||
	    account_take_handle(&program) < 0) {
		fprintf(stderr, "w32timed-account: the daemon and the service manager start this "
				"program, nobody else needs to\n");
		return EXIT_USAGE;
	}
	if (account_forget_environment() < 0 || sodium_init() < 0)
		return EXIT_FAILURE;
	if (privileges_drop(&none, &error) < 0) {
		fprintf(stderr, "w32timed-account: %s\n", error.text);
		return EXIT_FAILURE;
	}
	if (account_tidy_handles() < 0)
		return EXIT_FAILURE;
	/* Keys pass through it. */
	sodium_mlock(&program.answer, sizeof program.answer);
	signal(SIGPIPE, SIG_IGN);
	return account_run(&program);
}
