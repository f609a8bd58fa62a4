#include "w32tm/controllers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "control/time_service.h"
#include "loop/loop.h"
#include "resolver/resolver.h"
#include "w32tm/daemon.h"

/* [MS-ADTS] 6.3.2.3 */
#define ALL_CONTROLLERS "_ldap._tcp.dc._msdcs."
#define PDC_EMULATOR    "_ldap._tcp.pdc._msdcs."

#define NAMES_SIZE (RESOLVER_SERVICES_MAX * (RESOLVER_NAME_MAX + 3))

struct search {
	struct loop *loop;
	struct resolver *resolver;
	struct resolver_service found[RESOLVER_SERVICES_MAX];
	size_t count;
};

static void on_answer(void *context, int status, const struct resolver_service *services,
		      size_t count)
{
	struct search *search = context;

	search->count = status == 0 ? count : 0;
	if (search->count > 0)
		memcpy(search->found, services, count * sizeof *services);
	loop_stop(search->loop);
}

/* Waits for what DNS knows of PREFIX and DOMAIN. */
static size_t look_up(struct search *search, const char *prefix, const char *domain)
{
	struct resolver_query *query;
	char name[RESOLVER_NAME_MAX + 1];
	int length = snprintf(name, sizeof name, "%s%s", prefix, domain);

	search->count = 0;
	if (length > 0 && (size_t)length < sizeof name &&
	    resolver_lookup_services(search->resolver, name, on_answer, search, &query) == 0)
		loop_run(search->loop);
	return search->count;
}

static char *find(struct search *search, const char *domain)
{
	char pdc[RESOLVER_NAME_MAX + 1] = "", *names = malloc(NAMES_SIZE);
	struct text text;

	if (names == NULL)
		return NULL;
	if (look_up(search, PDC_EMULATOR, domain) > 0)
		snprintf(pdc, sizeof pdc, "%s", search->found[0].host);
	look_up(search, ALL_CONTROLLERS, domain);
	text_init(&text, names, NAMES_SIZE);
	for (size_t i = 0; i < search->count; i++)
		text_append(&text, "%s%s%s", i == 0 ? "" : ",",
			    text_equal_nocase(search->found[i].host, pdc) ? "*" : "",
			    search->found[i].host);
	return names;
}

static uint32_t find_in(const char *domain, char **names)
{
	struct search search = { .count = 0 };
	uint32_t result = RESULT_NOT_ENOUGH_MEMORY;
	struct error error;

	if (loop_create(&search.loop, &error) < 0)
		return result;
	if (resolver_create(&search.resolver, search.loop, &error) == 0) {
		*names = find(&search, domain);
		if (*names != NULL)
			result = **names == '\0' ? RESULT_NO_SUCH_DOMAIN : 0;
		if (result != 0)
			free(*names);
		resolver_destroy(search.resolver);
	}
	loop_destroy(search.loop);
	return result;
}

uint32_t controllers_find(const struct tool *tool, const char *domain, char **names)
{
	uint32_t result = RESULT_NO_SUCH_DOMAIN;
	struct control_get_domain_reply reply;
	struct error error;
	json_t *json;

	if (domain != NULL)
		return find_in(domain, names);
	if (daemon_call(tool, CONTROL_METHOD_GET_DOMAIN, DAEMON_TIMEOUT, &json, &error) != 0)
		return RESULT_NO_SUCH_DOMAIN;
	if (control_get_domain_reply_decode(json, &reply, &error) == 0) {
		if (*reply.domain.domain != '\0')
			result = find_in(reply.domain.domain, names);
		control_get_domain_reply_free(&reply);
	}
	json_decref(json);
	return result;
}
