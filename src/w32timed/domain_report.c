#include "w32timed/domain_report.h"

#include <math.h>
#include <stdio.h>

#include "base/text.h"
#include "base/w32time.h"
#include "control/time_service.h"

static const char *role_name(enum config_role role)
{
	static const char *const names[CONFIG_ROLES] = { "standalone", "member", "controller" };

	return names[role];
}

const char *domain_report_problem(const struct domain_time *domain, char buffer[DOMAIN_PROBLEM_MAX])
{
	struct domain_time_status status;
	struct text text;

	text_init(&text, buffer, DOMAIN_PROBLEM_MAX);
	domain_time_status(domain, &status);
	if (!status.wanted)
		return buffer;
	if (!domain_time_is_used(domain)) {
		text_append(&text, "this machine is in no domain%s%s",
			    status.facts != NULL && *status.facts->explanation != '\0' ? ": " : "",
			    status.facts != NULL ? status.facts->explanation : "");
	} else if (status.facts->keys.count == 0) {
		text_append(&text, "%s: no key of the machine account %s: %s", status.facts->domain,
			    status.facts->account, status.facts->explanation);
	} else if (status.facts->rid == 0) {
		text_append(&text, "%s: the RID of the machine account %s is not known yet",
			    status.facts->domain, status.facts->account);
	} else if (status.controller == NULL && domain_time_is_root(domain)) {
		text_append(&text,
			    "%s: this machine is the root of the domain hierarchy: no controller "
			    "is selected",
			    status.facts->domain);
	} else if (status.controller == NULL && status.discovery.searching) {
		text_append(&text, "%s: discovering domain controllers", status.facts->domain);
	} else if (status.controller == NULL) {
		text_append(&text, "%s: no usable domain controller", status.facts->domain);
		if (status.discovery.next_search >= 0)
			text_append(&text, "; next search in %.0f s", status.discovery.next_search);
	}
	return buffer;
}

bool domain_report_pending(const struct domain_time *domain, struct peer_status *peer)
{
	struct domain_time_status status;

	domain_time_status(domain, &status);
	if (!domain_time_is_used(domain) || domain_time_is_root(domain) ||
	    (status.controller != NULL && status.facts->keys.count > 0 && status.facts->rid != 0))
		return false;
	*peer = (struct peer_status){
		.name = "",
		.authentication = "NoAuth ",
		.authentication_id = W32TIME_NO_AUTHENTICATION,
		.time_remaining = fmax(status.discovery.next_search, 0),
		.resolve_attempts = status.discovery.failures,
	};
	return true;
}

static void fill_domain(const struct domain_time *domain, const struct domain_time_status *status,
			struct control_domain *reply)
{
	static const struct account_facts nothing = { .role = CONFIG_ROLE_STANDALONE };
	const struct account_facts *facts = status->facts != NULL ? status->facts : &nothing;

	reply->used = domain_time_is_used(domain);
	reply->role = role_name(facts->role);
	reply->domain = facts->domain;
	reply->account = facts->account;
	reply->rid = facts->rid;
	reply->key_place = facts->key_place;
	reply->key_version = facts->key_version;
	reply->site = status->discovery.site;
	reply->forest = status->discovery.forest;
	reply->pdc_emulator = status->discovery.pdc_emulator;
	reply->forest_root = status->discovery.forest_root;
	reply->searching = status->discovery.searching;
	reply->next_search = status->discovery.next_search;
}

json_t *domain_report_encode(const struct domain_time *domain, struct error *error)
{
	struct control_controller controllers[DISCOVERY_CONTROLLERS_MAX];
	struct control_get_domain_reply reply = { .domain.controllers = controllers };
	char problem[DOMAIN_PROBLEM_MAX];
	struct domain_time_status status;

	domain_time_status(domain, &status);
	fill_domain(domain, &status, &reply.domain);
	reply.domain.problem = domain_report_problem(domain, problem);
	reply.domain.controllers_count = status.discovery.count;
	for (size_t i = 0; i < status.discovery.count; i++) {
		const struct controller *controller = &status.discovery.controllers[i];

		controllers[i] = (struct control_controller){
			.host = controller->host,
			.site = controller->site,
			.score = controller->score,
			.query = controller->query,
			.flags = controller->flags,
			.chosen = i == status.discovery.chosen,
		};
	}
	return control_get_domain_reply_encode(&reply, error);
}
