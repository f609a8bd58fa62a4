/* One search: what this machine is and where, then the queries in turn. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "domain/discovery_internal.h"

/* ------------------------------------------------------------------------- */
/* Our place */

/* The domain above OURS in the name tree, as long as it belongs to the forest;
 * NULL: there is none. */
static const char *search_parent_of(const char *ours, const char *forest)
{
	const char *parent = strchr(ours, '.');
	size_t length, tail;

	if (parent == NULL || forest[0] == '\0')
		return NULL;
	parent++;
	length = strlen(parent);
	tail = strlen(forest);
	if (length < tail || !text_equal_nocase(parent + length - tail, forest) ||
	    (length > tail && parent[length - tail - 1] != '.'))
		return NULL;
	return parent;
}

static const char *search_parent_domain(const struct discovery *discovery)
{
	return search_parent_of(discovery->settings.domain, discovery->forest);
}

/* One label that can stand in a DNS name. */
static bool search_is_site(const char *site)
{
	return site[0] != '\0' && strpbrk(site, ".\\") == NULL;
}

static void search_note_text(struct discovery *discovery, char *place, size_t size,
			     const char *text)
{
	if (strcmp(place, text) == 0)
		return;
	snprintf(place, size, "%s", text);
	discovery->changed = true;
}

static void search_note_flag(struct discovery *discovery, bool *place, bool value)
{
	discovery->changed |= *place != value;
	*place = value;
}

/* A domain that knows no site for our address may have none, or it is not entered
 * there; the system may have been told. */
static void search_note_site(struct discovery *discovery, const char *site)
{
	if (discovery->settings.site[0] != '\0')
		site = discovery->settings.site;
	else if (!search_is_site(site))
		site = discovery->settings.site_hint;
	search_note_text(discovery, discovery->site, sizeof discovery->site,
			 search_is_site(site) ? site : "");
}

static void search_note_itself(struct discovery *discovery, const struct netlogon_answer *answer)
{
	search_note_flag(discovery, &discovery->pdc_emulator, answer->flags & NETLOGON_PDC);
	search_note_flag(discovery, &discovery->read_only, answer->flags & NETLOGON_READ_ONLY);
	search_note_site(discovery, answer->site);
}

/* ------------------------------------------------------------------------- */
/* What is found */

static size_t search_find(const struct controller_list *list, const char *host)
{
	size_t i = 0;

	while (i < list->count && !text_equal_nocase(list->controllers[i].host, host))
		i++;
	return i;
}

/* The flags with our own idea of what is close, where a site is configured or the
 * controller does not know ours. */
static uint32_t search_own_flags(const struct discovery *discovery,
				 const struct netlogon_answer *answer)
{
	if (discovery->site[0] == '\0' ||
	    (discovery->settings.site[0] == '\0' && search_is_site(answer->client_site)))
		return answer->flags;
	if (text_equal_nocase(answer->site, discovery->site))
		return answer->flags | NETLOGON_CLOSEST;
	return answer->flags & ~(uint32_t)NETLOGON_CLOSEST;
}

static void search_keep(struct discovery *discovery, const struct netlogon_answer *answer,
			const struct net_address *addresses, size_t count, size_t order)
{
	const struct query *query = &discovery->queries[discovery->query];
	struct controller_list *found = &discovery->found;
	size_t index = search_find(found, answer->host);
	struct controller *controller = &found->controllers[index];
	uint32_t flags = search_own_flags(discovery, answer);

	/* An earlier query found it, or there is no room. */
	if (index < found->count || index == DISCOVERY_CONTROLLERS_MAX)
		return;
	found->count++;
	found->places[index].failed = false;
	found->places[index].order = query->number * DISCOVERY_CONTROLLERS_MAX + order;
	memset(controller, 0, sizeof *controller);
	snprintf(controller->host, sizeof controller->host, "%s", answer->host);
	snprintf(controller->site, sizeof controller->site, "%s", answer->site);
	controller->flags = flags;
	controller->score = query_score(&discovery->machine, query, flags);
	controller->query = query->number;
	controller->address_count = count;
	for (size_t i = 0; i < count; i++) {
		controller->addresses[i] = addresses[i];
		net_address_set_port(&controller->addresses[i], CONTROLLER_PORT);
	}
}

enum locator_verdict search_heard(void *context, const struct netlogon_answer *answer,
				  const struct net_address *addresses, size_t count, size_t order)
{
	struct discovery *discovery = context;

	search_note_text(discovery, discovery->forest, sizeof discovery->forest, answer->forest);
	switch (discovery->stage) {
	case SEARCH_ITSELF:
		search_note_itself(discovery, answer);
		return LOCATOR_ENOUGH;
	case SEARCH_SITE:
		search_note_site(discovery, answer->client_site);
		return LOCATOR_ENOUGH;
	case SEARCH_QUERIES:
		if (!query_accepts(&discovery->queries[discovery->query],
				   search_own_flags(discovery, answer)))
			return LOCATOR_UNFIT;
		search_keep(discovery, answer, addresses, count, order);
		return LOCATOR_FITS;
	case SEARCH_NONE:
		break;
	}
	return LOCATOR_UNFIT;
}

/* ------------------------------------------------------------------------- */
/* Stages */

static void search_ask(struct discovery *discovery, struct locator_request *request)
{
	size_t chosen = discovery->chosen;

	request->present = "";
	if (chosen < discovery->known.count)
		request->present = discovery->known.controllers[chosen].host;
	request->known = discovery->known.controllers;
	request->known_count = discovery->known.count;
	request->fresh = discovery->fresh;
	locator_start(&discovery->locator, request);
}

static void search_ask_itself(struct discovery *discovery)
{
	char host[sizeof discovery->settings.computer + sizeof discovery->settings.domain];
	struct locator_request request = { .domain = discovery->settings.domain,
					   .site = "",
					   .host = host };

	discovery->stage = SEARCH_ITSELF;
	snprintf(host, sizeof host, "%s.%s", discovery->settings.computer,
		 discovery->settings.domain);
	search_ask(discovery, &request);
}

static void search_ask_site(struct discovery *discovery)
{
	struct locator_request request = { .domain = discovery->settings.domain,
					   .site = "",
					   .host = "" };

	discovery->stage = SEARCH_SITE;
	search_ask(discovery, &request);
}

/* A controller's parent domain wants the key of the trust between them. */
static bool search_is_possible(struct discovery *discovery, const struct query *query)
{
	if (discovery->settings.role != CONFIG_ROLE_CONTROLLER ||
	    query->domain != QUERY_PARENT_DOMAIN || discovery->settings.parent_key)
		return true;
	if (!discovery->reported.said_no_key)
		log_event(discovery->environment.log, LOG_LEVEL_INFORMATION, EVENT_NONE,
			  "there is no key of the trust with the parent domain %s: its domain "
			  "controllers are not asked for time (queries 1 and 4)",
			  search_parent_domain(discovery));
	discovery->reported.said_no_key = true;
	return false;
}

static unsigned search_best_score(const struct controller_list *list)
{
	unsigned best = 0;

	for (size_t i = 0; i < list->count; i++) {
		if (!list->places[i].failed && list->controllers[i].score > best)
			best = list->controllers[i].score;
	}
	return best;
}

/* The next query that can still improve on what was found; else the end. */
static void search_ask_query(struct discovery *discovery)
{
	struct locator_request request = { .host = "", .site = "" };
	const struct query *query;

	discovery->stage = SEARCH_NONE;
	if (!queries_may_improve(discovery->queries, discovery->query_count, discovery->query,
				 search_best_score(&discovery->found)))
		return;
	query = &discovery->queries[discovery->query];
	discovery->stage = SEARCH_QUERIES;
	request.pdc = query->pdc;
	request.reliable = !query->pdc;
	if (query->in_site)
		request.site = discovery->site;
	request.domain = discovery->settings.domain;
	if (query->domain == QUERY_PARENT_DOMAIN && discovery->machine.has_parent)
		request.domain = search_parent_domain(discovery);
	search_ask(discovery, &request);
}

static void search_plan(struct discovery *discovery)
{
	const struct discovery_settings *settings = &discovery->settings;
	struct query queries[QUERIES_MAX];
	size_t count;

	discovery->machine = (struct queries_machine){
		.role = settings->role,
		.pdc_emulator = discovery->pdc_emulator,
		.reliable = settings->reliable,
		.read_only = discovery->read_only,
		.has_parent = settings->role == CONFIG_ROLE_CONTROLLER &&
			      search_parent_domain(discovery) != NULL,
		.site_known = discovery->site[0] != '\0',
		.cross_site = settings->cross_site,
	};
	count = queries_plan(&discovery->machine, queries);
	discovery->query = discovery->query_count = 0;
	for (size_t i = 0; i < count; i++) {
		if (search_is_possible(discovery, &queries[i]))
			discovery->queries[discovery->query_count++] = queries[i];
	}
	search_ask_query(discovery);
}

void search_begin(struct discovery *discovery)
{
	const struct discovery_settings *settings = &discovery->settings;

	discovery->found.count = 0;
	discovery->query_count = discovery->query = 0;
	discovery->outcome = LOCATOR_ANSWERED;
	if (settings->role == CONFIG_ROLE_CONTROLLER && settings->computer[0] != '\0') {
		search_ask_itself(discovery);
	} else if (settings->site[0] == '\0') {
		search_ask_site(discovery);
	} else {
		search_note_site(discovery, settings->site);
		search_plan(discovery);
	}
}

bool search_resume(struct discovery *discovery)
{
	if (discovery->query >= discovery->query_count)
		return false;
	discovery->outcome = LOCATOR_ANSWERED;
	search_ask_query(discovery);
	return discovery->stage != SEARCH_NONE;
}

void search_step(struct discovery *discovery, enum locator_outcome outcome)
{
	enum search_stage stage = discovery->stage;

	if (outcome != LOCATOR_ANSWERED)
		discovery->outcome = outcome;
	discovery->stage = SEARCH_NONE;
	switch (stage) {
	case SEARCH_ITSELF:
		if (outcome != LOCATOR_ANSWERED && discovery->settings.site[0] == '\0')
			search_ask_site(discovery);
		else
			search_plan(discovery);
		break;
	case SEARCH_SITE:
		/* The site may have one that the domain's list does not name, or the
		 * domain a parent that answers. */
		if (outcome != LOCATOR_ANSWERED && discovery->site[0] == '\0')
			search_note_site(discovery, "");
		if (outcome == LOCATOR_ANSWERED || discovery->site[0] != '\0')
			search_plan(discovery);
		break;
	case SEARCH_QUERIES:
		discovery->query++;
		search_ask_query(discovery);
		break;
	case SEARCH_NONE:
		break;
	}
}
