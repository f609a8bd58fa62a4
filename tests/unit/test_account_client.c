/* The daemon's end of w32timed-account: against a stand-in that answers as the
 * test wants it to, and against the program itself. */
#include <config.h>

#include "account_fixture.h"
#include "domain/account_client.h"
#include "domain/account_memory.h"
#include "platform/files.h"
#include "platform/messages.h"
#include "unit.h"

#include <errno.h>
#include <event2/event.h>
#include <pwd.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* Waits of seconds between questions become some of a hundredth. */
#define PACE 0.01

enum mood {
	MOOD_ANSWERS,
	MOOD_SILENT,
	MOOD_HANGS_UP,
	MOOD_TALKS_NONSENSE,
	MOOD_TALKS_TOO_MUCH,
};

/* What the stand-in says; shared with it. */
static struct stand_in {
	enum mood mood;
	struct account_facts facts;
	struct account_rid rid;
	struct account_signer signer;
	unsigned asked; /* so often */
} * stand_in;

static pid_t stand_in_process;
static struct event_base *base;
static struct log *records;
static struct log_sink sink;
static char logged[4000];
static struct account_client *client;
static unsigned changes;

/* --- The stand-in ------------------------------------------------------------- */

static void answer(int channel, uint8_t question)
{
	static const char nonsense[3000] = "nonsense";

	stand_in->asked++;
	if (stand_in->mood == MOOD_TALKS_NONSENSE)
		messages_send(channel, nonsense, 7, 0);
	else if (stand_in->mood == MOOD_TALKS_TOO_MUCH)
		messages_send(channel, nonsense, sizeof nonsense, 0);
	else if (stand_in->mood == MOOD_SILENT)
		pause();
	else if (stand_in->mood == MOOD_HANGS_UP)
		return;
	else if (question == ACCOUNT_QUESTION_FACTS)
		messages_send(channel, &stand_in->facts, sizeof stand_in->facts, -1);
	else if (question == ACCOUNT_QUESTION_RID)
		messages_send(channel, &stand_in->rid, sizeof stand_in->rid, -1);
	else
		messages_send(channel, &stand_in->signer, sizeof stand_in->signer,
			      stand_in->signer.status == 0 ? STDIN_FILENO : -1);
}

/* One connection after the other; each may ask until it goes. */
static void stand_in_for(int listener)
{
	for (;;) {
		int channel = accept(listener, NULL, NULL);
		uint8_t question;

		while (recv(channel, &question, 1, 0) == 1) {
			answer(channel, question);
			if (stand_in->mood == MOOD_HANGS_UP)
				break;
		}
		close(channel);
	}
}

static void start_stand_in(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof address.sun_path, "%s", account_path("socket"));
	ck_assert_int_eq(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
	ck_assert_int_eq(listen(listener, 5), 0);
	stand_in = mmap(NULL, sizeof *stand_in, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			-1, 0);
	stand_in->facts = (struct account_facts){
		.size = sizeof stand_in->facts,
		.role = CONFIG_ROLE_MEMBER,
		.realm = "CORP.EXAMPLE",
		.domain = "corp.example",
		.account = "MEMBER1$",
		.computer = "MEMBER1",
		.keys = { .count = 1, .hashes = { { 1 } } },
		.explanation = "as told",
	};
	stand_in->rid =
		(struct account_rid){ .size = sizeof stand_in->rid, .rid = 1103, .place = "LDAP" };
	stand_in->signer = (struct account_signer){ .size = sizeof stand_in->signer };
	stand_in_process = fork();
	ck_assert_int_ge(stand_in_process, 0);
	if (stand_in_process == 0)
		stand_in_for(listener);
	close(listener);
}

/* --- The client ---------------------------------------------------------------- */

static void note_record(void *context, const struct log_record *record)
{
	size_t used = strlen(logged);

	(void)context;
	snprintf(logged + used, sizeof logged - used, "%s\n", record->text);
}

static void note_change(void *context)
{
	(void)context;
	changes++;
	event_base_loopbreak(base);
}

static void set_up(void)
{
	account_make_place();
	base = event_base_new();
	records = log_create();
	sink = (struct log_sink){ .threshold = LOG_LEVEL_INFORMATION, .write = note_record };
	log_add_sink(records, &sink);
	logged[0] = '\0';
	changes = 0;
	start_stand_in();
}

static void tear_down(void)
{
	account_client_destroy(client);
	client = NULL;
	event_base_free(base);
	log_destroy(records);
	kill(stand_in_process, SIGKILL);
	waitpid(stand_in_process, NULL, 0);
	munmap(stand_in, sizeof *stand_in);
	account_remove_place();
}

static int create(const char *socket, const char *program, double pace, struct error *error)
{
	char configuration[400];
	struct account_client_environment environment = {
		.base = base,
		.log = records,
		.configuration_file = configuration,
		.socket = socket,
		.program = program,
		.pace = pace,
	};
	int result;

	snprintf(configuration, sizeof configuration, "%s", account_path("w32timed.conf"));
	result = account_client_create(&client, &environment, error);
	if (result == 0)
		account_client_notify(client, note_change, NULL);
	return result;
}

static void create_with_stand_in(void)
{
	ck_assert_int_eq(create(account_path("socket"), "", PACE, NULL), 0);
}

static void give_up(evutil_socket_t handle, short what, void *context)
{
	(void)handle;
	(void)what;
	*(bool *)context = true;
	event_base_loopbreak(base);
}

/* Until CHANGES is WANTED. */
static void wait_for_changes(unsigned wanted)
{
	const struct timeval limit = { .tv_sec = 20 };
	bool late = false;

	event_base_once(base, -1, EV_TIMEOUT, give_up, &late, &limit);
	while (changes < wanted && !late)
		event_base_dispatch(base);
	ck_assert_uint_eq(changes, wanted);
}

/* Until the stand-in was asked WANTED times. */
static void wait_for_questions(unsigned wanted)
{
	for (unsigned i = 0; i < 4000 && stand_in->asked < wanted; i++) {
		const struct timeval moment = { .tv_usec = 5000 };

		event_base_loopexit(base, &moment);
		event_base_dispatch(base);
	}
	ck_assert_uint_ge(stand_in->asked, wanted);
}

/* Until CONDITION holds. */
static void wait_until(bool (*condition)(void))
{
	for (unsigned i = 0; i < 4000 && !condition(); i++) {
		const struct timeval moment = { .tv_usec = 5000 };

		event_base_loopexit(base, &moment);
		event_base_dispatch(base);
	}
	ck_assert(condition());
}

START_TEST(the_facts_are_there_at_once)
{
	const struct account_facts *facts;

	create_with_stand_in();
	facts = account_client_facts(client);
	ck_assert_int_eq(facts->role, CONFIG_ROLE_MEMBER);
	ck_assert_str_eq(facts->account, "MEMBER1$");
	ck_assert_ptr_eq(account_client_keys(client), &facts->keys);
	ck_assert_uint_eq(facts->keys.count, 1);
	ck_assert_uint_eq(facts->keys.hashes[0][0], 1);
	ck_assert_ptr_nonnull(strstr(logged, "as told"));
	ck_assert_uint_eq(changes, 0);
}
END_TEST

START_TEST(without_a_way_to_them_there_are_none)
{
	struct error error;

	ck_assert_int_eq(create("", "", 1, &error), -ENOENT);
	ck_assert_int_eq(create("", account_path("none"), 1, &error), -ENOENT);
	ck_assert_int_eq(create(account_path("nosocket"), account_path("none"), 1, &error),
			 -ENOENT);
	ck_assert_ptr_nonnull(strstr(error.text, account_path("none")));
}
END_TEST

START_TEST(new_keys_are_noticed_and_the_old_one_stays)
{
	create_with_stand_in();
	stand_in->facts.keys.hashes[0][0] = 2;
	account_client_refresh(client);
	wait_for_changes(1);
	ck_assert_uint_eq(account_client_keys(client)->count, 2);
	ck_assert_uint_eq(account_client_keys(client)->hashes[0][0], 2);
	ck_assert_uint_eq(account_client_keys(client)->hashes[1][0], 1);
}
END_TEST

START_TEST(what_comes_too_often_is_held_back)
{
	ck_assert_int_eq(create(account_path("socket"), "", 1, NULL), 0);
	for (unsigned i = 0; i < 100; i++) {
		account_client_refresh(client);
		event_base_loop(base, EVLOOP_NONBLOCK);
	}
	ck_assert_uint_eq(stand_in->asked, 1);
}
END_TEST

START_TEST(the_rid_is_asked_for_and_remembered)
{
	struct account_facts known;

	create_with_stand_in();
	account_client_remember(client, account_path("."));
	ck_assert_uint_eq(account_client_facts(client)->rid, 0);
	account_client_find_rid(client);
	wait_for_changes(1);
	ck_assert_uint_eq(account_client_facts(client)->rid, 1103);
	ck_assert_uint_eq(account_client_keys(client)->rid, 1103);
	ck_assert_ptr_nonnull(strstr(logged, "1103, by LDAP"));
	known = *account_client_facts(client);
	ck_assert_uint_eq(account_memory_load(account_path("."), &known), 1103);

	/* The next start knows it, for this account. */
	account_client_destroy(client);
	create_with_stand_in();
	account_client_remember(client, account_path("."));
	ck_assert_uint_eq(account_client_keys(client)->rid, 1103);
	strcpy(known.account, "MEMBER2$");
	ck_assert_uint_eq(account_memory_load(account_path("."), &known), 0);
}
END_TEST

START_TEST(the_rid_is_asked_for_until_it_is_known)
{
	create_with_stand_in();
	stand_in->rid.rid = 0;
	strcpy(stand_in->rid.explanation, "no way");
	account_client_find_rid(client);
	wait_for_questions(3);
	ck_assert_ptr_nonnull(strstr(logged, "no way"));
	ck_assert_ptr_null(strstr(strstr(logged, "no way") + 1, "no way"));
	stand_in->rid.rid = 7;
	wait_for_changes(1);
	ck_assert_uint_eq(account_client_keys(client)->rid, 7);
	/* Asked again, in vain: it stays, and nobody insists. */
	stand_in->rid.rid = 0;
	account_client_find_rid(client);
	wait_for_questions(stand_in->asked + 1);
	ck_assert_uint_eq(account_client_keys(client)->rid, 7);
}
END_TEST

START_TEST(a_configured_rid_wins)
{
	stand_in->facts.rid = stand_in->facts.keys.rid = 5;
	create_with_stand_in();
	account_client_find_rid(client);
	event_base_loop(base, EVLOOP_NONBLOCK);
	ck_assert_uint_eq(stand_in->asked, 1);
	ck_assert_uint_eq(account_client_keys(client)->rid, 5);
}
END_TEST

START_TEST(leaving_a_domain_is_believed_the_second_time)
{
	create_with_stand_in();
	stand_in->facts = (struct account_facts){ .size = sizeof stand_in->facts };
	account_client_refresh(client);
	wait_for_changes(1);
	ck_assert_int_eq(account_client_facts(client)->role, CONFIG_ROLE_STANDALONE);
	ck_assert_uint_eq(account_client_keys(client)->count, 0);
	ck_assert_uint_eq(stand_in->asked, 3);
}
END_TEST

static bool took_too_long(void)
{
	return strstr(logged, "too long") != NULL;
}

START_TEST(an_answer_that_is_a_failure_changes_nothing)
{
	create_with_stand_in();
	stand_in->facts = (struct account_facts){ .size = sizeof stand_in->facts,
						  .status = -ETIMEDOUT,
						  .explanation = "it took too long" };
	account_client_refresh(client);
	wait_until(took_too_long);
	ck_assert_uint_eq(account_client_keys(client)->count, 1);
	ck_assert_uint_eq(changes, 0);
}
END_TEST

static const enum mood bad_moods[] = { MOOD_SILENT, MOOD_HANGS_UP, MOOD_TALKS_NONSENSE,
				       MOOD_TALKS_TOO_MUCH };

START_TEST(who_is_not_understood_is_not_believed)
{
	create_with_stand_in();
	stand_in->mood = bad_moods[_i];
	account_client_refresh(client);
	wait_for_questions(2);
	ck_assert_uint_eq(account_client_keys(client)->count, 1);
	ck_assert_uint_eq(changes, 0);
}
END_TEST

START_TEST(a_start_does_not_wait_for_ever)
{
	stand_in->mood = bad_moods[_i];
	create_with_stand_in();
	ck_assert_int_eq(account_client_facts(client)->role, CONFIG_ROLE_STANDALONE);
	ck_assert_uint_eq(account_client_keys(client)->count, 0);
	ck_assert_str_ne(logged, "");
}
END_TEST

/* A machine that has just started may be too busy to say who it is. */
START_TEST(what_could_not_be_had_at_first_is_asked_for_again)
{
	static const enum mood moods[] = { MOOD_ANSWERS, MOOD_HANGS_UP, MOOD_TALKS_NONSENSE };

	stand_in->mood = moods[_i];
	stand_in->facts.status = -ETIMEDOUT;
	create_with_stand_in();
	ck_assert_int_eq(account_client_facts(client)->role, CONFIG_ROLE_STANDALONE);
	wait_for_questions(3);
	stand_in->facts.status = 0;
	stand_in->mood = MOOD_ANSWERS;
	wait_for_changes(1);
	ck_assert_int_eq(account_client_facts(client)->role, CONFIG_ROLE_MEMBER);
}
END_TEST

static int signer_status;
static socket_handle signer_handle;

static void take_signer(void *context, int status, socket_handle handle)
{
	(void)context;
	signer_status = status;
	signer_handle = handle;
	event_base_loopbreak(base);
}

START_TEST(a_connection_is_handed_on)
{
	create_with_stand_in();
	signer_status = 1;
	ck_assert_int_eq(account_client_signer(client, take_signer, NULL), 0);
	ck_assert_int_eq(account_client_signer(client, take_signer, NULL), -EBUSY);
	event_base_dispatch(base);
	ck_assert_int_eq(signer_status, 0);
	ck_assert_int_ge(signer_handle, 3);
	close(signer_handle);
	stand_in->signer.status = -ECONNREFUSED;
	ck_assert_int_eq(account_client_signer(client, take_signer, NULL), 0);
	event_base_dispatch(base);
	ck_assert_int_eq(signer_status, -ECONNREFUSED);
	ck_assert_int_eq(signer_handle, SOCKET_HANDLE_NONE);
	stand_in->mood = MOOD_HANGS_UP;
	ck_assert_int_eq(account_client_signer(client, take_signer, NULL), 0);
	event_base_dispatch(base);
	ck_assert_int_eq(signer_status, -EPIPE);
}
END_TEST

/* Until it is asked, or a moment is over. */
static void refresh_until_asked(unsigned wanted)
{
	for (unsigned i = 0; i < 4000 && stand_in->asked < wanted; i++) {
		const struct timeval moment = { .tv_usec = 5000 };

		account_client_refresh(client);
		event_base_loopexit(base, &moment);
		event_base_dispatch(base);
	}
	ck_assert_uint_ge(stand_in->asked, wanted);
}

START_TEST(a_question_in_vain_does_not_hold_others_up)
{
	const struct timeval gap = { .tv_usec = 100000 };
	char place[400], away[400];

	snprintf(place, sizeof place, "%s", account_path("socket"));
	snprintf(away, sizeof away, "%s", account_path("away"));
	create_with_stand_in();
	/* The facts may be asked for again at once. */
	event_base_loopexit(base, &gap);
	event_base_dispatch(base);
	ck_assert_int_eq(rename(place, away), 0);
	signer_status = 1;
	ck_assert_int_eq(account_client_signer(client, take_signer, NULL), 0);
	account_client_refresh(client);
	while (signer_status == 1)
		event_base_loop(base, EVLOOP_ONCE);
	ck_assert_int_lt(signer_status, 0);
	ck_assert_int_eq(rename(away, place), 0);
	refresh_until_asked(stand_in->asked + 1);
}
END_TEST

/* --- The program itself ---------------------------------------------------------- */

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
	char text[1000];

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
	ck_assert_int_eq(create("", program(), PACE, NULL), 0);
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
	char text[5000];

	snprintf(text, sizeof text, "#!/bin/sh\nsleep 9\nexec '%s' \"$@\"\n", program());
	account_write("late", text, strlen(text), 0700);
	account_write("key", KEY "\n", 33, 0600);
	configure("");
	ck_assert_int_eq(create("", account_path("late"), PACE, NULL), 0);
	ck_assert_int_eq(account_client_facts(client)->role, CONFIG_ROLE_STANDALONE);
	wait_until(is_member);
}
END_TEST

START_TEST(a_program_that_ends_leaves_the_keys)
{
	/* One that reads nothing and says nothing. */
	ck_assert_int_eq(create("", "/bin/true", PACE, NULL), 0);
	ck_assert_int_eq(account_client_facts(client)->role, CONFIG_ROLE_STANDALONE);
	ck_assert_ptr_nonnull(strstr(logged, "/bin/true"));
	ck_assert_ptr_nonnull(strstr(logged, "stays"));
	account_client_refresh(client);
	account_client_find_rid(client);
	ck_assert_int_eq(account_client_signer(client, take_signer, NULL), -ENOTCONN);
	event_base_loop(base, EVLOOP_NONBLOCK);
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
	TCase *facts = tcase_create("facts"), *rid = tcase_create("rid and signer"),
	      *real = tcase_create("program");
	TCase *const cases[] = { facts, rid, real, NULL };

	if (sodium_init() < 0)
		return EXIT_FAILURE;
	for (TCase *const *tcase = cases; *tcase != NULL; tcase++) {
		tcase_set_timeout(*tcase, 60);
		tcase_add_checked_fixture(*tcase, set_up, tear_down);
	}
	tcase_add_test(facts, the_facts_are_there_at_once);
	tcase_add_test(facts, without_a_way_to_them_there_are_none);
	tcase_add_test(facts, new_keys_are_noticed_and_the_old_one_stays);
	tcase_add_test(facts, what_comes_too_often_is_held_back);
	tcase_add_test(facts, leaving_a_domain_is_believed_the_second_time);
	tcase_add_test(facts, an_answer_that_is_a_failure_changes_nothing);
	tcase_add_loop_test(facts, who_is_not_understood_is_not_believed, 0,
			    sizeof bad_moods / sizeof *bad_moods);
	tcase_add_loop_test(facts, a_start_does_not_wait_for_ever, 0,
			    sizeof bad_moods / sizeof *bad_moods);
	tcase_add_loop_test(facts, what_could_not_be_had_at_first_is_asked_for_again, 0, 3);
	tcase_add_test(rid, the_rid_is_asked_for_and_remembered);
	tcase_add_test(rid, the_rid_is_asked_for_until_it_is_known);
	tcase_add_test(rid, a_configured_rid_wins);
	tcase_add_test(rid, a_connection_is_handed_on);
	tcase_add_test(rid, a_question_in_vain_does_not_hold_others_up);
	tcase_add_test(real, the_program_reads_its_configuration_anew);
	tcase_add_test(real, a_program_of_our_own_may_be_late);
	tcase_add_test(real, a_program_that_ends_leaves_the_keys);
	tcase_add_test(real, the_program_understands_three_questions);
	tcase_add_test(real, root_and_the_daemon_may_ask);
	tcase_add_test(real, who_starts_it_otherwise_gets_nothing);
	return unit_run("account client", cases);
}
