#include "w32timed/domain_time.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "loop/loop.h"
#include "ntp/mssntp_client.h"
#include "w32timed/settings.h"

/* New keys are waited for so long before a controller is left because its
 * signatures fit none. */
#define KEYS_PATIENCE 5

/* From the start on: the manual servers of AllSync wait for the domain. */
#define SETTLING 10

/* Controllers that sign in the extended form, as far as is remembered. */
#define PROVEN_MAX 16

struct proven {
	char host[NETLOGON_NAME_MAX]; /* "": unused */
	bool extended;
};

enum timer {
	TIMER_NOTICE,   /* the client is told outside of its own callbacks */
	TIMER_FAILED,   /* and so is discovery */
	TIMER_PATIENCE, /* the controller's signatures do not fit */
	TIMER_SETTLED,  /* the domain has had its time to answer */
	TIMERS,
};

struct domain_time {
	struct domain_time_environment environment;
	struct domain_time_settings settings;
	struct discovery_settings search;
	struct discovery *discovery;
	bool settling;     /* whether the domain gives time is not clear yet */
	bool chosen;       /* CONTROLLER is one */
	bool keys_missing; /* and the log was told */
	bool above_nobody; /* and the log was told */
	struct controller controller;
	struct proven proven[PROVEN_MAX];
	unsigned next_proven;
	enum ntp_client_domain_failure failure; /* for TIMER_FAILED */
	struct loop_timer *timers[TIMERS];
};

bool domain_time_is_used(const struct domain_time *domain)
{
	return domain != NULL && domain->search.role != CONFIG_ROLE_STANDALONE;
}

static void domain_time_settle(struct domain_time *domain)
{
	domain->settling = false;
	loop_timer_stop(domain->timers[TIMER_SETTLED]);
}

static void domain_time_begin_settling(struct domain_time *domain)
{
	domain->settling = true;
	loop_timer_set(domain->timers[TIMER_SETTLED], SETTLING);
}

static const struct account_facts *domain_time_facts_of(const struct domain_time *domain)
{
	if (domain->environment.account == NULL)
		return NULL;
	return account_client_facts(domain->environment.account);
}

static bool domain_time_has_keys(const struct domain_time *domain)
{
	const struct account_facts *facts = domain_time_facts_of(domain);

	return facts != NULL && facts->rid != 0 &&
	       account_client_keys(domain->environment.account)->count > 0;
}

bool domain_time_is_root(const struct domain_time *domain)
{
	struct discovery_status status;

	if (!domain_time_is_used(domain) || domain->discovery == NULL)
		return false;
	discovery_status(domain->discovery, &status);
	return status.pdc_emulator && status.forest_root;
}

/* ------------------------------------------------------------------------- */
/* What discovery tells */

/* By its AnnounceFlags.  The root's PDC emulator that is reliable by itself asks
 * nobody below it: Samba's controllers all call themselves reliable. */
static bool domain_time_is_reliable(const struct domain_time *domain)
{
	return (domain->settings.announce_flags & ANNOUNCE_ALWAYS_RELIABLE) != 0 ||
	       ((domain->settings.announce_flags & ANNOUNCE_AUTO_RELIABLE) != 0 &&
		domain_time_is_root(domain));
}

static void domain_time_notify(struct domain_time *domain)
{
	loop_timer_soon(domain->timers[TIMER_NOTICE]);
}

static void domain_time_on_settled(void *context)
{
	struct domain_time *domain = context;

	domain_time_settle(domain);
	domain_time_notify(domain);
}

static void domain_time_on_notice(void *context)
{
	struct domain_time *domain = context;

	if (domain->search.reliable != domain_time_is_reliable(domain)) {
		domain->search.reliable = !domain->search.reliable;
		discovery_configure(domain->discovery, &domain->search);
	}
	domain->environment.peer_changed(domain->environment.context);
}

static void domain_time_chosen(void *context, const struct controller *controller)
{
	struct domain_time *domain = context;

	/* What was to be said of the one before does not concern this one. */
	loop_timer_stop(domain->timers[TIMER_FAILED]);
	loop_timer_stop(domain->timers[TIMER_PATIENCE]);
	domain->chosen = controller != NULL;
	if (controller != NULL)
		domain->controller = *controller;
	domain_time_notify(domain);
}

static bool domain_time_is_ourselves(void *context, const struct net_address *address)
{
	struct domain_time *domain = context;

	return domain->environment.is_ourselves(domain->environment.context, address);
}

static void domain_time_place_changed(void *context)
{
	struct domain_time *domain = context;
	bool root = domain_time_is_root(domain);

	if (root && !domain->above_nobody && !domain->settings.manual_peers)
		log_event(domain->environment.log, LOG_LEVEL_WARNING, EVENT_ROOT_CONTROLLER,
			  "this machine is the PDC emulator of the forest's root domain, so nobody "
			  "in the domain hierarchy is above it and its own clock is the domain's "
			  "time; let it follow servers outside (Type=AllSync or NTP, NtpServer)");
	domain->above_nobody = root;
	domain_time_notify(domain);
	domain->environment.place_changed(domain->environment.context);
}

/* ------------------------------------------------------------------------- */
/* What NtpClient asks and tells */

void domain_time_add_peer(const struct domain_time *domain, struct ntp_client_settings *settings)
{
	struct peer_entry *entry = &settings->domain_peer;

	if (!domain_time_is_used(domain))
		return;
	settings->peers_as_fallback = domain->settings.peers_as_fallback;
	if (!domain->chosen || !domain_time_has_keys(domain))
		return;
	snprintf(entry->text, sizeof entry->text, "%s", domain->controller.host);
	snprintf(entry->host, sizeof entry->host, "%s", domain->controller.host);
	entry->port = NTP_PORT;
	entry->flags = PEER_CLIENT;
	settings->domain_address_count = domain->controller.address_count;
	memcpy(settings->domain_addresses, domain->controller.addresses,
	       sizeof domain->controller.addresses);
	settings->domain_extended = (domain->controller.flags & NETLOGON_DS_8) != 0;
	settings->domain_legacy_denied = domain->settings.legacy_denied;
}

/* The controller's place: one that has once signed in the extended form is not
 * asked in the weaker one because somebody keeps its answers from us. */
static struct proven *domain_time_place_of_proven(struct domain_time *domain)
{
	struct proven *place;

	for (size_t i = 0; i < PROVEN_MAX; i++) {
		if (text_equal_nocase(domain->proven[i].host, domain->controller.host))
			return &domain->proven[i];
	}
	place = &domain->proven[domain->next_proven++ % PROVEN_MAX];
	*place = (struct proven){ .extended = false };
	snprintf(place->host, sizeof place->host, "%s", domain->controller.host);
	return place;
}

static struct authentication *domain_time_authentication(void *context)
{
	struct domain_time *domain = context;
	struct mssntp_client_settings settings;

	if (!domain_time_is_used(domain) || !domain->chosen || !domain_time_has_keys(domain))
		return NULL;
	settings = (struct mssntp_client_settings){
		.extended = domain->settings.legacy_denied ||
			    (domain->controller.flags & NETLOGON_DS_8) != 0,
		.legacy_denied = domain->settings.legacy_denied,
		.extended_proven = &domain_time_place_of_proven(domain)->extended,
	};
	return mssntp_client_create(account_client_keys(domain->environment.account), &settings);
}

/* It has just begun to look for a controller, or to ask one. */
static bool domain_time_is_settling(void *context)
{
	const struct domain_time *domain = context;

	return domain_time_is_used(domain) && domain->settling && !domain_time_is_root(domain);
}

static void domain_time_answered(void *context)
{
	struct domain_time *domain = context;

	domain_time_settle(domain);
	loop_timer_stop(domain->timers[TIMER_PATIENCE]);
	discovery_succeeded(domain->discovery);
}

/* Keys that fit are there before the next request if the password was changed. */
static void domain_time_doubted(void *context)
{
	struct domain_time *domain = context;

	account_client_refresh(domain->environment.account);
}

static void domain_time_report_failure(struct domain_time *domain)
{
	static const enum discovery_failure failures[] = {
		[DOMAIN_FAILURE_SILENT] = DISCOVERY_FAILURE_SILENT,
		[DOMAIN_FAILURE_UNAUTHENTICATED] = DISCOVERY_FAILURE_UNAUTHENTICATED,
		[DOMAIN_FAILURE_UNSYNCHRONIZED] = DISCOVERY_FAILURE_UNSYNCHRONIZED,
	};

	discovery_failed(domain->discovery, failures[domain->failure]);
}

static void domain_time_on_failed(void *context)
{
	struct domain_time *domain = context;

	/* A machine that has joined anew has another RID under its old name; whom it
	 * asks with the old one is silent, or signs with another's key. */
	if (domain->failure != DOMAIN_FAILURE_UNSYNCHRONIZED)
		account_client_find_rid(domain->environment.account);
	if (domain->failure != DOMAIN_FAILURE_UNAUTHENTICATED) {
		domain_time_report_failure(domain);
		return;
	}
	account_client_refresh(domain->environment.account);
	loop_timer_set(domain->timers[TIMER_PATIENCE], KEYS_PATIENCE);
}

static void domain_time_on_impatient(void *context)
{
	domain_time_report_failure(context);
}

static void domain_time_failed(void *context, enum ntp_client_domain_failure why)
{
	struct domain_time *domain = context;

	domain_time_settle(domain);
	domain->failure = why;
	loop_timer_soon(domain->timers[TIMER_FAILED]);
}

struct domain_seam domain_time_seam(struct domain_time *domain)
{
	return (struct domain_seam){
		.authentication = domain_time_authentication,
		.settling = domain_time_is_settling,
		.answered = domain_time_answered,
		.doubted = domain_time_doubted,
		.failed = domain_time_failed,
		.context = domain,
	};
}

/* ------------------------------------------------------------------------- */
/* What the account's keys make possible */

static void domain_time_check_keys(struct domain_time *domain)
{
	const struct account_facts *facts = domain_time_facts_of(domain);
	bool missing;

	if (!domain_time_is_used(domain))
		return;
	if (facts->rid == 0)
		account_client_find_rid(domain->environment.account);
	missing = account_client_keys(domain->environment.account)->count == 0;
	if (missing && !domain->keys_missing)
		log_event(domain->environment.log, LOG_LEVEL_ERROR, EVENT_DOMAIN_TRUST_ERROR,
			  "no domain controller can be followed, since signed time cannot be "
			  "verified without the key of the machine account %s: %s",
			  facts->account, facts->explanation);
	domain->keys_missing = missing;
}

/* The domain that is to be searched; none unless the machine is in one. */
static void domain_time_set_place(struct domain_time *domain)
{
	const struct account_facts *facts = domain_time_facts_of(domain);
	struct discovery_settings *settings = &domain->search;

	settings->role = CONFIG_ROLE_STANDALONE;
	if (!domain->settings.wanted || facts == NULL || facts->role == CONFIG_ROLE_STANDALONE)
		return;
	settings->role = facts->role;
	snprintf(settings->domain, sizeof settings->domain, "%s", facts->domain);
	snprintf(settings->site, sizeof settings->site, "%s", facts->site);
	snprintf(settings->site_hint, sizeof settings->site_hint, "%s", facts->site_hint);
	snprintf(settings->computer, sizeof settings->computer, "%s", facts->computer);
}

void domain_time_account_changed(struct domain_time *domain)
{
	if (domain == NULL)
		return;
	domain_time_set_place(domain);
	discovery_configure(domain->discovery, &domain->search);
	domain_time_check_keys(domain);
	domain_time_notify(domain);
	if (loop_timer_is_set(domain->timers[TIMER_PATIENCE])) {
		loop_timer_stop(domain->timers[TIMER_PATIENCE]);
		domain->environment.ask_again(domain->environment.context);
	} else if (domain_time_is_used(domain) && !domain->chosen) {
		/* All may have failed for want of what is known now. */
		discovery_search(domain->discovery);
	}
}

/* ------------------------------------------------------------------------- */

void domain_time_read_settings(const struct config *config, struct domain_time_settings *settings)
{
	enum settings_type type = settings_type(config);
	uint32_t cross_site = config_number(config, KEY_NTP_CLIENT_CROSS_SITE_SYNC_FLAGS);

	*settings = (struct domain_time_settings){
		.wanted = type == TYPE_NT5DS || type == TYPE_ALL_SYNC,
		.peers_as_fallback = type == TYPE_ALL_SYNC,
		.manual_peers = type == TYPE_ALL_SYNC &&
				*config_text(config, KEY_PARAMETERS_NTP_SERVER) != '\0',
		.announce_flags = config_number(config, KEY_CONFIG_ANNOUNCE_FLAGS),
		.legacy_denied = config_number(config, KEY_DOMAIN_REQUIRE_EXTENDED_SIGNATURE) != 0,
		.cross_site = cross_site < CROSS_SITE_ALL ? (enum cross_site)cross_site
							  : CROSS_SITE_ALL,
		.backoff = 60.0 *
			   config_number(config, KEY_NTP_CLIENT_RESOLVE_PEER_BACKOFF_MINUTES),
		.backoff_max = config_number(config, KEY_NTP_CLIENT_RESOLVE_PEER_BACKOFF_MAX_TIMES),
	};
}

static void domain_time_take_settings(struct domain_time *domain,
				      const struct domain_time_settings *settings)
{
	domain->settings = *settings;
	domain->search = (struct discovery_settings){
		.cross_site = settings->cross_site,
		.reliable = domain_time_is_reliable(domain),
		.backoff = settings->backoff,
		.backoff_max = settings->backoff_max,
		.port = NETLOGON_PORT,
	};
	domain_time_set_place(domain);
}

static int domain_time_make_timers(struct domain_time *domain)
{
	static void (*const fired[TIMERS])(void *context) = {
		[TIMER_NOTICE] = domain_time_on_notice,
		[TIMER_FAILED] = domain_time_on_failed,
		[TIMER_PATIENCE] = domain_time_on_impatient,
		[TIMER_SETTLED] = domain_time_on_settled,
	};

	for (size_t i = 0; i < TIMERS; i++) {
		if (loop_timer_create(&domain->timers[i], domain->environment.loop, fired[i],
				      domain) < 0)
			return -ENOMEM;
	}
	return 0;
}

int domain_time_create(struct domain_time **created,
		       const struct domain_time_environment *environment,
		       const struct domain_time_settings *settings, struct error *error)
{
	struct domain_time *domain = calloc(1, sizeof *domain);
	struct discovery_environment discovery = {
		.loop = environment->loop,
		.log = environment->log,
		.resolver = environment->resolver,
		.chosen = domain_time_chosen,
		.is_ourselves = domain_time_is_ourselves,
		.changed = domain_time_place_changed,
		.context = domain,
	};
	int result;

	if (domain == NULL)
		return error_set(error, ENOMEM, "not enough memory");
	domain->environment = *environment;
	result = domain_time_make_timers(domain);
	if (result < 0) {
		domain_time_destroy(domain);
		return error_set(error, -result, "not enough memory");
	}
	domain_time_take_settings(domain, settings);
	result = discovery_create(&domain->discovery, &discovery, &domain->search, error);
	if (result < 0) {
		domain_time_destroy(domain);
		return result;
	}
	domain_time_check_keys(domain);
	domain_time_begin_settling(domain);
	*created = domain;
	return 0;
}

void domain_time_destroy(struct domain_time *domain)
{
	if (domain == NULL)
		return;
	discovery_destroy(domain->discovery);
	for (size_t i = 0; i < TIMERS; i++)
		loop_timer_destroy(domain->timers[i]);
	free(domain);
}

void domain_time_configure(struct domain_time *domain, const struct domain_time_settings *settings)
{
	bool used = domain_time_is_used(domain);

	if (domain == NULL)
		return;
	domain_time_take_settings(domain, settings);
	if (!used)
		domain_time_begin_settling(domain);
	discovery_configure(domain->discovery, &domain->search);
	domain_time_check_keys(domain);
}

void domain_time_search(struct domain_time *domain)
{
	if (!domain_time_is_used(domain))
		return;
	account_client_refresh(domain->environment.account);
	discovery_search(domain->discovery);
}

void domain_time_forget_forms(struct domain_time *domain)
{
	if (domain == NULL)
		return;
	for (size_t i = 0; i < PROVEN_MAX; i++)
		domain->proven[i].extended = false;
}

void domain_time_network_changed(struct domain_time *domain)
{
	if (domain_time_is_used(domain) && !domain->chosen)
		discovery_search(domain->discovery);
}

void domain_time_status(const struct domain_time *domain, struct domain_time_status *status)
{
	*status = (struct domain_time_status){ .discovery = { .site = "", .forest = "" } };
	if (domain == NULL)
		return;
	status->wanted = domain->settings.wanted;
	status->facts = domain_time_facts_of(domain);
	status->controller = domain->chosen ? &domain->controller : NULL;
	discovery_status(domain->discovery, &status->discovery);
}
