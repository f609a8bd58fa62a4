/* Domain time between fakes: an account and a discovery of the test's own. */
#include "tests/event_loop.h"
#include "unit.h"

#include <string.h>

#include "w32timed/domain_time.h"

struct account_client {
	struct account_facts facts;
	unsigned refreshes, rid_questions;
};

struct discovery {
	struct discovery_environment environment;
	struct discovery_settings settings;
	struct discovery_status status;
	unsigned searches, successes;
	int failure; /* the last, or -1 */
};

static struct account_client account;
static struct discovery discovery;

const struct account_facts *account_client_facts(const struct account_client *client)
{
	return &client->facts;
}

const struct mssntp_keys *account_client_keys(const struct account_client *client)
{
	return &client->facts.keys;
}

void account_client_refresh(struct account_client *client)
{
	client->refreshes++;
}

void account_client_find_rid(struct account_client *client)
{
	client->rid_questions++;
}

int discovery_create(struct discovery **created, const struct discovery_environment *environment,
		     const struct discovery_settings *settings, struct error *error)
{
	(void)error;
	discovery.environment = *environment;
	discovery.settings = *settings;
	*created = &discovery;
	return 0;
}

void discovery_destroy(struct discovery *destroyed)
{
	(void)destroyed;
}

void discovery_configure(struct discovery *configured, const struct discovery_settings *settings)
{
	configured->settings = *settings;
}

void discovery_search(struct discovery *searching)
{
	searching->searches++;
}

void discovery_failed(struct discovery *failing, enum discovery_failure failure)
{
	failing->failure = (int)failure;
}

void discovery_succeeded(struct discovery *succeeding)
{
	succeeding->successes++;
}

void discovery_status(const struct discovery *asked, struct discovery_status *status)
{
	*status = asked->status;
}

/* ------------------------------------------------------------------------- */

static struct loop *loop;
static struct log *test_log;
static struct config *config;
static struct domain_time_settings domain_settings;
static struct domain_time *domain;
static struct domain_seam seam; /* what NtpClient has of it */
static unsigned peer_changes, questions, place_changes;
static char logged[2000];

static void peer_changed(void *context)
{
	(void)context;
	peer_changes++;
}

static void ask_again(void *context)
{
	(void)context;
	questions++;
}

static void place_changed(void *context)
{
	(void)context;
	place_changes++;
}

static bool is_ourselves(void *context, const struct net_address *address)
{
	(void)context;
	(void)address;
	return false;
}

static void configure(const char *text)
{
	config_destroy(config);
	config = config_create(CONFIG_ROLE_STANDALONE);
	ck_assert_int_eq(
		config_parse(config, CONFIG_ORIGIN_LOCAL, "test", text, strlen(text), NULL), 0);
}

static void note(void *context, const struct log_record *record)
{
	size_t length = strlen(logged);

	(void)context;
	snprintf(logged + length, sizeof logged - length, "%u: %s\n", record->event, record->text);
}

static struct log_sink sink = { .threshold = LOG_LEVEL_INFORMATION, .write = note };

/* What was put off to the event loop is done. */
static void settle(void)
{
	event_base_loop(event_loop_base(loop), EVLOOP_NONBLOCK);
}

static void start(const char *text)
{
	struct domain_time_environment environment = {
		.loop = loop,
		.log = test_log,
		.account = &account,
		.peer_changed = peer_changed,
		.ask_again = ask_again,
		.place_changed = place_changed,
		.is_ourselves = is_ourselves,
	};
	struct error error;

	configure(text);
	domain_time_read_settings(config, &domain_settings);
	ck_assert_int_eq(domain_time_create(&domain, &environment, &domain_settings, &error), 0);
	seam = domain_time_seam(domain);
	settle();
}

static void set_up(void)
{
	loop = event_loop_create();
	test_log = log_create();
	log_add_sink(test_log, &sink);
	account = (struct account_client){
		.facts = { .role = CONFIG_ROLE_MEMBER,
			   .domain = "corp.example",
			   .account = "MEMBER1$",
			   .computer = "MEMBER1",
			   .rid = 1103,
			   .keys = { .rid = 1103, .count = 1, .hashes = { { 1 } } } },
	};
	discovery = (struct discovery){ .failure = -1, .status = { .site = "", .forest = "" } };
	peer_changes = questions = place_changes = 0;
	*logged = '\0';
}

static void tear_down(void)
{
	domain_time_destroy(domain);
	domain = NULL;
	config_destroy(config);
	config = NULL;
	log_destroy(test_log);
	loop_destroy(loop);
	libevent_global_shutdown();
}

static const struct controller dc1 = {
	.host = "dc1.corp.example",
	.address_count = 1,
	.flags = NETLOGON_TIME_SERVICE | NETLOGON_DS_8,
	.score = 13,
};

static void choose(const struct controller *controller)
{
	discovery.environment.chosen(discovery.environment.context, controller);
	settle();
}

/* The host of the peer that NtpClient is given; "": none. */
static const char *peer_host(void)
{
	static struct ntp_client_settings settings;

	settings = (struct ntp_client_settings){ .enabled = true };
	domain_time_add_peer(domain, &settings);
	return settings.domain_peer.host;
}

#define NT5DS    "[Parameters]\nType=NT5DS\n"
#define ALL_SYNC "[Parameters]\nType=AllSync\nNtpServer=192.0.2.1\n"

START_TEST(member_follows_the_chosen_controller)
{
	struct ntp_client_settings settings = { .enabled = true };
	struct authentication *authentication;

	start(NT5DS);
	ck_assert(domain_time_is_used(domain));
	ck_assert_int_eq(discovery.settings.role, CONFIG_ROLE_MEMBER);
	ck_assert_str_eq(discovery.settings.domain, "corp.example");
	ck_assert_str_eq(peer_host(), "");
	choose(&dc1);
	ck_assert_uint_eq(peer_changes, 1);
	domain_time_add_peer(domain, &settings);
	ck_assert_str_eq(settings.domain_peer.host, "dc1.corp.example");
	ck_assert_uint_eq(settings.domain_address_count, 1);
	ck_assert(settings.domain_extended);
	ck_assert(!settings.peers_as_fallback);
	authentication = seam.authentication(seam.context);
	ck_assert_ptr_nonnull(authentication);
	ck_assert_uint_eq(authentication->message_id, 0x5B);
	authentication->destroy(authentication);
	choose(NULL);
	ck_assert_str_eq(peer_host(), "");
	ck_assert_ptr_null(seam.authentication(seam.context));
}
END_TEST

/* One exchange, with an answer signed as asked; the form that was asked for. */
static enum mssntp_form exchange(bool answered)
{
	struct authentication *authentication = seam.authentication(seam.context);
	uint8_t data[MSSNTP_EXTENDED_SIZE] = { 0x1B };
	int length = authentication->protect(authentication, data, NTP_HEADER_SIZE, sizeof data);
	enum mssntp_form form = length == MSSNTP_EXTENDED_SIZE ? MSSNTP_EXTENDED : MSSNTP_LEGACY;

	ck_assert_int_gt(length, 0);
	ck_assert_int_eq(mssntp_sign_extended(account.facts.keys.hashes[0], 1103, data, data + 56),
			 0);
	authentication->ended(
		authentication,
		answered ? (int)authentication->verify(authentication, data, sizeof data) : -1);
	authentication->destroy(authentication);
	return form;
}

START_TEST(what_a_controller_can_sign_is_remembered)
{
	struct controller older = dc1, other = dc1;

	strcpy(other.host, "dc2.corp.example");
	older.flags = other.flags = NETLOGON_TIME_SERVICE;
	start(NT5DS);
	choose(&dc1);
	ck_assert_int_eq(exchange(false), MSSNTP_EXTENDED);
	choose(&older);
	ck_assert_int_eq(exchange(false), MSSNTP_LEGACY);
	choose(&dc1);
	ck_assert_int_eq(exchange(true), MSSNTP_EXTENDED);
	/* Whatever is said of it now. */
	choose(&other);
	ck_assert_int_eq(exchange(false), MSSNTP_LEGACY);
	choose(&older);
	ck_assert_int_eq(exchange(false), MSSNTP_EXTENDED);
	/* But by an administrator's. */
	domain_time_search(domain);
	ck_assert_int_eq(exchange(false), MSSNTP_EXTENDED);
	domain_time_forget_forms(domain);
	ck_assert_int_eq(exchange(false), MSSNTP_LEGACY);
}
END_TEST

START_TEST(other_types_seek_nobody)
{
	start("[Parameters]\nType=NTP\n");
	ck_assert(!domain_time_is_used(domain));
	ck_assert_int_eq(discovery.settings.role, CONFIG_ROLE_STANDALONE);
	configure(NT5DS);
	domain_time_read_settings(config, &domain_settings);
	domain_time_configure(domain, &domain_settings);
	ck_assert_int_eq(discovery.settings.role, CONFIG_ROLE_MEMBER);
}
END_TEST

START_TEST(machine_outside_a_domain_seeks_nobody)
{
	account.facts.role = CONFIG_ROLE_STANDALONE;
	start(NT5DS);
	ck_assert(!domain_time_is_used(domain));
	domain_time_search(domain);
	ck_assert_uint_eq(discovery.searches, 0);
	/* It is joined later. */
	account.facts.role = CONFIG_ROLE_MEMBER;
	domain_time_account_changed(domain);
	ck_assert(domain_time_is_used(domain));
	ck_assert_int_eq(discovery.settings.role, CONFIG_ROLE_MEMBER);
}
END_TEST

START_TEST(all_sync_keeps_the_list_as_fallback)
{
	struct ntp_client_settings settings = { .enabled = true };

	start(ALL_SYNC);
	domain_time_add_peer(domain, &settings);
	ck_assert(settings.peers_as_fallback);
	/* It is not asked before the domain has had its chance. */
	ck_assert(seam.settling(seam.context));
	choose(&dc1);
	ck_assert(seam.settling(seam.context));
	seam.failed(seam.context, DOMAIN_FAILURE_SILENT);
	ck_assert(!seam.settling(seam.context));
}
END_TEST

START_TEST(nobody_is_asked_without_a_key)
{
	account.facts.keys.count = 0;
	strcpy(account.facts.explanation, "the keytab has no key of type 23");
	start(NT5DS);
	choose(&dc1);
	ck_assert_str_eq(peer_host(), "");
	ck_assert_ptr_null(seam.authentication(seam.context));
	ck_assert_ptr_nonnull(strstr(logged, "130: "));
	ck_assert_ptr_nonnull(strstr(logged, "the keytab has no key of type 23"));
	/* Said once; and the key comes. */
	*logged = '\0';
	domain_time_account_changed(domain);
	ck_assert_str_eq(logged, "");
	account.facts.keys.count = 1;
	domain_time_account_changed(domain);
	settle();
	ck_assert_str_eq(peer_host(), "dc1.corp.example");
}
END_TEST

START_TEST(unknown_rid_is_asked_for)
{
	account.facts.rid = 0;
	start(NT5DS);
	choose(&dc1);
	ck_assert_uint_ge(account.rid_questions, 1);
	ck_assert_str_eq(peer_host(), "");
}
END_TEST

START_TEST(silent_controller_is_left)
{
	start(NT5DS);
	choose(&dc1);
	seam.failed(seam.context, DOMAIN_FAILURE_SILENT);
	ck_assert_int_eq(discovery.failure, -1);
	settle();
	ck_assert_int_eq(discovery.failure, DISCOVERY_FAILURE_SILENT);
}
END_TEST

START_TEST(an_old_rid_is_not_kept_for_ever)
{
	start(NT5DS);
	choose(&dc1);
	ck_assert_uint_eq(account.rid_questions, 0);
	seam.failed(seam.context, DOMAIN_FAILURE_SILENT);
	settle();
	ck_assert_uint_eq(account.rid_questions, 1);
	choose(NULL);
	ck_assert_uint_eq(discovery.searches, 0);
	account.facts.rid = account.facts.keys.rid = 1204;
	domain_time_account_changed(domain);
	ck_assert_uint_eq(discovery.searches, 1);
}
END_TEST

START_TEST(the_next_controller_is_not_blamed)
{
	start(NT5DS);
	choose(&dc1);
	seam.failed(seam.context, DOMAIN_FAILURE_SILENT);
	choose(&dc1);
	ck_assert_int_eq(discovery.failure, -1);
}
END_TEST

START_TEST(keys_are_read_again_before_a_controller_is_left)
{
	start(NT5DS);
	choose(&dc1);
	account.refreshes = 0;
	seam.doubted(seam.context);
	ck_assert_uint_eq(account.refreshes, 1);
	seam.failed(seam.context, DOMAIN_FAILURE_UNAUTHENTICATED);
	settle();
	ck_assert_uint_eq(account.refreshes, 2);
	ck_assert_int_eq(discovery.failure, -1);
	domain_time_account_changed(domain);
	settle();
	ck_assert_uint_eq(questions, 1);
	ck_assert_int_eq(discovery.failure, -1);
	seam.answered(seam.context);
	ck_assert_uint_eq(discovery.successes, 1);
	ck_assert(!seam.settling(seam.context));
}
END_TEST

START_TEST(root_controller_is_reliable_and_says_so)
{
	account.facts.role = CONFIG_ROLE_CONTROLLER;
	start(NT5DS);
	ck_assert(!discovery.settings.reliable);
	discovery.status.pdc_emulator = discovery.status.forest_root = true;
	discovery.environment.changed(discovery.environment.context);
	settle();
	ck_assert(domain_time_is_root(domain));
	ck_assert(discovery.settings.reliable);
	ck_assert_uint_eq(place_changes, 1);
	ck_assert_ptr_nonnull(strstr(logged, "12: "));
}
END_TEST

START_TEST(root_controller_with_manual_servers_is_silent)
{
	account.facts.role = CONFIG_ROLE_CONTROLLER;
	start(ALL_SYNC);
	discovery.status.pdc_emulator = discovery.status.forest_root = true;
	discovery.environment.changed(discovery.environment.context);
	settle();
	ck_assert_ptr_null(strstr(logged, "12: "));
}
END_TEST

int main(void)
{
	TCase *test = tcase_create("domain time");
	TCase *cases[] = { test, NULL };

	tcase_add_checked_fixture(test, set_up, tear_down);
	tcase_add_test(test, member_follows_the_chosen_controller);
	tcase_add_test(test, what_a_controller_can_sign_is_remembered);
	tcase_add_test(test, other_types_seek_nobody);
	tcase_add_test(test, machine_outside_a_domain_seeks_nobody);
	tcase_add_test(test, all_sync_keeps_the_list_as_fallback);
	tcase_add_test(test, nobody_is_asked_without_a_key);
	tcase_add_test(test, unknown_rid_is_asked_for);
	tcase_add_test(test, silent_controller_is_left);
	tcase_add_test(test, an_old_rid_is_not_kept_for_ever);
	tcase_add_test(test, the_next_controller_is_not_blamed);
	tcase_add_test(test, keys_are_read_again_before_a_controller_is_left);
	tcase_add_test(test, root_controller_is_reliable_and_says_so);
	tcase_add_test(test, root_controller_with_manual_servers_is_silent);
	return unit_run("domain time", cases);
}
