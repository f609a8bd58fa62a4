#include "w32timed/domain_report.h"

#include <math.h>
#include <stdio.h>

#include "base/text.h"
#include "base/w32time.h"

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
		text_append(&text, "%s: nobody is above this machine in the domain hierarchy",
			    status.facts->domain);
	} else if (status.controller == NULL && status.discovery.searching) {
		text_append(&text, "%s: domain controllers are being sought", status.facts->domain);
	} else if (status.controller == NULL) {
		text_append(&text, "%s: no domain controller to follow", status.facts->domain);
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

static json_t *controllers_to_json(const struct discovery_status *discovery)
{
	json_t *list = json_array();

	for (size_t i = 0; i < discovery->count; i++) {
		const struct controller *controller = &discovery->controllers[i];

		json_array_append_new(list, json_pack("{s:s, s:s, s:i, s:i, s:I, s:b}", "host",
						      controller->host, "site", controller->site,
						      "score", (int)controller->score, "query",
						      (int)controller->query, "flags",
						      (json_int_t)controller->flags, "chosen",
						      (int)(i == discovery->chosen)));
	}
	return list;
}

json_t *domain_report_json(const struct domain_time *domain)
{
	char problem[DOMAIN_PROBLEM_MAX];
	struct domain_time_status status;
	const struct account_facts *facts;

	domain_time_status(domain, &status);
	facts = status.facts;
	return json_pack(
		"{s:b, s:s, s:s, s:s, s:I, s:s, s:i, s:s, s:s, s:b, s:b, s:b, s:f, s:s, s:o}",
		"used", (int)domain_time_is_used(domain), "role",
		role_name(facts != NULL ? facts->role : CONFIG_ROLE_STANDALONE), "domain",
		facts != NULL ? facts->domain : "", "account", facts != NULL ? facts->account : "",
		"rid", (json_int_t)(facts != NULL ? facts->rid : 0), "key_place",
		facts != NULL ? facts->key_place : "", "key_version",
		facts != NULL ? (int)facts->key_version : 0, "site", status.discovery.site,
		"forest", status.discovery.forest, "pdc_emulator",
		(int)status.discovery.pdc_emulator, "forest_root",
		(int)status.discovery.forest_root, "searching", (int)status.discovery.searching,
		"next_search", status.discovery.next_search, "problem",
		domain_report_problem(domain, problem), "controllers",
		controllers_to_json(&status.discovery));
}
