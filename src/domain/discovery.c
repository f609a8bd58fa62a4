#include "domain/discovery.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/backoff.h"
#include "base/text.h"
#include "domain/discovery_internal.h"
#include "loop/loop.h"

#define NEVER INT64_MAX
/* A better controller is looked for after ResolvePeerBackoffMinutes, but not sooner. */
#define REVIEW_LEAST     60.0 /* s */
#define REVIEW_DOUBLINGS 30u  /* fewer than overflow */

/* ------------------------------------------------------------------------- */
/* Time */

monotonic_ns discovery_now(const struct discovery *discovery)
{
	return discovery->read_time(discovery->time_context);
}

/* The loop's clock, which its timers run on. */
static monotonic_ns discovery_read_monotonic(void *context)
{
	return loop_now(context).ns;
}

/* For the locator. */
static monotonic_ns discovery_now_for_locator(void *context)
{
	return discovery_now(context);
}

static bool discovery_is_ourselves(void *context, const struct net_address *address)
{
	const struct discovery *discovery = context;

	return discovery->environment.is_ourselves(discovery->environment.context, address);
}

static void discovery_wake(void *context)
{
	struct discovery *discovery = context;

	loop_timer_soon(discovery->timer);
}

static void discovery_set_timer(struct discovery *discovery)
{
	monotonic_ns due = discovery_due(discovery);
	double wait = ns_interval(discovery_now(discovery), due);

	if (due == NEVER) {
		loop_timer_stop(discovery->timer);
		return;
	}
	loop_timer_set(discovery->timer, wait);
}

/* ------------------------------------------------------------------------- */
/* Lists of controllers */

static void discovery_copy_list(struct controller_list *to, const struct controller_list *from)
{
	memcpy(to->controllers, from->controllers, from->count * sizeof from->controllers[0]);
	memcpy(to->places, from->places, from->count * sizeof from->places[0]);
	to->count = from->count;
}

static void discovery_swap(struct controller_list *list, size_t a, size_t b)
{
	struct controller controller = list->controllers[a];
	struct controller_place place = list->places[a];

	list->controllers[a] = list->controllers[b];
	list->places[a] = list->places[b];
	list->controllers[b] = controller;
	list->places[b] = place;
}

/* By score; among equals the present one, then as they were to be tried. */
static bool discovery_is_before(const struct controller_list *list, size_t a, size_t b,
				const char *present)
{
	const struct controller *first = &list->controllers[a], *second = &list->controllers[b];

	if (first->score != second->score)
		return first->score > second->score;
	if (text_equal_nocase(first->host, present))
		return true;
	return !text_equal_nocase(second->host, present) &&
	       list->places[a].order < list->places[b].order;
}

static void discovery_sort_list(struct controller_list *list, const char *present)
{
	for (size_t i = 1; i < list->count; i++) {
		for (size_t j = i; j > 0 && discovery_is_before(list, j, j - 1, present); j--)
			discovery_swap(list, j, j - 1);
	}
}

static void discovery_pass_over(struct controller_list *list, const char *host)
{
	for (size_t i = 0; i < list->count; i++) {
		if (text_equal_nocase(list->controllers[i].host, host))
			list->places[i].failed = true;
	}
}

/* The first that did not fail; the count: none. */
static size_t discovery_first_usable(const struct controller_list *list)
{
	size_t i = 0;

	while (i < list->count && list->places[i].failed)
		i++;
	return i;
}

/* ------------------------------------------------------------------------- */
/* The choice */

static const struct controller *discovery_chosen(const struct discovery *discovery)
{
	return discovery->chosen < discovery->known.count
		       ? &discovery->known.controllers[discovery->chosen]
		       : NULL;
}

static bool discovery_has_address(const struct controller *controller,
				  const struct net_address *address)
{
	for (size_t i = 0; i < controller->address_count; i++) {
		if (net_address_equal(&controller->addresses[i], address))
			return true;
	}
	return false;
}

static bool discovery_is_same(const struct controller *a, const struct controller *b)
{
	if (!text_equal_nocase(a->host, b->host) || a->flags != b->flags ||
	    a->address_count != b->address_count)
		return false;
	for (size_t i = 0; i < a->address_count; i++) {
		if (!discovery_has_address(b, &a->addresses[i]))
			return false;
	}
	return true;
}

static bool discovery_is_told(const struct discovery *discovery)
{
	const struct controller *now = discovery_chosen(discovery);

	if (now == NULL || !discovery->told_any)
		return (now != NULL) == discovery->told_any;
	return discovery_is_same(now, &discovery->told);
}

static void discovery_tell(struct discovery *discovery)
{
	const struct discovery_environment *environment = &discovery->environment;

	if (discovery->changed) {
		discovery->changed = false;
		environment->changed(environment->context);
	}
	if (discovery_is_told(discovery))
		return;
	discovery->told_any = discovery_chosen(discovery) != NULL;
	if (discovery->told_any) {
		discovery->told = *discovery_chosen(discovery);
		log_event(environment->log, LOG_LEVEL_INFORMATION, EVENT_NONE,
			  "domain controller %s is chosen as time source: score %u, query %u, site "
			  "%s",
			  discovery->told.host, discovery->told.score, discovery->told.query,
			  discovery->told.site);
	}
	environment->chosen(environment->context, discovery->told_any ? &discovery->told : NULL);
}

/* ------------------------------------------------------------------------- */
/* Searches */

static void discovery_plan_search(struct discovery *discovery, double wait)
{
	discovery->next_search = ns_add(discovery_now(discovery), wait);
	discovery->review = false;
}

/* Whether a controller is thinkable that is better than the one in use, which took
 * another's place or was the only one to answer. */
static bool discovery_may_be_better(const struct discovery *discovery)
{
	const struct controller *present = discovery_chosen(discovery);

	return present != NULL &&
	       queries_may_improve(discovery->queries, discovery->query_count, 0, present->score);
}

/* As rarely as after failures, at last: one that answers here but gives no time
 * would be tried each time. */
static void discovery_plan_review(struct discovery *discovery)
{
	const struct discovery_settings *settings = &discovery->settings;
	unsigned doublings = discovery->reviews;

	if (!discovery_may_be_better(discovery))
		return;
	if (doublings > settings->backoff_max)
		doublings = settings->backoff_max;
	if (doublings > REVIEW_DOUBLINGS)
		doublings = REVIEW_DOUBLINGS;
	discovery_plan_search(discovery,
			      ldexp(fmax(settings->backoff, REVIEW_LEAST), (int)doublings));
	discovery->review = true;
}

static void discovery_end_in_vain(struct discovery *discovery)
{
	const struct discovery_settings *settings = &discovery->settings;
	double wait;

	if (discovery->doubtful)
		discovery->known.count = discovery->chosen = 0;
	discovery->fresh = true;
	discovery->failures++;
	wait = backoff_wait(discovery->failures, settings->backoff, settings->backoff_max);
	discovery_plan_search(discovery, wait);
	report_vain_search(discovery, wait);
}

static void discovery_adopt(struct discovery *discovery)
{
	char present[NETLOGON_NAME_MAX] = "";

	if (discovery_chosen(discovery) != NULL)
		snprintf(present, sizeof present, "%s", discovery_chosen(discovery)->host);
	discovery_copy_list(&discovery->known, &discovery->found);
	discovery_sort_list(&discovery->known, present);
	discovery->chosen = discovery_first_usable(&discovery->known);
	if (discovery_chosen(discovery) == NULL ||
	    !text_equal_nocase(discovery_chosen(discovery)->host, present))
		discovery->gave_time = false;
	discovery->doubtful = discovery->fresh = false;
	discovery->changed = true;
}

/* The forest root's PDC emulator: reliable controllers of its domain are all that
 * it may follow, and it is no failure if there are none. */
static bool discovery_is_at_the_top(const struct discovery *discovery)
{
	return discovery->settings.role == CONFIG_ROLE_CONTROLLER && discovery->pdc_emulator &&
	       text_equal_nocase(discovery->forest, discovery->settings.domain) &&
	       discovery->outcome == LOCATOR_SILENT && discovery_chosen(discovery) == NULL;
}

/* What a review found: one that works is not given up for as good a one, nor because
 * its answer came late this time. */
static bool discovery_is_improvement(const struct discovery *discovery)
{
	const struct controller_list *found = &discovery->found;
	const struct controller *present = discovery_chosen(discovery);
	unsigned best = 0, now = present->score;

	for (size_t i = 0; i < found->count; i++) {
		const struct controller *controller = &found->controllers[i];

		if (text_equal_nocase(controller->host, present->host))
			now = controller->score;
		if (!found->places[i].failed && controller->score > best)
			best = controller->score;
	}
	return best > now;
}

static void discovery_end_search(struct discovery *discovery)
{
	const struct controller_list *found = &discovery->found;

	if (discovery->review && discovery_chosen(discovery) != NULL &&
	    !discovery_is_improvement(discovery)) {
		discovery_plan_review(discovery);
	} else if (discovery_first_usable(found) < found->count) {
		discovery_adopt(discovery);
		discovery_plan_review(discovery);
	} else if (found->count == 0 && (discovery_is_at_the_top(discovery) ||
					 (discovery->outcome == LOCATOR_ANSWERED &&
					  discovery->settings.role == CONFIG_ROLE_CONTROLLER))) {
		/* The domain knows nobody above this one; that may change. */
		discovery_adopt(discovery);
		discovery_plan_search(discovery, discovery->settings.backoff);
	} else {
		discovery_end_in_vain(discovery);
	}
}

static void discovery_run_search(struct discovery *discovery)
{
	enum locator_outcome outcome;

	if (discovery_now(discovery) >= discovery->next_search) {
		discovery->next_search = NEVER;
		discovery->reviews += discovery->review;
		search_begin(discovery);
		if (discovery->stage == SEARCH_NONE)
			discovery_end_search(discovery);
	}
	while (discovery->stage != SEARCH_NONE) {
		outcome = locator_run(&discovery->locator);
		if (outcome == LOCATOR_UNDER_WAY)
			return;
		search_step(discovery, outcome);
		if (discovery->stage == SEARCH_NONE)
			discovery_end_search(discovery);
	}
}

monotonic_ns discovery_due(const struct discovery *discovery)
{
	monotonic_ns due = discovery->next_search;

	if (discovery->changed || !discovery_is_told(discovery))
		return INT64_MIN;
	if (discovery->stage != SEARCH_NONE && locator_due(&discovery->locator) < due)
		due = locator_due(&discovery->locator);
	return due;
}

void discovery_run(struct discovery *discovery)
{
	discovery_run_search(discovery);
	discovery_tell(discovery);
	discovery_set_timer(discovery);
}

static void discovery_on_timer(void *context)
{
	discovery_run(context);
}

/* A search begins as soon as the loop runs. */
static void discovery_search_now(struct discovery *discovery)
{
	locator_stop(&discovery->locator);
	discovery->stage = SEARCH_NONE;
	discovery->failures = discovery->reviews = 0;
	discovery->reported.failed = discovery->reported.keeps_failing = false;
	discovery->reported.wait = 0;
	discovery_plan_search(discovery, 0);
	discovery_wake(discovery);
}

static void discovery_forget(struct discovery *discovery)
{
	locator_stop(&discovery->locator);
	discovery->stage = SEARCH_NONE;
	discovery->next_search = NEVER;
	discovery->query_count = discovery->query = 0;
	discovery->found.count = discovery->known.count = 0;
	discovery->chosen = 0;
	discovery->failures = 0;
	discovery->site[0] = discovery->forest[0] = '\0';
	discovery->pdc_emulator = discovery->read_only = false;
	discovery->changed = true;
	discovery_wake(discovery);
}

/* ------------------------------------------------------------------------- */
/* The owner's side */

static bool discovery_is_possible(const struct discovery *discovery)
{
	const struct discovery_settings *settings = &discovery->settings;
	const struct netlogon_question question = { 1, settings->domain, "" };
	uint8_t data[NETLOGON_REQUEST_MAX];
	int result;

	if (settings->role == CONFIG_ROLE_STANDALONE || settings->domain[0] == '\0')
		return false;
	result = netlogon_question_encode(&question, data);
	if (result == -ENOTSUP)
		log_event(discovery->environment.log, LOG_LEVEL_ERROR, EVENT_DOMAIN_SEARCH_ERROR,
			  "domain controllers cannot be sought: this program was built without an "
			  "LDAP library");
	return result > 0;
}

static bool discovery_is_same_place(const struct discovery_settings *a,
				    const struct discovery_settings *b)
{
	return a->role == b->role && text_equal_nocase(a->domain, b->domain) &&
	       text_equal_nocase(a->computer, b->computer) && strcmp(a->site, b->site) == 0;
}

static bool discovery_is_same_search(const struct discovery_settings *a,
				     const struct discovery_settings *b)
{
	return discovery_is_same_place(a, b) && strcmp(a->site_hint, b->site_hint) == 0 &&
	       a->cross_site == b->cross_site && a->reliable == b->reliable &&
	       a->parent_key == b->parent_key && a->backoff == b->backoff &&
	       a->backoff_max == b->backoff_max && a->port == b->port;
}

static void discovery_apply(struct discovery *discovery, const struct discovery_settings *settings)
{
	discovery->settings = *settings;
	discovery->reported.said_no_key = false;
	locator_configure(&discovery->locator, settings->computer, settings->domain,
			  settings->port);
	if (discovery_is_possible(discovery))
		discovery_search_now(discovery);
}

void discovery_configure(struct discovery *discovery, const struct discovery_settings *settings)
{
	if (discovery_is_same_search(&discovery->settings, settings))
		return;
	if (!discovery_is_same_place(&discovery->settings, settings))
		discovery_forget(discovery);
	discovery->doubtful = true;
	discovery_apply(discovery, settings);
}

int discovery_create(struct discovery **discovery, const struct discovery_environment *environment,
		     const struct discovery_settings *settings, struct error *error)
{
	struct discovery *made = calloc(1, sizeof *made);

	if (made == NULL)
		return error_set(error, ENOMEM, "not enough memory to find domain controllers");
	made->environment = *environment;
	made->read_time = discovery_read_monotonic;
	made->time_context = environment->loop;
	if (loop_timer_create(&made->timer, environment->loop, discovery_on_timer, made) < 0) {
		discovery_destroy(made);
		return error_set(error, ENOMEM, "not enough memory to find domain controllers");
	}
	made->next_search = NEVER;
	locator_init(&made->locator, &(struct locator_environment){
					     .loop = environment->loop,
					     .log = environment->log,
					     .resolver = environment->resolver,
					     .is_ourselves = discovery_is_ourselves,
					     .heard = search_heard,
					     .wake = discovery_wake,
					     .now = discovery_now_for_locator,
					     .context = made,
				     });
	discovery_apply(made, settings);
	*discovery = made;
	return 0;
}

void discovery_destroy(struct discovery *discovery)
{
	if (discovery == NULL)
		return;
	locator_stop(&discovery->locator);
	loop_timer_destroy(discovery->timer);
	free(discovery);
}

void discovery_search(struct discovery *discovery)
{
	if (!discovery_is_possible(discovery))
		return;
	/* Somebody wants another one than there is. */
	discovery->fresh |= discovery_chosen(discovery) != NULL;
	discovery_search_now(discovery);
}

void discovery_failed(struct discovery *discovery, enum discovery_failure failure)
{
	bool worked = discovery->gave_time;

	if (discovery_chosen(discovery) == NULL)
		return;
	if (worked)
		discovery->reviews = 0;
	discovery->gave_time = false;
	discovery_pass_over(&discovery->found, discovery_chosen(discovery)->host);
	discovery_pass_over(&discovery->known, discovery_chosen(discovery)->host);
	discovery->last_failure = failure;
	discovery->fresh = true;
	discovery->chosen = discovery_first_usable(&discovery->known);
	discovery_wake(discovery);
	if (discovery->stage != SEARCH_NONE)
		return;
	if (discovery_chosen(discovery) != NULL) {
		if (discovery->next_search == NEVER || (worked && discovery->review))
			discovery_plan_review(discovery);
		return;
	}
	discovery_copy_list(&discovery->found, &discovery->known);
	if (!search_resume(discovery))
		discovery_end_in_vain(discovery);
}

void discovery_succeeded(struct discovery *discovery)
{
	report_success(discovery);
	discovery->failures = 0;
	discovery->gave_time = true;
}

void discovery_status(const struct discovery *discovery, struct discovery_status *status)
{
	monotonic_ns next = discovery->next_search;

	*status = (struct discovery_status){
		.searching = discovery->stage != SEARCH_NONE || next <= discovery_now(discovery),
		.site = discovery->site,
		.forest = discovery->forest,
		.pdc_emulator = discovery->pdc_emulator,
		.forest_root = discovery->forest[0] != '\0' &&
			       text_equal_nocase(discovery->forest, discovery->settings.domain),
		.read_only = discovery->read_only,
		.controllers = discovery->known.controllers,
		.count = discovery->known.count,
		.chosen = discovery->chosen,
		.next_search = -1,
		.failures = discovery->failures,
	};
	if (next != NEVER && !discovery->review)
		status->next_search = fmax(0, ns_interval(discovery_now(discovery), next));
}
