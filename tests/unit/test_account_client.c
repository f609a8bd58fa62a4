/* The daemon's end of w32timed-account, against a stand-in that answers as the test
 * wants it to. */
#include <config.h>

#include "account_bench.h"
#include "account_fixture.h"
#include "domain/account_client.h"
#include "domain/account_memory.h"
#include "platform/messages.h"
#include "tests/event_loop.h"
#include "unit.h"

#include <errno.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

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

static void set_up(void)
{
	account_bench_set_up();
	start_stand_in();
}

static void tear_down(void)
{
	kill(stand_in_process, SIGKILL);
	waitpid(stand_in_process, NULL, 0);
	munmap(stand_in, sizeof *stand_in);
	account_bench_tear_down();
}

static void create_with_stand_in(void)
{
	ck_assert_int_eq(account_bench_create(account_path("socket"), "", PACE, NULL), 0);
}

static void give_up(evutil_socket_t handle, short what, void *context)
{
	(void)handle;
	(void)what;
	*(bool *)context = true;
	loop_stop(account_loop);
}

/* Until CHANGES is WANTED. */
static void wait_for_changes(unsigned wanted)
{
	const struct timeval limit = { .tv_sec = 20 };
	bool late = false;

	event_base_once(event_loop_base(account_loop), -1, EV_TIMEOUT, give_up, &late, &limit);
	while (changes < wanted && !late)
		event_base_dispatch(event_loop_base(account_loop));
	ck_assert_uint_eq(changes, wanted);
}

/* Until the stand-in was asked WANTED times. */
static void wait_for_questions(unsigned wanted)
{
	for (unsigned i = 0; i < 4000 && stand_in->asked < wanted; i++) {
		const struct timeval moment = { .tv_usec = 5000 };

		event_base_loopexit(event_loop_base(account_loop), &moment);
		event_base_dispatch(event_loop_base(account_loop));
	}
	ck_assert_uint_ge(stand_in->asked, wanted);
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

	ck_assert_int_eq(account_bench_create("", "", 1, &error), -ENOENT);
	ck_assert_int_eq(account_bench_create("", account_path("none"), 1, &error), -ENOENT);
	ck_assert_int_eq(
		account_bench_create(account_path("nosocket"), account_path("none"), 1, &error),
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
	ck_assert_int_eq(account_bench_create(account_path("socket"), "", 1, NULL), 0);
	for (unsigned i = 0; i < 100; i++) {
		account_client_refresh(client);
		event_base_loop(event_loop_base(account_loop), EVLOOP_NONBLOCK);
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
	event_base_loop(event_loop_base(account_loop), EVLOOP_NONBLOCK);
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

static bool something_is_logged(void)
{
	return logged[0] != '\0';
}

START_TEST(who_is_not_understood_is_not_believed)
{
	create_with_stand_in();
	stand_in->mood = bad_moods[_i];
	logged[0] = '\0';
	account_client_refresh(client);
	wait_for_questions(2);
	/* Until the answer is taken, where one comes. */
	if (stand_in->mood != MOOD_SILENT)
		wait_until(something_is_logged);
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
	loop_stop(account_loop);
}

START_TEST(a_connection_is_handed_on)
{
	create_with_stand_in();
	signer_status = 1;
	ck_assert_int_eq(account_client_signer(client, take_signer, NULL), 0);
	ck_assert_int_eq(account_client_signer(client, take_signer, NULL), -EBUSY);
	event_base_dispatch(event_loop_base(account_loop));
	ck_assert_int_eq(signer_status, 0);
	ck_assert_int_ge(signer_handle, 3);
	close(signer_handle);
	stand_in->signer.status = -ECONNREFUSED;
	ck_assert_int_eq(account_client_signer(client, take_signer, NULL), 0);
	event_base_dispatch(event_loop_base(account_loop));
	ck_assert_int_eq(signer_status, -ECONNREFUSED);
	ck_assert_int_eq(signer_handle, SOCKET_HANDLE_NONE);
	stand_in->mood = MOOD_HANGS_UP;
	ck_assert_int_eq(account_client_signer(client, take_signer, NULL), 0);
	event_base_dispatch(event_loop_base(account_loop));
	ck_assert_int_eq(signer_status, -EPIPE);
}
END_TEST

/* Until it is asked, or a moment is over. */
static void refresh_until_asked(unsigned wanted)
{
	for (unsigned i = 0; i < 4000 && stand_in->asked < wanted; i++) {
		const struct timeval moment = { .tv_usec = 5000 };

		account_client_refresh(client);
		event_base_loopexit(event_loop_base(account_loop), &moment);
		event_base_dispatch(event_loop_base(account_loop));
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
	event_base_loopexit(event_loop_base(account_loop), &gap);
	event_base_dispatch(event_loop_base(account_loop));
	ck_assert_int_eq(rename(place, away), 0);
	signer_status = 1;
	ck_assert_int_eq(account_client_signer(client, take_signer, NULL), 0);
	account_client_refresh(client);
	while (signer_status == 1)
		event_base_loop(event_loop_base(account_loop), EVLOOP_ONCE);
	ck_assert_int_lt(signer_status, 0);
	ck_assert_int_eq(rename(away, place), 0);
	refresh_until_asked(stand_in->asked + 1);
}
END_TEST

int main(void)
{
	TCase *facts = tcase_create("facts"), *rid = tcase_create("rid and signer");
	TCase *const cases[] = { facts, rid, NULL };

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
	return unit_run("account client", cases);
}
