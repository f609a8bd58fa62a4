/* The machine's account where the daemon looks for it by itself, as on Windows: in
 * a system that says what the test wants, and with KeyPath's file. */
#include <config.h>

#include "domain/account_client.h"
#include "platform/account_sid.h"
#include "platform/domain_join.h"
#include "platform/files.h"
#include "tests/event_loop.h"
#include "unit.h"

#include <errno.h>
#include <event2/util.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define CONFIGURATION "test_account_local.conf"
#define KEY           "test_account_local.key"
#define REMEMBERED    "account" /* in the working directory */

#define HASH_1 "d6c0728bb9e785c12563e93bb741df70\n"
#define HASH_2 "b52b582f02f8c0cd6320cd5eab36d9c6\n"

/* Waits of seconds become some of a hundredth. */
#define PACE 0.01

static struct domain_join joined_to;
static int join_status;
static struct loop *loop;
static struct log *records;
static struct log_sink sink;
static char logged[4000];
static char key_path[4096]; /* "KeyPath=..." */
static struct account_client *client;
static unsigned changes;

int domain_join_ask(struct domain_join *join, struct error *error)
{
	*join = joined_to;
	return join_status < 0 ? error_set(error, -join_status, "the system is mute") : 0;
}

/* The account S-1-5-21-1-2-3-RID, as LSA would have it. */
static struct fake_lsa {
	uint8_t rid;           /* 0: it is not known */
	uint8_t authority;     /* 5, but for what is none of a domain's account */
	bool mute, no_threads; /* no answer comes; none can be asked for */
	unsigned asked, open;
	char name[400];
} lsa;

struct account_sid_query {
	evutil_socket_t ends[2];
};

int account_sid_start(struct account_sid_query **query, const char *domain, const char *account,
		      struct error *error)
{
	lsa.asked++;
	snprintf(lsa.name, sizeof lsa.name, "%s\\%s", domain, account);
	if (lsa.no_threads)
		return error_set(error, ENOMEM, "there are no threads");
	lsa.open++;
	*query = calloc(1, sizeof **query);
	ck_assert_int_eq(evutil_socketpair(AF_UNIX, SOCK_STREAM, 0, (*query)->ends), 0);
	if (!lsa.mute)
		ck_assert_int_eq(send((*query)->ends[1], "", 1, 0), 1);
	return 0;
}

socket_handle account_sid_handle(const struct account_sid_query *query)
{
	return (socket_handle)query->ends[0];
}

int account_sid_take(struct account_sid_query *query, uint8_t sid[ACCOUNT_SID_MAX],
		     struct error *error)
{
	const uint8_t bytes[28] = { 1,  5, 0, 0, 0, 0,        0,        lsa.authority,
				    21, 0, 0, 0, 1, [16] = 2, [20] = 3, [24] = lsa.rid };

	(void)query;
	if (lsa.rid == 0)
		return error_set(error, ENOENT, "Windows knows no such account");
	memcpy(sid, bytes, sizeof bytes);
	return sizeof bytes;
}

void account_sid_end(struct account_sid_query *query)
{
	if (query == NULL)
		return;
	evutil_closesocket(query->ends[0]);
	evutil_closesocket(query->ends[1]);
	free(query);
	lsa.open--;
}

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
	loop_stop(loop);
}

static void configure(const char *text)
{
	char whole[5000];
	int length = snprintf(whole, sizeof whole, "[Domain]\n%s", text);

	ck_assert_int_eq(file_replace(CONFIGURATION, whole, (size_t)length, 0600, NULL), 0);
}

/* A new file, with rights of its own. */
static void write_key(const char *text, unsigned mode)
{
	remove(KEY);
	ck_assert_int_eq(file_replace(KEY, text, strlen(text), mode, NULL), 0);
}

static void create(void)
{
	struct account_client_environment environment = {
		.loop = loop,
		.log = records,
		.configuration_file = CONFIGURATION,
		.pace = PACE,
	};

	ck_assert_int_eq(account_client_create(&client, &environment, NULL), 0);
	account_client_notify(client, note_change, NULL);
}

static void set_up(void)
{
	char folder[3000];

	ck_assert_int_ge(sodium_init(), 0);
	ck_assert_ptr_nonnull(getcwd(folder, sizeof folder));
	snprintf(key_path, sizeof key_path, "AccountRid=1103\nKeyPath=%s/" KEY "\n", folder);
	loop = event_loop_create();
	records = log_create();
	sink = (struct log_sink){ .threshold = LOG_LEVEL_INFORMATION, .write = note_record };
	log_add_sink(records, &sink);
	logged[0] = '\0';
	changes = 0;
	join_status = 0;
	lsa = (struct fake_lsa){ .authority = 5 };
	joined_to = (struct domain_join){
		.joined = true,
		.domain = "Corp.Example",
		.site = "Branch",
		.computer = "MEMBER1",
	};
	configure("");
}

static void tear_down(void)
{
	account_client_destroy(client);
	client = NULL;
	ck_assert_uint_eq(lsa.open, 0);
	loop_destroy(loop);
	log_destroy(records);
	remove(CONFIGURATION);
	remove(KEY);
	remove(REMEMBERED);
}

/* Once more, and until that has been done. */
static void look_again(void)
{
	const struct timeval limit = { .tv_usec = 200000 };

	account_client_refresh(client);
	event_base_loopexit(event_loop_base(loop), &limit);
	event_base_dispatch(event_loop_base(loop));
}

static const struct account_facts *facts(void)
{
	return account_client_facts(client);
}

/* ------------------------------------------------------------------------- */

START_TEST(a_machine_in_no_domain)
{
	joined_to = (struct domain_join){ .computer = "ALONE" };
	create();
	ck_assert_int_eq(facts()->role, CONFIG_ROLE_STANDALONE);
	ck_assert_str_eq(facts()->realm, "");
	ck_assert_str_eq(logged, "");
}
END_TEST

START_TEST(the_system_says_who_we_are_and_keeps_the_key)
{
	create();
	ck_assert_int_eq(facts()->role, CONFIG_ROLE_MEMBER);
	ck_assert_str_eq(facts()->realm, "CORP.EXAMPLE");
	ck_assert_str_eq(facts()->domain, "corp.example");
	/* As it was when the system last looked. */
	ck_assert_str_eq(facts()->site, "");
	ck_assert_str_eq(facts()->site_hint, "Branch");
	ck_assert_str_eq(facts()->account, "MEMBER1$");
	ck_assert_str_eq(facts()->computer, "MEMBER1");
	ck_assert_uint_eq(facts()->keys.count, 0);
	ck_assert_ptr_nonnull(strstr(facts()->explanation, "no key of MEMBER1$: the system keeps "
							   "it for itself; KeyPath"));
	ck_assert_ptr_nonnull(strstr(logged, "the system keeps it for itself"));
}
END_TEST

START_TEST(a_controller_is_one)
{
	joined_to.controller = true;
	create();
	ck_assert_int_eq(facts()->role, CONFIG_ROLE_CONTROLLER);
}
END_TEST

START_TEST(the_configuration_knows_better)
{
	joined_to.controller = true;
	configure("Realm=else.example\nAccountName=web$\nAccountRid=4711\nRole=Member\n");
	create();
	ck_assert_int_eq(facts()->role, CONFIG_ROLE_MEMBER);
	ck_assert_str_eq(facts()->realm, "ELSE.EXAMPLE");
	ck_assert_str_eq(facts()->account, "web$");
	ck_assert_uint_eq(facts()->rid, 4711);
	/* The system's site is another domain's. */
	ck_assert_str_eq(facts()->site, "");
	ck_assert_str_eq(facts()->site_hint, "");
	configure("Site=Elsewhere\n");
	look_again();
	ck_assert_str_eq(facts()->site, "Elsewhere");
	ck_assert_str_eq(facts()->site_hint, "Branch");
	ck_assert_str_eq(facts()->account, "MEMBER1$");
	configure("Role=Standalone\n");
	look_again();
	look_again();
	ck_assert_int_eq(facts()->role, CONFIG_ROLE_STANDALONE);
}
END_TEST

START_TEST(the_key_is_in_a_file)
{
	write_key(HASH_1, 0600);
	configure(key_path);
	create();
	ck_assert_uint_eq(facts()->keys.count, 1);
	ck_assert_uint_eq(facts()->keys.hashes[0][0], 0xd6);
	ck_assert_uint_eq(facts()->keys.rid, 1103);
	ck_assert_str_eq(facts()->key_place, "file");
	ck_assert_ptr_nonnull(strstr(logged, "1 key of MEMBER1$ from file"));
	write_key(HASH_2, 0600);
	look_again();
	ck_assert_uint_eq(changes, 1);
	ck_assert_uint_eq(facts()->keys.count, 2);
	ck_assert_uint_eq(facts()->keys.hashes[0][0], 0xb5);
	ck_assert_uint_eq(facts()->keys.hashes[1][0], 0xd6);
	look_again();
	ck_assert_uint_eq(changes, 1);
}
END_TEST

START_TEST(a_key_that_others_can_read_is_none)
{
	write_key(HASH_1, 0644);
	configure(key_path);
	create();
	ck_assert_int_eq(facts()->role, CONFIG_ROLE_MEMBER);
	ck_assert_uint_eq(facts()->keys.count, 0);
	ck_assert_ptr_nonnull(strstr(facts()->explanation, KEY " is not private"));
	write_key("no hash\n", 0600);
	look_again();
	ck_assert_uint_eq(facts()->keys.count, 0);
	ck_assert_ptr_nonnull(strstr(logged, "line 1 is not one of at most two keys"));
	ck_assert_ptr_null(strstr(logged, "no hash"));
	write_key(HASH_1, 0600);
	look_again();
	ck_assert_uint_eq(facts()->keys.count, 1);
	ck_assert_uint_eq(changes, 1);
}
END_TEST

/* A key, but no AccountRid. */
static void create_without_rid(void)
{
	write_key(HASH_1, 0600);
	*strstr(key_path, "AccountRid") = ';';
	configure(key_path);
	create();
	ck_assert_uint_eq(facts()->rid, 0);
}

/* Waits until it is done, or some of the waits between questions have passed. */
static void run_for(long milliseconds)
{
	const struct timeval limit = { .tv_sec = milliseconds / 1000,
				       .tv_usec = milliseconds % 1000 * 1000 };

	event_base_loopexit(event_loop_base(loop), &limit);
	event_base_dispatch(event_loop_base(loop));
}

START_TEST(the_system_says_which_rid_the_account_has)
{
	lsa.rid = 77;
	create_without_rid();
	account_client_remember(client, ".");
	account_client_find_rid(client);
	account_client_find_rid(client);
	run_for(20000);
	ck_assert_uint_eq(lsa.asked, 1);
	ck_assert_str_eq(lsa.name, "corp.example\\MEMBER1$");
	ck_assert_uint_eq(changes, 1);
	ck_assert_uint_eq(facts()->rid, 77);
	ck_assert_uint_eq(facts()->keys.rid, 77);
	ck_assert_ptr_nonnull(strstr(logged, "MEMBER1$ has the RID 77, by LSA"));
	/* Known from then on, whether or not it can be asked for. */
	account_client_destroy(client);
	create();
	account_client_remember(client, ".");
	ck_assert_uint_eq(facts()->rid, 77);
	/* A machine that has joined anew has another one. */
	lsa.rid = 78;
	account_client_find_rid(client);
	run_for(20000);
	ck_assert_uint_eq(facts()->rid, 78);
	/* The configuration's counts. */
	*strchr(key_path, ';') = 'A';
	configure(key_path);
	look_again();
	ck_assert_uint_eq(facts()->rid, 1103);
	account_client_find_rid(client);
	run_for(100);
	ck_assert_uint_eq(lsa.asked, 2);
}
END_TEST

START_TEST(a_rid_that_cannot_be_had_is_told_once_and_asked_for_again)
{
	unsigned asked;

	if (_i == 1)
		lsa.no_threads = true;
	if (_i == 2) {
		lsa.rid = 32;
		lsa.authority = 1;
	}
	create_without_rid();
	account_client_find_rid(client);
	while (strstr(logged, "AccountRid in [Domain] may give it") == NULL)
		run_for(5);
	ck_assert_ptr_nonnull(strstr(logged, "the RID of MEMBER1$ cannot be had from the system"));
	logged[0] = '\0';
	/* With the third question the second is over. */
	asked = lsa.asked;
	while (lsa.asked < asked + 2)
		run_for(5);
	ck_assert_str_eq(logged, "");
	ck_assert_uint_eq(changes, 0);
	lsa.no_threads = false;
	lsa.authority = 5;
	lsa.rid = 79;
	run_for(20000);
	ck_assert_uint_eq(facts()->rid, 79);
}
END_TEST

START_TEST(without_a_key_nobody_needs_the_rid)
{
	create();
	account_client_find_rid(client);
	run_for(50);
	ck_assert_uint_eq(lsa.asked, 0);
}
END_TEST

START_TEST(what_the_system_says_of_an_account_that_is_no_more_is_dropped)
{
	lsa.mute = true;
	create_without_rid();
	account_client_find_rid(client);
	while (lsa.asked == 0)
		event_base_loop(event_loop_base(loop), EVLOOP_ONCE);
	ck_assert_uint_eq(lsa.open, 1);
	joined_to = (struct domain_join){ .joined = true,
					  .domain = "else.example",
					  .computer = "MEMBER2" };
	look_again();
	ck_assert_str_eq(facts()->account, "MEMBER2$");
	ck_assert_uint_eq(lsa.open, 0);
	/* Of this one too; destroyed with a question under way. */
	account_client_find_rid(client);
	while (lsa.asked == 1)
		event_base_loop(event_loop_base(loop), EVLOOP_ONCE);
	ck_assert_str_eq(lsa.name, "else.example\\MEMBER2$");
	ck_assert_uint_eq(lsa.open, 1);
}
END_TEST

START_TEST(a_system_that_does_not_answer)
{
	join_status = -EIO;
	joined_to = (struct domain_join){ .computer = "MEMBER1" };
	create();
	ck_assert_int_eq(facts()->role, CONFIG_ROLE_STANDALONE);
	ck_assert_ptr_nonnull(strstr(logged, "the system is mute"));
	configure("Realm=corp.example\n");
	look_again();
	ck_assert_int_eq(facts()->role, CONFIG_ROLE_MEMBER);
	/* What is known stays. */
	configure("");
	look_again();
	look_again();
	ck_assert_int_eq(facts()->role, CONFIG_ROLE_MEMBER);
	ck_assert_str_eq(facts()->account, "MEMBER1$");
	configure("Realm==\n");
	look_again();
	look_again();
	ck_assert_int_eq(facts()->role, CONFIG_ROLE_MEMBER);
}
END_TEST

START_TEST(nobody_is_asked_who_is_not_to_be)
{
	struct account_client_environment environment = {
		.loop = loop,
		.log = records,
		.configuration_file = CONFIGURATION,
		.program = "",
	};

	ck_assert_int_eq(account_client_create(&client, &environment, NULL), -ENOENT);
}
END_TEST

int main(void)
{
	TCase *test = tcase_create("account, looked for by the daemon itself");
	TCase *cases[] = { test, NULL };

	tcase_add_checked_fixture(test, set_up, tear_down);
	tcase_add_test(test, a_machine_in_no_domain);
	tcase_add_test(test, the_system_says_who_we_are_and_keeps_the_key);
	tcase_add_test(test, a_controller_is_one);
	tcase_add_test(test, the_configuration_knows_better);
	tcase_add_test(test, the_key_is_in_a_file);
	tcase_add_test(test, a_key_that_others_can_read_is_none);
	tcase_add_test(test, the_system_says_which_rid_the_account_has);
	tcase_add_loop_test(test, a_rid_that_cannot_be_had_is_told_once_and_asked_for_again, 0, 3);
	tcase_add_test(test, without_a_key_nobody_needs_the_rid);
	tcase_add_test(test, what_the_system_says_of_an_account_that_is_no_more_is_dropped);
	tcase_add_test(test, a_system_that_does_not_answer);
	tcase_add_test(test, nobody_is_asked_who_is_not_to_be);
	return unit_run("account local", cases);
}
